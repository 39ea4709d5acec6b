package peers

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Setting is what varies from one row of a report to the next.
type Setting struct {
	Online  float64 `json:"online"`
	Repeat  float64 `json:"repeat"`
	Sellers float64 `json:"sellers"`
	PerDay  float64 `json:"payments_a_day"`
}

// Outcome is what each protocol's broker had to do in one setting.
type Outcome struct {
	Setting
	Tallies []Tally `json:"protocols"`
}

// Sweep is a table: one part of the setting varies.
type Sweep struct {
	By       string    `json:"by"` // what varies
	Outcomes []Outcome `json:"outcomes"`
	values   []string
}

// Report is a whole comparison.
type Report struct {
	Config      Config   `json:"config"`
	Costs       Costs    `json:"costs"`
	Assumptions []string `json:"assumptions"`
	Sweeps      []Sweep  `json:"sweeps"`
}

// sweeps are what is varied, around the given configuration.
var sweeps = []struct {
	by     string
	values []float64
	set    func(c *Config, v float64)
	say    func(v float64) string
}{
	{"online", []float64{0.1, 0.25, 0.5, 0.75, 0.95}, func(c *Config, v float64) { c.Online = v }, percent},
	{"repeated", []float64{0, 0.5, 0.9, 0.98}, func(c *Config, v float64) { c.Repeat = v }, percent},
	{"sellers", []float64{0.05, 0.2, 1}, func(c *Config, v float64) { c.Sellers = v }, percent},
	{"payments a day", []float64{0.2, 1, 10}, func(c *Config, v float64) { c.PerDay = v }, func(v float64) string { return fmt.Sprintf("%g", v) }},
}

func percent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

// Run compares the protocols over how much peers are online, how often they come back to
// who they paid before, how many of them sell, and how seldom they buy.
func Run(c Config, costs Costs) (Report, error) {
	report := Report{Config: c, Costs: costs, Assumptions: Assumptions()}
	for _, s := range sweeps {
		sweep := Sweep{By: s.by}
		for _, v := range s.values {
			at := c
			s.set(&at, v)
			tallies, err := Simulate(at, costs)
			if err != nil {
				return Report{}, err
			}
			sweep.Outcomes = append(sweep.Outcomes, Outcome{Setting{at.Online, at.Repeat, at.Sellers, at.PerDay}, tallies})
			sweep.values = append(sweep.values, s.say(v))
		}
		report.Sweeps = append(report.Sweeps, sweep)
	}
	return report, nil
}

// Simulate lets the same peers pay under every protocol.
func Simulate(c Config, costs Costs) ([]Tally, error) {
	if err := c.valid(); err != nil {
		return nil, err
	}
	count := func(plain bool) *Tally { return &Tally{Kinds: map[string]int{}, costs: costs, plain: plain} }
	w := newWorld(c)
	all := []economy{
		newScrips(w, 1, 1, count(false)), newScrips(w, 10, 1, count(false)), newScrips(w, 10, 10, count(false)),
		newCoins(w, ppay(), count(true)), newCoins(w, whopay(false), count(true)), newCoins(w, whopay(true), count(true)),
	}
	w.run(all)
	var tallies []Tally
	for _, e := range all {
		tallies = append(tallies, *e.tally())
	}
	return tallies, nil
}

// per is a figure for one payment.
func (t Tally) per(total float64) float64 {
	if t.Payments == 0 {
		return 0
	}
	return total / float64(t.Payments)
}

// Print writes the tables as people read them.
func (r Report) Print(w io.Writer) error { return r.print(w, false) }

// Markdown writes them for a page.
func (r Report) Markdown(w io.Writer) error { return r.print(w, true) }

var heads = []string{"authorizations", "recordings", "payments that wait", "messages", "bytes", "processor µs", "signed only, µs"}

func (r Report) print(w io.Writer, markdown bool) error {
	c := r.Config
	p := &printer{w: w, markdown: markdown}
	p.text("%d peers, %g days, coins and scrip good for %g days, sessions of %g h, seed %d. Where a table does not vary it: %.0f %% of the time online, %.0f %% of payments to somebody who was paid before, %.0f %% of the peers sell, %g payments a day each. All figures are the broker's, for one payment.",
		c.Peers, c.Days, c.Lifetime, c.Session, c.Seed, 100*c.Online, 100*c.Repeat, 100*c.Sellers, c.PerDay)
	p.text("Unit costs measured in this run, processor µs: sign %.0f, verify %.0f, open an envelope %.0f, sign and seal an answer %.0f, a durable commit among others %.0f.",
		r.Costs.Sign, r.Costs.Verify, r.Costs.Open, r.Costs.Reply, r.Costs.Commit)
	for _, s := range r.Sweeps {
		p.table(s)
	}
	p.text("What this rests on:")
	for _, a := range r.Assumptions {
		p.line("* %s", a)
	}
	return p.err
}

// printer writes until something cannot be written.
type printer struct {
	w        io.Writer
	markdown bool
	err      error
}

func (p *printer) line(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", a...)
	}
}

func (p *printer) text(format string, a ...any) {
	p.line(format, a...)
	p.line("")
}

func (p *printer) table(s Sweep) {
	rows := [][]string{append([]string{s.By, "protocol"}, heads...)}
	for i, o := range s.Outcomes {
		for _, t := range o.Tallies {
			rows = append(rows, append([]string{s.values[i], t.Protocol}, t.cells()...))
		}
	}
	if p.err == nil {
		p.err = Table(p.w, rows, p.markdown, 0, 1)
	}
	p.line("")
}

func (t Tally) cells() []string {
	two := func(n float64) string { return fmt.Sprintf("%.2f", t.per(n)) }
	whole := func(n float64) string { return fmt.Sprintf("%.0f", t.per(n)) }
	return []string{
		two(float64(t.Authorizations)), two(float64(t.Recordings)), percent(t.per(float64(t.Waiting))),
		two(float64(t.Messages)), whole(t.Bytes), whole(t.Sealed), whole(t.Signed),
	}
}

// Table writes rows, the first of them heads, in columns or as markdown. All columns but
// those of words, by their numbers, are figures.
func Table(w io.Writer, rows [][]string, markdown bool, words ...int) error {
	if markdown {
		return markdownTable(w, rows, words)
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for _, cell := range row {
			if _, err := fmt.Fprintf(t, "%s\t", cell); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(t); err != nil {
			return err
		}
	}
	return t.Flush()
}

func markdownTable(w io.Writer, rows [][]string, words []int) error {
	for i, row := range rows {
		line, rule := "|", "|"
		for column, cell := range row {
			line += " " + cell + " |"
			if slices.Contains(words, column) {
				rule += "---|"
			} else {
				rule += "--:|"
			}
		}
		if i == 0 {
			line += "\n" + rule
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// JSON writes the report as one object.
func (r Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
