package web

import (
	"context"
	"net/url"
	"strconv"
)

// Bounds on what is shown in pages.
const (
	perPage  = 24
	maxPages = 500
)

// pager leads to the pages before and after.
type pager struct {
	Previous, Next string // empty: none
	Position       string // "Page 2 of 5"; empty when there is one page
	Cut            string // what no page shows; empty: nothing
	Start          string // the first page, where the one asked for is past the end; else empty
}

// pageOf is the page that an address asks for; the first if it is none.
func pageOf(v url.Values) int {
	page, err := strconv.Atoi(v.Get("page"))
	if err != nil || page < 1 || page > maxPages {
		return 1
	}
	return page
}

// paged leads from one of up to maxPages pages of something to its neighbours.
func paged(ctx context.Context, page, total int, address func(page int) string) pager {
	last := max(min((total+perPage-1)/perPage, maxPages), 1)
	if last == 1 && page == 1 {
		return pager{}
	}
	p := pager{Position: tr(ctx, "Page {{.Page}} of {{.Last}}", "Page", page, "Last", last)}
	if page > last {
		p.Start = address(1)
	}
	if page > 1 {
		p.Previous = address(min(page-1, last))
	}
	if page < last {
		p.Next = address(page + 1)
	}
	return p
}
