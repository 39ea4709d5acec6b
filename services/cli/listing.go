package cli

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

var errListing = mistake("name a listing by its page's address, http://.../l/VENDOR/OFFER, or a payment link by its own, http://.../pay/VENDOR/OFFER")

// readListing reads the address of a listing's page.
func readListing(listing string) (scrip.VendorID, scrip.ID, error) {
	u, err := url.Parse(listing)
	if err != nil {
		return "", "", errListing
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 {
		return "", "", errListing
	}
	vendor, offer := scrip.VendorID(parts[len(parts)-2]), scrip.ID(parts[len(parts)-1])
	if !vendor.Valid() || !offer.Valid() {
		return "", "", errListing
	}
	return vendor, offer, nil
}

// offer fetches a listing's signed offer, and what is left of it, from the stall
// itself.
func (w *Wallet) offer(ctx context.Context, listing string) (scrip.PublicOffer, scrip.VendorID, error) {
	vendor, offer, err := readListing(listing)
	if err != nil {
		return scrip.PublicOffer{}, "", err
	}
	stall, err := w.Stall(ctx, vendor)
	if err != nil {
		return scrip.PublicOffer{}, "", fmt.Errorf("find the stall: %w", err)
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: stall.BaseURL})
	if err != nil {
		return scrip.PublicOffer{}, "", err
	}
	public, err := peer.Stall(vendor).Offer(ctx, offer)
	return public, vendor, err
}

// privateListing is a private offer as readListing reads it: no page shows it.
func privateListing(vendor scrip.VendorID, offer scrip.ID, quantity int) string {
	return fmt.Sprintf("/l/%s/%s?quantity=%d", vendor, offer, quantity)
}
