package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
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
	Draft      string // under which a browser keeps what is typed: see static/wallet/drafts.js
	Listed     string // as in deskView
	First      bool   // nothing was listed before, so that delivery is asked for
	Categories []categoryGroup
	Countries  []option
	Conditions []option
	Slots      []slot
	Currency   string
	Example    string
	Free       string // no money, as it is written
	Presets    []deliveryPreset
	Summary    []fieldFault
}

// slot is a photo in the form.
type slot struct {
	N             string
	Number        string // as people count
	Digest, Thumb string
	Alt           string
	Cover         bool
}

// fieldFault leads from the summary above the form to a field.
type fieldFault struct {
	Field, Text string
}

// What keeps a listing from being saved that the form itself cannot know.
var (
	noRoomForListings = phrase("Your stall has {{.Most}} listings for sale, and no more fit on it. End one, then list this.")
	listingChanged    = phrase("Somebody has bought from it, or it was saved elsewhere, since you opened this form. What you typed is still here: look at the numbers again, then save.")
)

// newListing shows the form for a new listing, or for another one like the listing that the address names.
func (s *server) newListing(w http.ResponseWriter, r *http.Request, d Desk) error {
	if from := r.URL.Query().Get("from"); from != "" {
		return s.newLike(w, r, d, scrip.ID(from))
	}
	desk, err := d.Desk(r.Context(), 0, 1)
	if err != nil {
		return fmt.Errorf("look up the last listing: %w", err)
	}
	v := newForm(r.Context(), d, listingForm{Quantity: "1", Trade: s.newTrade(r.Context(), desk.Listings), Draft: draftKey(desk.Certificate.Vendor, "new")})
	v.First = len(desk.Listings) == 0
	return s.showForm(w, r, d, http.StatusOK, v)
}

func (s *server) newLike(w http.ResponseWriter, r *http.Request, d Desk, from scrip.ID) error {
	l, err := deskListing(r.Context(), d, from)
	if err != nil {
		return err
	}
	f := formOf(r.Context(), l, s.Site.Currency)
	f.Version, f.Stock, f.Quantity, f.Draft = "", "", "1", draftKey(l.Vendor, "like/"+string(from))
	return s.showForm(w, r, d, http.StatusOK, newForm(r.Context(), d, f))
}

func newForm(ctx context.Context, d Desk, f listingForm) editView {
	return editView{Form: f, Heading: tr(ctx, "New listing"), Action: ofDesk("/desk/new", string(d.Current().Vendor)), Submit: tr(ctx, "List it"), Draft: f.Draft}
}

// draftKey is under which a browser keeps what is typed into a form of a stall.
func draftKey(vendor scrip.VendorID, form string) string { return string(vendor) + "/" + form }

func (s *server) createListing(w http.ResponseWriter, r *http.Request, d Desk) error {
	f, err := s.readListing(r, d)
	if err != nil {
		return err
	}
	if item := f.item(r.Context(), s.Site.Currency); f.good() {
		_, err = d.List(r.Context(), item)
	}
	return s.saved(w, r, d, newForm(r.Context(), d, f), tr(r.Context(), "{{.Title}} is for sale.", "Title", quote(r.Context(), apart(f.Title))), err)
}

func (s *server) editListing(w http.ResponseWriter, r *http.Request, d Desk) error {
	l, err := deskListing(r.Context(), d, scrip.ID(chi.URLParam(r, "offer")))
	if err != nil {
		return err
	}
	return s.showForm(w, r, d, http.StatusOK, s.editForm(r.Context(), l, formOf(r.Context(), l, s.Site.Currency)))
}

func (s *server) editForm(ctx context.Context, l scrip.Listing, f listingForm) editView {
	here := "/desk/listings/" + string(l.Offer.Offer)
	v := editView{
		Form: f, Heading: tr(ctx, "Edit listing"), Action: here, Submit: tr(ctx, "List it again"), Public: listingPath(l),
		Draft: draftKey(l.Vendor, string(l.Offer.Offer)+"/"+f.Version),
	}
	if s.stateOf(l, l.ValidUntil) == market.Live {
		v.Submit, v.EndAction = tr(ctx, "Save changes"), here+"/end"
	}
	return v
}

func (s *server) reviseListing(w http.ResponseWriter, r *http.Request, d Desk) error {
	l, err := deskListing(r.Context(), d, scrip.ID(chi.URLParam(r, "offer")))
	if err != nil {
		return err
	}
	f, err := s.readListing(r, d)
	if err != nil {
		return err
	}
	if item := f.item(r.Context(), s.Site.Currency); f.good() {
		_, err = d.Revise(r.Context(), f.seen(l.Offer.Offer), item)
	}
	if errors.Is(err, scrip.OfferChanged) {
		f.Changed, f.Version, f.Stock = tr(r.Context(), listingChanged), string(l.Version), strconv.Itoa(l.Stock)
	}
	return s.saved(w, r, d, s.editForm(r.Context(), l, f), tr(r.Context(), "{{.Title}} is saved.", "Title", quote(r.Context(), apart(f.Title))), err)
}

func (s *server) endListing(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := d.End(r.Context(), scrip.ID(chi.URLParam(r, "offer"))); err != nil {
		return fmt.Errorf("end a listing: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "The listing has ended."))
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// deskListing finds a listing on the owner's own desk, so that nobody edits another's. A payment link is none.
func deskListing(ctx context.Context, d Desk, offer scrip.ID) (scrip.Listing, error) {
	l, err := d.Listing(ctx, offer)
	if err == nil && l.IsRequest() {
		err = scrip.NotFound
	}
	if err != nil {
		return scrip.Listing{}, fmt.Errorf("look up a listing on the desk: %w", err)
	}
	return l, nil
}

// saved goes on to the desk, or shows the form again with what is wrong.
func (s *server) saved(w http.ResponseWriter, r *http.Request, d Desk, v editView, sentence string, err error) error {
	if errors.Is(err, scrip.TooMany) {
		v.Form.Faults.want("quantity", false, tr(r.Context(), noRoomForListings, "Most", merchant.MaxForSale))
	}
	switch {
	case !v.Form.good():
		return s.showForm(w, r, d, http.StatusUnprocessableEntity, v)
	case err != nil:
		return fmt.Errorf("save a listing: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, sentence)
	s.drafted(r.Context(), v.Form.Draft)
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// mostDrafted is how many drafts that are done with a session remembers.
const mostDrafted = 8

// drafted remembers that a draft is done with: the browser that keeps it is told on the desk and by each form.
func (s *server) drafted(ctx context.Context, draft string) {
	done := append(strings.Fields(s.deskSessions.GetString(ctx, keyListed)), strings.Fields(draft)...)
	s.deskSessions.Put(ctx, keyListed, strings.Join(done[max(0, len(done)-mostDrafted):], " "))
}

func (s *server) showForm(w http.ResponseWriter, r *http.Request, d Desk, status int, v editView) error {
	v.Categories, v.Countries = categoryGroups(r.Context(), v.Form.Category), countryOptions(r.Context(), v.Form.Trade.Country)
	v.Conditions = conditionChoices(r.Context(), v.Form.Condition)
	v.Slots, v.Summary = slots(v.Form), summary(r.Context(), v.Form)
	v.Currency, v.Example, v.Free = s.Site.Currency.Code, localeOf(r.Context()).example(s.Site.Currency), localeOf(r.Context()).typed(0, s.Site.Currency)
	var err error
	if v.Presets, err = s.presets(r.Context(), d, v); err != nil {
		return err
	}
	v.Listed = s.deskSessions.GetString(r.Context(), keyListed)
	return s.render(w, r, status, editPage(s.head("sell", v.Heading), v))
}

// slots are the photos that are there.
func slots(f listingForm) []slot {
	all := make([]slot, len(f.Photos))
	for i, p := range f.Photos {
		all[i] = slot{N: strconv.Itoa(i), Number: strconv.Itoa(i + 1), Digest: p.Digest, Thumb: deskThumbPath(p.Digest), Alt: p.Alt, Cover: i == f.Cover}
	}
	return all
}

// mostPhotos is how many a listing has at most.
var mostPhotos = strconv.Itoa(scrip.MaxPhotos)

// formOrder names the form's fields from top to bottom, as the summary speaks of them.
var formOrder = []struct{ name, anchor, label string }{
	{"title", "title", phrase("Title")},
	{"photo", "photos", phrase("Photos")},
	{"price", "price", phrase("Price")},
	{"quantity", "quantity", phrase("How many")},
	{"category", "category", phrase("Category")},
	{"condition", "condition", phrase("Condition")},
	{"description", "description", phrase("Description|of a thing")},
}

// summary lists what is wrong in the order of the form.
func summary(ctx context.Context, f listingForm) []fieldFault {
	var all []fieldFault
	if f.Changed != "" {
		all = append(all, fieldFault{"quantity", f.Changed})
	}
	for _, text := range f.PhotoFaults {
		all = append(all, fieldFault{"photos", text})
	}
	for _, field := range formOrder {
		if text := f.Faults[field.name]; text != "" {
			all = append(all, fieldFault{field.anchor, tr(ctx, field.label) + ": " + text})
		}
	}
	return append(all, tradeFaults(ctx, f.Faults)...)
}

// fault returns what is wrong with a field, or "".
func (v editView) fault(field string) string { return v.Form.Faults[field] }

// faulty reports whether anything is wrong with one of some fields; those of rows end with a hyphen, as in tradeFields.
func (v editView) faulty(fields ...string) bool {
	for name := range v.Form.Faults {
		if slices.ContainsFunc(fields, func(field string) bool {
			return name == field || strings.HasSuffix(field, "-") && strings.HasPrefix(name, field)
		}) {
			return true
		}
	}
	return false
}
