package web

import (
	"log/slog"
	"net/http"

	"peerscrip/services/scrip"
)

// Config is everything New needs. Interfaces that are nil take their pages away: a broker alone has no Catalogue and no
// Photos, a stand-alone stall no Openings, a broker with a real payment provider no Bank.
type Config struct {
	Site Site

	Catalogue Catalogue
	Photos    Photos
	Openings  Openings
	Keyring   Keyring
	Desk      Desk
	Orders    Orders
	Bank      Bank
	Charges   Charges

	// Insecure lets cookies travel over plain HTTP, for a machine of one's own.
	Insecure bool
	// PostsPerMinute bounds what one network address may change; 0 does not bound it.
	PostsPerMinute int
	// ClientIP says which address a request came from; nil means the other end of the connection. Behind a proxy that is
	// the proxy for everybody, so set it there.
	ClientIP func(*http.Request) string
	// Log receives errors that are our fault; nil means slog.Default.
	Log *slog.Logger
}

// Site is what every page says about where it is.
type Site struct {
	Name      string         // of this marketplace or stall, "peerscrip" if empty
	BrokerURL string         // base URL of the broker, for the wallet; empty means this host
	Currency  scrip.Currency // the broker's
	Connect   []string       // origins the wallet may talk to beside this one: broker and stand-alone stalls; "https:" allows any
	HasShop   bool           // set by New
	HasBank   bool           // set by New
	HasSell   bool           // set by New
	HasDesk   bool           // set by New
}
