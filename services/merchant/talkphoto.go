package merchant

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// talkSide is how long, in pixels, the longer side of a photo of a thread is at
// first; where it is too large for a message then, it is less.
const talkSide = 1280

// ForTalk makes a photo fit to be sent in a thread, of what a person chose: as Develop
// does, and small enough for a message. Errors as there.
func ForTalk(r io.Reader) ([]byte, error) {
	photo, err := Develop(r)
	if err != nil {
		return nil, err
	}
	for side := talkSide; ; side = side * 3 / 4 {
		img, err := shrunk(photo.Full, side, 1)
		if err != nil {
			return nil, err
		}
		for _, quality := range []int{jpegQuality, 70, 55} {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
				return nil, fmt.Errorf("encode a photo: %w", err)
			}
			if b.Len() <= scrip.MaxTalkPhoto {
				return b.Bytes(), nil
			}
		}
	}
}

// checkTalkPhoto wants what comes as a photo of a thread to be one: Unreadable where it
// does not decode or is too large, Unavailable while too many others are looked at.
func checkTalkPhoto(b []byte) error {
	f := formatOf(b)
	if f == nil || f.name != "jpeg" {
		return scrip.Unreadable
	}
	shape, err := f.config(bytes.NewReader(b))
	if err != nil || min(shape.Width, shape.Height) < 1 || max(shape.Width, shape.Height) > scrip.MaxTalkSide {
		return scrip.Unreadable
	}
	_, _, err = decodeInTurn(f, b, shape, scrip.MaxTalkSide)
	if errors.Is(err, ErrPhotoBusy) {
		return scrip.Unavailable
	}
	if err != nil {
		return scrip.Unreadable
	}
	return nil
}

// SayPhoto shows a photo to the buyer of an order, or in a conversation, with words of
// what it shows. A PhotoError says what is wrong with it; scrip.TooMany: the words, or
// photos of the thread; else as Say.
func (s *Stall) SayPhoto(ctx context.Context, order scrip.ID, file io.Reader, words string) error {
	photo, err := ForTalk(file)
	if err != nil {
		return err
	}
	digest := jose.Digest(photo)
	return s.say(ctx, order, scrip.Event{Kind: "photo", Text: words, Photo: digest}, scrip.StallChange{
		Shown: &scrip.TalkPhoto{Thread: order, Digest: digest, JPEG: photo},
	})
}

// TalkPhoto returns a photo of a thread, made anew of its pixels, so that no file of a
// stranger's is shown; or scrip.NotFound.
func (s *Stall) TalkPhoto(ctx context.Context, order scrip.ID, digest string) ([]byte, error) {
	sent, err := s.Shelf.TalkPhoto(ctx, order, digest)
	if err != nil {
		return nil, absent(err)
	}
	img, err := shrunk(sent, scrip.MaxTalkSide, 1)
	if err != nil {
		return nil, err
	}
	return encodeJPEG(img)
}
