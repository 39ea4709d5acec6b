package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// Into writes the part of a page between <!-- mark --> and <!-- /mark --> anew. A crash
// leaves the page as it was, or as it is to be.
func Into(page, mark string, write func(io.Writer) error) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	first, last := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	before, rest, begun := strings.Cut(string(text), first)
	_, after, ended := strings.Cut(rest, last)
	if !begun || !ended {
		return fmt.Errorf("%s has no part between %q and %q", page, strings.TrimSpace(first), last)
	}
	var part bytes.Buffer
	if err := write(&part); err != nil {
		return err
	}
	fresh := page + ".new"
	if err := os.WriteFile(fresh, []byte(before+first+part.String()+last+after), 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, page)
}
