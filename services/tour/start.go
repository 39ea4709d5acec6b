package tour

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"peerscrip/services"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// tourGoods are what the tour's own stall sells.
var tourGoods = []merchant.Item{{
	Title: "A map of the town", Description: "Folded once.", Category: "Books & Music", Condition: "good",
	Price: 12_50, Quantity: 1, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5, CheckWithin: 3,
}}

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
