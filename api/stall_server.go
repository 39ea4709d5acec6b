package api

import (
	"context"
	"net/http"
	"strconv"

	"peerscrip/services/scrip"
)

// stall finds the stall a request is for.
func (s *server) stall(ctx context.Context, vendor Vendor) (Stall, error) {
	return s.c.Stalls.Stall(ctx, scrip.VendorID(vendor))
}

// StallAbout serves a stall and its certificate.
func (s *server) StallAbout(ctx context.Context, r StallAboutRequestObject) (StallAboutResponseObject, error) {
	stall, err := s.stall(ctx, r.Vendor)
	if err != nil {
		return nil, err
	}
	c, page, err := stall.About(ctx)
	return StallAbout200JSONResponse{
		Vendor: string(c.Vendor), Name: c.Name, Certificate: c.Certificate,
		About: page.About, Place: page.Place, Picture: page.Picture, AwayUntil: page.AwayUntil, Closed: page.Closed,
	}, err
}

// StallOffers serves the offers of a stall.
func (s *server) StallOffers(ctx context.Context, r StallOffersRequestObject) (StallOffersResponseObject, error) {
	stall, err := s.stall(ctx, r.Vendor)
	if err != nil {
		return nil, err
	}
	offers, err := stall.Offers(ctx)
	if err != nil {
		return nil, err
	}
	list := StallOffers200JSONResponse{Offers: make([]PublicOffer, len(offers))}
	for i, o := range offers {
		list.Offers[i] = PublicOffer(o)
	}
	return list, nil
}

// StallOffer serves one offer.
func (s *server) StallOffer(ctx context.Context, r StallOfferRequestObject) (StallOfferResponseObject, error) {
	stall, err := s.stall(ctx, r.Vendor)
	if err != nil {
		return nil, err
	}
	offer, err := stall.Offer(ctx, scrip.ID(r.Offer))
	return StallOffer200JSONResponse(offer), err
}

// StallPhoto serves a photo in full size.
func (s *server) StallPhoto(ctx context.Context, r StallPhotoRequestObject) (StallPhotoResponseObject, error) {
	stall, err := s.stall(ctx, r.Vendor)
	if err != nil {
		return nil, err
	}
	photo, err := stall.Photo(ctx, r.Digest)
	return jpeg(photo.Full), err
}

// StallThumb serves a photo in small.
func (s *server) StallThumb(ctx context.Context, r StallThumbRequestObject) (StallThumbResponseObject, error) {
	stall, err := s.stall(ctx, r.Vendor)
	if err != nil {
		return nil, err
	}
	photo, err := stall.Photo(ctx, r.Digest)
	return jpeg(photo.Thumb), err
}

// jpeg is a photo on its way out; addressed by its digest, it may be kept.
type jpeg []byte

// VisitStallPhotoResponse writes the photo.
func (p jpeg) VisitStallPhotoResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(p)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(p)
	return err
}

// VisitStallThumbResponse writes the photo.
func (p jpeg) VisitStallThumbResponse(w http.ResponseWriter) error {
	return p.VisitStallPhotoResponse(w)
}
