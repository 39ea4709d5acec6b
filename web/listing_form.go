package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"peerscrip/services/scrip"
)

// listingForm is the form for a listing as it was typed, with what is wrong with it.
type listingForm struct {
	Title, Description  string
	Category, Condition string // slugs
	Price, Postage      string
	Quantity            string
	Photos              []Photo // kept or uploaded already
	Seen                Seen    // what is being revised; zero for a new listing
	Cover               int     // index into Photos
	Errors              Invalid
	PhotoErrors         []string // about files that could not be taken
	Described           []string // what those were to show
}

// formOf fills the form from a listing that is there.
func (s *server) formOf(l DeskListing) listingForm {
	return listingForm{
		Title: l.Title, Description: l.Description, Category: slug(l.Category), Condition: slug(l.Condition),
		Price: s.Site.Currency.Format(l.Price), Postage: s.Site.Currency.Format(l.Postage),
		Quantity: strconv.Itoa(max(l.Stock, 1)), Photos: l.Photos, Seen: l.Seen,
	}
}

// draft checks the form's own rules. What is wrong stands in f.Errors afterwards, and the draft is good when they are
// empty.
func (f *listingForm) draft(c scrip.Currency, example string) ListingDraft {
	f.Errors = Invalid{}
	d := ListingDraft{
		Title: f.Title, Description: f.Description, Photos: f.ordered(), Seen: f.Seen,
		Category: unslug(f.Category, scrip.Categories()), Condition: unslug(f.Condition, scrip.Conditions()),
	}
	f.wantText("title", f.Title, scrip.MaxTitle)
	f.wantText("description", f.Description, scrip.MaxDescription)
	f.want("category", d.Category != "", "Choose a category.")
	f.want("condition", d.Condition != "", "Choose a condition.")
	d.Price = f.amount("price", f.Price, c, example)
	if f.Errors["price"] == "" {
		f.want("price", d.Price > 0, "Ask for more than nothing.")
	}
	if f.Postage != "" {
		d.Postage = f.amount("postage", f.Postage, c, example)
	}
	n, err := strconv.Atoi(f.Quantity)
	f.want("quantity", err == nil && n >= 1 && n <= scrip.MaxQuantity, "Write a number from 1 to "+strconv.Itoa(scrip.MaxQuantity)+".")
	d.Quantity = n
	for _, p := range f.Photos {
		f.want("photo", utf8.RuneCountInString(p.Alt) <= scrip.MaxAlt, "Describe each photo in at most 200 characters.")
	}
	return d
}

func (f *listingForm) want(field string, ok bool, sentence string) {
	if !ok {
		f.Errors[field] = sentence
	}
}

func (f *listingForm) wantText(field, text string, most int) {
	f.want(field, text != "", "Write something here.")
	f.want(field, utf8.RuneCountInString(text) <= most, "Use at most "+strconv.Itoa(most)+" characters.")
}

func (f *listingForm) amount(field, text string, c scrip.Currency, example string) scrip.Money {
	m, err := c.Parse(text)
	f.want(field, err == nil, "Write an amount like "+example+".")
	return m
}

// ordered returns the photos with the chosen cover first.
func (f *listingForm) ordered() []Photo {
	if f.Cover <= 0 || f.Cover >= len(f.Photos) {
		return f.Photos
	}
	photos := []Photo{f.Photos[f.Cover]}
	photos = append(photos, f.Photos[:f.Cover]...)
	return append(photos, f.Photos[f.Cover+1:]...)
}

// tidy makes typed text plain: valid UTF-8, one kind of line break, no space around it.
func tidy(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(text)
}

// line makes typed text one line.
func line(text string) string { return strings.Join(strings.Fields(tidy(text)), " ") }
