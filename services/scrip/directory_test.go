package scrip_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"peerscrip/services/scrip"
)

// TestReadDirectory: a directory is read page after page to its end, or as far as is read
// at once, from where the next reading goes on; and one that has none, or whose pages are
// too long, is not read for ever.
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
		next  scrip.VendorID
		err   error
	}{
		{"none", func(int) []scrip.CertifiedStall { return nil }, 0, 1, "", nil},
		{"one page", func(int) []scrip.CertifiedStall { return page(0, full-1) }, full - 1, 1, "", nil},
		{"three pages", func(n int) []scrip.CertifiedStall { return page(n*full, []int{full, full, 1}[n]) }, 2*full + 1, 3, "", nil},
		{"full pages", func(n int) []scrip.CertifiedStall { return page(n*full, []int{full, full, 0}[n]) }, 2 * full, 3, "", nil},
		{"too long", func(int) []scrip.CertifiedStall { return page(0, full+1) }, 0, 1, "", scrip.Unavailable},
		{"the same", func(int) []scrip.CertifiedStall { return page(0, full) }, 0, 2, "", scrip.Unavailable},
		{"two by turns", func(n int) []scrip.CertifiedStall { return page(n%2*full, full) }, scrip.MaxDirectory, scrip.MaxDirectory / full, page(2*full-1, 1)[0].Vendor, nil},
	} {
		asked := 0
		got, err := scrip.ReadDirectory(t.Context(), func(context.Context, scrip.VendorID) ([]scrip.CertifiedStall, error) {
			asked++
			return test.pages(asked - 1), nil
		}, "")
		if len(got.Stalls) != test.want || got.Next != test.next || asked != test.asked || !errors.Is(err, test.err) {
			t.Errorf("%s: got %d stalls by %d requests, %v, want %d by %d, %v", test.name, len(got.Stalls), asked, err, test.want, test.asked, test.err)
		}
	}
}

// TestReadDirectoryByParts: a directory that is longer than is read at once is read to its
// end part by part, and from its beginning again; after a stall that the broker does not
// know, another broker's, it is read from the first.
func TestReadDirectoryByParts(t *testing.T) {
	const stalls = 2*scrip.MaxDirectory + 5
	pages := func(_ context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
		from := 0
		if after != "" {
			if _, err := fmt.Sscanf(string(after), "%d", &from); err != nil {
				return nil, scrip.UnknownVendor
			}
			from++
		}
		var page []scrip.CertifiedStall
		for i := from; i < min(from+scrip.MaxStallsPage, stalls); i++ {
			page = append(page, scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("%022d", i))})
		}
		return page, nil
	}
	next := scrip.VendorID("another broker's")
	for i, want := range []int{scrip.MaxDirectory, scrip.MaxDirectory, 5, scrip.MaxDirectory} {
		part, err := scrip.ReadDirectory(t.Context(), pages, next)
		first := scrip.VendorID(fmt.Sprintf("%022d", i%3*scrip.MaxDirectory))
		if err != nil || len(part.Stalls) != want || part.Stalls[0].Vendor != first || part.Whole() || (part.Next == "") != (i == 2) {
			t.Fatalf("part %d: got %d stalls, next %q, %v, want %d from %s", i, len(part.Stalls), part.Next, err, want, first)
		}
		next = part.Next
	}
}
