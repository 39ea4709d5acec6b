package world_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// rotate gives the broker a new signing and a new envelope key, as its operator
// does between two runs.
func (w *world) rotate() {
	w.T.Helper()
	cfg, data := w.Broker.Config, folder.At(w.Data)
	cfg.Identity.Chain = must(data.Rotate(rand.Reader, w.Clock.Now().Unix(), folder.Rotation{Signing: true, Envelope: true}))
	keys := must(data.BrokerKeys(rand.Reader, w.Clock.Now().Unix()))
	cfg.Signing, cfg.Envelope, cfg.Keys, cfg.Books = keys.Signing, append([]jose.EnvelopeKey{keys.Envelope}, keys.Opens...), keys.Keys, w.Books
	w.Broker = broker.New(cfg)
	if err := w.Broker.Recognize(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	w.Info = must(w.Broker.Info(w.T.Context())) // which the stall looks at
}

// thief is a broker that shows the ID of the world's, and first keys of its own.
func (w *world) thief() *broker.Broker {
	w.T.Helper()
	cfg := w.Broker.Config
	signing, envelope := must(jose.NewSigningKey(rand.Reader)), must(jose.NewEnvelopeKey(rand.Reader))
	signed, chain, err := scrip.Chain{Broker: cfg.Identity.ID}.Succeed(rand.Reader, []jose.VerifyKey{signing.Public()}, envelope.Public(), w.Clock.Now().Unix(), signing)
	if err != nil {
		w.T.Fatal(err)
	}
	cfg.Keys, cfg.Identity.Chain, cfg.Signing, cfg.Envelope = []string{signed}, chain, signing, []jose.EnvelopeKey{envelope}
	cfg.Books = must(db.NewBooks(dbtest.Open(w.T, folder.At(w.T.TempDir()).Books(), db.Broker)))
	thief := broker.New(cfg)
	if err := thief.Recognize(w.T.Context()); err != nil {
		w.T.Fatal(err)
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
	w.Clock.Advance(60 * time.Second)
	w.rotate()
	_, err := c.Buy(ctx, w.item(15_00, 1), 1, home)
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
	honest := w.Broker
	for name, wait := range map[string]time.Duration{"at once": 0, "when it looks anew": 2 * time.Hour} {
		w.Clock.Advance(wait)
		w.Broker = w.thief()
		err := c.Exchange(ctx, w.vendor(), 10_00)
		if !errors.Is(err, scrip.ErrSuccession) || !strings.HasPrefix(wallet.Sentence(err), "This market shows keys that do not follow") {
			t.Errorf("%s: got %v (%q), want %v in words", name, err, wallet.Sentence(err), scrip.ErrSuccession)
		}
		if got := must(c.purse.Owner(ctx)).Info; got.Fingerprint() != honest.Identity.Fingerprint() {
			t.Errorf("%s: the purse took keys of the man in the middle", name)
		}
		w.Broker = honest
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
	first := w.Broker.Identity.Fingerprint()
	w.rotate()
	for _, fingerprint := range []string{first, w.Broker.Identity.Fingerprint()} {
		cfg := w.config(w.purse())
		cfg.BrokerKey = fingerprint
		_, err := wallet.Make(ctx, cfg, w.account(1), "")
		want(t, "Make", err, nil)
	}
	honest := w.Broker
	w.Broker = w.thief()
	cfg := w.config(w.purse())
	cfg.BrokerKey = first
	_, err := wallet.Make(ctx, cfg, "SBX", "")
	want(t, "Make at the man in the middle", err, scrip.ErrSuccession)
	w.Broker = honest
	c := w.customer()
	cfg = w.config(c.purse)
	cfg.BrokerKey = jose.Digest([]byte("another"))
	_, err = wallet.Open(context.WithoutCancel(ctx), cfg)
	want(t, "Open with another fingerprint", err, scrip.ErrSuccession)
}
