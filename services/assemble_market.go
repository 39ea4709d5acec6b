package services

import (
	"context"
	"time"

	"peerscrip/db"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// addMarket makes the catalogue over the stalls of the directory, or over the
// one stall of a stand-alone node.
func (h *house) addMarket(ctx context.Context) error {
	if err := h.openStore(ctx); err != nil {
		return err
	}
	listings, err := db.NewCatalogue(h.store)
	if err != nil {
		return err
	}
	h.catalogue = listings
	c := market.Config{
		Broker: h.info, Keys: h.issuer.keys, Directory: h.broker, Source: source{h.api.Stalls, h.outward()},
		Store: listings, Thumb: merchant.Thumbnail, Ratings: h.broker.Ratings, Clock: h.Clock, Log: h.Log, Every: 15 * time.Second,
	}
	if h.host != nil {
		c.Directory = heard{h.broker, h.listed}
		c.Near = h.host.Has
		c.Draft = func(cert scrip.Certificate) bool {
			return cert.BaseURL == h.host.BaseURL && !h.host.Hosts(context.Background(), cert.Vendor)
		}
	}
	if h.stall != nil {
		c.Directory = &soleDirectory{stall: h.stall, broker: h.broker, clock: h.Clock, log: h.Log}
	}
	h.market = market.New(c)
	h.api.Market = h.market
	h.run(func(ctx context.Context) { h.watch(ctx) })
	h.run(h.alone(jobReading, func(ctx context.Context) {
		if err := h.market.Run(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("the catalogue stopped", "err", err)
		}
	}))
	return nil
}

// watchPause is how long what changes next waits, so that all that is bought meanwhile is
// read together.
const watchPause = 100 * time.Millisecond

// watch reads stalls of this process again as they change, and of purchases what they left.
func (h *house) watch(ctx context.Context) {
	for {
		select {
		case <-h.changes.told:
			for v, offers := range h.changes.take() {
				if err := h.reread(ctx, v, offers); err != nil && ctx.Err() == nil {
					h.Log.Warn("reading a changed stall", "vendor", v, "err", err)
				}
			}
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(watchPause):
		case <-ctx.Done():
			return
		}
	}
}

// reread reads some offers of a stall again, or without any all of it.
func (h *house) reread(ctx context.Context, v scrip.VendorID, offers []scrip.ID) error {
	if len(offers) == 0 {
		return h.market.RefreshStall(ctx, v)
	}
	return h.market.Restock(ctx, v, offers)
}

// openStore opens the market's database, once.
func (h *house) openStore(ctx context.Context) error {
	if h.store != nil {
		return nil
	}
	database, err := h.open(ctx, h.folder.Market(), db.Market)
	if err != nil {
		return err
	}
	h.store = database
	if h.storage.Apart(db.Market) && h.lessee == nil {
		if err := h.joinOthers(database); err != nil {
			return err
		}
	}
	return belong(ctx, database, h.folder.Market(), string(h.info().ID))
}
