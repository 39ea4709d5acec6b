package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"peerscrip/db/dbtest"
	"peerscrip/services"
	"peerscrip/services/audit"
)

// TestMain lets the test's own binary be the program under load: told a role or a command,
// it does as the program does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"serve", "broker", "market", "audit", "operator"}, os.Args[1]) {
		if err := role(os.Args[1], os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func role(name string, args []string) error {
	document, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		return err
	}
	c := services.Config{Role: services.Role(name), Document: document}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&c.Listen, "listen", "", "")
	flags.StringVar(&c.Data, "data", "", "")
	flags.StringVar(&c.Database, "database", "", "")
	flags.StringVar(&c.VaultKey, "vault-key", "", "")
	flags.StringVar(&c.Operator, "operator", "", "")
	flags.StringVar(&c.BrokerURL, "broker-url", "", "")
	flags.StringVar(&c.BaseURL, "base-url", "", "")
	flags.IntVar(&c.Rate, "rate", 0, "")
	flags.IntVar(&c.Posts, "posts", 0, "")
	flags.IntVar(&c.MaxStalls, "max-stalls", 0, "")
	flags.BoolVar(&c.PrivateStalls, "private-stalls", false, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch name {
	case "audit":
		report, err := audit.Continue(context.Background(), []string{c.Data})
		if err != nil {
			return err
		}
		return report.Print(os.Stdout)
	case "operator":
		link, err := services.OperatorLink(c.Data, services.Console{Listen: c.Operator})
		fmt.Println(link)
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	program, err := services.Start(ctx, c)
	if err != nil {
		return err
	}
	program.Announce(os.Stdout)
	<-ctx.Done()
	return program.Stop()
}

// TestRun: everything is measured at tiny sizes, each goal is judged, and nothing is left
// over, neither a process nor a folder.
func TestRun(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder, log := t.TempDir(), &bytes.Buffer{}
	var said []string
	// What is left out is made of the same parts.
	parts := slices.DeleteFunc(Sections(), func(name string) bool {
		return slices.Contains([]string{"listings of a stall", "hot and spread", "soak"}, name)
	})
	report, err := Run(t.Context(), Config{Program: program, Size: Tiny, Only: parts, Folder: folder, Log: log, Said: func(s string) { said = append(said, s) }})
	if err != nil {
		t.Fatal(err)
	}
	for section, why := range report.Failed {
		t.Errorf("%s: %s", section, why)
	}
	if t.Failed() {
		t.Logf("the processes' log:\n%s", log)
	}
	if !slices.Equal(said, parts) {
		t.Errorf("measured %v, want %v", said, parts)
	}
	for _, r := range report.Rows {
		if r.Reached <= 0 || r.Unit == "" || (r.Goal != nil) != (r.Met != nil) {
			t.Errorf("got %+v, want a figure, its unit, and what has a goal judged", r)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v, want nothing", left, err)
	}
	var text, page, object bytes.Buffer
	if err := report.Print(&text, false); err != nil {
		t.Fatal(err)
	}
	if err := report.Print(&page, true); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&object); err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(object.Bytes(), &again); err != nil || len(again.Rows) != len(report.Rows) {
		t.Errorf("the object: %d rows, %v, want %d", len(again.Rows), err, len(report.Rows))
	}
	for _, r := range report.Rows {
		if !strings.Contains(text.String(), r.What) || !strings.Contains(page.String(), "| "+r.What+" |") {
			t.Errorf("the tables do not say %q", r.What)
		}
	}
}

// TestRunOverPostgreSQL: each section that needs a database is measured, and what was made in its server is gone.
func TestRunOverPostgreSQL(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	database, log := dbtest.Postgres(t), &bytes.Buffer{}
	parts := slices.DeleteFunc(Sections(), func(name string) bool { return !strings.HasSuffix(name, "over PostgreSQL") })
	report, err := Run(t.Context(), Config{Program: program, Size: Tiny, Only: parts, Folder: t.TempDir(), Log: log, Database: database})
	if err != nil || len(report.Failed) > 0 || len(parts) == 0 {
		t.Fatalf("%v: got %v, %v\n%s", parts, report.Failed, err, log)
	}
	for _, part := range parts {
		rows := slices.DeleteFunc(slices.Clone(report.Rows), func(r Row) bool { return r.Section != part || r.Reached <= 0 })
		if len(rows) < 3 {
			t.Errorf("%s: got %+v, want its figures", part, rows)
		}
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_database WHERE datname LIKE 'scratch%'`).Scan(&left); err != nil || left > 0 {
		t.Errorf("got %d databases left over, %v, want none", left, err)
	}
}

// TestJudged: at most and at least, met and not met.
func TestJudged(t *testing.T) {
	for _, c := range []struct {
		reached float64
		goal    Goal
		ratio   float64
		met     bool
	}{
		{50, Goal{Most: 100}, 2, true}, {100, Goal{Most: 100}, 1, true}, {200, Goal{Most: 100}, 0.5, false},
		{50, Goal{Least: 100}, 0.5, false}, {100, Goal{Least: 100}, 1, true}, {200, Goal{Least: 100}, 2, true},
	} {
		r := Row{Reached: c.reached, Goal: &c.goal}.judge()
		if r.Ratio != c.ratio || *r.Met != c.met {
			t.Errorf("%v against %+v: got %v, %v, want %v, %v", c.reached, c.goal, r.Ratio, *r.Met, c.ratio, c.met)
		}
	}
	if r := (Row{Reached: 1}).judge(); r.Met != nil {
		t.Error("a row without a goal is judged")
	}
}

// TestVerdict: how many goals are met, and which are not.
func TestVerdict(t *testing.T) {
	var r Report
	for i, row := range []Row{{What: "a", Reached: 1}, {What: "b", Reached: 1, Goal: &Goal{Most: 2}}, {What: "c", Reached: 1, Goal: &Goal{Least: 2}}} {
		row.Section = strconv.Itoa(i)
		r.Rows = append(r.Rows, row.judge())
	}
	if got, want := r.verdict(), "1 of 2 goals are met. Not met: 2, c (0.50)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFigure: three digits that count, and thousands apart.
func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0.1234: "0.12", 0.01234: "0.012", 30: "30", 9.876: "9.88", 12.34: "12.3", 123.4: "123", 1234.5: "1,234", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := figure(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

// TestUnknownSection: what cannot be measured is said, with what can.
func TestUnknownSection(t *testing.T) {
	_, err := Run(t.Context(), Config{Size: Tiny, Only: []string{"weather"}, Folder: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "weather") || !strings.Contains(err.Error(), "purchases") {
		t.Errorf("got %v, want what there is", err)
	}
}

// TestInto: what stands between the marks is written anew, and nothing else; a page
// without them, or of which nothing can be written, stays as it is.
func TestInto(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n<!-- bench peers -->\nc\n<!-- /bench peers -->\n"
	want := strings.Replace(text, "old", "new", 1)
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	says := func(what string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, what); return err }
	}
	failed := errors.New("not measured")
	for _, c := range []struct {
		mark  string
		write func(io.Writer) error
		fails bool
	}{{"bench", says("new\n"), false}, {"peers", says("x"), true}, {"bench", func(io.Writer) error { return failed }, true}} {
		if err := Into(page, Part{c.mark, c.write}); (err != nil) != c.fails {
			t.Errorf("%s: got %v, want an error: %v", c.mark, err, c.fails)
		}
		got, err := os.ReadFile(page)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", c.mark, got, err, want)
		}
	}
}

// TestReportInto: each section goes where the page has a part for it, the others of a whole run into the
// table of all, with the goals of both; of some sections none goes where it does not belong.
func TestReportInto(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n<!-- bench pages -->\nolder\n<!-- /bench pages -->\n"
	write := func() {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	row := func(section string, least float64) Row {
		return Row{Section: section, What: "its figure", Reached: 1, Unit: "ms", Goal: &Goal{Least: least}}.judge()
	}
	both := Report{Rows: []Row{row("scrip", 1), row("pages", 2)}}
	for name, c := range map[string]struct {
		report      Report
		whole       bool
		table, part []string
		fails       bool
	}{
		"whole":               {both, true, []string{"### Scrip", "1 of 2 goals are met. Not met: pages"}, []string{"### Pages", "0 of 1 goals are met"}, false},
		"its part":            {Report{Rows: both.Rows[1:]}, false, []string{"old"}, []string{"### Pages"}, false},
		"its part, failed":    {Report{Rows: both.Rows[1:], Failed: map[string]string{"pages": "no"}}, false, []string{"old"}, []string{"older"}, false},
		"whole, failed":       {Report{Rows: both.Rows, Failed: map[string]string{"pages": "no"}}, true, []string{"### Scrip", "Not measured: pages: no"}, []string{"older"}, false},
		"none of its own":     {Report{Rows: both.Rows[:1]}, false, []string{"old"}, []string{"older"}, true},
		"one of two has none": {both, false, []string{"old"}, []string{"older"}, true},
	} {
		write()
		if err := c.report.Into(page, c.whole); (err != nil) != c.fails {
			t.Errorf("%s: got %v, want an error: %v", name, err, c.fails)
		}
		got, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		table, part, _ := strings.Cut(string(got), "\nb\n")
		for _, want := range c.table {
			if !strings.Contains(table, want) {
				t.Errorf("%s: the table is %q, want %q in it", name, table, want)
			}
		}
		for _, want := range c.part {
			if !strings.Contains(part, want) || strings.Contains(table, "### Pages") {
				t.Errorf("%s: the part is %q, want %q in it, and there alone", name, part, want)
			}
		}
	}
}

// TestUpTo: what is larger is left out, and something is left of each.
func TestUpTo(t *testing.T) {
	s := Whole.UpTo(100_000)
	if !slices.Equal(s.Found, []int{1_000, 10_000, 100_000}) || !slices.Equal(s.Records, []int{10_000}) || !slices.Equal(s.States, []int{1_000, 10_000, 100_000}) {
		t.Errorf("up to 100,000: got %v, %v, %v", s.Found, s.Records, s.States)
	}
	if s := Whole.UpTo(50); !slices.Equal(s.Found, []int{50}) || !slices.Equal(s.States, []int{50}) {
		t.Errorf("up to 50: got %v, %v, want one of 50 each", s.Found, s.States)
	}
	if !slices.Equal(Whole.Found, []int{1_000, 10_000, 100_000, 1_000_000}) {
		t.Errorf("the whole itself: got %v, want it as it was", Whole.Found)
	}
}
