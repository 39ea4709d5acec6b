package db

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"
)

// chunkSize is how many listings in a row have their bits in one row of catalogue_posting, and blockSize
// how many of them have one in catalogue_column.
const (
	chunkSize = 1 << 15
	blockSize = 1 << 10
	chunkLong = chunkSize / 64 // of a set
	chunkFull = chunkSize / 8  // bytes of a chunk that is not written as numbers
)

// set is of listings, by their numbers: a bit each, for all chunks that there are. Sets of one reading are
// of one length.
type set []uint64

func newSet(chunks int) set { return make(set, chunks*chunkLong) }

func (s set) chunk(n int) set { return s[n*chunkLong : (n+1)*chunkLong] }

// block are the listings of one row of catalogue_column.
func (s set) block(n int) set { return s[n*blockSize/64 : (n+1)*blockSize/64] }

func (s set) chunks() int { return len(s) / chunkLong }

func (s set) has(n int64) bool { return n < int64(len(s)*64) && s[n>>6]&(1<<(n&63)) != 0 }

// put makes a listing one of the set, or not; a number beyond all chunks is of no set.
func (s set) put(n int64, is bool) {
	switch {
	case n >= int64(len(s)*64):
	case is:
		s[n>>6] |= 1 << (n & 63)
	default:
		s[n>>6] &^= 1 << (n & 63)
	}
}

func (s set) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// and leaves what is in both; or adds what is in the other; but takes away what is.
func (s set) and(o set) set {
	for i, w := range o {
		s[i] &= w
	}
	return s
}

func (s set) or(o set) set {
	for i, w := range o {
		s[i] |= w
	}
	return s
}

// all are the numbers of a set, ascending.
func (s set) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(int64(i<<6 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}

var errBits = errors.New("a set of listings is not one")

// read adds a chunk as it is stored.
func (s set) read(stored []byte) error {
	if len(stored) == chunkFull {
		for i := range chunkLong {
			s[i] |= binary.LittleEndian.Uint64(stored[8*i:])
		}
		return nil
	}
	for ; len(stored) >= 2; stored = stored[2:] {
		n := binary.LittleEndian.Uint16(stored)
		if n >= chunkSize {
			return errBits
		}
		s[n>>6] |= 1 << (n & 63)
	}
	if len(stored) > 0 {
		return errBits
	}
	return nil
}

// stored is a chunk as it is stored; empty for none.
func (s set) stored() []byte {
	n := s.count()
	if 2*n >= chunkFull {
		out := make([]byte, 0, chunkFull)
		for _, w := range s {
			out = binary.LittleEndian.AppendUint64(out, w)
		}
		return out
	}
	out := make([]byte, 0, 2*n)
	for n := range s.all() {
		out = binary.LittleEndian.AppendUint16(out, uint16(n))
	}
	return out
}

// shared counts what is in the set and in a chunk of one as it is stored.
func (s set) shared(stored []byte) (n int) {
	if len(stored) == chunkFull {
		for i, w := range s {
			n += bits.OnesCount64(w & binary.LittleEndian.Uint64(stored[8*i:]))
		}
		return n
	}
	for ; len(stored) >= 2; stored = stored[2:] {
		at := binary.LittleEndian.Uint16(stored) % chunkSize
		n += int(s[at>>6] >> (at & 63) & 1)
	}
	return n
}

// changed is a set as it is stored, some listings of which change.
func changed(stored []byte, flips map[int64]bool) ([]byte, error) {
	if len(stored) < chunkFull/2 { // few: in their order
		return changedFew(stored, flips)
	}
	s := newSet(1)
	if err := s.read(stored); err != nil {
		return nil, err
	}
	for n, on := range flips {
		s.put(n, on)
	}
	return s.stored(), nil
}

func changedFew(stored []byte, flips map[int64]bool) ([]byte, error) {
	if len(stored)%2 != 0 {
		return nil, errBits
	}
	numbers := make([]uint16, 0, len(stored)/2+len(flips))
	for ; len(stored) > 0; stored = stored[2:] {
		n := binary.LittleEndian.Uint16(stored)
		if n >= chunkSize {
			return nil, errBits
		}
		if _, changes := flips[int64(n)]; !changes {
			numbers = append(numbers, n)
		}
	}
	for n, on := range flips {
		if on {
			numbers = append(numbers, uint16(n))
		}
	}
	slices.Sort(numbers)
	if 2*len(numbers) >= chunkFull {
		s := newSet(1)
		for _, n := range numbers {
			s.put(int64(n), true)
		}
		return s.stored(), nil
	}
	out := make([]byte, 0, 2*len(numbers))
	for _, n := range numbers {
		out = binary.LittleEndian.AppendUint16(out, n)
	}
	return out, nil
}

// weight is the greatest power of two that is not more than the listings of a set as it is stored; 0: it has none.
func weight(stored []byte) int {
	n := len(stored) / 2
	if len(stored) == chunkFull {
		n = 0
		for ; len(stored) > 0; stored = stored[8:] {
			n += bits.OnesCount64(binary.LittleEndian.Uint64(stored))
		}
	}
	if n == 0 {
		return 0
	}
	return 1 << (bits.Len(uint(n)) - 1)
}

// eachValue takes a row of catalogue_value apart.
func eachValue(stored []byte, each func(id int64, bits []byte) error) error {
	id := int64(0)
	for len(stored) > 0 {
		more, n := binary.Uvarint(stored)
		long, m := binary.Uvarint(stored[max(n, 0):])
		if n <= 0 || m <= 0 || long > uint64(len(stored)-n-m) {
			return fmt.Errorf("the values of an attribute: %w", errBits)
		}
		id += int64(more)
		stored = stored[n+m:]
		if err := each(id, stored[:long]); err != nil {
			return err
		}
		stored = stored[long:]
	}
	return nil
}

// joined is a row of catalogue_value, without sets that are empty.
func joined(sets map[int64][]byte) (out []byte) {
	before := int64(0)
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		if len(sets[id]) == 0 {
			continue
		}
		out = binary.AppendUvarint(out, uint64(id-before))
		out = binary.AppendUvarint(out, uint64(len(sets[id])))
		out, before = append(out, sets[id]...), id
	}
	return out
}

// column is what the listings of one block are sorted by.
type column [blockSize]int64

// read takes the cells of a block as they are stored.
func (c *column) read(stored []byte) error {
	if len(stored) < 9 {
		return errBits
	}
	wide, least, cells := int(stored[0]), int64(binary.LittleEndian.Uint64(stored[1:])), stored[9:]
	if len(cells) != wide*blockSize {
		return errBits
	}
	switch wide {
	case 0:
		for i := range c {
			c[i] = least
		}
	case 2:
		for i := range c {
			c[i] = least + int64(binary.LittleEndian.Uint16(cells[2*i:]))
		}
	case 4:
		for i := range c {
			c[i] = least + int64(binary.LittleEndian.Uint32(cells[4*i:]))
		}
	case 8:
		for i := range c {
			c[i] = least + int64(binary.LittleEndian.Uint64(cells[8*i:]))
		}
	default:
		return errBits
	}
	return nil
}

// stored are the cells as they are stored.
func (c *column) stored() []byte {
	least, most := slices.Min(c[:]), slices.Max(c[:])
	out := make([]byte, 9, 9+8*blockSize)
	binary.LittleEndian.PutUint64(out[1:], uint64(least))
	switch more := uint64(most - least); {
	case more == 0:
	case more < 1<<16:
		out[0] = 2
		for _, v := range c {
			out = binary.LittleEndian.AppendUint16(out, uint16(v-least))
		}
	case more < 1<<32:
		out[0] = 4
		for _, v := range c {
			out = binary.LittleEndian.AppendUint32(out, uint32(v-least))
		}
	default:
		out[0] = 8
		for _, v := range c {
			out = binary.LittleEndian.AppendUint64(out, uint64(v-least))
		}
	}
	return out
}

// packed are ascending numbers of terms as a listing keeps them, and unpacked what was packed.
func packed(ids []int64) (out []byte) {
	out = []byte{}
	before := int64(0)
	for _, id := range ids {
		out = binary.AppendUvarint(out, uint64(id-before))
		before = id
	}
	return out
}

func unpacked(stored []byte) (ids []int64, err error) {
	before := int64(0)
	for len(stored) > 0 {
		more, n := binary.Uvarint(stored)
		if n <= 0 {
			return nil, fmt.Errorf("the terms of a listing: %w", errBits)
		}
		before += int64(more)
		ids, stored = append(ids, before), stored[n:]
	}
	return ids, nil
}
