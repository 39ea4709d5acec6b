// Package docs reads the tables of protocol.md, so that tests can hold the code
// to what the document says. No program links it.
package docs

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
)

//go:embed protocol.md
var protocol string

// Row is one row of a table: its cells by the heads of their columns, without
// emphasis. Code spans keep their backticks; see Words.
type Row map[string]string

// Protocol returns the rows, in order, of the tables of protocol.md whose head
// has all of these columns.
func Protocol(columns ...string) []Row {
	var rows []Row
	var head []string
	for line := range strings.Lines(protocol) {
		cells, ok := cellsOf(line)
		switch {
		case !ok:
			head = nil
		case head == nil:
			head = cells
		case strings.Trim(strings.Join(cells, ""), "-:") == "" || !has(head, columns):
		default:
			row := Row{}
			for i, cell := range cells {
				row[head[i]] = cell
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func has(head, columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(head, c) })
}

// cellsOf splits a line of a table; false for any other line.
func cellsOf(line string) ([]string, bool) {
	line, ok := strings.CutPrefix(strings.TrimSpace(line), "|")
	if !ok {
		return nil, false
	}
	cells := strings.Split(strings.TrimSuffix(line, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, "*", ""))
	}
	return cells, true
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// Words returns the code spans of a cell: "`account`, `amount`" has two.
func Words(cell string) []string {
	var words []string
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		words = append(words, m[1])
	}
	return words
}
