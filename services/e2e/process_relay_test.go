package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
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

// startBehind starts a stall that customers reach through a relay, whose public address is the
// proxy's, and has it sell one thing.
func startBehind(t *testing.T, broker, relay *process, public *proxy, name string) behindRelay {
	t.Helper()
	s := behindRelay{process: newProcess(t, "stall", "--broker-url="+broker.url, "--relay="+relay.url, "--name="+name)}
	s.start()
	kept, err := folder.At(s.data).Certificate()
	if err != nil {
		t.Fatal(err)
	}
	s.vendor = kept.Vendor
	s.desk = enterDesk(s.process)
	s.desk.list(goods{"Spirit level of " + name, "2.50", "0", "50"})
	peer := newBuyer(t, broker.url, 1, nil).dial(public.url)
	eventually(t, 20*time.Second, name+" answers through the relay", func() bool {
		offers, err := peer.Stall(s.vendor).Offers(t.Context())
		if err != nil || len(offers) != 1 {
			return false
		}
		s.jws = offers[0].Offer
		return true
	})
	return s
}

func (s behindRelay) shelf() shelf { return readShelf(s.t, folder.At(s.data).OwnShelf()) }

// TestRelay: a stall behind a relay sells, and what stands between it and its customers
// can only be silent: it reads nothing, changes nothing, brings nothing twice and nothing to
// anybody else. The relay may be killed; the stall may sleep, and hears then what was told
// meanwhile; and it may move to another relay.
func TestRelay(t *testing.T) {
	t.Parallel()
	records := &records{}
	public := newProxy(t, "customers>relay", records)
	broker := startProcess(t, "broker")
	relay := startProcess(t, "relay", "--broker-url="+broker.url, "--base-url="+public.url)
	public.leadTo(relay.url)
	stall := startBehind(t, broker, relay, public, "The Attic")
	other := startBehind(t, broker, relay, public, "The Cellar")

	relayed := &swapping{}
	b := newBuyer(t, broker.url, 500_00, relayed)
	b.must("load", b.Load(t.Context(), 100_00))
	b.must("exchange", b.Exchange(t.Context(), stall.vendor, 80_00))
	b.buys(stall.jws, "through the relay")
	seen := records.all()
	b.pryRelay(public, relayed, stall, other)
	for _, s := range append(seen, records.all()...) {
		for _, secret := range []string{"Elm Street", "Spirit level", b.bank} {
			if strings.HasPrefix(s.path, "/v1/stalls/") && s.method == http.MethodPost && (bytes.Contains(s.request, []byte(secret)) || bytes.Contains(s.answer, []byte(secret))) {
				t.Errorf("%s %s shows %q to the relay", s.method, s.path, secret)
			}
		}
	}

	relay.kill()
	if _, err := b.Buy(t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("buy while the relay is dead: got %v, want %v", err, wallet.ErrUnfinished)
	}
	relay.start()
	b.settle(20 * time.Second)
	receipt := b.buys(stall.jws, "through a relay that was started again")

	stall.kill()
	sold := len(stall.shelf().sales)
	if err := b.Say(t.Context(), receipt.Tx, scrip.Event{Kind: "message", Text: "Is it blue?"}); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("write to a stall that sleeps: got %v, want %v", err, wallet.ErrUnfinished)
	}
	if _, err := b.Buy(t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("buy at a stall that sleeps: got %v, want %v", err, wallet.ErrUnfinished)
	}
	stall.start()
	eventually(t, 20*time.Second, "the stall reads what was written while it slept", func() bool {
		_, desk := stall.desk.send(http.MethodGet, "/desk/orders/"+string(orderOf(stall.shelf(), receipt.Tx)), "", nil)
		return bytes.Contains(desk, []byte("Is it blue?"))
	})
	if got := len(stall.shelf().sales); got != sold {
		t.Errorf("sales while the stall slept: got %d, want the %d before: a purchase waits at its buyer alone", got, sold)
	}
	b.settle(20 * time.Second)

	second := startProcess(t, "relay", "--broker-url="+broker.url)
	stall.stop()
	stall.args = append(stall.args, "--relay="+second.url)
	stall.start()
	eventually(t, 20*time.Second, "the stall is certified at its new relay", func() bool {
		for _, s := range directory(t, broker.url) {
			if s.Vendor == stall.vendor {
				return s.BaseURL == second.url
			}
		}
		return false
	})
	relay.stop()
	eventually(t, 20*time.Second, "the stall answers through its new relay", func() bool {
		_, err := b.dial(second.url).Stall(stall.vendor).Offers(t.Context())
		return err == nil
	})
	late := newBuyer(t, broker.url, 50_00, nil)
	late.must("load", late.Load(t.Context(), 30_00))
	late.must("exchange", late.Exchange(t.Context(), stall.vendor, 20_00))
	late.buys(stall.jws, "where the stall has moved to")

	eventually(t, 20*time.Second, "all T12 at the broker", func() bool { return stall.shelf().recorded() })
	late.settle(10 * time.Second)
	auditOf(t, broker.data, stall.data, other.data)
	b.conserved()
}

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
	for range 3 {
		if status, again := post(stall.vendor, message); status != http.StatusOK || !bytes.Equal(again, first) {
			b.t.Errorf("a purchase once more: got %d, want 200 and the answer of before", status)
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
