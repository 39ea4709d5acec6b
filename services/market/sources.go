package market

import (
	"context"

	"peerscrip/services/scrip"
)

// Directory is the broker's list of stalls, read part by part, and one entry of it. Any
// error means that it cannot be read now; what was read before goes on counting.
type Directory interface {
	Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error)
	Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error)
}

// Source reads a certified stall: one hosted here, or over HTTP at its
// certificate's BaseURL. Methods are called concurrently, with a deadline.
// scrip.NotFound or scrip.ErrAbsent from Photo means that the stall has no such
// photo; every other error means that the stall cannot be reached now. An
// implementation over a network must bound what it reads.
type Source interface {
	// Page returns what the stall says of itself.
	Page(ctx context.Context, stall scrip.Certificate) (scrip.StallPage, error)
	// Offers returns what it offers now, sold out ones too, and a tag that says what that
	// is. If that is just what a tag that was given said, and not empty, there are no offers.
	Offers(ctx context.Context, stall scrip.Certificate, known string) (offers []scrip.PublicOffer, tag string, err error)
	// Offer returns one of them, or scrip.NotFound.
	Offer(ctx context.Context, stall scrip.Certificate, offer scrip.ID) (scrip.PublicOffer, error)
	// Photo returns a photo, full size, by its digest.
	Photo(ctx context.Context, stall scrip.Certificate, digest string) ([]byte, error)
}
