package web

import (
	"io"
	"net/http"

	"peerscrip/services/scrip"
)

// OtherBooks is what contradicts the broker: two heads of its log that it signed, and that are not of one log. The zero value:
// nothing does.
type OtherBooks struct {
	Evidence string // a text with both as they were signed
	Proven   bool   // both are of the same size; else the broker has not proved that one continues the other
}

// Where the evidence is, at the desk and at the console.
const (
	deskEvidencePath    = "/desk/evidence"
	consoleEvidencePath = "/evidence"
)

// otherBooksView tells of it.
type otherBooksView struct {
	OtherBooks
	Href     string // of the evidence
	Operator bool   // the reader runs this process
}

// save answers with the evidence as a file, or scrip.NotFound.
func (b OtherBooks) save(w http.ResponseWriter) error {
	if b.Evidence == "" {
		return scrip.NotFound
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="peerscrip-evidence.txt"`)
	_, _ = io.WriteString(w, b.Evidence) // who asked may have gone
	return nil
}

// otherBooks is what contradicts the broker now.
func (s *server) otherBooks() OtherBooks {
	if s.OtherBooks == nil {
		return OtherBooks{}
	}
	return s.OtherBooks()
}

func (s *server) deskEvidence(w http.ResponseWriter, _ *http.Request, _ Desk) error {
	return s.otherBooks().save(w)
}

func (c *console) evidence(w http.ResponseWriter, r *http.Request) error {
	now, err := c.operator.Standing(r.Context())
	if err != nil {
		return err
	}
	return now.OtherBooks.save(w)
}
