package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"peerscrip/services/peers"
)

// Goal is what a figure should be: at most, or at least.
type Goal struct {
	Most  float64 `json:"most,omitempty"`
	Least float64 `json:"least,omitempty"`
}

// Row is one figure.
type Row struct {
	Section string  `json:"section"`
	What    string  `json:"what"`
	Reached float64 `json:"reached"`
	Unit    string  `json:"unit"`
	// Floor is what the machine needs at the least for it, in the same unit: its cryptography,
	// or a disk's sync; 0 where nothing is known.
	Floor float64 `json:"floor,omitempty"`
	Goal  *Goal   `json:"goal,omitempty"`
	// Ratio is how many times the goal was reached: 1 and above is met.
	Ratio float64 `json:"ratio,omitempty"`
	Met   *bool   `json:"met,omitempty"`
	Note  string  `json:"note,omitempty"`
}

// judge compares a row with its goal.
func (r Row) judge() Row {
	if r.Goal == nil {
		return r
	}
	if r.Goal.Most > 0 {
		r.Ratio = r.Goal.Most / max(r.Reached, 1e-12)
	} else {
		r.Ratio = r.Reached / r.Goal.Least
	}
	met := r.Ratio >= 1
	r.Met = &met
	return r
}

// Report is a whole run.
type Report struct {
	Machine Machine `json:"machine"`
	Rows    []Row   `json:"rows"`
	// Failed are the sections that could not be measured, and why.
	Failed map[string]string `json:"failed,omitempty"`
	Took   float64           `json:"took_seconds"`
}

// cells are a row as people read it.
func (r Row) cells() []string {
	cells := []string{r.What, figure(r.Reached) + " " + r.Unit, "", "", "", "", r.Note}
	if r.Floor > 0 {
		cells[2] = fmt.Sprintf("%s (%.1f×)", figure(r.Floor), r.Reached/r.Floor)
	}
	if r.Goal != nil {
		cells[3], cells[4], cells[5] = "≤ "+figure(r.Goal.Most), fmt.Sprintf("%.2f", r.Ratio), "not met"
		if r.Goal.Most == 0 {
			cells[3] = "≥ " + figure(r.Goal.Least)
		}
		if *r.Met {
			cells[5] = "met"
		}
	}
	return cells
}

// heads name the columns of a row.
var heads = []string{"", "reached", "floor", "goal", "ratio", "", "how"}

// figure writes a number with three digits that count, and thousands apart.
func figure(v float64) string {
	a := math.Abs(v)
	switch {
	case a >= 1000:
		digits := fmt.Sprintf("%.0f", v)
		for at := len(digits) - 3; at > 0; at -= 3 {
			digits = digits[:at] + "," + digits[at:]
		}
		return digits
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 0.1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// Print writes the tables as people read them; markdown, for a page.
func (r Report) Print(w io.Writer, markdown bool) error {
	if err := r.tables(w, markdown); err != nil {
		return err
	}
	return r.end(w)
}

// tables writes the machine, and a table for each section.
func (r Report) tables(w io.Writer, markdown bool) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", r.Machine); err != nil {
		return err
	}
	for start := 0; start < len(r.Rows); {
		section, rows := r.Rows[start].Section, [][]string{heads}
		for ; start < len(r.Rows) && r.Rows[start].Section == section; start++ {
			rows = append(rows, r.Rows[start].cells())
		}
		title := strings.ToUpper(section[:1]) + section[1:]
		if markdown {
			title = "### " + title + "\n"
		}
		if _, err := fmt.Fprintln(w, title); err != nil {
			return err
		}
		if err := peers.Table(w, rows, markdown, 0, 5, 6); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

// end says what was not measured, how many goals are met, and how long it took.
func (r Report) end(w io.Writer) error {
	for _, section := range slices.Sorted(maps.Keys(r.Failed)) {
		if _, err := fmt.Fprintf(w, "Not measured: %s: %s\n\n", section, r.Failed[section]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s Measured in %.0f seconds.\n", r.verdict(), r.Took)
	return err
}

// verdict says how many goals are met, and which are not.
func (r Report) verdict() string {
	goals, missed := 0, []string{}
	for _, row := range r.Rows {
		if row.Goal == nil {
			continue
		}
		if goals++; !*row.Met {
			missed = append(missed, fmt.Sprintf("%s, %s (%.2f)", row.Section, row.What, row.Ratio))
		}
	}
	said := fmt.Sprintf("%d of %d goals are met.", goals-len(missed), goals)
	if len(missed) > 0 {
		said += " Not met: " + strings.Join(missed, "; ") + "."
	}
	return said
}

// JSON writes the report as one object.
func (r Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
