package world_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"math/rand"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// noisy is a picture that hardly shrinks.
func noisy(t *testing.T, side int) []byte {
	t.Helper()
	img, random := image.NewRGBA(image.Rect(0, 0, side, side)), rand.New(rand.NewSource(1))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Intn(256))
	}
	return encoded(t, img)
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Buyer and seller show each other photos: each is kept with the thread, brought to who
// asks for it, small enough for a message, and shown as pixels.
func TestTalkPhotos(t *testing.T) {
	s, th := talking(t)
	mine := encoded(t, image.NewGray(image.Rect(0, 0, 80, 60)))
	e := s.customer.Event(s.stall, th, scrip.Event{Kind: "photo", Text: "The crack.", Photo: jose.Digest(mine)}, "")
	m := s.customer.Showing(s.stall, th, jose.Digest(mine), mine, e)
	for range 2 { // the same again adds nothing
		if _, _, err := s.customer.SendTelling(s.stall, th, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stall.SayPhoto(t.Context(), th.Order, bytes.NewReader(noisy(t, 1400)), "As it was."); err != nil {
		t.Fatal(err)
	}
	th, said, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	if err != nil || len(said) != 2 || said[0].Photo != jose.Digest(mine) || said[1].Text != "As it was." {
		t.Fatalf("the thread: %+v, %v, want both photos", said, err)
	}
	for _, one := range said {
		got, err := rig.Send[scrip.Told](s.customer, s.stall.Tell, s.customer.Showing(s.stall, th, one.Photo, nil))
		if err != nil || jose.Digest(got.Photo) != one.Photo || len(got.Photo) > scrip.MaxTalkPhoto || got.Body.Seq != 2 {
			t.Errorf("the photo %q: %d bytes, %v, want it", one.Text, len(got.Photo), err)
		}
		shown, err := s.stall.TalkPhoto(t.Context(), th.Order, one.Photo)
		if err != nil || bytes.Equal(shown, got.Photo) && one.Photo == jose.Digest(mine) {
			t.Errorf("shown: %d bytes, %v, want it made anew", len(shown), err)
		}
	}
	if _, err := rig.Send[scrip.Told](s.customer, s.stall.Tell, s.customer.Showing(s.stall, th, jose.Digest(nil), nil)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a photo that is not there: %v, want %v", err, scrip.NotFound)
	}
	other := s.Customer(0)
	if _, err := rig.Send[scrip.Told](other, s.stall.Tell, other.Showing(s.stall, th, jose.Digest(mine), nil)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("another's photo: %v, want %v", err, scrip.NotFound)
	}
	if _, err := s.stall.TalkPhoto(t.Context(), th.Order, jose.Digest(nil)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a photo that is not there: %v, want %v", err, scrip.NotFound)
	}
}

// What is no photo, too large a one, or another than its event names, changes nothing.
func TestTalkPhotosRefused(t *testing.T) {
	s, th := talking(t)
	good := encoded(t, image.NewGray(image.Rect(0, 0, 80, 60)))
	for name, c := range map[string]struct {
		photo []byte
		names string
		want  error
	}{
		"no picture":             {[]byte("<svg/>"), "", scrip.Unreadable},
		"cut off":                {good[:len(good)/2], "", scrip.Unreadable},
		"too wide":               {encoded(t, image.NewGray(image.Rect(0, 0, scrip.MaxTalkSide+1, 8))), "", scrip.Unreadable},
		"another":                {good, jose.Digest(nil), scrip.PartyMismatch},
		"a picture that is good": {good, "", nil},
	} {
		digest := jose.Digest(c.photo)
		names := digest
		if c.names != "" {
			names = c.names
		}
		e := s.customer.Event(s.stall, th, scrip.Event{Kind: "photo", Photo: names}, "")
		_, err := rig.Send[scrip.Told](s.customer, s.stall.Tell, s.customer.Showing(s.stall, th, digest, c.photo, e))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if c.want == nil {
			th = s.customer.Listen(s.stall, th)
		}
	}
	e := s.customer.Event(s.stall, th, message("x"), "")
	if _, err := rig.Send[scrip.Told](s.customer, s.stall.Tell, s.customer.Showing(s.stall, th, jose.Digest(good), good, e)); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("with a line that names none: %v, want %v", err, scrip.PartyMismatch)
	}
	if err := s.stall.SayPhoto(t.Context(), th.Order, bytes.NewReader([]byte("none")), ""); !errors.Is(err, merchant.ErrPhotoUnreadable) {
		t.Errorf("the seller's, which is none: %v, want %v", err, merchant.ErrPhotoUnreadable)
	}
	if c, err := s.stall.Conversation(t.Context(), th.Order); err != nil || len(c.Said) != 1 {
		t.Errorf("the thread: %d events, %v, want the one that was good", len(c.Said), err)
	}
}
