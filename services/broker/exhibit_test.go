package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// picture is a JPEG, another for each n.
func picture(t testing.TB, side, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, side, 8))
	img.Pix[0] = byte(n)
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), byte(n)) // what stands behind the end of one is nobody's to see
}

func (w escrowed) exhibit(photo []byte, shows ...string) rig.Sealed {
	body := scrip.Dispute{Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: "The crack.", Shows: []scrip.Shown{}, Photo: jose.Digest(photo)}
	for _, jws := range shows {
		body.Shows = append(body.Shows, scrip.Shown{Message: jws})
	}
	return w.c.Pseudonymous(w.s, body, func(m *rig.Message) { m.Attach.Photo = photo })
}

// TestPhotosAreShown: each side shows photos, with the event that names one or without; the
// operator sees their pixels and whose they are, the other side learns of them; and what is
// no photo, or another than is named, or more than there is room for, is refused.
func TestPhotosAreShown(t *testing.T) {
	w := reported(t)
	w.says(w.dispute("It is broken."), scrip.HoldDisputed)
	m, err := scrip.Verify[scrip.Mandate](w.p.Mandate, string(w.s.Vendor()), nil)
	if err != nil {
		t.Fatal(err)
	}
	photo := picture(t, 40, 0)
	event := w.c.Event(w.s, scrip.Ordered(w.s.Sold(w.p.Tx).ID, m), scrip.Event{Kind: "photo", Text: "The crack.", Photo: jose.Digest(photo)}, "")
	shown := w.exhibit(photo, event)
	for range 2 { // the same again shows nothing more
		w.says(shown, scrip.HoldDisputed)
	}
	for name, c := range map[string]struct {
		m    rig.Sealed
		want scrip.Refusal
	}{
		"another photo than is named": {w.exhibit(picture(t, 40, 1), event), scrip.PartyMismatch},
		"a message that names none":   {w.exhibit(photo, w.p.Mandate), scrip.PartyMismatch},
		"no photo":                    {w.exhibit([]byte("GIF89a")), scrip.Unreadable},
		"too large a photo":           {w.exhibit(picture(t, scrip.MaxTalkSide+1, 1)), scrip.Unreadable},
	} {
		if _, err := w.SendHold(c.m); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for n := 2; n <= scrip.MaxExhibits; n++ {
		w.says(w.exhibit(picture(t, 40, n)), scrip.HoldDisputed)
	}
	if _, err := w.SendHold(w.exhibit(picture(t, 40, 99))); !errors.Is(err, scrip.TooMany) {
		t.Errorf("DISPUTE with one photo above the bound: got %v, want %v", err, scrip.TooMany)
	}
	w.says(w.dispute("And what I wrote."), scrip.HoldDisputed)
	whole := picture(t, 40, 50)
	w.says(w.s.Reporting(scrip.Defend{Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: "As it was.", Shows: []scrip.Shown{}, Photo: jose.Digest(whole)}, func(m *rig.Message) {
		m.Attach.Photo = whole
	}), scrip.HoldDisputed)
	w.wantShown(event, photo, whole)
}

// wantShown wants the operator to see the first photo and the last, and the buyer to hear of all.
func (w escrowed) wantShown(event string, first, last []byte) {
	w.T.Helper()
	c, err := w.Judge().Case(w.T.Context(), w.s.Vendor(), w.p.Tx)
	if err != nil || len(c.Said) != 3+scrip.MaxExhibits {
		w.T.Fatalf("Case: got %d messages, %v, want %d", len(c.Said), err, 3+scrip.MaxExhibits)
	}
	if one := c.Said[1]; !one.Proven || one.Photo != jose.Digest(first) || len(one.Shows) != 1 || one.Shows[0] != event {
		w.T.Errorf("the photo: got %+v, want it with its event", one)
	}
	if x := c.Examine(event); x.Type != "EVENT" || x.By != scrip.Buyer || !x.Here || x.Event.Photo != jose.Digest(first) {
		w.T.Errorf("its event: got %+v, want the buyer's", x)
	}
	for _, photo := range [][]byte{first, last} {
		got, err := w.Judge().Photo(w.T.Context(), w.s.Vendor(), w.p.Tx, jose.Digest(photo))
		if err != nil || bytes.Equal(got, photo) {
			w.T.Errorf("Photo: got %d bytes, %v, want it made anew", len(got), err)
		}
		if shape, err := jpeg.DecodeConfig(bytes.NewReader(got)); err != nil || shape.Width != 40 {
			w.T.Errorf("Photo: got %+v, %v, want 40 pixels", shape, err)
		}
	}
	if _, err := w.Judge().Photo(w.T.Context(), w.s.Vendor(), w.p.Tx, jose.Digest([]byte("x"))); !errors.Is(err, scrip.NotFound) {
		w.T.Errorf("a photo that nobody showed: got %v, want %v", err, scrip.NotFound)
	}
	alias := w.c.Alias(w.s.Vendor())
	got, err := rig.Send[scrip.Watched](w.c, w.Broker.Watch, w.c.Seal(rig.Message{From: alias.Thumbprint(), By: alias, Body: scrip.Watch{Vendor: w.s.Vendor(), Purchase: w.p.Tx}}))
	if err != nil || len(got.Body.Said) != len(c.Said) {
		w.T.Fatalf("WATCHED: got %+v, %v, want all that was said", got.Body, err)
	}
	for i, said := range got.Body.Said {
		if want := c.Said[i]; said.Photo != want.Photo || said.Text != want.Text || fmt.Sprint(said.By) != fmt.Sprint(want.By) {
			w.T.Errorf("WATCHED: got %+v, want %+v", said, want)
		}
	}
}
