package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"peerscrip/services/bench/load"
)

// Config is what a run is told.
type Config struct {
	Program string // the program's own file, whose roles are started
	Size    Size
	Only    []string      // names of the sections to measure; none: all
	Folder  string        // for temporary folders; empty: the system's
	Log     io.Writer     // where the processes log; nil drops it
	Said    func(string)  // is told what is measured next; nil: nobody is
	Soak    time.Duration // how long a soak takes; 0: there is none
	// Database is the base of PostgreSQL databases that may be filled and emptied, as
	// postgres://user@host:port/name; empty: SQLite, in files.
	Database string
}

// Size is how much is measured.
type Size struct {
	While     time.Duration // each operation of this process's own
	Purchases int           // by all clients together, in each run of them
	Clients   []int
	Listings  []int // of the stall that sells
	Checkouts int
	Exchanges int   // of each row of repeated purchases
	Times     []int // purchases for one exchange
	Records   []int // in the logs that are audited
	States    []int // accounts and live scrip that an issuer keeps
	Stalls    int   // hosted in one market process
	Found     []int // listings that are searched
	// Rest is a little longer than a hosted stall's book stays open when nobody comes; 0:
	// nothing is waited for, neither that nor what goes on behind requests.
	Rest time.Duration
}

// The sizes of a run: Quick ends in under a minute, Whole takes its time, Tiny is for the
// test of it.
var (
	Quick = Size{
		While: 80 * time.Millisecond, Purchases: 640, Clients: []int{1, 8, 32}, Listings: []int{1, 500}, Checkouts: 50, Exchanges: 15, Times: []int{1, 2, 5, 10},
		Records: []int{20_000}, States: []int{1_000, 10_000}, Stalls: 30, Found: []int{3_000}, Rest: 6 * time.Second,
	}
	Whole = Size{
		While: 500 * time.Millisecond, Purchases: 8000, Clients: []int{1, 8, 32}, Listings: []int{1, 50, 500}, Checkouts: 500, Exchanges: 200, Times: []int{1, 2, 5, 10},
		Records: []int{10_000, 1_000_000}, States: []int{1_000, 10_000, 100_000, 1_000_000}, Stalls: 1000, Found: []int{1_000, 10_000, 100_000, 1_000_000}, Rest: 6 * time.Second,
	}
	Tiny = Size{
		While: 2 * time.Millisecond, Purchases: 10, Clients: []int{2}, Listings: []int{1}, Checkouts: 2, Exchanges: 1, Times: []int{2},
		Records: []int{1000}, States: []int{100}, Stalls: 2, Found: []int{200},
	}
)

// UpTo is the size without the rows in which more is filled in; where all are larger, there
// is one with so much.
func (s Size) UpTo(most int) Size {
	for _, rows := range []*[]int{&s.Records, &s.States, &s.Found} {
		*rows = slices.DeleteFunc(slices.Clone(*rows), func(n int) bool { return n > most })
		if len(*rows) == 0 {
			*rows = []int{most}
		}
	}
	return s
}

// run is one run of it.
type run struct {
	Config
	ctx     context.Context
	folder  string
	floor   load.Floor
	rows    []Row
	section string
	running []*load.Server
}

// sections are what is measured, in order. Each starts what it needs, and what it started
// is stopped after it.
var sections = []struct {
	name    string
	measure func(*run) error
}{
	{"floors", (*run).floors},
	{"scrip", (*run).scrip},
	{"purchases", (*run).purchases},
	{"purchases without the broker", (*run).alone},
	{"purchases over PostgreSQL", (*run).shared},
	{"listings of a stall", (*run).listings},
	{"hot and spread", (*run).spread},
	{"fresh checkouts", (*run).checkouts},
	{"repeated purchases", (*run).repeated},
	{"changes in the books", (*run).applied},
	{"audits", (*run).audits},
	{"what a broker keeps", (*run).states},
	{"what a broker keeps over PostgreSQL", (*run).sharedStates},
	{"what issuers keep over payments", (*run).issuers},
	{"pages", (*run).pages},
	{"hosted stalls", (*run).hosted},
	{"searches", (*run).searches},
	{"searches over PostgreSQL", (*run).sharedSearches},
	{"soak", (*run).soak},
}

// Sections are the names of what can be measured.
func Sections() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

// Run measures everything, or what is asked for. A section that cannot be measured is told
// in the report; what keeps all of it from being measured is the error.
func Run(ctx context.Context, c Config) (report Report, err error) {
	for _, name := range c.Only {
		if !slices.Contains(Sections(), name) {
			return Report{}, fmt.Errorf("there is no section %q; there are: %s", name, strings.Join(Sections(), ", "))
		}
	}
	began := time.Now()
	folder, err := os.MkdirTemp(c.Folder, "peerscrip-bench-")
	if err != nil {
		return Report{}, fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r := &run{Config: c, ctx: ctx, folder: folder}
	if report.Machine, err = thisMachine(folder); err != nil {
		return Report{}, err
	}
	if r.floor, err = load.MeasureFloor(c.Size.While); err != nil {
		return Report{}, err
	}
	report.Failed = map[string]string{}
	for _, s := range sections {
		if len(c.Only) > 0 && !slices.Contains(c.Only, s.name) {
			continue
		}
		if err := r.do(s.name, s.measure); err != nil {
			if ctx.Err() != nil {
				return Report{}, ctx.Err()
			}
			report.Failed[s.name] = err.Error()
		}
	}
	report.Rows, report.Machine.After, report.Took = r.rows, loadAverage(), time.Since(began).Seconds()
	return report, nil
}

// do measures one section, and stops what it started.
func (r *run) do(name string, measure func(*run) error) (err error) {
	r.section = name
	if r.Said != nil {
		r.Said(name)
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	return measure(r)
}

// add keeps a figure.
func (r *run) add(row Row) {
	row.Section = r.section
	r.rows = append(r.rows, row.judge())
}

// data is a fresh folder for a process's data.
func (r *run) data() string {
	return filepath.Join(r.folder, strconv.Itoa(len(r.rows))+"-"+strconv.Itoa(len(r.running))+"-"+strconv.FormatInt(time.Now().UnixNano(), 36))
}

// start starts a role on a folder.
func (r *run) start(role, data string, flags ...string) (*load.Server, error) {
	s, err := load.Start(r.ctx, r.Program, role, data, r.Log, flags...)
	if err == nil {
		r.running = append(r.running, s)
	}
	return s, err
}

// end stops one of the processes that are running.
func (r *run) end(s *load.Server) error {
	r.running = slices.DeleteFunc(r.running, func(other *load.Server) bool { return other == s })
	return s.Stop()
}

// stop stops everything that is running.
func (r *run) stop() (err error) {
	for i := len(r.running) - 1; i >= 0; i-- {
		err = errors.Join(err, r.running[i].Stop())
	}
	r.running = nil
	return err
}

// rest waits until what goes on behind requests is done.
func (r *run) rest(servers ...*load.Server) func(context.Context) error {
	if r.Size.Rest == 0 {
		return func(context.Context) error { return nil }
	}
	return load.Rest(servers)
}

// middle is the median.
func middle(waits []time.Duration) time.Duration {
	slices.Sort(waits)
	return waits[len(waits)/2]
}
