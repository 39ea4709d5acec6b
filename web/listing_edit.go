package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// editView is the form for a listing, new or there already.
type editView struct {
	Form       listingForm
	Heading    string
	Action     string
	Submit     string
	EndAction  string // empty: nothing to end
	Public     string // the listing as buyers see it; empty: not yet
	Categories []option
	Conditions []option
	Slots      []slot
	Currency   string
	Example    string
	Summary    []fieldProblem
}

// slot is one place for a photo in the form.
type slot struct {
	N             string
	Number        string // as people count
	Digest, Thumb string // empty: no photo yet
	Alt           string
	Cover         bool
	Folded        bool // shown only when asked for
}

// fieldProblem leads from the summary above the form to a field.
type fieldProblem struct {
	Field, Text string
}

func (s *server) newListing(w http.ResponseWriter, r *http.Request, _ string) error {
	return s.showForm(w, r, http.StatusOK, newForm(listingForm{Quantity: "1"}))
}

func newForm(f listingForm) editView {
	return editView{Form: f, Heading: "New listing", Action: "/desk/new", Submit: "List it"}
}

func (s *server) createListing(w http.ResponseWriter, r *http.Request, vendor string) error {
	f, err := s.readListing(r, vendor)
	if err != nil {
		return err
	}
	err = s.save(&f, func(d ListingDraft) error {
		_, err := s.Desk.List(r.Context(), vendor, d)
		return err
	})
	return s.saved(w, r, newForm(f), "“"+f.Title+"” is for sale.", err)
}

func (s *server) editListing(w http.ResponseWriter, r *http.Request, vendor string) error {
	l, err := s.deskListing(r, vendor)
	if err != nil {
		return err
	}
	return s.showForm(w, r, http.StatusOK, editForm(l, s.formOf(l)))
}

func editForm(l DeskListing, f listingForm) editView {
	here := "/desk/listings/" + l.Offer
	v := editView{Form: f, Heading: "Edit listing", Action: here, Submit: "Save changes", Public: listingPath(l.Listing)}
	if l.State == Live {
		v.EndAction = here + "/end"
	} else {
		v.Submit = "List it again"
	}
	return v
}

func (s *server) reviseListing(w http.ResponseWriter, r *http.Request, vendor string) error {
	l, err := s.deskListing(r, vendor)
	if err != nil {
		return err
	}
	f, err := s.readListing(r, vendor)
	if err != nil {
		return err
	}
	err = s.save(&f, func(d ListingDraft) error { return s.Desk.Revise(r.Context(), vendor, l.Offer, d) })
	return s.saved(w, r, editForm(l, f), "“"+f.Title+"” is saved.", err)
}

func (s *server) endListing(w http.ResponseWriter, r *http.Request, vendor string) error {
	if err := s.Desk.End(r.Context(), vendor, chi.URLParam(r, "offer")); err != nil {
		return fmt.Errorf("end a listing: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, "The listing has ended.")
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// deskListing finds one listing on the owner's own desk, so that nobody edits another's.
func (s *server) deskListing(r *http.Request, vendor string) (DeskListing, error) {
	shelf, err := s.Desk.Shelf(r.Context(), vendor)
	if err != nil {
		return DeskListing{}, fmt.Errorf("read the desk: %w", err)
	}
	offer := chi.URLParam(r, "offer")
	i := slices.IndexFunc(shelf.Listings, func(l DeskListing) bool { return l.Offer == offer })
	if i < 0 {
		return DeskListing{}, scrip.NotFound
	}
	return shelf.Listings[i], nil
}

// save hands a form that keeps the rules to the backend. The backend's own objections join the form's.
func (s *server) save(f *listingForm, put func(ListingDraft) error) error {
	d := f.draft(s.Site.Currency, s.example())
	if len(f.Errors) > 0 || len(f.PhotoErrors) > 0 {
		return f.Errors
	}
	err := put(d)
	var invalid Invalid
	if errors.As(err, &invalid) {
		f.Errors = invalid
	}
	return err
}

// saved goes on to the desk or shows the form again with what is wrong.
func (s *server) saved(w http.ResponseWriter, r *http.Request, v editView, sentence string, err error) error {
	var invalid Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showForm(w, r, http.StatusUnprocessableEntity, v)
	case err != nil:
		return fmt.Errorf("save a listing: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, sentence)
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

func (s *server) showForm(w http.ResponseWriter, r *http.Request, status int, v editView) error {
	v.Categories = choices(scrip.Categories(), v.Form.Category)
	v.Conditions = choices(scrip.Conditions(), v.Form.Condition)
	v.Slots, v.Summary = slots(v.Form), summary(v.Form)
	v.Currency, v.Example = s.Site.Currency.Code, s.example()
	return s.render(w, r, status, editPage(s.head("sell", v.Heading), v))
}

func choices(words []string, chosen string) []option {
	var all []option
	for _, word := range words {
		all = append(all, option{Slug: slug(word), Name: capital(word), Chosen: slug(word) == chosen})
	}
	return all
}

// slotsShown is how many places for photos are open from the start.
const slotsShown = 3

func slots(f listingForm) []slot {
	all := make([]slot, 0, scrip.MaxPhotos)
	for i := range scrip.MaxPhotos {
		at := slot{N: strconv.Itoa(i), Number: strconv.Itoa(i + 1), Cover: i == f.Cover, Folded: i >= max(slotsShown, len(f.Photos)+1)}
		switch free := i - len(f.Photos); {
		case free < 0:
			p := f.Photos[i]
			at.Digest, at.Thumb, at.Alt = p.Digest, thumbPath(p), p.Alt
		case free < len(f.Described):
			at.Alt = f.Described[free]
		}
		all = append(all, at)
	}
	return all
}

// formOrder names the form's fields from top to bottom, as the summary speaks of them.
var formOrder = []struct{ name, anchor, label string }{
	{"title", "title", "Title"},
	{"description", "description", "Description"},
	{"category", "category", "Category"},
	{"condition", "condition", "Condition"},
	{"photo", "photos", "Photos"},
	{"price", "price", "Price"},
	{"postage", "postage", "Postage"},
	{"quantity", "quantity", "How many"},
}

// summary lists what is wrong in the order of the form.
func summary(f listingForm) []fieldProblem {
	var all []fieldProblem
	for _, text := range f.PhotoErrors {
		all = append(all, fieldProblem{"photos", text})
	}
	for _, field := range formOrder {
		if text := f.Errors[field.name]; text != "" {
			all = append(all, fieldProblem{field.anchor, field.label + ": " + text})
		}
	}
	return all
}

// problem returns what is wrong with a field, or "".
func (v editView) problem(field string) string { return v.Form.Errors[field] }
