package market

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"peerscrip/services/scrip"
)

// besideItems is how many items of each kind are shown beside one, and among how many
// of its category the most similar are looked for.
const (
	besideItems = 4
	besideAmong = 48
)

// Beside is what can be bought beside an item, whatever that one's State.
type Beside struct {
	FromStall []Item // of the same stall, newest first
	Similar   []Item // of any stall, and not among those, most similar first
}

// Beside finds what is shown beside an item. For what is similar it looks at the newest below the
// item's category, or of all of it where there is too little; what is alike there is a guess.
func (m *Market) Beside(ctx context.Context, item Item) (b Beside, err error) {
	s := Selection{Moment: m.moment(), Except: Except{item.Vendor, item.Offer.Offer}, Sort: Newest}
	own := s
	own.Vendor, own.Limit = item.Vendor, besideItems
	found, err := m.Store.Find(ctx, own)
	if err != nil {
		return Beside{}, fmt.Errorf("find more of a stall: %w", err)
	}
	b.FromStall = found.Items
	s.Category, s.Limit = item.Category, besideAmong
	for _, s.Sub = range slices.Compact([]string{item.Sub, ""}) {
		if found, err = m.Store.Find(ctx, s); err != nil {
			return Beside{}, fmt.Errorf("find what is similar: %w", err)
		}
		b.Similar = slices.DeleteFunc(found.Items, func(i Item) bool {
			return slices.ContainsFunc(b.FromStall, func(own Item) bool { return own.Vendor == i.Vendor && own.Offer.Offer == i.Offer.Offer })
		})
		if len(b.Similar) >= besideItems {
			break
		}
	}
	slices.SortStableFunc(b.Similar, func(a, b Item) int {
		return cmp.Compare(alike(item.Offer, b.Offer), alike(item.Offer, a.Offer))
	})
	b.Similar = b.Similar[:min(len(b.Similar), besideItems)]
	b.FromStall, b.Similar = withStates(b.FromStall, s.Now), withStates(b.Similar, s.Now)
	return b, nil
}

// alike counts what two things of one category share: words of their titles, and attributes.
func alike(a, b scrip.Offer) (n int) {
	title := index(b.Title)
	for _, word := range slices.Compact(slices.Sorted(slices.Values(words(a.Title)))) {
		if utf8.RuneCountInString(word) > 2 && strings.Contains(title, " "+word+" ") {
			n++
		}
	}
	theirs := known(b)
	for _, k := range known(a) {
		if slices.ContainsFunc(theirs, func(o Known) bool { return o.Name == k.Name && o.Key == k.Key }) {
			n++
		}
	}
	return n
}
