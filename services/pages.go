package services

import (
	"context"

	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// The parties are what pages ask, as they are.
var (
	_ web.Catalogue  = (*market.Market)(nil)
	_ web.Openings   = (*merchant.Host)(nil)
	_ web.Reports    = (*market.Market)(nil)
	_ web.Moderation = (*market.Market)(nil)
	_ web.Desk       = (*merchant.Stall)(nil)
	_ web.Bank       = (*bank.Sandbox)(nil)
	_ web.PayIns     = (*bank.Gateway)(nil)
)

// pageConfig hands the role's parties to its pages. A nil pointer in an
// interface is not nil, so that each party is handed over only if it is here.
func (h *house) pageConfig() (*web.Config, error) {
	sessions, err := h.sessions()
	if err != nil {
		return nil, err
	}
	c := &web.Config{
		Sessions:       sessions,
		ClientIP:       clientIP(h.ClientIP),
		Site:           web.Site{Name: h.Name, URL: h.BaseURL, BrokerURL: h.publicBroker(), Currency: h.info().Currency, Connect: h.connect(), Legal: web.Legal{Contact: h.Contact, Imprint: h.Imprint, Terms: h.Terms}},
		Insecure:       insecure(h.BaseURL),
		PostsPerMinute: h.Posts,
		ReadsPerMinute: h.Rate,
		Clock:          h.Clock,
		Log:            h.Log,
	}
	if h.issuer.broker != nil {
		c.OtherBooks = h.followed.otherBooks
	}
	if h.bank != nil {
		c.Bank = h.bank
	}
	if h.payIns != nil {
		c.PayIns = h.payIns
	}
	if h.market != nil {
		c.Catalogue, c.Hosts = h.market, h.hosts
		c.Desk = func(ctx context.Context, v scrip.VendorID) (web.Desk, error) { return h.own(ctx, v) }
	}
	if h.host != nil {
		c.Openings, c.Reports = h.host, h.market
	}
	if h.stall != nil || h.Role == Demo {
		c.DeskLink = h.useDeskLink
	}
	return c, nil
}

// sessions keep what visitors are in the middle of: in the market's database, or with a broker alone in its books.
func (h *house) sessions() (*db.Sessions, error) {
	if h.store != nil {
		return db.NewSessions(h.store)
	}
	return db.NewSessions(h.bookStore)
}

// own returns the stall whose keys are in this process, or scrip.UnknownVendor.
func (h *house) own(ctx context.Context, vendor scrip.VendorID) (*merchant.Stall, error) {
	if h.stall != nil && h.stall.Vendor() == vendor {
		return h.stall, nil
	}
	if h.host == nil {
		return nil, scrip.UnknownVendor
	}
	return h.host.Stall(ctx, vendor)
}

// hosts reports whether a stall's keys are in this process.
func (h *house) hosts(v scrip.VendorID) bool {
	return h.stall != nil && h.stall.Vendor() == v || h.host != nil && h.host.Has(v)
}
