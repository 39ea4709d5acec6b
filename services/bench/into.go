package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Part is what stands on a page between <!-- mark --> and <!-- /mark -->.
type Part struct {
	Mark  string
	Write func(io.Writer) error
}

// Into writes parts of a page anew: all or none, and nothing else. A crash leaves the page as it was, or as
// it is to be.
func Into(page string, parts ...Part) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if text, err = p.within(page, text); err != nil {
			return err
		}
	}
	fresh := page + ".new"
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, page)
}

// within is the page's text with the part written anew.
func (p Part) within(page string, text []byte) ([]byte, error) {
	first, last := p.marks()
	before, rest, begun := bytes.Cut(text, []byte(first))
	_, after, ended := bytes.Cut(rest, []byte(last))
	if !begun || !ended {
		return nil, fmt.Errorf("%s has no part between %q and %q", page, strings.TrimSpace(first), last)
	}
	var part bytes.Buffer
	if err := p.Write(&part); err != nil {
		return nil, err
	}
	return slices.Concat(before, []byte(first), part.Bytes(), []byte(last), after), nil
}

func (p Part) marks() (first, last string) {
	return "<!-- " + p.Mark + " -->\n", "<!-- /" + p.Mark + " -->"
}

// Into writes the report into a page. A section that the page has a part for, as <!-- bench pages -->, is
// written there. A whole run writes the others, and how many goals are met in all, between <!-- bench -->
// and its end; of a run of some sections each must have its part. The part of one that failed stays as it was.
func (r Report) Into(page string, whole bool) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	var parts []Part
	others := Report{Machine: r.Machine}
	for _, section := range Sections() {
		rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row Row) bool { return row.Section != section })
		of := Report{Machine: r.Machine, Rows: rows}
		part := Part{"bench " + section, of.part}
		first, _ := part.marks()
		switch {
		case len(rows) == 0:
		case whole && !bytes.Contains(text, []byte(first)):
			others.Rows = append(others.Rows, rows...)
		case r.Failed[section] != "":
		default:
			parts = append(parts, part)
		}
	}
	if whole {
		parts = append(parts, Part{"bench", func(w io.Writer) error {
			if err := others.tables(w, true); err != nil {
				return err
			}
			return r.end(w)
		}})
	}
	return Into(page, parts...)
}

// part writes the tables of one section.
func (r Report) part(w io.Writer) error {
	if err := r.tables(w, true); err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Goal != nil }) {
		return nil
	}
	_, err := fmt.Fprintln(w, r.verdict())
	return err
}
