package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// linksPath is where a seller asks for money.
const linksPath = "/desk/payment-links"

func payLinkPath(offer scrip.ID) string { return linksPath + "/" + string(offer) }

// linksView is the form that makes a payment link, and those that there are.
type linksView struct {
	Vendor, Flash                 string
	Price, Title, Reference, Note string // as they were typed
	Times                         string
	Ends                          []option // for how many days
	Currency                      string
	Faults                        faults
	Links                         []linkRow
	Newer, Older                  bool // there are other pages
	OlderPath                     string
}

func (v linksView) fault(field string) string { return v.Faults[field] }

// linkRow is a payment link on the desk.
type linkRow struct {
	Href, Title, Reference string
	Amount                 sum
	Made                   stamp
	State, Tone            string // a badge: its word and its kind
}

// linkView is one payment link.
type linkView struct {
	linkRow
	Flash, Vendor, End string // End: where the form that ends it goes
	Note               []string
	Ends               stamp
	Open, Many         bool
	Paid               string // how often, in words
	URL, Path, Image   string // of the page that is paid on, and of its QR code
	Elsewhere          bool   // the pages of this machine are not where customers are
	Snippet, Style     string // for a site of the seller's own
	Payments           []orderRow
}

// linksShown is how many payment links one page of the desk lists, and how many payments that of a link.
const linksShown = 50

// daysOf are the days after which a payment link ends, as the form has them.
func daysOf(ctx context.Context, chosen string) []option {
	all := []option{{Slug: "1"}, {Slug: "7"}, {Slug: "30"}, {Slug: "90"}, {Slug: "365"}}
	for i, o := range all {
		n, _ := strconv.Atoi(o.Slug) // written above
		all[i].Name, all[i].Chosen = tr(ctx, "{{.N}} days", "N", n), o.Slug == chosen
	}
	return all
}

func (s *server) paymentLinks(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showLinks(w, r, http.StatusOK, d, linksView{Flash: s.deskSessions.PopString(r.Context(), keyFlash), Times: scrip.PaidOnce, Ends: daysOf(r.Context(), "30")})
}

func (s *server) showLinks(w http.ResponseWriter, r *http.Request, status int, d Desk, v linksView) error {
	ctx, after := r.Context(), scrip.ID(r.URL.Query().Get("after"))
	head, err := s.deskHead(ctx, d, tr(ctx, "Payment links"))
	if err != nil {
		return err
	}
	links, err := d.PaymentLinks(ctx, after, linksShown)
	if err != nil {
		return fmt.Errorf("list payment links: %w", err)
	}
	v.Vendor, v.Currency, v.Newer = string(d.Current().Vendor), s.Site.Currency.Code, after != ""
	for _, l := range links {
		v.Links = append(v.Links, s.linkRow(ctx, d, l))
	}
	if len(links) == linksShown {
		v.OlderPath = linksPath + "?after=" + string(links[linksShown-1].Offer.Offer)
	}
	return s.render(w, r, status, linksPage(head, v))
}

func (s *server) linkRow(ctx context.Context, d Desk, l merchant.PaymentLink) linkRow {
	row := linkRow{Href: payLinkPath(l.Offer.Offer), Title: l.Title, Reference: l.Reference, Amount: s.sum(l.Price), Made: day(l.ListedAt)}
	switch s.stateOf(l.Listing, d.Current().NotAfter) {
	case market.SoldOut:
		row.State, row.Tone = tr(ctx, "Paid"), "badge--success"
	case market.Ended:
		row.State = tr(ctx, "Ended by you")
	case market.Expired:
		row.State = tr(ctx, "Run out")
	default:
		row.State, row.Tone = tr(ctx, "Open|to be paid"), "badge--accent"
	}
	if l.Times == scrip.PaidMany && l.Paid > 0 {
		row.State += " · " + tr(ctx, "paid {{.N}} times", "N", l.Paid)
	}
	return row
}

// askFor makes a payment link.
func (s *server) askFor(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	ctx := r.Context()
	v := readLink(ctx, r.PostForm)
	demand := s.demandOf(ctx, &v)
	if len(v.Faults) > 0 {
		return s.showLinks(w, r, http.StatusUnprocessableEntity, d, v)
	}
	l, err := d.AskFor(ctx, demand)
	switch {
	case errors.Is(err, scrip.TooMany):
		v.Faults.want("price", false, tr(ctx, "{{.Most}} payment links wait to be paid, and there is no room for more. End some of them.", "Most", merchant.MaxPaymentLinks))
		return s.showLinks(w, r, http.StatusUnprocessableEntity, d, v)
	case err != nil:
		return fmt.Errorf("make a payment link: %w", err)
	}
	s.deskSessions.Put(ctx, keyFlash, tr(ctx, "The payment link is made. Send it to who is to pay."))
	http.Redirect(w, r, payLinkPath(l.Offer.Offer), http.StatusSeeOther)
	return nil
}

func readLink(ctx context.Context, form url.Values) linksView {
	return linksView{
		Price: scrip.CleanLine(form.Get("price")), Title: scrip.CleanLine(form.Get("title")), Reference: scrip.CleanLine(form.Get("reference")),
		Note: scrip.Clean(form.Get("note")), Times: form.Get("times"), Ends: daysOf(ctx, form.Get("days")), Faults: faults{},
	}
}

// demandOf checks the form.
func (s *server) demandOf(ctx context.Context, v *linksView) merchant.Demand {
	d := merchant.Demand{Title: v.Title, Description: v.Note, Reference: v.Reference, Times: v.Times}
	d.Price = v.Faults.amount(ctx, "price", v.Price, s.Site.Currency)
	v.Faults.want("price", d.Price > 0, tr(ctx, aboveNothing))
	v.Faults.wantText(ctx, "title", v.Title, scrip.MaxTitle)
	atMost := func(field, text string, most int) {
		v.Faults.want(field, utf8.RuneCountInString(text) <= most, tr(ctx, "Use at most {{.Most}} characters.", "Most", most))
	}
	atMost("reference", v.Reference, scrip.MaxReference)
	atMost("note", v.Note, scrip.MaxDescription)
	v.Faults.want("times", v.Times == scrip.PaidOnce || v.Times == scrip.PaidMany, tr(ctx, "Choose one of the two."))
	at := slices.IndexFunc(v.Ends, func(o option) bool { return o.Chosen })
	v.Faults.want("days", at >= 0, tr(ctx, "Choose how long it can be paid."))
	if at >= 0 {
		n, _ := strconv.Atoi(v.Ends[at].Slug) // a number of daysOf
		d.ValidUntil = s.Clock().AddDate(0, 0, n).Unix()
	}
	return d
}

func (s *server) paymentLink(w http.ResponseWriter, r *http.Request, d Desk) error {
	ctx := r.Context()
	head, err := s.deskHead(ctx, d, tr(ctx, "Payment link"))
	if err != nil {
		return err
	}
	l, sales, err := d.PaymentLink(ctx, scrip.ID(chi.URLParam(r, "offer")), linksShown)
	if err != nil {
		return fmt.Errorf("look up a payment link: %w", err)
	}
	view := s.linkView(ctx, d, l)
	for _, sale := range sales {
		view.Payments = append(view.Payments, s.orderRow(ctx, sale, ""))
	}
	view.Flash = s.deskSessions.PopString(ctx, keyFlash)
	return s.render(w, r, http.StatusOK, linkPage(head, view))
}

// paidTimes says how often a link was paid.
func paidTimes(ctx context.Context, n int) string {
	if n == 0 {
		return tr(ctx, "not yet")
	}
	return tr(ctx, "{{.N}} times", "N", n)
}

// snippetStyle is how a link on another site may look like a button, with what a style sheet of that site says, since a strict
// Content-Security-Policy forbids style beside the text.
const snippetStyle = `.peerscrip-pay { display: inline-block; padding: 0.6em 1.2em; border-radius: 0.4em; background: #14532d; color: #fff; text-decoration: none; }`

func (s *server) linkView(ctx context.Context, d Desk, l merchant.PaymentLink) linkView {
	cert, path := d.Current(), payPath(l.Vendor, l.Offer.Offer)
	v := linkView{
		linkRow: s.linkRow(ctx, d, l), Vendor: string(cert.Vendor), End: payLinkPath(l.Offer.Offer) + "/end", Note: paragraphs(l.Description), Ends: moment(l.ValidUntil),
		Open: s.stateOf(l.Listing, cert.NotAfter) == market.Live, Many: l.Times == scrip.PaidMany, Paid: paidTimes(ctx, l.Paid),
		URL: s.Site.URL + path, Path: path, Image: payImage(path), Elsewhere: cert.BaseURL != s.Site.URL, Style: snippetStyle,
	}
	v.Snippet = fmt.Sprintf(`<a class="peerscrip-pay" href="%s">%s</a>`, html.EscapeString(v.URL),
		html.EscapeString(tr(ctx, "Pay {{.Amount}} to {{.Stall}}", "Amount", v.Amount, "Stall", cert.Name)))
	return v
}

// endLink has a payment link not be paid any more.
func (s *server) endLink(w http.ResponseWriter, r *http.Request, d Desk) error {
	offer := scrip.ID(chi.URLParam(r, "offer"))
	l, _, err := d.PaymentLink(r.Context(), offer, 1)
	if err == nil {
		err = d.End(r.Context(), l.Offer.Offer)
	}
	if err != nil {
		return fmt.Errorf("end a payment link: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "The link cannot be paid any more. What was paid stays paid."))
	http.Redirect(w, r, payLinkPath(offer), http.StatusSeeOther)
	return nil
}
