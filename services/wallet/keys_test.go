package wallet_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// rotate gives the broker a new signing and a new envelope key, as its operator
// does between two runs.
func (w *world) rotate() {
	w.t.Helper()
	cfg := w.broker.Config
	signing, envelope := must(jose.NewSigningKey(rand.Reader)), must(jose.NewEnvelopeKey(rand.Reader))
	signed, chain, err := cfg.Identity.Chain.Succeed(rand.Reader, []jose.VerifyKey{signing.Public()}, envelope.Public(), w.clock.now.Load(), cfg.Signing)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Keys, cfg.Identity.Chain, cfg.Books = append(cfg.Keys, signed), chain, w.books
	cfg.Signing, cfg.Envelope = signing, append([]jose.EnvelopeKey{envelope}, cfg.Envelope...)
	w.broker = broker.New(cfg)
	if err := w.broker.Hold(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// thief is a broker that shows the ID of the world's, and first keys of its own.
func (w *world) thief() *broker.Broker {
	w.t.Helper()
	cfg := w.broker.Config
	signing, envelope := must(jose.NewSigningKey(rand.Reader)), must(jose.NewEnvelopeKey(rand.Reader))
	signed, chain, err := scrip.Chain{Broker: cfg.Identity.ID}.Succeed(rand.Reader, []jose.VerifyKey{signing.Public()}, envelope.Public(), w.clock.now.Load(), signing)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Keys, cfg.Identity.Chain, cfg.Signing, cfg.Envelope = []string{signed}, chain, signing, []jose.EnvelopeKey{envelope}
	cfg.Books = must(db.NewBooks(w.open(db.Broker, folder.At(w.t.TempDir()).Books())))
	thief := broker.New(cfg)
	if err := thief.Hold(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return thief
}

// TestBrokerRotates: wallet and stall follow new keys of the broker without being
// opened again; what the old ones signed stays good.
func TestBrokerRotates(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	w.rotate()
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	w.clock.now.Add(60)
	w.rotate()
	_, err := c.Buy(ctx, w.item(15_00, 1), 1, "")
	want(t, "Buy", err, nil)
	want(t, "Withdraw", c.Withdraw(ctx), nil)
	w.wantState(c, 0, 5_00, 0)
	if got := must(c.purse.Owner(ctx)).Info; got.Serial() != 3 {
		t.Errorf("the purse knows %d KEYS, want 3", got.Serial())
	}
	again := must(wallet.Open(ctx, w.config(c.purse)))
	want(t, "Load in the wallet opened again", again.Load(ctx, 10_00), nil)
}

// TestManInTheMiddle: the broker's old ID with new keys is refused by the wallet,
// which says so, tells it nothing, and goes on with the broker it knows.
func TestManInTheMiddle(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 5_00), nil)
	honest := w.broker
	for name, wait := range map[string]time.Duration{"at once": 0, "when it looks anew": 2 * time.Hour} {
		w.clock.now.Add(int64(wait / time.Second))
		w.broker = w.thief()
		err := c.Exchange(ctx, w.vendor(), 10_00)
		if !errors.Is(err, scrip.ErrSuccession) || !strings.HasPrefix(wallet.Sentence(err), "This market shows keys that do not follow") {
			t.Errorf("%s: got %v (%q), want %v in words", name, err, wallet.Sentence(err), scrip.ErrSuccession)
		}
		if got := must(c.purse.Owner(ctx)).Info; got.Fingerprint() != honest.Identity.Fingerprint() {
			t.Errorf("%s: the purse took keys of the man in the middle", name)
		}
		w.broker = honest
		if err := c.Resume(ctx); err != nil && !errors.Is(err, wallet.ErrUndone) {
			t.Errorf("%s: Resume with the broker back: %v", name, err)
		}
	}
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 10_00), nil)
}

// TestFingerprint: a wallet that was given a fingerprint is made and opened only
// where the broker's chain has it.
func TestFingerprint(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	first := w.broker.Identity.Fingerprint()
	w.rotate()
	for _, fingerprint := range []string{first, w.broker.Identity.Fingerprint()} {
		cfg := w.config(w.purse())
		cfg.BrokerKey = fingerprint
		_, err := wallet.Make(ctx, cfg, w.account(1), "")
		want(t, "Make", err, nil)
	}
	honest := w.broker
	w.broker = w.thief()
	cfg := w.config(w.purse())
	cfg.BrokerKey = first
	_, err := wallet.Make(ctx, cfg, "SBX", "")
	want(t, "Make at the man in the middle", err, scrip.ErrSuccession)
	w.broker = honest
	c := w.customer()
	cfg = w.config(c.purse)
	cfg.BrokerKey = jose.Digest([]byte("another"))
	_, err = wallet.Open(context.WithoutCancel(ctx), cfg)
	want(t, "Open with another fingerprint", err, scrip.ErrSuccession)
}
