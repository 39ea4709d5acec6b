package services_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/bench/load"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/stripe"
	"peerscrip/services/stripe/stripetest"
)

// inPostgres is a broker whose books are in a database.
func inPostgres(t *testing.T, data, url string, key [32]byte) services.Config {
	t.Helper()
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return services.Config{
		Role: services.Broker, Listen: "127.0.0.1:0", Data: data, Document: document, Log: slog.New(slog.DiscardHandler),
		Database: url, VaultKey: base64.RawURLEncoding.EncodeToString(key[:]),
	}
}

// TestBrokerInPostgres: processes that are started on one new database at the same time are
// one broker; its commands find it there, and no other place is taken for it.
func TestBrokerInPostgres(t *testing.T) {
	url := dbtest.Postgres(t)
	folders := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	ids := make([]scrip.ID, len(folders))
	running := make([]*services.Program, len(folders))
	var all sync.WaitGroup
	var rotated atomic.Int32
	for i, data := range folders {
		all.Go(func() {
			p, err := services.Start(context.Background(), inPostgres(t, data, url, dbtest.Key))
			if err != nil {
				t.Errorf("start: %v", err)
				return
			}
			peer, err := api.Dial(api.DialConfig{BaseURL: p.URL})
			if err != nil {
				t.Error(err)
			} else if info, err := peer.Broker().Info(context.Background()); err != nil {
				t.Error(err)
			} else {
				ids[i] = info.ID
			}
			running[i] = p
		})
	}
	all.Wait()
	c := inPostgres(t, folders[0], url, dbtest.Key)
	at := storage.Config{Data: c.Data, Database: c.Database, VaultKey: c.VaultKey}
	for range folders {
		all.Go(func() {
			err := services.Rotate(context.Background(), at, true, false)
			if err == nil {
				rotated.Add(1)
			} else if !errors.Is(err, folder.ErrOverlap) && !errors.Is(err, folder.ErrReplaced) {
				t.Errorf("new keys beside the processes: got %v", err)
			}
		})
	}
	all.Wait()
	for _, p := range running {
		if p == nil {
			continue // it said why
		}
		if err := p.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	if ids[0] == "" || ids[1] != ids[0] || ids[2] != ids[0] {
		t.Fatalf("brokers on one database: got %v, want one", ids)
	}
	if report, err := audit.Storages(t.Context(), []storage.Config{at}, true); err != nil || !report.OK() {
		t.Errorf("audit: got %+v, %v", report.Findings, err)
	}
	if _, err := services.Revoke(t.Context(), at, "nobody"); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("revoke nobody: got %v, want %v", err, scrip.ErrAbsent)
	}
	var said strings.Builder
	if n := rotated.Load(); n != 1 {
		t.Errorf("of three who make keys at the same time: got %d, want one", n)
	}
	if err := services.PrintKeys(t.Context(), &said, at); err != nil || !strings.Contains(said.String(), "   2  from ") {
		t.Errorf("keys: got %q, %v, want the second", said.String(), err)
	}
	for what, config := range map[string]services.Config{
		"without its database": {Role: services.Broker, Listen: "127.0.0.1:0", Data: c.Data, Document: c.Document},
		"with another key":     inPostgres(t, t.TempDir(), url, [32]byte{9}),
	} {
		p, err := services.Start(t.Context(), config)
		if err == nil {
			err = errors.Join(p.Stop(), errors.New("it started"))
		}
		if want := "--database"; what == "without its database" && !errors.Is(err, folder.ErrElsewhere) || what != "without its database" && !strings.Contains(err.Error(), "--vault-key") {
			t.Errorf("%s: got %v, want to be told of %s or --vault-key", what, err, want)
		}
	}
}

// TestStallInPostgres: processes of a stand-alone stall that are started on one new database at the same time are one stall,
// with one link to its desk; what is sold by one is sold to the other, and no other place is taken for the stall's.
func TestStallInPostgres(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	broker := &movable{t: t, config: inPostgres(t, t.TempDir(), "", dbtest.Key)}
	broker.config.VaultKey, broker.config.PrivateStalls = "", true
	broker.start()
	config := inPostgres(t, "", dbtest.Postgres(t), dbtest.Key)
	config.Role, config.BrokerURL, config.Name = services.Stall, broker.p.URL, "The Corner Stall"
	address, second := freeAddress(t), freeAddress(t)
	config.BaseURL = "http://" + address
	both := []*movable{{t: t}, {t: t}}
	var all sync.WaitGroup
	for i, m := range both {
		m.config = config
		m.config.Data, m.config.Listen = t.TempDir(), second
		if i == 0 {
			m.config.Listen, m.config.Goods = address, []merchant.Item{penny}
		}
		all.Go(func() { m.start() })
	}
	all.Wait()
	if t.Failed() {
		return
	}
	if a, b := both[0].p.DeskURL, both[1].p.DeskURL; (a == "") == (b == "") {
		t.Errorf("first links to the desk: got %q and %q, want one", a, b)
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: broker.p.URL})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := peer.Broker().Stalls(ctx, "")
	if err != nil || len(listed.Stalls) != 1 {
		t.Fatalf("the directory: got %d stalls, %v, want one", len(listed.Stalls), err)
	}
	c, err := load.Join(ctx, broker.p.URL, 100)
	if err != nil {
		t.Fatal(err)
	}
	stall, err := load.At(ctx, c, listed.Stalls[0].Vendor, config.BaseURL)
	if err == nil {
		err = errors.Join(c.Visit(stall), c.Load(ctx, 50), c.Exchange(ctx, 20))
	}
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{config.BaseURL, "http://" + second}
	for i := range 6 {
		if err := errors.Join(c.Through(addresses[i%2]), c.Buy(ctx)); err != nil {
			t.Errorf("purchase %d: %v", i, err)
		}
	}
	at := storage.Config{Data: both[1].config.Data, Database: config.Database, VaultKey: config.VaultKey}
	if link, err := services.DeskLink(ctx, at, ""); err != nil || !strings.HasPrefix(link, config.BaseURL+"/desk/") {
		t.Errorf("another link to the desk: got %q, %v, want one at %s", link, err, config.BaseURL)
	}
	if err := (services.Seller{At: at, Out: io.Discard}).Talks(ctx); err != nil {
		t.Errorf("seller talks: got %v, want nil", err)
	}
	report, err := audit.Storages(ctx, []storage.Config{{Data: broker.config.Data}, at}, false)
	if err != nil || !report.OK() {
		t.Errorf("audit: got %+v, %v", report.Findings, err)
	}
	for _, m := range both {
		m.stop()
	}
	for what, tc := range map[string]struct {
		change func(*services.Config)
		want   error
	}{
		"without its database":  {func(c *services.Config) { c.Database = "" }, folder.ErrElsewhere},
		"as a market":           {func(c *services.Config) { c.Role, c.Data = services.Market, t.TempDir() }, db.ErrOwner},
		"with another's key":    {func(c *services.Config) { c.VaultKey = strings.Repeat("A", 43) }, db.ErrVaultKey},
		"again, as it was used": {func(*services.Config) {}, nil},
	} {
		c := both[0].config
		c.Goods = nil
		tc.change(&c)
		p, err := services.Start(ctx, c)
		if err == nil {
			err = p.Stop()
		}
		if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: got %v, want %v", what, err, tc.want)
		}
	}
}

// TestOneAsksThePaymentProvider: of processes of a broker on one database, one asks Stripe for what is due, however long that takes to answer.
func TestOneAsksThePaymentProvider(t *testing.T) {
	t.Parallel()
	url, there := dbtest.Postgres(t), stripetest.New(t)
	for _, data := range []string{t.TempDir(), t.TempDir()} {
		c := inPostgres(t, data, url, dbtest.Key)
		c.Money = services.Money{StripeKey: stripe.ParseKey(stripetest.Key), StripeWebhook: stripe.ParseKey(stripetest.Webhook), StripeURL: there.URL}
		p, err := services.Start(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Stop(); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
	const call = "/v1/checkout/sessions"
	release := there.Hold(call)
	defer release()
	books, err := db.NewBooks(dbtest.Open(t, url, db.Broker))
	if err != nil {
		t.Fatal(err)
	}
	at, key := time.Now().Unix(), scrip.DerivedID("payment", "a", 0)
	asked := scrip.PayIn{Key: key, Reference: "PAX", Amount: 20_00, Code: "RF1", At: at, State: scrip.PayInAsked, Changed: at, Version: 1}
	begun := scrip.Attempt{ID: scrip.DerivedID("attempt", key, 1), PayIn: key, N: 1, Reference: "PAX", Amount: 20_00, At: at, State: scrip.AttemptBegun, Next: at, Version: 1}
	rows := scrip.BrokerChange{Banking: &scrip.Banking{PayIns: []scrip.PayIn{asked}, Attempts: []scrip.Attempt{begun}}}
	if err := books.Apply(t.Context(), scrip.Change{At: at, Broker: &rows}); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if there.Calls("POST "+call) > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(6 * time.Second) // each process looks every five
	if got := there.Calls("POST " + call); got != 1 {
		t.Errorf("calls to Stripe while the first has no answer: got %d, want 1", got)
	}
}
