package web

import (
	"context"
	"strconv"
	"unicode/utf8"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// What a new listing promises unless its seller says otherwise, in days.
const (
	sendWithin  = 5
	checkWithin = 3
)

// How many days the post takes unless the seller says otherwise.
const leastDays, mostDays = "1", "3"

// faults are what is wrong with a form: for each field's name a sentence to show beside it.
type faults map[string]string

// want notes a field's fault unless it is ok. The first fault of a field stands.
func (f faults) want(field string, ok bool, sentence string) {
	if !ok && f[field] == "" {
		f[field] = sentence
	}
}

func (f faults) wantText(ctx context.Context, field, text string, most int) {
	f.want(field, text != "", tr(ctx, "Write something here."))
	f.want(field, utf8.RuneCountInString(text) <= most, tr(ctx, "Use at most {{.Most}} characters.", "Most", most))
}

func (f faults) amount(ctx context.Context, field, text string, c scrip.Currency) scrip.Money {
	m, err := c.Parse(text)
	if err != nil {
		f.want(field, false, amountFault(ctx, err))
	}
	return m
}

// listingForm is the form for a listing as it was typed, with what is wrong with it.
type listingForm struct {
	Title, Description  string
	Category, Condition string // slugs; a category's may go on with its sub's: home/lighting
	Price               string
	Quantity            string
	Trade               tradeForm
	Photos              []scrip.OfferPhoto // kept or uploaded already
	Cover               int                // index into Photos
	Draft               string             // under which a browser keeps what is typed
	Version, Stock      string             // as they were when the form was opened; empty for a new listing
	Faults              faults
	Changed             string   // the listing has changed since; empty: not
	PhotoFaults         []string // about files that could not be taken
}

// formOf fills the form from a listing that is there.
func formOf(ctx context.Context, l scrip.Listing, c scrip.Currency) listingForm {
	return listingForm{
		Title: l.Title, Description: l.Description, Category: subSlug(l.Category, l.Sub), Condition: slug(l.Condition),
		Price: localeOf(ctx).typed(l.Price, c), Trade: tradeOf(ctx, l.Offer, c),
		Quantity: strconv.Itoa(max(l.Stock, 1)), Photos: l.Photos, Version: string(l.Version), Stock: strconv.Itoa(l.Stock),
	}
}

// seen is what the listing was when the form was opened. A form that was sent without is refused as changed.
func (f *listingForm) seen(offer scrip.ID) merchant.Seen {
	stock, err := strconv.Atoi(f.Stock)
	if err != nil {
		stock = -1
	}
	return merchant.Seen{Offer: offer, Version: scrip.ID(f.Version), Stock: stock}
}

// item checks the form's own rules. What is wrong stands in f.Faults afterwards, and the item is good when there is
// nothing.
func (f *listingForm) item(ctx context.Context, c scrip.Currency) merchant.Item {
	f.Faults = faults{}
	i := merchant.Item{
		Title: f.Title, Description: f.Description, Photos: f.ordered(), Condition: unslug(f.Condition, scrip.Conditions()),
	}
	i.Category, i.Sub = unsub(f.Category)
	f.Faults.wantText(ctx, "title", f.Title, scrip.MaxTitle)
	f.Faults.want("description", utf8.RuneCountInString(f.Description) <= scrip.MaxDescription, tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxDescription))
	f.Faults.want("category", i.Category != "", tr(ctx, "Choose a category."))
	f.Faults.want("condition", i.Condition != "", tr(ctx, "Choose a condition."))
	i.Price = f.Faults.amount(ctx, "price", f.Price, c)
	f.Faults.want("price", i.Price > 0, tr(ctx, "Ask for more than nothing."))
	f.Trade.trade(ctx, &i, f.Faults, c)
	n, err := strconv.Atoi(f.Quantity)
	f.Faults.want("quantity", err == nil && n >= 1 && n <= scrip.MaxQuantity, tr(ctx, "Write a number from 1 to {{.Most}}.", "Most", strconv.Itoa(scrip.MaxQuantity)))
	i.Quantity = n
	for _, p := range f.Photos {
		f.Faults.want("photo", utf8.RuneCountInString(p.Alt) <= scrip.MaxAlt, tr(ctx, "Describe each photo in at most {{.Most}} characters.", "Most", scrip.MaxAlt))
	}
	return i
}

// good reports whether nothing is known to be wrong.
func (f *listingForm) good() bool {
	return len(f.Faults) == 0 && len(f.PhotoFaults) == 0 && f.Changed == ""
}

// ordered returns the photos with the chosen cover first.
func (f *listingForm) ordered() []scrip.OfferPhoto {
	if f.Cover <= 0 || f.Cover >= len(f.Photos) {
		return f.Photos
	}
	photos := []scrip.OfferPhoto{f.Photos[f.Cover]}
	photos = append(photos, f.Photos[:f.Cover]...)
	return append(photos, f.Photos[f.Cover+1:]...)
}
