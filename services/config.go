package services

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// Role is what one process is for.
type Role string

// The roles a process can have.
const (
	Demo   Role = "demo"   // everything on one port, with sample stalls and goods
	Serve  Role = "serve"  // everything on one port
	Broker Role = "broker" // the broker and its sandbox bank
	Market Role = "market" // the pages, the catalogue and hosted stalls
	Stall  Role = "stall"  // one merchant on its own node, with its pages
	Relay  Role = "relay"  // the way to stalls on machines that take no connections

	Witness Role = "witness" // cosigns the heads of logs
)

// hasBroker reports whether the role keeps the books itself.
func (r Role) hasBroker() bool { return r == Demo || r == Serve || r == Broker }

// hasMarket reports whether the role shows many stalls and hosts some.
func (r Role) hasMarket() bool { return r == Demo || r == Serve || r == Market }

// hasConsole reports whether the role has anything that an operator would look at or decide in a console: who keeps no
// books and no stalls has figures alone.
func (r Role) hasConsole() bool { return r != Relay && r != Witness }

// Config is all that a process can be told. The zero value of a field is its
// default, but for Role, Document and, where there is no broker in the process,
// BrokerURL.
type Config struct {
	Role      Role
	Listen    string // address to listen on; default 127.0.0.1:8080
	Data      string // folder of the databases and keys, made when missing; default ./data
	Database  string // URL of a PostgreSQL database in which books are kept; default: files in Data
	VaultKey  string // 43 characters that seal secrets in that database; default: in Data
	Operator  string // address of the operator's console; default: there is none. See Console
	BaseURL   string // how others reach this process; default http:// and the address listened on
	BrokerURL string // base URL of the broker, for roles without one
	BrokerKey string // fingerprint of one of the broker's KEYS, to be pinned; empty pins the first that is shown
	Relay     string // base URL of the relay through which customers reach a stand-alone stall; default: they reach BaseURL
	Name      string // of the broker, the market or the stall
	About     string // a stall's words about itself
	Bank      string // the bank's reference for a stand-alone stall's account; default: a new account at the sandbox bank
	Currency  string // ISO 4217 code of the broker's one currency; default EUR
	Document  []byte // openapi.yaml
	Money     Money  // of a broker; default: its bank is the sandbox
	Contact   string // how to reach the operator: a mail address, a web address, or words
	Imprint   string // who the operator is, in plain text
	Terms     string // the operator's own, in plain text

	MaxCharge     scrip.Money   // the most one T1 may ask for; default 2000 of the currency
	ScripLifetime time.Duration // of BrokerScrip and VendorScrip; default one year
	LockTime      time.Duration // between T3 and T5; default one minute
	ExtendTime    time.Duration // between T15 and the end of T16; default ten minutes
	Rate          int           // API requests a minute for each client address, and pages of the catalogue; 0 is no limit
	Posts         int           // forms a minute for each client address; 0 is no limit
	ClientIP      string        // header in which a proxy in front tells the client's address; default: none is believed
	MaxStalls     int           // stalls that are hosted, or reached through a relay; default 1000
	PrivateStalls bool          // stalls elsewhere are asked at addresses that are not public too: loopback, private networks
	Heads         []string      // files of signed heads of the broker's log that were kept elsewhere: the book must continue them
	Witnesses     []string      // that cosign the broker's heads, each as its URL and its key, with a space between
	Logs          []string      // that a witness cosigns: the base URL of a broker, perhaps with a fingerprint behind a space, or the key of any log
	Drain         time.Duration // how long Stop has the program answer on, not ready; default: not at all
	MinFree       int           // MiB of the disk below which nothing new is taken; default 64
	OperatorURL   string        // where Operator is reached over TLS by a proxy in front; default: what Operator says
	OperatorKey   string        // 43 characters that seal hosted stalls' keys; default: made and kept in Data

	ACME ACME // how the process gets a certificate for its name; zero: it speaks plain HTTP

	Clock  func() time.Time
	Random io.Reader
	Log    *slog.Logger

	Free func(path string) (uint64, error) // bytes of its disk that may still be written; default: what the file system says

	Watch  func(http.Handler) http.Handler // stands before all handlers of the public address; default: nothing does
	People bool                            // in a new demo, sample people have bought, written and rated for some weeks

	Goods []merchant.Item // listed by a stand-alone stall each time it starts; default: none
}

// Defaults for what a Config leaves out.
const (
	DefaultListen    = "127.0.0.1:8080"
	DefaultData      = "./data"
	DefaultCurrency  = "EUR"
	defaultMaxCharge = 2000 // of the currency
	defaultLifetime  = 365 * 24 * time.Hour
	defaultMaxStalls = 1000
	defaultMinFree   = 64
)

func (c Config) withDefaults() (Config, error) {
	fill(&c.Listen, DefaultListen)
	if err := c.certifies(); err != nil {
		return c, err
	}
	fill(&c.Data, DefaultData)
	fill(&c.Currency, DefaultCurrency)
	fill(&c.ScripLifetime, defaultLifetime)
	fill(&c.MaxStalls, defaultMaxStalls)
	fill(&c.MinFree, defaultMinFree)
	if c.Free == nil {
		c.Free = freeSpace
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if !c.Role.hasBroker() && c.Role != Witness && c.BrokerURL == "" {
		return c, fmt.Errorf("the role %s needs the base URL of a broker", c.Role)
	}
	if c.Role == Stall && c.Name == "" {
		return c, fmt.Errorf("a stall needs a name")
	}
	if c.BaseURL != "" && !isRoot(c.BaseURL) {
		return c, fmt.Errorf("the base URL is an address like https://market.example, without a path or a slash at the end, not %s: pages and API are at the root of their address", c.BaseURL)
	}
	if err := c.console().check(); err != nil {
		return c, err
	}
	if c.Relay != "" && !scrip.ValidBaseURL(c.Relay) {
		return c, fmt.Errorf("the relay is an address like https://relay.example, not %s", c.Relay)
	}
	if c.ScripLifetime < 0 || c.LockTime < 0 {
		return c, fmt.Errorf("scrip's lifetime and the lock's time are above 0")
	}
	if c.Role != Witness { // which is named by its address
		fill(&c.Name, "peerscrip")
	}
	data, err := filepath.Abs(c.Data)
	c.Data = data
	return c, err
}

// where is what the Config tells of its storage.
func (c Config) where() storage.Config {
	return storage.Config{Data: c.Data, Database: c.Database, VaultKey: c.VaultKey}
}

// isRoot reports whether a base URL is all of a host, as ours is. Others may have
// theirs below a path: who asks them appends to what their certificate says.
func isRoot(base string) bool {
	u, err := url.Parse(base)
	return err == nil && scrip.ValidBaseURL(base) && u.Path == ""
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
