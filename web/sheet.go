package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Bounds on a file of listings.
const (
	maxSheet   = 2 << 20 // bytes
	maxRows    = merchant.MaxEdits
	mostFaults = 50 // faults that a page tells
	sheetWays  = scrip.MaxWays
)

// sheetView is what a file would do, or has done.
type sheetView struct {
	Read      bool         `json:"-"` // there is a file
	Applied   bool         `json:"applied"`
	New       int          `json:"new"`
	Changed   int          `json:"changed"`
	Ended     int          `json:"ended"`
	Unchanged int          `json:"unchanged"`
	Faults    []sheetFault `json:"faults"`
	More      int          `json:"-"` // faults that are not told
	CSV       string       `json:"-"`

	edits []merchant.Edit
}

// sheetOut is all listings as a file, to be changed and brought back.
func (s *server) sheetOut(w http.ResponseWriter, r *http.Request, d Desk) error {
	now, err := d.Desk(r.Context(), 0, 1)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	header := slices.Clone(sheetColumns)
	for n := range sheetWays {
		for _, c := range wayColumns {
			header = append(header, c+"_"+strconv.Itoa(n+1))
		}
	}
	_ = out.Write(header) // Error tells
	for _, l := range now.Listings {
		_ = out.Write(s.sheetRow(l))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a file of listings: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="listings.csv"`)
	return s.send(w, r, []byte(b.String()))
}

// sheet shows where listings go out and come in as a file.
func (s *server) sheet(w http.ResponseWriter, r *http.Request, _ Desk) error {
	return s.showSheet(w, r, http.StatusOK, sheetView{})
}

func (s *server) showSheet(w http.ResponseWriter, r *http.Request, status int, v sheetView) error {
	if over := len(v.Faults) - mostFaults; over > 0 {
		v.Faults, v.More = v.Faults[:mostFaults], over
	}
	return s.render(w, r, status, sheetPage(s.head("sell", tr(r.Context(), "Listings in a file")), v))
}

// sheetIn reads a file of listings, and does what it says if the form says so and nothing is wrong with it: all of it in one
// commit, or nothing (merchant.Stall.Edit). A program that accepts JSON is answered in it.
func (s *server) sheetIn(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return scrip.Unreadable
		}
		return fmt.Errorf("read the form: %w", err)
	}
	defer s.dropFiles(r)
	text, err := sheetText(r)
	if err != nil {
		return err
	}
	v, err := s.readSheet(r.Context(), d, text)
	if err != nil {
		return err
	}
	if len(v.Faults) == 0 && r.PostForm.Get("do") == "apply" {
		err = d.Edit(r.Context(), v.edits)
		switch {
		case errors.Is(err, scrip.OfferChanged):
			v.Faults = []sheetFault{{Text: tr(r.Context(), "One of them was bought or changed meanwhile, so nothing was done. Look at them again.")}}
		case errors.Is(err, scrip.TooMany):
			v.Faults = []sheetFault{{Text: noRoomForListings}}
		case err != nil:
			return fmt.Errorf("take listings from a file: %w", err)
		default:
			v.Applied = true
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
		return s.toDesk(w, r, tr(r.Context(), "Done with {{.N}} listings.", "N", len(v.edits)))
	}
	return s.showSheet(w, r, status, v)
}

// sheetText is the file, or the text of one that was shown before.
func sheetText(r *http.Request) (string, error) {
	files := r.MultipartForm.File["file"]
	if len(files) == 0 {
		return r.PostForm.Get("csv"), nil
	}
	file, err := files[0].Open()
	if err != nil {
		return "", fmt.Errorf("open a file of listings: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxSheet+1))
	if err != nil {
		return "", fmt.Errorf("read a file of listings: %w", err)
	}
	return string(b), nil
}
