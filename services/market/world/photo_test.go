package world_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shown puts an offer on the stall that shows a photo by its digest.
func (w *world) shown(s *stall, digest string) scrip.Offer {
	o := w.offer(s, "Lamp")
	o.Photos = []scrip.OfferPhoto{{Digest: digest, Alt: "A lamp"}, {Digest: digest, Alt: "The same lamp"}}
	w.put(s, o, 1, start)
	return o
}

func TestPhotoIsFetchedOnce(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	full := photo(t, 100, 80)
	digest := jose.Digest(full)
	if _, err := w.Photo(t.Context(), digest, false); !errors.Is(err, scrip.NotFound) {
		t.Errorf("before a listing names it: got %v, want %v", err, scrip.NotFound)
	}
	w.shown(s, digest)
	w.change(func() { w.photos[digest] = full })
	w.refresh()
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			want := full
			if i%2 == 1 {
				want = full[:len(full)/2] // what the world's Thumb makes
			}
			got, err := w.Photo(t.Context(), digest, i%2 == 1)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
			}
		})
	}
	wg.Wait()
	w.change(func() { s.down = true })
	if _, err := w.Photo(t.Context(), digest, true); err != nil {
		t.Errorf("with the stall down: got %v, want no error", err)
	}
	if n := w.asked[digest]; n != 1 {
		t.Errorf("the stall was asked %d times, want once", n)
	}

	w.change(func() { w.listed[0].Revoked = true })
	w.refresh()
	if _, err := w.Photo(t.Context(), digest, false); !errors.Is(err, scrip.NotFound) {
		t.Errorf("after the revocation: got %v, want %v", err, scrip.NotFound)
	}
}

func TestPhotoIsChecked(t *testing.T) {
	good, html, wide := photo(t, 100, 80), []byte("<script>alert(1)</script>"), photo(t, 4000, 1001)
	big := append(photo(t, 100, 80), make([]byte, market.MaxPhoto)...)
	for what, c := range map[string]struct {
		digest string
		sent   []byte
	}{
		"another photo": {jose.Digest(good), photo(t, 101, 80)},
		"not a photo":   {jose.Digest(html), html},
		"too wide":      {jose.Digest(wide), wide},
		"too big":       {jose.Digest(big), big},
	} {
		w := newWorld(t)
		w.shown(w.certify("Attic"), c.digest)
		w.change(func() { w.photos[c.digest] = c.sent })
		w.refresh()
		for range 3 {
			if b, err := w.Photo(t.Context(), c.digest, false); !errors.Is(err, scrip.Unavailable) || b != nil {
				t.Errorf("%s: got %d bytes, %v, want %v", what, len(b), err, scrip.Unavailable)
			}
		}
		if n := w.asked[c.digest]; n != 1 {
			t.Errorf("%s: the stall was asked %d times, want once a minute", what, n)
		}
	}
}

// Stalls that leave questions for photos hanging hold their own places only:
// another stall's photo comes meanwhile, and they are not asked again at once.
func TestHangingStallsHoldUpTheirOwnPictures(t *testing.T) {
	w := newWorld(t)
	full := photo(t, 100, 80)
	good := jose.Digest(full)
	w.shown(w.certify("Good"), good)
	w.change(func() { w.photos[good] = full })
	var hanging []string
	for i := range 6 {
		s := w.certify(string(rune('A' + i)))
		s.hangs = true
		for j := range 3 {
			digest := jose.Digest([]byte{byte(i), byte(j)})
			w.shown(s, digest)
			hanging = append(hanging, digest)
		}
	}
	w.refresh()
	w.Timeout = 2 * time.Second // and one for a photo
	var wg sync.WaitGroup
	for _, digest := range hanging {
		wg.Go(func() {
			if _, err := w.Photo(t.Context(), digest, false); !errors.Is(err, scrip.Unavailable) {
				t.Errorf("a hanging stall's: got %v, want %v", err, scrip.Unavailable)
			}
		})
	}
	for asked := 0; asked < 12; time.Sleep(time.Millisecond) { // two of each stall
		w.change(func() {
			asked = 0
			for _, digest := range hanging {
				asked += w.asked[digest]
			}
		})
	}
	begun := time.Now()
	if got, err := w.Photo(t.Context(), good, false); err != nil || !bytes.Equal(got, full) {
		t.Errorf("a good stall's: got %d bytes, %v, want the photo", len(got), err)
	}
	if took := time.Since(begun); took > 900*time.Millisecond {
		t.Errorf("a good stall's photo took %v, while others hung; want it at once", took)
	}
	wg.Wait()
	for i := 2; i < len(hanging); i += 3 {
		if n := w.asked[hanging[i-2]] + w.asked[hanging[i-1]] + w.asked[hanging[i]]; n != 2 {
			t.Errorf("hanging stall %d was asked %d times, want twice and then left alone", i/3, n)
		}
	}
}

func TestPhotoFromAnyStallThatShowsIt(t *testing.T) {
	w := newWorld(t)
	full := photo(t, 100, 80)
	digest := jose.Digest(full)
	a, b := w.certify("A"), w.certify("B")
	w.shown(a, digest)
	w.shown(b, digest)
	w.refresh()
	w.change(func() { a.down, b.down, w.photos[digest] = true, true, full })
	if _, err := w.Photo(t.Context(), digest, false); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("both down: got %v, want %v", err, scrip.Unavailable)
	}
	w.change(func() { b.down = false })
	w.sleep(time.Minute)
	if got, err := w.Photo(t.Context(), digest, false); err != nil || !bytes.Equal(got, full) {
		t.Errorf("one up: got %d bytes, %v, want the photo", len(got), err)
	}
	for _, digest := range []string{"", "x", "../../../etc/passwd"} {
		if _, err := w.Photo(t.Context(), digest, false); !errors.Is(err, scrip.NotFound) {
			t.Errorf("%q: got %v, want %v", digest, err, scrip.NotFound)
		}
	}
}
