package services

import (
	"context"
	"sync"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/metrics"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// house is a role while it is being put together.
type house struct {
	Config
	*parts
	folder    folder.Folder
	storage   storage.Storage
	broker    api.Broker        // here, or over HTTP
	banking   api.Bank          // the sandbox, here or over HTTP
	issuer    issuer            // the broker as it is known
	judge     broker.Judge      // zero where the broker is elsewhere
	bank      *bank.Sandbox     // nil where the broker is elsewhere, or has real money
	payIns    *bank.Gateway     // nil where there is no real money
	books     *db.Books         // nil where the broker is elsewhere
	auditor   *auditor          // of books; nil without an operator's console
	host      *merchant.Host    // nil without hosted stalls
	stall     *merchant.Stall   // nil but for a stand-alone stall
	market    *market.Market    // nil for a broker alone
	store     *db.DB            // the market's
	bookStore *db.DB            // that of books
	databases map[string]*db.DB // those open as long as the process, by name
	making    sync.Mutex        // held while the book of a hosted stall is made
	disk      *disk
	lessee    *lessee  // nil where no other process can have the books, or the market
	followed  followed // the log of a broker elsewhere
	health    *health
	showcase  *merchant.Stall // the sample stall whose desk a demo's link opens; nil but for a demo
	past      history         // behind while a new demo's people live their first weeks
	changes   *changes
	metrics   *metrics.Metrics // nil without an operator
	catalogue *db.Catalogue    // the market's listings; nil for a broker alone
	witnessed *db.Witnessed    // nil but for a witness
	// listed is what the market read last of the broker's directory; nil without hosted stalls.
	listed chan []scrip.CertifiedStall
	// witnessStates tells of the witnesses of this process's broker; nil without any.
	witnessStates func(context.Context) ([]broker.WitnessState, error)
	silent        func() int // merchants that the broker of this process asks in vain; nil where it is elsewhere
}

// assemble builds the parts of a role. What it opened is in parts, to be
// closed, even when it fails.
func assemble(ctx context.Context, c Config, s storage.Storage, p *parts) error {
	f := s.Folder
	h := &house{Config: c, parts: p, folder: f, storage: s, changes: newChanges(), databases: map[string]*db.DB{}}
	if c.People && c.Role == Demo && !f.HasBooks() {
		h.past.behind.Store(int64(livedFor))
		h.Clock = h.past.of(c.Clock)
	}
	h.disk = &disk{path: f.Path(), least: uint64(c.MinFree) << 20, free: c.Free, clock: time.Now, log: c.Log, ids: c.Random}
	p.disk = h.disk
	if c.Operator != "" {
		h.metrics = metrics.New(Version(), string(c.Role))
		p.metrics = h.metrics
	}
	steps := []func(context.Context) error{h.addBroker}
	if c.Role == Witness {
		steps = []func(context.Context) error{h.addWitness}
	}
	if c.Role.hasMarket() {
		steps = append(steps, h.addHost, h.addMarket)
	}
	if c.Role == Relay {
		steps = append(steps, h.addRelay)
	}
	if c.Role == Stall {
		steps = append(steps, h.addStall, h.addMarket)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if h.books != nil && c.Operator != "" {
		h.auditor = newAuditor(c.where(), c.Log)
		h.run(h.auditor.run)
	}
	if err := h.addHandlers(); err != nil {
		return err
	}
	p.standing, p.folder, p.beginning = h.standing, f, h.beginning
	if h.books != nil {
		p.court = h.judge
		p.revoke = func(ctx context.Context, v scrip.VendorID) (string, error) {
			return broker.Revoke(ctx, h.books, v, h.Clock(), h.Random)
		}
	}
	if h.host != nil {
		p.moderation = h.market
	}
	if c.Role == Demo {
		p.seed = h.seed
		return h.nextLink()
	}
	return nil
}

func (h *house) info() scrip.BrokerInfo { return h.issuer.info() }

// open opens a database that is there as long as the process.
func (h *house) open(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	database, err := h.openAlone(ctx, path, kind)
	if err != nil {
		return nil, err
	}
	h.closeLater(database)
	h.databases[h.nameOf(path, kind)] = database
	return database, nil
}

// stallConfig is what all stalls of this process have in common.
func (h *house) stallConfig() merchant.Config {
	return merchant.Config{
		Broker: h.broker, Ratings: h.broker.Ratings, BrokerInfo: h.info, Head: h.followed.newest, BrokerKeys: h.issuer.keys, Clock: h.Clock, Random: h.Random,
		ScripLifetime: h.ScripLifetime, Log: h.Log, Webhooks: h.newWebhooks(), Tells: max(h.Rate/tellsShare, min(h.Rate, 1)),
	}
}

// tellsShare is which part of what one address may ask a minute one pseudonym may tell
// a stall.
const tellsShare = 4

// changed has the catalogue read a stall again, soon.
func (h *house) changed(v scrip.VendorID) { h.changes.add(v) }
