package rig_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// checked lets a rig live for one check of a property instead of one test.
type checked struct {
	testing.TB
	check *rapid.T
}

func (c checked) Helper()                           { c.check.Helper() }
func (c checked) Cleanup(f func())                  { c.check.Cleanup(f) }
func (c checked) Context() context.Context          { return c.check.Context() }
func (c checked) Error(args ...any)                 { c.check.Error(args...) }
func (c checked) Errorf(format string, args ...any) { c.check.Errorf(format, args...) }
func (c checked) Fatal(args ...any)                 { c.check.Fatal(args...) }
func (c checked) Fatalf(format string, args ...any) { c.check.Fatalf(format, args...) }
func (c checked) Logf(format string, args ...any)   { c.check.Logf(format, args...) }

// TempDir is a folder that goes with the check.
func (c checked) TempDir() string {
	dir, err := os.MkdirTemp("", "peerscrip-property")
	if err != nil {
		c.check.Fatal(err)
	}
	c.check.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left is the operating system's to clean
	return dir
}

// town is a broker, stalls and wallets, all real, each of which can die and
// be started again, with a network between them that can be told to fail.
type town struct {
	*rig.Rig
	network
	broker  *brokerProcess
	stalls  []*stallProcess
	wallets []*walletProcess
	cheat   *cheat
	friend  *friend
	private []private
	barred  []barred
	meddled bool // a message was sent by others than its sender
	passed  time.Duration
	gone    *stallProcess // for good, and how; nil for nobody
	how     string
}

// Of everything in a town.
const (
	scripLifetime = 40 * 24 * time.Hour
	fortune       = scrip.Money(1000_00) // what a customer has at the bank to begin with
)

// process is a party that can die.
type process struct {
	mu    sync.Mutex
	life  *fuse // under mu
	label string
	skew  time.Duration // under mu: of its clock
}

func (p *process) setClock(skew time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skew = skew
}

// wrong is by how much the process's clock is.
func (p *process) wrong() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.skew
}

func (p *process) name() string { return p.label }

func (p *process) now() *fuse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// born begins a new life.
func (p *process) born() *fuse {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.life = &fuse{}
	return p.life
}

// die ends the present life at once.
func (p *process) die() {
	life := p.now()
	life.mu.Lock()
	defer life.mu.Unlock()
	life.dead = true
}

// doom lets the process die so many instants from now.
func (p *process) doom(instants int) {
	life := p.now()
	life.mu.Lock()
	defer life.mu.Unlock()
	life.left = instants
}

// mortal is any process of a town.
type mortal interface {
	party
	doom(instants int)
	start() // a new life, with nothing but what is on disk
}

func newTown(t testing.TB, wallets, stalls int) *town {
	w := &town{Rig: rig.New(t)}
	w.network = network{fates: map[string][]fate{}, log: t.Logf}
	w.broker = &brokerProcess{process: process{label: "broker"}, town: w, config: w.Rig.Broker.Config}
	w.broker.config.Identity.ScripLifetime = int64(scripLifetime / time.Second)
	w.broker.config.Merchants = toMerchants{w}
	for i := range stalls {
		w.broker.config.CertificateLifetime = certified
		if i == stalls-1 {
			w.broker.config.CertificateLifetime = certifiedLast
		}
		w.broker.start()
		s := &stallProcess{process: process{label: "stall " + string(rune('A'+i))}, town: w}
		s.opened = w.Rig.Stall("Stall " + string(rune('A'+i)))
		s.start()
		for _, thing := range []struct {
			price    scrip.Money
			quantity int
		}{{12_50, 1000}, {3_20, 2}, {105_00, 5}} {
			s.listings = append(s.listings, s.opened.List(thing.price, thing.quantity))
		}
		w.stalls = append(w.stalls, s)
	}
	w.Clock.Advance(72 * time.Hour) // certificates are in force, be the broker's clock two days slow
	for i := range wallets {
		w.wallets = append(w.wallets, w.newWallet("wallet "+string(rune('1'+i)), time.Duration(30*i-30)*time.Second))
	}
	w.cheat, w.friend = newCheat(w), newFriend(w)
	return w
}

// mortals lists all processes but one that is gone for good.
func (w *town) mortals() []mortal {
	all := []mortal{w.broker}
	for _, s := range w.present() {
		all = append(all, s)
	}
	for _, c := range w.wallets {
		all = append(all, c)
	}
	return all
}

// brokerProcess is the broker.
type brokerProcess struct {
	process
	town   *town
	config broker.Config
}

func (b *brokerProcess) start() {
	c := b.config
	c.Books = fusedBooks{b.town.Books, b.born()}
	c.Clock = func() time.Time { return b.town.Clock.Now().Add(b.wrong()) }
	made := broker.New(c) // which asks for the time
	b.mu.Lock()
	b.town.Rig.Broker = made
	b.mu.Unlock()
}

func (b *brokerProcess) present() *broker.Broker {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.town.Rig.Broker
}

// lapsed reports whether a stall's certificate is over by the broker's clock.
func (b *brokerProcess) lapsed(s *stallProcess) bool {
	return b.config.Clock().Add(b.wrong()).Unix() >= s.opened.Config.Certificate.NotAfter
}

// step is a step of whatever broker lives when the message arrives.
func (b *brokerProcess) step(way func(*broker.Broker, context.Context, scrip.Sealed) (scrip.Sealed, error)) step {
	return func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) { return way(b.present(), ctx, in) }
}

// stallProcess is a merchant.
type stallProcess struct {
	process
	town     *town
	opened   *rig.Stall
	lives    *merchant.Stall // under mu
	listings []scrip.Listing
}

func (s *stallProcess) start() {
	c, life := s.opened.Config, s.born()
	c.Shelf = fusedShelf{c.Shelf, life}
	c.Broker = stallToBroker{wire{&s.town.network, s, life, s.town.broker}, s.town.broker}
	c.ScripLifetime = scripLifetime
	c.Clock = func() time.Time { return s.town.Clock.Now().Add(s.wrong()) }
	s.mu.Lock()
	s.lives = merchant.Open(c)
	s.mu.Unlock()
}

func (s *stallProcess) present() *merchant.Stall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lives
}

func (s *stallProcess) step(way func(*merchant.Stall, context.Context, scrip.Sealed) (scrip.Sealed, error)) step {
	return func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) { return way(s.present(), ctx, in) }
}

// shelf is the stall's book, as it is on disk.
func (s *stallProcess) shelf() *db.Shelf { return s.opened.Config.Shelf.(*db.Shelf) }

// walletProcess is a customer's program.
type walletProcess struct {
	process
	town   *town
	purse  *db.Purse
	bank   string
	lives  *wallet.Wallet
	bought bought
}

func (w *town) newWallet(name string, skew time.Duration) *walletProcess {
	w.T.Helper()
	c := &walletProcess{process: process{label: name, skew: skew}, town: w}
	data := filepath.Join(w.Data, name)
	w.Folders = append(w.Folders, data)
	var err error
	if c.purse, err = db.NewPurse(dbtest.Open(w.T, folder.At(data).Purse(), db.Wallet)); err != nil {
		w.T.Fatal(err)
	}
	if c.bank, err = w.Bank.OpenAccount(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	if _, err = w.Bank.Deposit(w.T.Context(), c.bank, fortune, w.ID()); err != nil {
		w.T.Fatal(err)
	}
	c.start()
	return c
}

func (c *walletProcess) start() {
	lives, err := c.open(c.born())
	if err != nil {
		c.town.T.Fatalf("start %s: %v", c.label, err)
	}
	c.lives = lives
}

// open opens the purse once more, as another window of the same program does.
func (c *walletProcess) open(life *fuse) (*wallet.Wallet, error) {
	ctx := c.town.T.Context()
	link := walletToBroker{wire{&c.town.network, c, life, c.town.broker}, c.town.broker}
	cfg := wallet.Config{
		Purse: fusedPurse{c.purse, life}, Broker: link, Directory: link, Key: make([]byte, 32),
		Clock: func() time.Time { return c.town.Clock.Now().Add(c.wrong()) },
		Dial: func(cert scrip.Certificate) (wallet.Party, error) {
			s := c.town.stallOf(cert.Vendor)
			return walletToStall{wire{&c.town.network, c, life, s}, s}, nil
		},
	}
	opened, err := wallet.Open(ctx, cfg)
	if errors.Is(err, wallet.ErrNoAccount) {
		opened, err = wallet.Make(ctx, cfg, c.bank, "")
	}
	return opened, err
}

func (w *town) stallOf(v scrip.VendorID) *stallProcess {
	for _, s := range w.stalls {
		if s.opened.Vendor() == v {
			return s
		}
	}
	panic("no stall " + string(v))
}
