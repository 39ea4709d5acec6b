package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// KeySet serves the broker's key set.
func (s *server) KeySet(ctx context.Context, _ KeySetRequestObject) (KeySetResponseObject, error) {
	info, err := s.c.Broker.Info(ctx)
	if err != nil {
		return nil, err
	}
	return keysReply(keySet(info)), nil
}

// keysReply writes a key set as jose writes it, in place of the generated reply.
type keysReply jose.JWKS

// VisitKeySetResponse writes the answer.
func (k keysReply) VisitKeySetResponse(w http.ResponseWriter) error {
	body, err := json.Marshal(jose.JWKS(k))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = bytes.NewReader(body).WriteTo(w)
	return err
}

// BrokerKeys serves the broker's KEYS.
func (s *server) BrokerKeys(ctx context.Context, r BrokerKeysRequestObject) (BrokerKeysResponseObject, error) {
	keys, err := s.c.Broker.Keys(ctx, r.Params.After)
	return BrokerKeys200JSONResponse{Keys: keys}, err
}

// BrokerInfo serves who the broker is.
func (s *server) BrokerInfo(ctx context.Context, _ BrokerInfoRequestObject) (BrokerInfoResponseObject, error) {
	info, err := s.c.Broker.Info(ctx)
	return BrokerInfo200JSONResponse(fromInfo(info)), err
}

// CertifiedStalls serves a page of the directory.
func (s *server) CertifiedStalls(ctx context.Context, r CertifiedStallsRequestObject) (CertifiedStallsResponseObject, error) {
	stalls, err := s.c.Broker.Directory(ctx, after(r.Params))
	if err != nil {
		return nil, err
	}
	d := CertifiedStalls200JSONResponse{Stalls: make([]CertifiedStall, len(stalls))}
	for i, stall := range stalls {
		d.Stalls[i] = fromCertified(stall)
	}
	return d, nil
}

// after is the stall that a page of the directory comes after, or none.
func after(asked CertifiedStallsParams) scrip.VendorID {
	if asked.After == nil {
		return ""
	}
	return scrip.VendorID(*asked.After)
}

// CertifiedStall serves one entry of the directory.
func (s *server) CertifiedStall(ctx context.Context, r CertifiedStallRequestObject) (CertifiedStallResponseObject, error) {
	stall, err := s.c.Broker.Stall(ctx, scrip.VendorID(r.Vendor))
	return CertifiedStall200JSONResponse(fromCertified(stall)), err
}

// Ratings serves what buyers said of a stall.
func (s *server) Ratings(ctx context.Context, r RatingsRequestObject) (RatingsResponseObject, error) {
	list, err := s.c.Broker.Ratings(ctx, scrip.RatingPage{Vendor: scrip.VendorID(r.Vendor), Before: r.Params.Before})
	if err != nil {
		return nil, err
	}
	page := Ratings200JSONResponse{Ratings: make([]PublicRating, len(list))}
	for i, rating := range list {
		page.Ratings[i] = PublicRating{
			Number: rating.Number, At: rating.At, Rating: rating.Rating, AnsweredAt: rating.AnsweredAt, Answer: rating.Answer,
		}
	}
	return page, nil
}
