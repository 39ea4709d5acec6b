package services

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/static"
	"peerscrip/web"
)

// house is a role while it is being put together.
type house struct {
	Config
	*parts
	folder    folder.Folder
	broker    api.Broker       // here, or over HTTP
	banking   api.Bank         // the sandbox, here or over HTTP
	info      scrip.BrokerInfo // as last heard
	bank      *bank.Sandbox    // nil where the broker is elsewhere
	books     *db.Books        // nil where the broker is elsewhere
	host      *merchant.Host   // nil without hosted stalls
	stall     *merchant.Stall  // nil but for a stand-alone stall
	market    *market.Market   // nil for a broker alone
	store     *db.DB           // the market's
	databases []*db.DB         // those open as long as the process
	token     string           // opens the desk of a stand-alone stall
	changes   chan scrip.VendorID
}

// keysOf are the envelope keys that open what is sealed to an identity.
func keysOf(i folder.Identity) []jose.EnvelopeKey { return []jose.EnvelopeKey{i.Envelope} }

// assemble builds the parts of a role. What it opened is in parts, to be
// closed, even when it fails.
func assemble(ctx context.Context, c Config, f folder.Folder, p *parts) error {
	h := &house{Config: c, parts: p, folder: f, changes: make(chan scrip.VendorID, 1024)}
	steps := []func(context.Context) error{h.addBroker}
	if c.Role.hasMarket() {
		steps = append(steps, h.addHost, h.addMarket)
	}
	if c.Role == Stall {
		steps = append(steps, h.addStall, h.addMarket)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	h.addHandlers()
	p.standing = h.standing
	if c.Role == Demo {
		p.seed = h.seed
	}
	return nil
}

// addBroker opens the broker's books, or reaches the broker elsewhere.
func (h *house) addBroker(ctx context.Context) error {
	if !h.Role.hasBroker() {
		return h.reachBroker(ctx)
	}
	keys, err := h.folder.BrokerKeys(h.Random)
	if err != nil {
		return err
	}
	currency, err := scrip.ParseCurrency(h.Currency)
	if err != nil {
		return err
	}
	if err := h.folder.KeepCurrency(currency); err != nil {
		return err
	}
	database, err := h.open(ctx, h.folder.Books(), db.Broker)
	if err != nil {
		return err
	}
	books, err := db.NewBooks(database)
	if err != nil {
		return err
	}
	sandbox := bank.New(bank.Config{
		Ledger: books, Confirmations: books, Clock: h.Clock, Random: h.Random, BaseURL: h.BaseURL,
	})
	stalls := merchants{h, outward(insecure(h.BaseURL))}
	local := broker.New(broker.Config{
		Identity: scrip.BrokerInfo{
			ID: keys.ID, Name: h.Name, BaseURL: h.BaseURL, Currency: currency,
			MaxCharge: h.MaxCharge, ScripLifetime: int64(h.ScripLifetime / time.Second),
		},
		Signing: keys.Signing, Envelope: keysOf(keys), Books: books, Bank: sandbox, Merchants: stalls,
		Clock: h.Clock, Random: h.Random, LockTime: h.LockTime, ExtendTime: h.ExtendTime, Notices: h.Rate,
		Log: h.Log,
	})
	h.run(local.Run)
	h.broker, h.banking, h.bank, h.books = local, sandbox, sandbox, books
	h.api.Broker, h.api.Bank = local, sandbox
	h.info, err = local.Info(ctx)
	return err
}

// addHost opens the stalls hosted here.
func (h *house) addHost(ctx context.Context) error {
	operator, err := h.operatorKey()
	if err != nil {
		return err
	}
	if err := h.openStore(ctx); err != nil {
		return err
	}
	tenants, err := db.NewHosted(h.store)
	if err != nil {
		return err
	}
	h.host, err = merchant.OpenHost(ctx, merchant.HostConfig{
		Stall: h.stallConfig(), Directory: h.broker, Store: tenants, OpenShelf: h.openShelf, Operator: operator,
		BaseURL: h.BaseURL, MaxStalls: h.MaxStalls, Changed: h.changed,
	})
	if err != nil {
		return err
	}
	h.closeLater(h.host)
	h.run(h.host.Run)
	h.api.Stalls = hostedStalls{h.host}
	return nil
}

// operatorKey is the configured one, or the folder's.
func (h *house) operatorKey() ([32]byte, error) {
	if h.OperatorKey != "" {
		return folder.ParseOperatorKey(h.OperatorKey)
	}
	return h.folder.OperatorKey(h.Random)
}

// openStore opens the market's database, once.
func (h *house) openStore(ctx context.Context) error {
	if h.store != nil {
		return nil
	}
	database, err := h.open(ctx, h.folder.Market(), db.Market)
	h.store = database
	return err
}

// open opens a database that is there as long as the process.
func (h *house) open(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	database, err := db.Open(ctx, path, kind)
	if err != nil {
		return nil, err
	}
	h.closeLater(database)
	h.databases = append(h.databases, database)
	return database, nil
}

// openShelf opens the book of a hosted stall: a database of its own.
func (h *house) openShelf(ctx context.Context, id string) (merchant.Shelf, io.Closer, error) {
	database, err := db.Open(ctx, h.folder.Shelf(scrip.VendorID(id)), db.Merchant)
	if err != nil {
		return nil, nil, err
	}
	shelf, err := db.NewShelf(database)
	return shelf, database, err
}

// stallConfig is what all stalls of this process have in common.
func (h *house) stallConfig() merchant.Config {
	return merchant.Config{
		Broker: h.broker, Certifier: h.broker, BrokerInfo: h.info, Clock: h.Clock, Random: h.Random,
		ScripLifetime: h.ScripLifetime, Batch: h.Batch, Log: h.Log,
	}
}

// changed has the catalogue read a stall again, soon. A full queue is no loss:
// every stall is read again within a minute.
func (h *house) changed(v scrip.VendorID) {
	select {
	case h.changes <- v:
	default:
	}
}

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
	c := market.Config{
		Broker: func() scrip.BrokerInfo { return h.info }, Directory: h.broker, Source: source{h.api.Stalls, outward(insecure(h.BaseURL))},
		Store: listings, Thumb: merchant.Thumbnail, Clock: h.Clock, Log: h.Log, Every: 15 * time.Second,
	}
	if h.stall != nil {
		c.Directory = soleStall{h.stall}
	}
	h.market = market.New(c)
	h.api.Market = h.market
	h.run(func(ctx context.Context) { h.watch(ctx) })
	h.run(func(ctx context.Context) {
		if err := h.market.Run(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("the catalogue stopped", "err", err)
		}
	})
	return nil
}

// watch reads stalls of this process again as they change.
func (h *house) watch(ctx context.Context) {
	for {
		select {
		case v := <-h.changes:
			if err := h.market.RefreshStall(ctx, v); err != nil && ctx.Err() == nil {
				h.Log.Warn("reading a changed stall", "vendor", v, "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// addHandlers configures what the world sees.
func (h *house) addHandlers() {
	h.api.Ready = h.ready
	h.api.Document, h.api.Log, h.api.Rate, h.api.Random = h.Document, h.Log, h.Rate, h.Random
	h.api.Stylesheets = append(web.Stylesheets(), static.URL("vendor/reference/reference.css"))
	h.api.ClientIP = clientIP(h.ClientIP)
	pages := web.Config{
		ClientIP:       clientIP(h.ClientIP),
		Site:           web.Site{Name: h.Name, BrokerURL: h.publicBroker(), Currency: h.info.Currency, Connect: h.connect()},
		Insecure:       insecure(h.BaseURL),
		PostsPerMinute: h.Posts,
		Log:            h.Log,
	}
	if h.bank != nil {
		pages.Bank, pages.Charges = bankPages{h}, bankPages{h}
	}
	if h.market != nil {
		pages.Catalogue = catalogue{h}
		pages.Photos = newPhotos(h)
		pages.Desk, pages.Orders = desk{h}, desk{h}
	}
	if h.host != nil {
		pages.Openings = openings{h}
	}
	if h.stall != nil {
		pages.Keyring = keyring{h}
	}
	h.pages = &pages
}

// ready reports whether the databases answer.
func (h *house) ready(ctx context.Context) error {
	for _, database := range h.databases {
		if err := database.Ping(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connect lists the origins a wallet on these pages may talk to: the broker,
// and any certified stall on its own node, wherever that is.
func (h *house) connect() []string {
	if h.Role == Broker {
		return nil
	}
	if insecure(h.BaseURL) {
		return []string{"http:", "https:"} // a machine of one's own
	}
	return []string{"https:"}
}

// publicBroker is where a browser reaches the broker: empty for this process.
func (h *house) publicBroker() string {
	if h.Role.hasBroker() {
		return ""
	}
	return h.info.BaseURL
}

// clientIP reads a client's address from a header that a proxy in front of this
// process sets. Without one it is nil: the other end of the connection counts.
func clientIP(header string) func(*http.Request) string {
	if header == "" {
		return nil
	}
	return func(r *http.Request) string {
		hops := strings.Split(r.Header.Get(header), ",")
		return strings.TrimSpace(hops[len(hops)-1]) // the proxy's own word; what stands before is the client's
	}
}

func insecure(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Scheme == "http"
}

// reachBroker dials the broker and asks who it is. What it said is kept, so
// that a stall which knew its broker once starts, and sells, without it.
func (h *house) reachBroker(ctx context.Context) error {
	peer, err := api.Dial(api.DialConfig{BaseURL: h.BrokerURL})
	if err != nil {
		return err
	}
	h.broker, h.banking = peer.Broker(), peer.Bank()
	h.info, err = rememberInfo(ctx, h.broker, h.folder, h.Log)
	if err != nil {
		return fmt.Errorf("ask the broker at %s who it is: %w", h.BrokerURL, err)
	}
	return nil
}
