package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// Bounds on what the console lists.
const (
	mostCases   = 200
	mostDecided = 50
)

// caseRow is a dispute in a list.
type caseRow struct {
	Href, Stall, Words string
	Amount             sum
	Since              stamp
	Waits              string // how long it has waited; of a decided one empty
	Answered           bool
}

// disputesView is what waits, and what was decided last.
type disputesView struct {
	Waiting, Decided []caseRow
}

// disputes lists what waits for a decision.
func (c *console) disputes(w http.ResponseWriter, r *http.Request) error {
	cases, err := c.operator.Court.Cases(r.Context(), mostCases)
	if err != nil {
		return fmt.Errorf("list the disputes: %w", err)
	}
	decided, err := c.operator.Court.Decided(r.Context(), mostDecided)
	if err != nil {
		return fmt.Errorf("list what was decided: %w", err)
	}
	v := disputesView{}
	for _, of := range cases {
		row := c.caseRow(of.Hold)
		row.Stall, row.Amount, row.Waits = of.Stall.Name, c.sum(of.Left), agoWords(r.Context(), c.Clock().Sub(timeOf(of.Since)))
		for _, said := range of.Said {
			if said.By == scrip.Buyer && row.Words == "" {
				row.Words = said.Text
			}
			row.Answered = row.Answered || said.By == scrip.Seller
		}
		v.Waiting = append(v.Waiting, row)
	}
	for _, h := range decided {
		row := c.caseRow(h)
		row.Words = tr(r.Context(), "{{.ToBuyer}} to the buyer, {{.ToSeller}} to the seller", "ToBuyer", c.sum(h.ToBuyer), "ToSeller", c.sum(h.ToSeller))
		v.Decided = append(v.Decided, row)
	}
	return c.render(w, r, http.StatusOK, disputesPage(c.frame(r.Context(), "disputes", tr(r.Context(), "Disputes")), v))
}

func (c *console) caseRow(h scrip.Hold) caseRow {
	return caseRow{Href: casePath(h.Vendor, h.Purchase), Stall: string(h.Vendor), Amount: c.sum(h.Covered), Since: moment(h.Since)}
}

func casePath(v scrip.VendorID, purchase scrip.ID) string {
	return "/disputes/" + string(v) + "/" + string(purchase)
}

// caseView is one dispute: what both sides say and show, what of it holds, and the form to decide.
type caseView struct {
	Stall, Vendor, Purchase string
	Price, Held             sum
	Since, SendBy           stamp
	Waits                   string
	Checks                  []checkView
	Said                    []saidCase
	Open                    bool   // it waits for a decision
	State                   string // what became of it otherwise
	Reason                  string // of the decision
	Action                  string
	ToBuyer, ToSeller, Why  string // as they were typed
	Problem                 string
	Flash                   string
}

// checkView is one thing that was checked.
type checkView struct {
	Good bool
	Text string
}

// saidCase is what one side said, with what it shows.
type saidCase struct {
	Who, Text string
	At        stamp
	Proven    bool
	Photo     string // address of a photo that no message which is shown names; empty: none
	Shows     []exhibitView
}

// exhibitView is one signed message that a side shows, in words.
type exhibitView struct {
	Title  string
	Good   bool     // its signature holds, and it is about this purchase or may be
	Points []string // what it proves, and what not
	Text   string   // a person's words
	At     stamp    // zero: nobody signed when
	Photo  string   // address of the photo that it names; empty: none, or it stands elsewhere
	Raw    string   // as it was shown
}

// dispute shows one dispute.
func (c *console) dispute(w http.ResponseWriter, r *http.Request) error {
	return c.showCase(w, r, http.StatusOK, func(v *caseView) { v.Flash = c.sessions.PopString(r.Context(), keyFlash) })
}

func (c *console) showCase(w http.ResponseWriter, r *http.Request, status int, edit func(*caseView)) error {
	of, err := c.operator.Court.Case(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "purchase")))
	if err != nil {
		return fmt.Errorf("look up a dispute: %w", err)
	}
	v := c.caseView(r.Context(), of)
	edit(&v)
	return c.render(w, r, status, casePage(c.frame(r.Context(), "disputes", tr(r.Context(), "Dispute with {{.Stall}}", "Stall", apart(of.Stall.Name))), v))
}

func (c *console) caseView(ctx context.Context, of broker.Case) caseView {
	v := caseView{
		Stall: of.Stall.Name, Vendor: string(of.Vendor), Purchase: string(of.Purchase), Price: c.sum(of.Price), Held: c.sum(of.Left),
		Since: moment(of.Since), SendBy: moment(scrip.PromisedBy(of.SendBy)), Waits: agoWords(ctx, c.Clock().Sub(timeOf(of.Since))),
		Open: of.State == scrip.HoldDisputed, Action: casePath(of.Vendor, of.Purchase) + "/decide",
	}
	switch of.State {
	case scrip.HoldDisputed:
	case scrip.HoldDecided:
		v.State = tr(ctx, "Decided: {{.ToBuyer}} to the buyer, {{.ToSeller}} to the seller.", "ToBuyer", c.sum(of.ToBuyer), "ToSeller", c.sum(of.ToSeller))
		if d, err := scrip.Unchecked[scrip.Decided](of.Decision); err == nil { // of our own books
			v.Reason = d.Text
		}
	case scrip.HoldReleased:
		v.State = tr(ctx, "Nothing to decide: the buyer let the seller have the money.")
	case scrip.HoldRefunded:
		v.State = tr(ctx, "Nothing to decide: the seller gave all of it back.")
	default:
		v.State = tr(ctx, "Nothing to decide: it is not disputed.")
	}
	var shown []broker.Exhibit
	brought := map[string]bool{}
	for _, said := range of.Said {
		brought[said.Photo] = true
	}
	for _, said := range of.Said {
		one := saidCase{Who: tr(ctx, sideWords[said.By]), Text: said.Text, At: moment(said.At), Proven: said.Proven}
		if said.Photo != "" && said.Proven && len(said.Shows) == 0 {
			one.Photo = shownPath(of, said.Photo)
		}
		for _, jws := range said.Shows {
			x := of.Examine(jws)
			shown = append(shown, x)
			e := c.exhibitView(ctx, x, jws)
			e.picture(ctx, shownPath(of, said.Photo), x.Event.Photo, said.Photo, brought)
			one.Shows = append(one.Shows, e)
		}
		v.Said = append(v.Said, one)
	}
	v.Checks = c.checks(ctx, of, shown)
	return v
}

var sideWords = map[scrip.Side]string{scrip.Buyer: phrase("The buyer"), scrip.Seller: phrase("The seller")}

// checks says what of a case holds, by the signatures of both sides.
func (c *console) checks(ctx context.Context, of broker.Case, shown []broker.Exhibit) []checkView {
	var list []checkView
	tell := func(good bool, yes, no string) {
		text := yes
		if !good {
			text = no
		}
		list = append(list, checkView{good, text})
	}
	proven, answered := true, false
	for _, said := range of.Said {
		proven = proven && said.Proven
		answered = answered || said.By == scrip.Seller
	}
	tell(proven, tr(ctx, "What was said is signed by whoever said it."), tr(ctx, "Something that was said is not signed by who is named for it: look below."))
	var order, receipt *broker.Exhibit
	strangers := 0
	for i, x := range shown {
		switch {
		case x.Type == "T10" && x.Here:
			order = &shown[i]
		case x.Type == "T11" && x.Here:
			receipt = &shown[i]
		case x.Type == "" || x.Type != "OFFER" && !x.Here:
			strangers++
		}
	}
	if order != nil {
		tell(order.Mandate.Price == of.Price, tr(ctx, "The buyer signed an order of this purchase, for the price that is held."),
			tr(ctx, "The buyer signed an order of this purchase for {{.Price}}, and not for the price that is held.", "Price", c.sum(order.Mandate.Price)))
	} else {
		tell(false, "", tr(ctx, "Nobody shows the order that the buyer signed."))
	}
	switch {
	case receipt == nil:
		tell(false, "", tr(ctx, "Nobody shows the stall’s receipt."))
	case order != nil:
		tell(receipt.Order == order.Order, tr(ctx, "The stall signed a receipt for this very order."), tr(ctx, "The stall’s receipt is for another order than the one that the buyer signed."))
	default:
		tell(true, tr(ctx, "The stall signed a receipt for this purchase."), "")
	}
	if strangers > 0 {
		tell(false, "", tr(ctx, "{{.N}} things shown are about something else, or prove nothing.", "N", strangers))
	}
	tell(answered, tr(ctx, "Both sides were heard."), tr(ctx, "The seller has not answered yet."))
	return list
}

// exhibitView says in words what a shown message proves.
func (c *console) exhibitView(ctx context.Context, x broker.Exhibit, jws string) exhibitView {
	v := exhibitView{Good: x.Type != "" && (x.Here || x.Type == "OFFER"), Raw: jws}
	if x.Type == "" {
		v.Title = tr(ctx, "Something that proves nothing")
		v.Points = []string{tr(ctx, "It is not signed by the buyer or the seller of this purchase, or it is no message that they exchange.")}
		return v
	}
	v.At = moment(x.At)
	v.Points = append(v.Points, tr(ctx, "{{.Who}} signed it.", "Who", tr(ctx, sideWords[x.By])))
	switch x.Type {
	case "OFFER":
		o := x.Offer
		v.Title, v.Text = tr(ctx, "What was offered"), o.Description
		v.Points = append(v.Points, quote(ctx, apart(o.Title))+", "+tr(ctx, capital(o.Condition))+", "+c.sum(o.Price).words(ctx)+", "+tr(ctx, "{{.N}} photos", "N", len(o.Photos))+".", tr(ctx, "Which offer was bought, no signature here says: the order names it by its digest alone."))
	case "T10":
		v.Title = tr(ctx, "The order")
		v.Points = append(v.Points, tr(ctx, "Paid: {{.Price}}.", "Price", c.sum(x.Mandate.Price)))
		if p := x.Mandate.Protect; p != nil {
			v.Points = append(v.Points, tr(ctx, "To be sent by {{.When}}, then {{.N}} days for the way and to look.", "When", moment(scrip.PromisedBy(p.SendBy)), "N", p.CheckWithin))
		}
	case "T11":
		v.Title = tr(ctx, "The receipt")
		v.Points = append(v.Points, tr(ctx, "The stall had {{.Price}}. Its order is {{.Order}}.", "Price", c.sum(x.Paid.Price), "Order", string(x.Paid.OrderID)))
	default:
		v.Title, v.Text = tr(ctx, "{{.Who}} {{.What}}", "Who", tr(ctx, sideWords[x.By]), "What", eventWords(ctx, x.By, x.Event.Kind)), x.Event.Text
		if parcel := carried(ctx, x.Event); parcel != "" {
			v.Points = append(v.Points, parcel)
		}
		if a := x.Event.Address; a != nil {
			v.Text = deliverLine(ctx, scrip.Delivery{Address: a})
		}
		if x.Event.Amount > 0 {
			v.Points = append(v.Points, tr(ctx, "Amount: {{.Amount}}.", "Amount", c.sum(x.Event.Amount)))
		}
	}
	if x.Type != "OFFER" && !x.Here {
		v.Points = append(v.Points, tr(ctx, "It is about another purchase."))
	}
	return v
}

// picture shows the photo that an event names where it is brought, if its signature holds; elsewhere it says whether it is shown.
func (v *exhibitView) picture(ctx context.Context, href, named, brings string, brought map[string]bool) {
	switch {
	case named == "" || !v.Good:
	case named == brings:
		v.Photo = href
		v.Points = append(v.Points, tr(ctx, "The photo is the very one that was signed."))
	case brought[named]:
		v.Points = append(v.Points, tr(ctx, "Its photo is shown, too."))
	default:
		v.Points = append(v.Points, tr(ctx, "The photo itself is not shown."))
	}
}

// shownPath is where the operator sees a photo.
func shownPath(of broker.Case, digest string) string {
	return casePath(of.Vendor, of.Purchase) + "/photos/" + digest
}

// shownPhoto serves a photo that a side showed.
func (c *console) shownPhoto(w http.ResponseWriter, r *http.Request) error {
	body, err := c.operator.Court.Photo(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "purchase")), chi.URLParam(r, "digest"))
	if err != nil {
		return fmt.Errorf("look up a photo of a dispute: %w", err)
	}
	return c.servePhoto(w, r, body)
}

// eventWords are what somebody did who made an event; the word itself, of one that has none.
func eventWords(ctx context.Context, by scrip.Side, kind string) string {
	switch words := didWords(by, kind); {
	case kind == string(scrip.StateSent): // which of the two, the court does not see
		return tr(ctx, "sent it or handed it over")
	case kind == "released":
		return tr(ctx, "learned that the seller has the money")
	case words != "":
		return tr(ctx, words)
	}
	return tr(ctx, "said: {{.Kind}}", "Kind", kind)
}

// carried says by whom a parcel went; empty: nobody said.
func carried(ctx context.Context, e scrip.Event) string {
	switch {
	case e.Carrier != "" && e.Tracking != "":
		return tr(ctx, "By {{.Carrier}}, number {{.Number}}.", "Carrier", apart(e.Carrier), "Number", apart(e.Tracking))
	case e.Carrier != "" || e.Tracking != "":
		return tr(ctx, "By {{.Carrier}}.", "Carrier", apart(e.Carrier+e.Tracking))
	}
	return ""
}

// decide takes the decision that the form says.
func (c *console) decide(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	vendor, purchase := scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "purchase"))
	toBuyer, toSeller, why := scrip.CleanLine(r.PostForm.Get("to-buyer")), scrip.CleanLine(r.PostForm.Get("to-seller")), scrip.Clean(r.PostForm.Get("why"))
	refused := func(problem string) error {
		return c.showCase(w, r, http.StatusUnprocessableEntity, func(v *caseView) { v.ToBuyer, v.ToSeller, v.Why, v.Problem = toBuyer, toSeller, why, problem })
	}
	of, err := c.operator.Court.Case(r.Context(), vendor, purchase)
	if err != nil {
		return fmt.Errorf("look up a dispute: %w", err)
	}
	if of.State != scrip.HoldDisputed {
		return refused(tr(r.Context(), "It is not disputed any more."))
	}
	part, problem := c.parts(r.Context(), toBuyer, toSeller, of.Left)
	if problem != "" {
		return refused(problem)
	}
	h, err := c.operator.Court.Decide(r.Context(), vendor, purchase, part, why)
	switch {
	case errors.Is(err, scrip.OutOfTurn):
		return refused(tr(r.Context(), "It is not disputed any more."))
	case errors.Is(err, scrip.Unavailable):
		return refused(tr(r.Context(), "It changed this moment. Look at it again before you decide."))
	case errors.Is(err, scrip.AmountOutOfBounds):
		return refused(tr(r.Context(), "That is more than is held."))
	case errors.Is(err, scrip.TooMany):
		return refused(tr(r.Context(), "Say why, in at most {{.Most}} characters.", "Most", scrip.MaxReason))
	case err != nil:
		return fmt.Errorf("decide a dispute: %w", err)
	}
	c.sessions.Put(r.Context(), keyFlash, tr(r.Context(), "Decided: {{.ToBuyer}} to the buyer, {{.ToSeller}} to the seller. Both hear of it.", "ToBuyer", c.sum(h.ToBuyer), "ToSeller", c.sum(h.ToSeller)))
	http.Redirect(w, r, casePath(vendor, purchase), http.StatusSeeOther)
	return nil
}

// parts reads how what is held is parted. Both parts are written, so that a slip is seen.
func (c *console) parts(ctx context.Context, toBuyer, toSeller string, held scrip.Money) (part scrip.Money, problem string) {
	amounts := [2]scrip.Money{}
	for i, typed := range []string{toBuyer, toSeller} {
		if typed == "" {
			return 0, tr(ctx, "Write both parts: 0 is one too.")
		}
		if typed == "0" {
			continue
		}
		m, err := c.Site.Currency.Parse(typed)
		if err != nil {
			return 0, amountFault(ctx, err)
		}
		amounts[i] = m
	}
	if sum, err := amounts[0].Add(amounts[1]); err != nil || sum != held {
		return 0, tr(ctx, "The two parts together must be what is held: {{.Held}}.", "Held", c.sum(held))
	}
	return amounts[0], ""
}
