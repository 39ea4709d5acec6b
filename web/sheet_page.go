package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"peerscrip/services/scrip"
)

// sheetView is the page of a file of listings.
type sheetView struct {
	SheetChanges
	Read     bool // there is a file
	More     int  // faults that are not told
	MoreRows int  // the same of rows
	Help     []columnHelp
	CSV      string
	Action   string
}

// sheetOut is all listings as a file.
func (s *server) sheetOut(w http.ResponseWriter, r *http.Request, d Desk) error {
	var b strings.Builder
	if err := s.listings().Write(r.Context(), &b, d); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="listings.csv"`)
	return s.send(w, r, []byte(b.String()))
}

func (s *server) listings() Sheet { return Sheet{s.Site.Currency} }

// sheet shows where listings go out and come in as a file.
func (s *server) sheet(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showSheet(w, r, d, http.StatusOK, sheetView{})
}

func (s *server) showSheet(w http.ResponseWriter, r *http.Request, d Desk, status int, v sheetView) error {
	v.Action = ofDesk("/desk/listings/file", string(d.Current().Vendor))
	v.Help = s.listings().help(r.Context())
	v.bounded()
	return s.render(w, r, status, sheetPage(s.head("sell", tr(r.Context(), "Listings in a file")), v))
}

// sheetIn reads a file of listings, and does what it says if the form says so and nothing is wrong with it. A program that accepts JSON
// is answered in it.
func (s *server) sheetIn(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return scrip.Unreadable
		}
		return fmt.Errorf("read the form: %w", err)
	}
	file, err := sheetFile(r)
	if err != nil {
		return err
	}
	defer file.Close()
	v, err := s.listings().Read(r.Context(), d, file)
	if err != nil {
		return err
	}
	if r.PostForm.Get("do") == "apply" {
		if err := s.listings().Apply(r.Context(), d, &v); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(v.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	switch {
	case strings.Contains(r.Header.Get("Accept"), "application/json"):
		s.writeJSON(w, r, status, "application/json", v)
		return nil
	case v.Applied:
		return s.toDesk(w, r, changed(r.Context(), len(v.edits)))
	}
	return s.showSheet(w, r, d, status, sheetView{SheetChanges: v, Read: true, CSV: v.text})
}

// sheetFile is the file, or the text of one that was shown before.
func sheetFile(r *http.Request) (io.ReadCloser, error) {
	files := r.MultipartForm.File["file"]
	if len(files) == 0 {
		return io.NopCloser(strings.NewReader(r.PostForm.Get("csv"))), nil
	}
	file, err := files[0].Open()
	if err != nil {
		return nil, fmt.Errorf("open a file of listings: %w", err)
	}
	return file, nil
}
