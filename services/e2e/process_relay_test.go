package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// behindRelay is a stall that takes no connections but those of its own machine.
type behindRelay struct {
	*process
	vendor scrip.VendorID
	jws    string // of its one offer
	desk   *seller
}

// startBehind starts a stall that customers reach through a relay, and has it sell one thing,
// which b can see.
func startBehind(b *buyer, broker, relay *process, name string, thing goods) behindRelay {
	b.t.Helper()
	s := behindRelay{process: newProcess(b.t, "stall", "--broker-url="+broker.url, "--relay="+relay.url, "--name="+name)}
	s.start()
	kept, err := folder.At(s.data).Certificate()
	b.must("look for the certificate", err)
	certificate, err := scrip.Unchecked[scrip.Certificate](kept.Signed)
	b.must("read the certificate", err)
	s.vendor = kept.Vendor
	s.desk = enterDesk(s.process)
	s.desk.list(thing)
	peer := b.dial(certificate.BaseURL)
	eventually(b.t, 20*time.Second, name+" answers through the relay", func() bool {
		offers, err := peer.Stall(s.vendor).Offers(b.t.Context())
		if err != nil || len(offers) != 1 {
			return false
		}
		s.jws = offers[0].Offer
		return true
	})
	return s
}

func (s behindRelay) shelf() shelf { return readShelf(s.t, folder.At(s.data).OwnShelf()) }

// orderOf is the order of a purchase in a stall's book.
func orderOf(s shelf, purchase scrip.ID) scrip.ID {
	for _, sale := range s.sales {
		if sale.Tx == purchase {
			return sale.ID
		}
	}
	return ""
}

// pryRelay tries what a relay could try.
func (b *buyer) pryRelay(public *proxy, relayed *swapping, stall, other behindRelay) {
	b.t.Helper()
	sold := func() int { return len(stall.shelf().sales) + len(other.shelf().sales) }
	post := func(of scrip.VendorID, message []byte) (int, []byte) {
		request, err := http.NewRequest(http.MethodPost, public.url+"/v1/stalls/"+string(of)+"/purchases", bytes.NewReader(message))
		b.must("make a request", err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set(mark, "1")
		answer, err := http.DefaultClient.Do(request)
		b.must("bring a message", err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		b.must("read the answer", err)
		return answer.StatusCode, body
	}
	var message, first []byte // a purchase, and the answer that is kept from its buyer
	before := sold()
	for name, meddle := range map[string]meddling{
		"changed": func(s spoken, _ func() spoken) {
			if status, _ := post(stall.vendor, changed(b.t, s.request)); status < 400 {
				b.t.Errorf("a changed purchase: got %d, want that it is refused", status)
			}
			panic(http.ErrAbortHandler)
		},
		"misdirected": func(s spoken, _ func() spoken) {
			if status, _ := post(other.vendor, s.request); status < 400 {
				b.t.Errorf("a purchase at another stall: got %d, want that it is refused", status)
			}
			panic(http.ErrAbortHandler)
		},
	} {
		meddle := once(public, meddle)
		if _, err := b.Buy(b.t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
			b.t.Errorf("%s: got %v, want %v", name, err, wallet.ErrUnfinished)
		}
		if !meddle() {
			b.t.Errorf("%s: nothing went by", name)
		}
		if got := sold(); got != before {
			b.t.Errorf("%s: got %d sales, want %d", name, got, before)
		}
		b.settle(20 * time.Second)
		before++
	}
	kept := once(public, func(s spoken, forward func() spoken) {
		message, first = s.request, forward().answer
		panic(http.ErrAbortHandler)
	})
	if _, err := b.Buy(b.t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) || !kept() {
		b.t.Errorf("an answer kept back: got %v, want %v", err, wallet.ErrUnfinished)
	}
	for range 3 { // it is made again from the order, and sealed anew
		if status, again := post(stall.vendor, message); status != http.StatusOK || len(again) != len(first) {
			b.t.Errorf("a purchase once more: got %d and %d bytes, want 200 and an answer of %d", status, len(again), len(first))
		}
	}
	if got := sold(); got != before+1 {
		b.t.Errorf("a purchase brought four times: got %d sales, want %d", got, before+1)
	}
	b.settle(20 * time.Second)
	before++
	relayed.swap(first)
	if _, err := b.Buy(b.t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
		b.t.Errorf("the answer to another purchase: got %v, want %v", err, wallet.ErrUnfinished)
	}
	relayed.swap(nil)
	b.settle(20 * time.Second)
	if got := sold(); got != before+1 {
		b.t.Errorf("in the end: got %d sales, want %d", got, before+1)
	}
}

// once has a proxy meddle for a while: until the function that it returns is called,
// which reports whether it did.
func once(public *proxy, meddle meddling) func() bool {
	met := make(chan struct{}, 100)
	counted := meddling(func(s spoken, forward func() spoken) {
		if path.Base(s.path) == "purchases" && s.asked.Get(mark) == "" {
			met <- struct{}{}
			meddle(s, forward)
		}
	})
	public.meddle.Store(&counted)
	return func() bool {
		public.meddle.Store(nil)
		return len(met) > 0
	}
}

// mark is on what the test brings itself, past the meddling.
const mark = "X-Test"

// changed is a sealed message with one character in the middle of its ciphertext changed.
func changed(t testing.TB, message []byte) []byte {
	t.Helper()
	var sealed map[string]string
	if err := json.Unmarshal(message, &sealed); err != nil {
		t.Fatal(err)
	}
	envelope := []byte(sealed["envelope"])
	if at := len(envelope) / 2; envelope[at] == 'A' {
		envelope[at] = 'B'
	} else {
		envelope[at] = 'A'
	}
	sealed["envelope"] = string(envelope)
	out, err := json.Marshal(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// swapping gives a wallet another answer to its purchases than they got.
type swapping struct{ answer atomic.Pointer[[]byte] }

func (s *swapping) swap(answer []byte) {
	if answer == nil {
		s.answer.Store(nil)
		return
	}
	s.answer.Store(&answer)
}

// RoundTrip implements http.RoundTripper.
func (s *swapping) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if other := s.answer.Load(); err == nil && other != nil && path.Base(r.URL.Path) == "purchases" {
		answer.Body.Close()
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(*other)), int64(len(*other))
		answer.Header.Del("Content-Length")
	}
	return answer, err
}
