package services

import (
	"context"

	"peerscrip/services/scrip"
	"peerscrip/web"
)

// noShop is what a broker alone has for sale. Its other pages, the bank's
// first of all, are those of every role.
type noShop struct{}

var (
	_ web.Catalogue = noShop{}
	_ web.Photos    = noShop{}
)

// Search finds nothing.
func (noShop) Search(context.Context, web.Query) (web.Results, error) { return web.Results{}, nil }

// Listing returns scrip.NotFound.
func (noShop) Listing(context.Context, string, string) (web.Listing, error) {
	return web.Listing{}, scrip.NotFound
}

// Stalls lists none.
func (noShop) Stalls(context.Context) ([]web.Stall, error) { return nil, nil }

// Stall returns scrip.NotFound.
func (noShop) Stall(context.Context, string) (web.StallPage, error) {
	return web.StallPage{}, scrip.NotFound
}

// Image returns scrip.NotFound.
func (noShop) Image(context.Context, string, bool) ([]byte, string, error) {
	return nil, "", scrip.NotFound
}

// Add returns scrip.NotFound: there is no desk to upload to.
func (noShop) Add(context.Context, string, []byte) (string, error) { return "", scrip.NotFound }
