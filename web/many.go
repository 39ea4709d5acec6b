package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// priceView shows what becomes of the prices of several listings before it is done. A form of it changes all or none.
type priceView struct {
	Rows   []priceRow
	Others []string // offers that are ticked, and not for sale

	Fault string // with what was written
	By    string // what was written
	Ways  []option
}

// priceRow is one of them. Seen and Minor are what the form says again: as it was seen, and the new price in minor units.
type priceRow struct {
	Offer, Title string
	Old, New     sum
	Seen, Minor  string
}

// hows are the ways in which prices change together, one of them chosen.
func hows(ctx context.Context, currency, chosen string) []option {
	ways := []option{
		{Slug: "percent-less", Name: tr(ctx, "percent less")}, {Slug: "percent-more", Name: tr(ctx, "percent more")},
		{Slug: "less", Name: tr(ctx, "{{.Currency}} less", "Currency", symbol(ctx, currency))}, {Slug: "more", Name: tr(ctx, "{{.Currency}} more", "Currency", symbol(ctx, currency))},
	}
	for i := range ways {
		ways[i].Chosen = ways[i].Slug == chosen
	}
	return ways
}

// changeListings does one thing with the listings that are ticked: ends them, lists them again, or changes their prices,
// which is shown first. All of it is done or nothing (merchant.Stall.Edit).
func (s *server) changeListings(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	now, err := d.Desk(r.Context(), 0, 1)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	var ticked []scrip.Listing
	for _, l := range now.Listings {
		if slices.Contains(r.PostForm["offer"], string(l.Offer.Offer)) {
			ticked = append(ticked, l)
		}
	}
	var edits []merchant.Edit
	switch do := r.PostForm.Get("do"); {
	case len(ticked) == 0:
		return s.toDesk(w, r, tr(r.Context(), "Tick the listings first that it is about."))
	case do == "price":
		return s.previewPrices(w, r, ticked)
	case do == "end":
		for _, l := range ticked {
			edits = append(edits, merchant.Edit{Seen: merchant.Seen{Offer: l.Offer.Offer}, End: true})
		}
	case do == "again":
		for _, l := range ticked {
			if s.stateOf(l, now.Certificate.NotAfter) != market.Live {
				edits = append(edits, again(l))
			}
		}
	case do == "prices":
		edits, err = repriced(r, ticked)
	default:
		return scrip.Unreadable
	}
	if err == nil {
		err = d.Edit(r.Context(), edits)
	}
	switch {
	case errors.Is(err, scrip.OfferChanged):
		return s.toDesk(w, r, tr(r.Context(), "One of them was bought or changed meanwhile, so nothing was done. Look at them again."))
	case errors.Is(err, scrip.TooMany):
		return s.toDesk(w, r, tr(r.Context(), noRoomForListings, "Most", merchant.MaxForSale))
	case err != nil:
		return fmt.Errorf("change several listings: %w", err)
	}
	return s.toDesk(w, r, changed(r.Context(), len(edits)))
}

// again lists a listing as it is once more: one of what is sold out.
func again(l scrip.Listing) merchant.Edit {
	item := merchant.ItemOf(l)
	item.Quantity = max(l.Stock, 1)
	return merchant.Edit{Seen: merchant.Seen{Offer: l.Offer.Offer, Version: l.Version, Stock: l.Stock}, Item: item}
}

// repriced reads the form that previewPrices showed. OfferChanged: a listing is not in it as it was seen.
func repriced(r *http.Request, ticked []scrip.Listing) (edits []merchant.Edit, err error) {
	for _, l := range ticked {
		version, stock, _ := strings.Cut(r.PostForm.Get("seen-"+string(l.Offer.Offer)), "/")
		n, bad := strconv.Atoi(stock)
		price, wrong := strconv.ParseInt(r.PostForm.Get("price-"+string(l.Offer.Offer)), 10, 64)
		if bad != nil || wrong != nil || string(l.Version) != version || l.Stock != n || n == 0 || l.Ended {
			return nil, scrip.OfferChanged
		}
		e := again(l)
		e.Item.Price = scrip.Money(price)
		edits = append(edits, e)
	}
	return edits, nil
}

// changed says how many listings were.
func changed(ctx context.Context, n int) string {
	if n == 0 {
		return tr(ctx, "No listing was changed: there was nothing to do.")
	}
	return tr(ctx, "{{.N}} listings were changed.", "N", n)
}

func (s *server) toDesk(w http.ResponseWriter, r *http.Request, sentence string) error {
	s.deskSessions.Put(r.Context(), keyFlash, sentence)
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// previewPrices shows the new prices of those that can be bought.
func (s *server) previewPrices(w http.ResponseWriter, r *http.Request, ticked []scrip.Listing) error {
	how, by := r.PostForm.Get("how"), r.PostForm.Get("by")
	v := priceView{By: by, Ways: hows(r.Context(), s.Site.Currency.Code, how)}
	for _, l := range ticked {
		if l.Ended || l.Stock == 0 {
			v.Others = append(v.Others, string(l.Offer.Offer))
			continue
		}
		price, ok := s.newPrice(l.Price, how, by)
		if !ok {
			v.Fault = tr(r.Context(), "Write a number like 10, or an amount like {{.Example}}. No price can become zero.", "Example", localeOf(r.Context()).example(s.Site.Currency))
		}
		v.Rows = append(v.Rows, priceRow{
			Offer: string(l.Offer.Offer), Title: l.Title, Old: s.sum(l.Price), New: s.sum(price),
			Seen: string(l.Version) + "/" + strconv.Itoa(l.Stock), Minor: strconv.FormatInt(int64(price), 10),
		})
	}
	status := http.StatusOK
	if v.Fault != "" || len(v.Rows) == 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.render(w, r, status, pricesPage(s.head("sell", tr(r.Context(), "New prices")), v))
}

// mostPercent is how many percent a price rises at most in one go.
const mostPercent = 1000

// newPrice is a price changed as a form says, to the nearest minor unit. Not ok: it says no number, or the price is none.
func (s *server) newPrice(old scrip.Money, how, by string) (price scrip.Money, ok bool) {
	less := strings.HasSuffix(how, "less")
	change, err := s.Site.Currency.Parse(scrip.CleanLine(by))
	if strings.HasPrefix(how, "percent-") {
		change, err = shareOf(old, strings.TrimSuffix(scrip.CleanLine(by), "%"))
	}
	if err != nil {
		return old, false
	}
	if less {
		change = -change
	}
	price = old + change
	return price, price > 0 && price <= scrip.MaxMoney
}

// hundredths are how exactly percent are said.
var hundredths = scrip.Currency{Exponent: 2}

// shareOf is so many percent of an amount, to the nearest minor unit and up from the middle; as people write a number, with up to two
// decimal places. scrip.AmountOutOfBounds: it is none, or more than mostPercent.
func shareOf(amount scrip.Money, percent string) (scrip.Money, error) {
	of, err := hundredths.Parse(percent)
	if err != nil {
		return 0, err
	}
	if of == 0 || of > mostPercent*100 {
		return 0, scrip.AmountOutOfBounds
	}
	whole, rest := amount/10_000, amount%10_000 // in two parts, so that nothing overflows
	return whole*of + (rest*of+5_000)/10_000, nil
}
