package api

import (
	"context"
	"errors"
	"net/http"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// StallClient is one stall over HTTP. It implements [Stall].
type StallClient struct {
	peer   *Peer
	vendor scrip.VendorID
}

// About reads what the stall says of itself. BaseURL is where it was asked.
func (s StallClient) About(ctx context.Context) (scrip.CertifiedStall, scrip.StallPage, error) {
	resp, err := s.peer.client.StallAbout(ctx, string(s.vendor))
	out, err := answer[StallInfo](maxAnswer, resp, err)
	if err != nil {
		return scrip.CertifiedStall{}, scrip.StallPage{}, err
	}
	return scrip.CertifiedStall{
		Vendor: scrip.VendorID(out.Vendor), Name: out.Name, BaseURL: s.peer.base, Certificate: out.Certificate,
	}, scrip.StallPage{About: out.About, Place: out.Place, Picture: out.Picture, AwayUntil: out.AwayUntil, Closed: out.Closed}, nil
}

// Offers reads the stall's offers. They are not checked here: their signatures
// are the caller's to check, under the stall's certificate.
func (s StallClient) Offers(ctx context.Context) ([]scrip.PublicOffer, error) {
	list, _, err := s.OffersSince(ctx, "")
	return list, err
}

// OffersSince reads them, with the tag of the answer, unless they are what the answer with
// the known tag said: then there are none, and the tag is that one.
func (s StallClient) OffersSince(ctx context.Context, known string) ([]scrip.PublicOffer, string, error) {
	resp, err := s.peer.client.StallOffers(ctx, string(s.vendor), unless(known))
	if err == nil && resp.StatusCode == http.StatusNotModified && known != "" {
		return nil, known, resp.Body.Close()
	}
	out, err := answer[Offers](maxOffers, resp, err)
	if err != nil {
		return nil, "", err
	}
	list := make([]scrip.PublicOffer, len(out.Offers))
	for i, o := range out.Offers {
		list[i] = scrip.PublicOffer(o)
	}
	return list, resp.Header.Get("ETag"), nil
}

// unless has a request answered only if the answer is another than the one with the tag.
func unless(tag string) RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		return nil
	}
}

// Offer reads one offer, unchecked like Offers.
func (s StallClient) Offer(ctx context.Context, offer scrip.ID) (scrip.PublicOffer, error) {
	resp, err := s.peer.client.StallOffer(ctx, string(s.vendor), string(offer))
	out, err := answer[PublicOffer](maxAnswer, resp, err)
	return scrip.PublicOffer(out), err
}

// Photo reads a photo in both sizes, with two requests.
func (s StallClient) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	full, err := s.FullPhoto(ctx, digest)
	if err != nil {
		return scrip.Photo{}, err
	}
	resp, err := s.peer.client.StallThumb(ctx, string(s.vendor), digest)
	thumb, err := take(maxPhoto, "image/jpeg", resp, err)
	if err != nil {
		return scrip.Photo{}, err
	}
	return scrip.Photo{Digest: digest, Full: full, Thumb: thumb}, nil
}

// FullPhoto reads a photo in full size alone. Bytes that do not have the digest
// are no answer.
func (s StallClient) FullPhoto(ctx context.Context, digest string) ([]byte, error) {
	resp, err := s.peer.client.StallPhoto(ctx, string(s.vendor), digest)
	full, err := take(maxPhoto, "image/jpeg", resp, err)
	if err != nil {
		return nil, err
	}
	if jose.Digest(full) != digest {
		return nil, unavailable("read a photo", errors.New("not the one asked for"))
	}
	return full, nil
}
