package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"peerscrip/services/scrip"
)

// Config is everything New needs. What is nil takes its pages away: a broker alone has no Catalogue, a stand-alone stall
// no Openings, a broker of real money no Bank.
type Config struct {
	Site Site

	Catalogue Catalogue
	Reports   Reports // nil: nobody reads what is reported
	Openings  Openings
	Bank      Bank   // the sandbox; at most one of these two
	PayIns    PayIns // real money
	// Hosts reports whether a stall's keys are in this process, so that its offers are fetched and paid here.
	Hosts func(scrip.VendorID) bool
	// Desk returns a stall of this process for its seller, or a scrip.Refusal.
	Desk func(context.Context, scrip.VendorID) (Desk, error)
	// DeskLink returns the stand-alone stall whose owner's link holds the token, and uses the link up; or scrip.NotFound.
	DeskLink func(token string) (scrip.VendorID, error)
	// OtherBooks is what contradicts the broker; nil where it is in this process.
	OtherBooks func() OtherBooks

	// Sessions keep what visitors are in the middle of; never nil.
	Sessions Sessions

	// Insecure lets cookies travel over plain HTTP, for a machine of one's own.
	Insecure bool
	// PostsPerMinute bounds what one network address may change, ReadsPerMinute how many pages of the catalogue it may
	// read; 0 does not bound it.
	PostsPerMinute, ReadsPerMinute int
	// ClientIP says which address a request came from; nil means the other end of the connection. Behind a proxy that is
	// the proxy for everybody, so set it there.
	ClientIP func(*http.Request) string
	// Clock is the time; nil means time.Now.
	Clock func() time.Time
	// Log receives errors that are our fault; nil means slog.Default.
	Log *slog.Logger
}

// Site is what every page says about where it is.
type Site struct {
	Name      string         // of this marketplace or stall, "peerscrip" if empty
	URL       string         // base URL of these pages, for tools that follow links from elsewhere; empty: none are told
	BrokerURL string         // base URL of the broker, for the wallet; empty means this host
	Currency  scrip.Currency // the broker's
	Connect   []string       // origins the wallet may talk to beside this one: broker and stand-alone stalls; "https:" allows any
	Legal     Legal          // what the operator says of itself
	hasShop   bool           // set by New
	hasBank   bool           // set by New: the sandbox
	hasSell   bool           // set by New
	hasDesk   bool           // set by New
	hasReport bool           // set by New
}
