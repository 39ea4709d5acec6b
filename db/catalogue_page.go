package db

import (
	"cmp"
	"fmt"
	"slices"

	"peerscrip/services/market"
)

// ranked is a listing with what it is sorted by: less is first.
type ranked struct{ by, then, n int64 }

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.then, b.then), cmp.Compare(a.n, b.n))
}

// soldOut is more than whatever else listings are sorted by.
const soldOut = 1 << 60

// page are the numbers of one page of what was found, in the selection's order: by what that asks for, then newest
// first, then by number, so that pages neither overlap nor leave out.
func (f *finding) page(found set) ([]int64, error) {
	sorts, sign, score := []int{ofListed}, int64(1), []uint8(nil)
	switch f.s.Sort {
	case market.Relevance:
		score = f.relevance(found)
	case market.Cheapest:
		sorts = []int{ofPrices, ofListed}
	case market.CheapestSent:
		sorts = []int{ofSent, ofListed}
	case market.Dearest:
		sorts, sign = []int{ofPrices, ofListed}, -1
	}
	top := best{most: f.s.Offset + f.s.Limit}
	err := f.columns(found, sorts, func(block int, c []*column) {
		by, listed := c[0], c[len(c)-1]
		for n := range found.block(block).all() {
			r := ranked{then: -listed[n], n: int64(block*blockSize) + n}
			switch {
			case score != nil:
				r.by = int64(score[r.n])
			case len(c) > 1:
				r.by = sign * by[n]
			}
			if f.sold != nil && f.sold.has(r.n) {
				r.by += soldOut
			}
			top.add(r)
		}
	})
	if err != nil {
		return nil, err
	}
	list := top.sorted()
	list = list[min(f.s.Offset, len(list)):]
	numbers := make([]int64, len(list))
	for i, r := range list {
		numbers[i] = r.n
	}
	return numbers, nil
}

// best keeps the first of what is added, up to most.
type best struct {
	most int
	list []ranked // where it is full: the last of them on top of a heap
}

func (b *best) add(r ranked) {
	switch {
	case len(b.list) < b.most:
		if b.list = append(b.list, r); len(b.list) == b.most {
			slices.SortFunc(b.list, func(x, y ranked) int { return y.compare(x) }) // which is a heap
		}
	case b.most > 0 && r.compare(b.list[0]) < 0:
		b.list[0] = r
		b.sink()
	}
}

func (b *best) sink() {
	for i := 0; ; {
		next := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(b.list) && b.list[child].compare(b.list[next]) > 0 {
				next = child
			}
		}
		if next == i {
			return
		}
		b.list[i], b.list[next] = b.list[next], b.list[i]
		i = next
	}
}

func (b *best) sorted() []ranked {
	slices.SortFunc(b.list, ranked.compare)
	return b.list
}

// items reads listings with their stalls, in the order of their numbers.
func (f *finding) items(numbers []int64) ([]market.Item, error) {
	if len(numbers) == 0 {
		return []market.Item{}, nil
	}
	at := make(map[int64]int, len(numbers))
	for i, n := range numbers {
		at[n] = i
	}
	items := make([]market.Item, len(numbers))
	for part := range slices.Chunk(numbers, 128) {
		var rows []struct {
			itemRow
			ID int64 `db:"id"`
		}
		err := f.tx.SelectContext(f.ctx, &rows, `SELECT l.id, `+itemColumns+listingsOfStalls+`WHERE l.id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return nil, fmt.Errorf("read listings: %w", err)
		}
		for _, r := range rows {
			if items[at[r.ID]], err = r.item(); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}
