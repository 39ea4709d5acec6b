package db

import (
	"regexp"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// whose is the vendor whose rows a statement is about, and an argument of it. It is
// empty in a broker's books, whose tables have no such column.
type whose scrip.VendorID

// text is a statement about tables that books and shelves both have. What stands in
// braces is the shelf's alone, and so is an argument that says whose.
type text struct{ books, shelf string }

func both(s string) text {
	return text{books: inBraces.ReplaceAllString(s, ""), shelf: braces.Replace(s)}
}

var (
	inBraces = regexp.MustCompile(`\{[^}]*\}`)
	braces   = strings.NewReplacer("{", "", "}", "")
)

// around is the text with another one in the middle, which is the same in both.
func (t text) around(middle, end string) text {
	return text{books: t.books + middle + end, shelf: t.shelf + middle + end}
}

// of is the statement and the arguments that it has there.
func (w whose) of(t text, args []any) (string, []any) {
	if w != "" {
		return t.shelf, args
	}
	return t.books, slices.DeleteFunc(args, func(a any) bool { _, is := a.(whose); return is })
}

// execBoth is exec in both kinds of tables.
func (c change) execBoth(t text, args ...any) (int64, error) {
	query, args := c.of.of(t, args)
	return c.exec(query, args...)
}

// doBoth is do in both kinds of tables.
func (c change) doBoth(t text, args ...any) error {
	query, args := c.of.of(t, args)
	return c.do(query, args...)
}

// sureBoth is sure in both kinds of tables.
func (c change) sureBoth(t text, args ...any) (int64, error) {
	query, args := c.of.of(t, args)
	return c.sure(query, args...)
}

// getBoth is get in both kinds of tables.
func (c change) getBoth(dest any, t text, args ...any) error {
	query, args := c.of.of(t, args)
	return c.get(dest, query, args...)
}
