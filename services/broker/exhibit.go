package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// exhibit is what a DISPUTE or a DEFEND shows.
type exhibit struct {
	messages []scrip.Shown
	digest   string // of the photo; empty: it brings none
	photo    []byte // of that digest
}

// looked looks at the photo of a message, if it brings one: scrip.PartyMismatch where
// the message that is shown with it names another, scrip.Unreadable where it is no JPEG
// that decodes, or is too large. Who signed what is shown is looked at when the case is
// read, as of all that is shown.
func (b *Broker) looked(shows *exhibit) error {
	if shows == nil || shows.digest == "" {
		return nil
	}
	for _, m := range shows.messages {
		if e, err := scrip.Unchecked[scrip.Event](m.Message); err != nil || e.Photo != shows.digest {
			return scrip.PartyMismatch
		}
	}
	b.looking.Lock() // one at a time: each takes its pixels in memory
	defer b.looking.Unlock()
	_, err := pixels(shows.photo)
	return err
}

// pixels decodes a photo: scrip.Unreadable where it is none.
func pixels(photo []byte) (image.Image, error) {
	shape, err := jpeg.DecodeConfig(bytes.NewReader(photo))
	if err != nil || min(shape.Width, shape.Height) < 1 || max(shape.Width, shape.Height) > scrip.MaxTalkSide {
		return nil, scrip.Unreadable
	}
	img, err := jpeg.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil, scrip.Unreadable
	}
	return img, nil
}

// shownQuality is the JPEG quality in which an operator sees a photo.
const shownQuality = 90

// Photo returns a photo that a side showed of a purchase, made anew of its pixels, so that
// no file of a stranger's is opened; or scrip.NotFound.
func (j Judge) Photo(ctx context.Context, v scrip.VendorID, purchase scrip.ID, digest string) ([]byte, error) {
	photo, err := j.Books.ShownPhoto(ctx, v, purchase, digest)
	if errors.Is(err, scrip.ErrAbsent) {
		err = scrip.NotFound
	}
	if err != nil {
		return nil, err
	}
	if jose.Digest(photo) != digest {
		return nil, fmt.Errorf("the photo %s of %s is not the one that was shown", digest, purchase)
	}
	img, err := pixels(photo)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: shownQuality}); err != nil {
		return nil, fmt.Errorf("encode a photo: %w", err)
	}
	return out.Bytes(), nil
}
