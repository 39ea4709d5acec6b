package services_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/bench/load"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// TestMoveDatabase: books in which much happened are the same in PostgreSQL, and the money
// in them is spent there. What is not empty, or was left in the middle, is refused, and the
// folder is as it was.
func TestMoveDatabase(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, left := c.Trade(s, c.Acquire(50_00), 20_00)
	c.BuyProtected(s, held, s.List(10_00, 3))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Broker.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Unaudited = true // its books are elsewhere in the end
	url := dbtest.Postgres(t)
	at := storage.Config{Data: r.Data, Database: url, VaultKey: base64.RawURLEncoding.EncodeToString(dbtest.Key[:])}
	before, err := audit.Folders(t.Context(), []string{r.Data})
	if err != nil {
		t.Fatal(err)
	}
	tidied, err := db.Open(t.Context(), folder.At(r.Data).Books(), db.Broker)
	if err == nil {
		err = tidied.Close() // all of it is in the one file
	}
	if err != nil {
		t.Fatal(err)
	}
	was := fileOf(t, folder.At(r.Data).Books())

	if err := dbtest.Make(folder.At(r.Data).Market(), db.Market); err != nil { // which a market would have made
		t.Fatal(err)
	}
	half := halfMoved(t, r.Data, at) // as a crash in the middle leaves it
	for what, try := range map[string]func() error{
		"audit": func() error { _, err := audit.Storages(t.Context(), []storage.Config{at}, false); return err },
		"start": func() error {
			_, err := services.Start(t.Context(), inPostgres(t, t.TempDir(), url, dbtest.Key))
			return err
		},
		"move from another folder": func() error {
			other := at
			other.Data = rig.New(t).Data
			return services.MoveDatabase(t.Context(), io.Discard, other)
		},
	} {
		if err := try(); !errors.Is(err, storage.ErrIncomplete) || !strings.Contains(err.Error(), "migrate-database") {
			t.Errorf("%s on what was left in the middle: got %v, want %v", what, err, storage.ErrIncomplete)
		}
	}
	if err := services.MoveDatabase(t.Context(), io.Discard, at); !errors.Is(err, db.ErrMoving) {
		t.Errorf("move beside another move: got %v, want %v", err, db.ErrMoving)
	}
	if err := half.Close(); err != nil {
		t.Fatal(err)
	}
	f, shown := folder.At(r.Data), db.Shown(url)
	if err := errors.Join(f.KeepMoving(shown), f.KeepElsewhere(shown)); err != nil { // the last that was done
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := services.MoveDatabase(t.Context(), &said, at); err != nil {
		t.Fatalf("move: %v\n%s", err, said.String())
	}
	after, err := audit.Storages(t.Context(), []storage.Config{at}, false)
	if err != nil || !after.OK() || after.Totals != before.Totals {
		t.Errorf("after: got %+v, %v, want the totals %+v", after, err, before.Totals)
	}
	if _, err := f.Settled(); err != nil {
		t.Errorf("whether it was moved: got %v", err)
	}
	if !bytes.Equal(was, fileOf(t, folder.At(r.Data).Books())) {
		t.Error("the file was changed")
	}
	shelf, err := db.NewShelf(dbtest.Open(t, url, db.Merchant), s.Vendor())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := shelf.Sales(t.Context(), 0, 10); err != nil || len(got) != 1 {
		t.Errorf("the stall's sales: got %+v, %v, want the one", got, err)
	}
	books, err := db.NewBooks(dbtest.Open(t, url, db.Broker))
	if err != nil {
		t.Fatal(err)
	}
	live, err := books.Live(t.Context(), left.Scrip.ScripID)
	if want, failed := r.Books.Live(t.Context(), left.Scrip.ScripID); err != nil || failed != nil || !bytes.Equal(live.MasterScripSecret, want.MasterScripSecret) {
		t.Errorf("live scrip: got another secret, %v, %v", err, failed)
	}
	if err := f.KeepMoving(shown); err != nil { // as it is cut off behind its end
		t.Fatal(err)
	}
	if err := services.MoveDatabase(t.Context(), io.Discard, at); !errors.Is(err, folder.ErrElsewhere) {
		t.Errorf("move again: got %v, want %v", err, folder.ErrElsewhere)
	}
	if _, err := f.Settled(); err != nil {
		t.Errorf("whether it was moved, after it was cut off behind its end: got %v", err)
	}
	again := rig.New(t)
	at.Data = again.Data
	if err := services.MoveDatabase(t.Context(), io.Discard, at); !errors.Is(err, db.ErrFilled) {
		t.Errorf("move into what is not empty: got %v, want %v", err, db.ErrFilled)
	}
	if err := folder.At(again.Data).NotElsewhere(); err != nil {
		t.Errorf("a folder that was not moved: got %v", err)
	}
}

// halfMoved moves a folder's books into a database, but for the end of it.
func halfMoved(t *testing.T, data string, at storage.Config) *db.Mover {
	t.Helper()
	papers, err := folder.At(data).BrokerPapers()
	if err != nil {
		t.Fatal(err)
	}
	m, err := db.NewMover(t.Context(), storage.MovingPaper, []db.Part{{To: dbtest.Open(t, at.Database, db.Broker), Paths: []string{folder.At(data).Books()}, Papers: papers}})
	if err == nil {
		err = m.Begin(t.Context(), []byte(data))
	}
	if err == nil {
		_, err = m.Copy(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestCutOffMove: wherever moving books was cut off, and whatever was done with the database then, giving the command again moves them,
// or says that they are there, or says what to do; and no backup after it leaves out books that are nowhere else.
func TestCutOffMove(t *testing.T) {
	t.Parallel()
	mine, others := movableFolder(t), movableFolder(t)
	type mark = func(folder.Folder, string) error
	begun, broker, market := folder.Folder.KeepMoving, folder.Folder.KeepElsewhere, folder.Folder.KeepMarketElsewhere
	nothing := func(*testing.T, storage.Config) {}
	half := func(t *testing.T, at storage.Config) {
		if err := halfMoved(t, at.Data, at).Close(); err != nil {
			t.Fatal(err)
		}
	}
	ended := func(t *testing.T, at storage.Config) {
		if err := errors.Join(services.MoveDatabase(t.Context(), io.Discard, at), folder.At(at.Data).HereAgain()); err != nil {
			t.Fatal(err)
		}
	}
	anothers := func(moved func(*testing.T, storage.Config)) func(*testing.T, storage.Config) {
		return func(t *testing.T, at storage.Config) {
			at.Data = copied(t, others)
			moved(t, at)
		}
	}
	brokerAlone := func(t *testing.T, at storage.Config) {
		m := halfMoved(t, at.Data, at)
		if err := errors.Join(m.Finish(t.Context()), m.Close()); err != nil {
			t.Fatal(err)
		}
	}
	const ( // what a backup does then
		takes    = "takes the books"
		leaves   = "leaves them out"
		declines = "declines"
	)
	for name, of := range map[string]struct {
		database func(*testing.T, storage.Config)
		marks    []mark // in the folder
		want     error  // nil: all is moved
		says     string
		backup   string
	}{
		"not begun":                        {nothing, nil, nil, "", leaves},
		"the books are there":              {half, nil, nil, "", leaves},
		"the folder knows":                 {half, []mark{begun}, nil, "", leaves},
		"one mark":                         {half, []mark{begun, broker}, nil, "", leaves},
		"each mark":                        {half, []mark{begun, broker, market}, nil, "", leaves},
		"ended":                            {ended, []mark{begun, broker, market}, folder.ErrElsewhere, "--database", leaves},
		"ended, one mark":                  {ended, []mark{begun, broker}, folder.ErrElsewhere, "market", leaves},
		"ended and settled":                {ended, []mark{broker, market}, folder.ErrElsewhere, "--database", leaves},
		"put back from its middle":         {half, []mark{broker, market}, folder.ErrElsewhere, "older", leaves},
		"emptied":                          {nothing, []mark{begun}, nil, "", leaves},
		"emptied behind one mark":          {nothing, []mark{begun, broker}, folder.ErrMoving, "take away", declines},
		"emptied behind each mark":         {nothing, []mark{begun, broker, market}, folder.ErrMoving, "take away", declines},
		"emptied when all was settled":     {nothing, []mark{broker, market}, folder.ErrElsewhere, "--database", leaves},
		"one party emptied":                {brokerAlone, []mark{begun, broker, market}, folder.ErrMoving, "market/database", declines},
		"another's there":                  {anothers(ended), nil, db.ErrFilled, "", takes},
		"another's there, the folder knew": {anothers(ended), []mark{begun}, db.ErrFilled, "", takes},
		"another's there, each mark":       {anothers(ended), []mark{begun, broker, market}, folder.ErrMoving, "broker/database", declines},
		"another's on its way":             {anothers(half), nil, storage.ErrIncomplete, "migrate-database", takes},
		"another's on its way, each mark":  {anothers(half), []mark{begun, broker, market}, storage.ErrIncomplete, "migrate-database", declines},
		"into another database":            {nothing, []mark{elsewhere(begun), elsewhere(broker)}, folder.ErrMoving, "migrate-database", declines},
	} {
		t.Run(name, func(t *testing.T) {
			url := dbtest.Postgres(t)
			at := storage.Config{Data: copied(t, mine), Database: url, VaultKey: base64.RawURLEncoding.EncodeToString(dbtest.Key[:])}
			f := folder.At(at.Data)
			of.database(t, at)
			for _, mark := range of.marks {
				if err := mark(f, db.Shown(url)); err != nil {
					t.Fatal(err)
				}
			}
			err := services.MoveDatabase(t.Context(), io.Discard, at)
			if !errors.Is(err, of.want) || err != nil && !strings.Contains(err.Error(), of.says) {
				t.Errorf("got %v, want %v and %q", err, of.want, of.says)
			}
			backup := filepath.Join(t.TempDir(), "backup")
			got := takes
			switch err := services.Backup(t.Context(), io.Discard, at.Data, backup); {
			case errors.Is(err, folder.ErrMoving):
				got = declines
			case err != nil:
				t.Fatal(err)
			case !folder.At(backup).HoldsBooks() && !folder.At(backup).HasMarket():
				got = leaves
			}
			if got != of.backup {
				t.Errorf("a backup: got that it %s, want that it %s", got, of.backup)
			}
			if of.says != "take away" {
				return
			}
			for _, path := range f.Marks() { // as was said
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := services.MoveDatabase(t.Context(), io.Discard, at); err != nil {
				t.Errorf("once the marks are gone: got %v", err)
			}
		})
	}
}

// elsewhere is a mark that names another database.
func elsewhere(mark func(folder.Folder, string) error) func(folder.Folder, string) error {
	return func(f folder.Folder, _ string) error { return mark(f, "postgres://db.example/other") }
}

// movableFolder is the data folder of a broker with a market, in which something happened, and which nobody uses.
func movableFolder(t *testing.T) string {
	t.Helper()
	r := rig.New(t)
	r.Unaudited = true
	c := r.Customer(100_00)
	c.Trade(r.Stall("Attic"), c.Acquire(50_00), 20_00)
	if _, err := r.Broker.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := folder.At(r.Data)
	if err := dbtest.Make(f.Market(), db.Market); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]db.Kind{f.Books(): db.Broker, f.Market(): db.Market} {
		d, err := db.Open(t.Context(), path, kind)
		if err == nil {
			err = errors.Join(d.BelongTo(t.Context(), r.Data), d.Close()) // all of it is in the one file
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return r.Data
}

// copied is a data folder of a test's own.
func copied(t *testing.T, data string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	return to
}

// movable is a party that is moved into a database while its customers have its scrip.
type movable struct {
	t      *testing.T
	config services.Config
	client *load.Client
	at     storage.Config
	p      *services.Program
}

func (m *movable) start() {
	m.t.Helper()
	p, err := services.Start(m.t.Context(), m.config)
	if err != nil {
		m.t.Fatalf("start %s: %v", m.config.Role, err)
	}
	m.p = p
	m.t.Cleanup(func() {
		if m.p == p {
			m.stop()
		}
	})
}

func (m *movable) stop() {
	m.t.Helper()
	p := m.p
	m.p = nil
	if err := p.Stop(); err != nil {
		m.t.Errorf("stop %s: %v", m.config.Role, err)
	}
}

// buys spends what the client holds at the stall.
func (m *movable) buys(what string) {
	m.t.Helper()
	if err := m.client.Buy(m.t.Context()); err != nil {
		m.t.Errorf("%s: buy: %v", what, err)
	}
}

// moved has the party moved, each way of doing it wrong refused, and started where it is now.
func (m *movable) moved(with ...storage.Config) {
	m.t.Helper()
	move := func() error { return services.MoveDatabase(m.t.Context(), io.Discard, m.at) }
	wants := func(what string, err, want error) {
		m.t.Helper()
		if !errors.Is(err, want) {
			m.t.Errorf("%s %s: got %v, want %v", m.config.Role, what, err, want)
		}
	}
	m.buys("before")
	wants("that runs, moved", move(), folder.ErrInUse)
	m.stop()
	var was audit.Totals
	if with != nil {
		report, err := audit.Storages(m.t.Context(), append([]storage.Config{{Data: m.at.Data}}, with...), false)
		if err != nil || !report.OK() {
			m.t.Fatalf("%s before: got %+v, %v", m.config.Role, report.Findings, err)
		}
		was = stands(report.Totals)
	}
	var said bytes.Buffer
	if err := services.MoveDatabase(m.t.Context(), &said, m.at); err != nil {
		m.t.Fatalf("move %s: %v\n%s", m.config.Role, err, said.String())
	}
	if with != nil {
		report, err := audit.Storages(m.t.Context(), append(slices.Clone(with), m.at), false)
		if err != nil || !report.OK() || stands(report.Totals) != was {
			m.t.Errorf("%s after: got %+v and %+v, %v, want %+v", m.config.Role, report.Totals, report.Findings, err, was)
		}
	}
	wants("moved again", move(), folder.ErrElsewhere)
	_, err := services.Start(m.t.Context(), m.config)
	wants("started without its database", err, folder.ErrElsewhere)
	m.config.Database, m.config.VaultKey = m.at.Database, m.at.VaultKey
	m.start()
	m.buys("after")
	m.buys("and again")
}

// stands are totals in which it does not matter what stalls have told the broker meanwhile.
func stands(t audit.Totals) audit.Totals {
	t.Earned += t.Floats + t.Held
	t.Floats, t.Held = 0, 0
	return t
}

// TestMoveEachKind: a broker with its market, a market apart with the stalls that it hosts, and a stand-alone
// stall are moved, and whoever had their scrip buys on.
func TestMoveEachKind(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	make := func(role services.Role, broker string) *movable {
		c := inPostgres(t, t.TempDir(), "", dbtest.Key)
		at := storage.Config{Data: c.Data, Database: dbtest.Postgres(t), VaultKey: c.VaultKey}
		c.Role, c.VaultKey, c.BrokerURL, c.PrivateStalls, c.Listen = role, "", broker, true, freeAddress(t)
		m := &movable{t: t, config: c, at: at}
		if role == services.Stall {
			m.config.Name, m.config.Goods = "The Corner Stall", []merchant.Item{penny}
		}
		m.start()
		m.config.Goods = nil
		return m
	}
	customer := func(m *movable, broker string, stall func(*load.Client) (*load.Stall, error)) {
		t.Helper()
		c, err := load.Join(ctx, broker, 100)
		if err != nil {
			t.Fatal(err)
		}
		s, err := stall(c)
		if err == nil {
			err = errors.Join(c.Visit(s), c.Load(ctx, 50), c.Exchange(ctx, 20))
		}
		if err != nil {
			t.Fatal(err)
		}
		m.client = c
	}
	hosted := func(m *movable) func(*load.Client) (*load.Stall, error) {
		return func(c *load.Client) (*load.Stall, error) {
			return load.Hosted(ctx, c, m.p.URL, "Attic of "+string(m.config.Role), 2)
		}
	}
	whole := make(services.Serve, "")
	customer(whole, whole.p.URL, hosted(whole))
	market := make(services.Market, whole.p.URL)
	customer(market, whole.p.URL, hosted(market))
	stall := make(services.Stall, whole.p.URL)
	customer(stall, whole.p.URL, func(c *load.Client) (*load.Stall, error) {
		return load.At(ctx, c, ownVendor(t, stall.config.Data), stall.p.URL)
	})
	market.moved(storage.Config{Data: whole.config.Data})
	stall.moved(storage.Config{Data: whole.config.Data})
	whole.moved()
	for _, m := range []*movable{market, stall} { // as the command names them
		if err := os.WriteFile(folder.At(m.at.Data).VaultKeyFile(), []byte(m.at.VaultKey), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := audit.Storages(ctx, []storage.Config{whole.at, storage.Named(market.at.Data)}, false)
	if !errors.Is(err, folder.ErrElsewhere) {
		t.Errorf("with what was left in the market's folder: got %v, want %v", err, folder.ErrElsewhere)
	}
	report, err := audit.Storages(ctx, []storage.Config{whole.at, storage.Named(market.at.Data + " " + market.at.Database), storage.Named(stall.at.Data + " " + stall.at.Database)}, false)
	if err != nil || !report.OK() {
		t.Errorf("in the end: got %+v, %v", report.Findings, err)
	}
}

// penny is a thing that costs one minor unit, as load's customers buy.
var penny = merchant.Item{
	Title: "Nail", Description: "As good as new.", Category: "Home", Condition: "good", Price: load.Price, Quantity: scrip.MaxQuantity, SendWithin: 3, CheckWithin: 3,
	Place: scrip.Place{Country: "NL", Town: "Utrecht"}, Delivery: []scrip.Way{{Way: scrip.WayPost, Label: "Letter", Days: []int{1, 3}}},
}

func ownVendor(t *testing.T, data string) scrip.VendorID {
	t.Helper()
	kept, err := folder.At(data).Certificate()
	if err != nil {
		t.Fatal(err)
	}
	return kept.Vendor
}

// freeAddress is one on which nobody listens, for who comes back to it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
