package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"peerscrip/services"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// tourGoods are what the tour's own stall sells.
var tourGoods = []merchant.Item{{
	Title: "A map of the town", Description: "Folded once.", Category: "Books & Music", Condition: "good",
	Price: 12_50, Quantity: 1, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5, CheckWithin: 3,
}}

// errNotReady says that a broker could not be toured.
var errNotReady = errors.New("is not ready to be used: it says why in its log")

// errFull says that waiting would not help.
var errFull = errors.New("takes no orders: the disk that it writes to is nearly full. Make room there, and give the command again")

// errSilent says that somebody is there who says nothing.
var errSilent = errors.New("takes the question whether it is ready and does not answer it")

// aside is where it is told what happens: beside the JSON object, which is all that Out has.
func (t *tour) aside() io.Writer {
	if t.JSON {
		return t.Err
	}
	return t.Out
}

// ready waits for a broker that says that it is not ready, as a demo that makes its samples: their time is not ours until they are
// made, and a stall would promise another protection than the customer reads in its offer. For a full disk it does not wait. What else
// is wrong, also that nobody is there, the tour finds out itself.
func (t *tour) ready(ctx context.Context, pause, answered time.Duration) error {
	client := http.Client{Timeout: answered}
	for begun, said := time.Now(), false; ; {
		err := services.AskReady(ctx, &client, t.BrokerURL)
		var late interface{ Timeout() bool }
		if ctx.Err() == nil && errors.As(err, &late) && late.Timeout() {
			return fmt.Errorf("the broker at %s %w", t.BrokerURL, errSilent)
		}
		var not services.NotReady
		if !errors.As(err, &not) || not.Status != http.StatusServiceUnavailable {
			return ctx.Err()
		}
		if slices.Contains(not.Parts, services.PartDisk) {
			return fmt.Errorf("the broker at %s %w", t.BrokerURL, errFull)
		}
		if time.Since(begun) > readyPatience {
			return fmt.Errorf("the broker at %s %w", t.BrokerURL, errNotReady)
		}
		if !said {
			fmt.Fprintf(t.aside(), "The broker at %s is not ready yet: %s. The tour waits for it, for %s at most.\n", t.BrokerURL, whyNot(not), readyPatience)
		}
		said = true
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// whyNot tells people what is not well.
func whyNot(not services.NotReady) string {
	switch {
	case len(not.Parts) == 0:
		return "a new demo's people live their first weeks, or its log says what is wrong"
	case slices.Contains(not.Parts, services.PartSamples):
		return "its people live their first weeks"
	}
	return "its log says what is wrong with " + not.Named()
}

// start starts a broker and a stall of the tour's own, each on a port of its
// own, that speak over HTTP as programs on two machines do.
func (t *tour) start(ctx context.Context, home string) (stop func() error, err error) {
	c := services.Config{
		Role: services.Broker, Listen: "127.0.0.1:0", Data: filepath.Join(home, "broker"), Name: "The tour's broker",
		Document: t.Document, Random: t.Random, Log: slog.New(slog.DiscardHandler), Watch: t.ear.watch,
		PrivateStalls: true,
	}
	broker, err := services.Start(ctx, c)
	if err != nil {
		return nil, err
	}
	c.Role, c.Data, c.Name, c.BrokerURL, c.Goods = services.Stall, filepath.Join(home, "stall"), "The Tour Stall", broker.URL, tourGoods
	stall, err := services.Start(ctx, c)
	if err != nil {
		return nil, errors.Join(err, broker.Stop())
	}
	t.BrokerURL = broker.URL
	t.Audit = []string{filepath.Join(home, "broker"), filepath.Join(home, "stall")}
	return func() error { return errors.Join(stall.Stop(), broker.Stop()) }, nil
}
