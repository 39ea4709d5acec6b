package scrip_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"peerscrip/services/scrip"
)

// TestReadDirectory: a directory is read page after page to its end, and one that
// has none, or whose pages are too long, is not read for ever.
func TestReadDirectory(t *testing.T) {
	page := func(from, size int) []scrip.CertifiedStall {
		list := make([]scrip.CertifiedStall, size)
		for i := range list {
			list[i].Vendor = scrip.VendorID(fmt.Sprintf("%022d", from+i))
		}
		return list
	}
	const full = scrip.MaxStallsPage
	for _, test := range []struct {
		name  string
		pages func(asked int) []scrip.CertifiedStall
		want  int
		asked int
		err   error
	}{
		{"none", func(int) []scrip.CertifiedStall { return nil }, 0, 1, nil},
		{"one page", func(int) []scrip.CertifiedStall { return page(0, full-1) }, full - 1, 1, nil},
		{"three pages", func(n int) []scrip.CertifiedStall { return page(n*full, []int{full, full, 1}[n]) }, 2*full + 1, 3, nil},
		{"full pages", func(n int) []scrip.CertifiedStall { return page(n*full, []int{full, full, 0}[n]) }, 2 * full, 3, nil},
		{"too long", func(int) []scrip.CertifiedStall { return page(0, full+1) }, 0, 1, scrip.Unavailable},
		{"the same", func(int) []scrip.CertifiedStall { return page(0, full) }, 0, 2, scrip.Unavailable},
		{"two by turns", func(n int) []scrip.CertifiedStall { return page(n%2*full, full) }, scrip.MaxDirectory, scrip.MaxDirectory / full, nil},
	} {
		asked := 0
		got, err := scrip.ReadDirectory(t.Context(), func(context.Context, scrip.VendorID) ([]scrip.CertifiedStall, error) {
			asked++
			return test.pages(asked - 1), nil
		})
		if len(got) != test.want || asked != test.asked || !errors.Is(err, test.err) {
			t.Errorf("%s: got %d stalls by %d requests, %v, want %d by %d, %v", test.name, len(got), asked, err, test.want, test.asked, test.err)
		}
	}
}
