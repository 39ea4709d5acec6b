// Package tour goes through all eight transactions as a new customer and shows
// the 27 messages as they pass, and those of the trade around a purchase: [Run], with a broker and a stall of its own or
// those that are named.
package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Config is what the tour command is told.
type Config struct {
	BrokerURL string   // base URL of the broker; empty to start one, and a stall
	Audit     []string // data folders of the broker and its stalls, to be audited; those it starts are
	JSON      bool     // one JSON object instead of a transcript
	Out       io.Writer
	Err       io.Writer // with JSON: where it is told that the tour waits
	Document  []byte    // openapi.yaml
	Random    io.Reader
}

// ErrIncomplete is returned when a message did not go through, or the books do not
// close.
var ErrIncomplete = errors.New("the tour did not come to its end")

// How long a tour waits for a broker to be ready, and for a stall to report a sale.
const (
	readyPatience  = 5 * time.Minute
	readyPause     = time.Second
	answerPatience = 15 * time.Second // a process looks at its parts for ten
	reportPatience = 2 * time.Minute
	reportPause    = 100 * time.Millisecond
)

// tour is a customer on the way through all eight transactions.
type tour struct {
	Config
	ear    *ear
	broker api.BrokerClient
	bank   api.BankClient
	wallet *wallet.Wallet
	report Report
	totals audit.Totals
	thing  ware
	// mandate is the digest of what was bought with.
	mandate string
	bought  scrip.ID // the purchase
	// protected is whether its price is held.
	protected bool
	// ahead is how far the customer's clock is ahead, in seconds, so that scrip
	// is due.
	ahead atomic.Int64
}

// Run walks through all eight transactions with a fresh customer and prints
// the 27 messages. It returns ErrIncomplete unless every one went through and the
// books close, where they were looked at.
func Run(ctx context.Context, c Config) (err error) {
	home, err := os.MkdirTemp("", "peerscrip-tour-")
	if err != nil {
		return fmt.Errorf("make a folder for the tour: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	t := &tour{Config: c, report: Report{Missing: []string{}, Findings: []audit.Finding{}}, ear: &ear{began: time.Now(), customers: c.BrokerURL != ""}}
	if c.BrokerURL == "" {
		stop, err := t.start(ctx, home)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := t.ready(ctx, readyPause, answerPatience); err != nil {
		return err
	}
	done, err := t.customer(ctx, home)
	if err != nil {
		return err
	}
	walked := errors.Join(t.walk(ctx), done())
	return errors.Join(walked, t.conclude(ctx, walked))
}

// walk goes through the transactions; each has to leave something for the next.
func (t *tour) walk(ctx context.Context) error {
	price := t.thing.total
	steps := map[string]func(context.Context) error{
		"6.1":      func(ctx context.Context) error { return t.wallet.Load(ctx, price) },
		"6.2":      func(ctx context.Context) error { return t.wallet.Exchange(ctx, t.thing.Vendor, price-1) },
		"6.4":      func(ctx context.Context) error { return t.wallet.Load(ctx, price) },
		"6.5":      func(ctx context.Context) error { return t.wallet.Extend(ctx, t.thing.Vendor, 2) },
		"6.3":      t.buy,
		talk:       t.write,
		protection: t.release,
		opinion:    t.rate,
		"6.8":      t.renew,
		"6.7":      t.wallet.Leave, // and 6.6
		"6.6":      func(context.Context) error { return nil },
	}
	if !t.JSON {
		fmt.Fprintf(t.Out, "A new customer (C), the broker (B) at %s, and %q (M), where %q costs %s.\n",
			t.BrokerURL, t.report.Stall, t.thing.Title, t.say(ctx, price))
	}
	for _, transaction := range transactions {
		if !t.passes(transaction.number) {
			continue
		}
		err := steps[transaction.number](ctx)
		t.report.Messages = t.ear.messages()
		if !t.JSON {
			t.report.print(t.Out, transaction.number)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", transaction.number, err)
		}
	}
	return t.recorded(ctx)
}

// passes reports whether the tour comes past a stop. Nobody else's stall is rated by it.
func (t *tour) passes(stop string) bool {
	switch stop {
	case protection:
		return t.protected
	case opinion:
		return t.protected && !t.ear.customers
	}
	return true
}

// buy pays, and tells the broker.
func (t *tour) buy(ctx context.Context) error {
	just := wallet.Just(t.thing.signed, 1, nowhere(t.thing.Offer))
	just.Note = "The tour. Nothing is to be sent."
	receipt, err := t.wallet.BuyAhead(ctx, just, 0)
	if err != nil {
		return err
	}
	t.mandate = jose.Signed{JWS: receipt.Mandate}.Digest()
	if m, err := scrip.Unchecked[scrip.Mandate](receipt.Mandate); err != nil {
		return err
	} else {
		t.bought, t.protected = receipt.Tx, m.Protect != nil
	}
	if err := t.wallet.Deliver(ctx); err != nil || t.ear.customers {
		return err
	}
	return t.reported(ctx, reportPause, func() bool { return t.ear.has("T12") })
}

// write says something to the seller.
func (t *tour) write(ctx context.Context) error {
	return t.wallet.Say(ctx, t.bought, scrip.Event{Kind: "message", Text: "The tour was here."})
}

// rate says how it was.
func (t *tour) rate(ctx context.Context) error {
	return t.wallet.Rate(ctx, t.bought, scrip.MaxStars, "The map shows the way.")
}

// release lets what is held go.
func (t *tour) release(ctx context.Context) error {
	h, err := t.wallet.ReleaseHold(ctx, t.bought)
	if err == nil && h.State != scrip.HoldReleased {
		err = fmt.Errorf("the money is %s after RELEASE", h.State)
	}
	return err
}

// recorded waits until the mandate is in the broker's log, which it is by T12:
// that is how somebody else's T12 shows. The log's head is signed now and then.
func (t *tour) recorded(ctx context.Context) error {
	if t.ear.has("T12") {
		return nil
	}
	if !t.JSON {
		fmt.Fprintln(t.Out, "\nT12 shows in the broker's log, whose head is signed about once a minute.")
	}
	err := t.reported(ctx, 10*reportPause, func() bool {
		_, err := t.broker.MessageProof(ctx, t.mandate)
		return err == nil
	})
	if err == nil {
		t.ear.add(passage{name: "T12", from: api.M, to: api.B}, 0, false)
		t.report.Messages = t.ear.messages()
	}
	return err
}

// reported waits for T12.
func (t *tour) reported(ctx context.Context, pause time.Duration, there func() bool) error {
	for start := time.Now(); time.Since(start) < reportPatience; {
		if there() {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("the stall did not report the sale within %v", reportPatience)
}

// renew lets the customer's clock be ahead, so that all it has is due.
func (t *tour) renew(ctx context.Context) error {
	life := t.wallet.Info(ctx).ScripLifetime
	t.ahead.Store(life - min(3600, life/8))
	defer t.ahead.Store(0)
	return t.wallet.Renew(ctx)
}

func (t *tour) say(ctx context.Context, m scrip.Money) string {
	currency := t.wallet.Info(ctx).Currency
	return currency.Format(m) + " " + currency.Code
}

// conclude looks for what is missing, and at the books.
func (t *tour) conclude(ctx context.Context, walked error) error {
	for _, m := range messages() {
		if !t.ear.has(m.name) && t.passes(captions[m.name].transaction) {
			t.report.Missing = append(t.report.Missing, m.name)
		}
	}
	t.report.OK = walked == nil && len(t.report.Missing) == 0
	if len(t.Audit) > 0 {
		report, err := audit.Folders(ctx, t.Audit)
		if err != nil {
			return err
		}
		t.report.Audited, t.report.Findings, t.totals = true, report.Findings, report.Totals
		t.report.OK = t.report.OK && report.OK()
	}
	if t.JSON {
		encoder := json.NewEncoder(t.Out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(t.report); err != nil {
			return err
		}
	} else {
		t.report.conclude(t.Out, func(m scrip.Money) string { return t.say(ctx, m) }, t.totals)
	}
	if !t.report.OK {
		return ErrIncomplete
	}
	return nil
}
