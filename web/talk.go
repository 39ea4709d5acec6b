package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// talkRow is an order or a conversation in a list.
type talkRow struct {
	Href, Title string
	Last        stamp
	Waiting     string // how many lines wait for an answer; empty: none
	Blocked     bool
}

// talkView is what buyer and seller said about an order, or about a listing without one, and the form to answer.
type talkView struct {
	Title   string
	Haggle  *haggleView // nil: there is nothing to haggle about
	Show    *showView   // nil: no photo can be shown now
	Action  string
	Said    []saidView
	Answers []reply // what may be said now; none: nothing
	Text    string  // as it was typed
	Problem string
	Block   blockView
}

// asks names the field: an answer is one only where the buyer wrote last.
func (v talkView) asks(ctx context.Context) string {
	if n := len(v.Said); n == 0 || v.Said[n-1].Mine {
		return tr(ctx, "Write to the buyer")
	}
	return tr(ctx, "Your answer")
}

// reply is a button under the form: the kind of event that it makes.
type reply struct {
	Kind, Label string
	First       bool
}

// saidView is one event.
type saidView struct {
	Who, What         string // "The buyer", "says that it is here"
	Mine              bool
	Text              string
	Carrier, Tracking string
	Track             string // where the carrier shows it; empty: not known
	Amount            *sum
	Pays              string // who pays for the way back, in a sentence; empty: nothing is said of it
	Photo             string // address of a photo; empty: none
	Times             string // "2 × ", of what is haggled about; empty for one
	Until             stamp  // of a private offer; zero: none
	At                stamp
}

// handedOver is what the seller did who says "sent" of what is collected.
var handedOver = phrase("handed it over")

// kindWords are what somebody did who made an event of that kind.
var kindWords = map[string]string{
	"ask": phrase("asked"), "message": phrase("wrote"), "address": phrase("gave another address"), "packed": phrase("packed it"),
	"sent": phrase("sent it"), "received": phrase("has it"), "cancel": phrase("asked to cancel the order"), "kept": phrase("left it as it is"),
	"cancelled": phrase("cancelled the order"), "refund": phrase("gave money back"), "return": phrase("asked to send it back"),
	"return-agreed": phrase("agreed to take it back"), "return-declined": phrase("declined to take it back"), "returned": phrase("sent it back"),
	"disputed": phrase("learned of the problem"), "reclaimed": phrase("learned that the buyer has the money back"),
	"released": phrase("learned that you have the money"), "decided": phrase("learned of the decision"),
	"propose": phrase("would pay"), "private-offer": phrase("offered it for"), "declined": phrase("declined"), "photo": phrase("showed a photo"),
}

// buyerWords are what buyers did, or knew, where sellers hear of it who make an event of that kind.
var buyerWords = map[string]string{
	"disputed": phrase("reported a problem to the market"), "reclaimed": phrase("took the money back"),
	"released": phrase("knows that you have the money"), "decided": phrase("knows of the decision"),
}

// didWords are what a side did that made an event of that kind; empty: there are none for it.
func didWords(by scrip.Side, kind string) string {
	if words, own := buyerWords[kind]; own && by != scrip.Seller {
		return words
	}
	return kindWords[kind]
}

// sellerSays are the events that the answer's form makes, in the order of its buttons.
var sellerSays = []reply{
	{"message", phrase("Send"), true}, {"packed", phrase("It is packed"), false}, {"kept", phrase("Do not cancel"), false}, {"declined", phrase("Decline"), false},
}

func talkRowOf(ctx context.Context, c merchant.Conversation) talkRow {
	row := talkRow{Href: "/desk/orders/" + string(c.Order), Title: titled(ctx, c.Titles), Last: moment(c.Last), Blocked: c.Blocked}
	if c.Talk {
		row.Href = "/desk/talks/" + string(c.Order)
	}
	if row.Title == "" {
		row.Title = tr(ctx, "A listing that is gone")
	}
	if c.Waiting > 0 {
		row.Waiting = tr(ctx, "{{.N}} messages", "N", c.Waiting)
	}
	return row
}

// talkView is a conversation, or the thread of an order, which may be of what is collected.
func (s *server) talkView(ctx context.Context, c merchant.Conversation, action string, collected bool) talkView {
	v := talkView{Title: titled(ctx, c.Titles), Action: action, Block: blockView{Thread: string(c.Order), Buyer: string(c.Pseudonym), Blocked: c.Blocked}}
	for _, a := range sellerSays {
		if c.May(scrip.Seller, a.Kind, s.Clock().Unix()) {
			v.Answers = append(v.Answers, a)
		}
	}
	if c.May(scrip.Seller, "photo", s.Clock().Unix()) {
		v.Show = &showView{Action: strings.TrimSuffix(action, "/say") + "/photo"}
	}
	for _, e := range c.Said {
		said := saidView{Who: tr(ctx, "The buyer"), What: tr(ctx, didWords(e.By, e.Kind)), Text: e.Text, Carrier: e.Carrier, Tracking: e.Tracking, Track: trackingLink(e.Carrier, e.Tracking), At: moment(e.At)}
		if e.By == scrip.Seller {
			said.Who, said.Mine = tr(ctx, "You"), true
		}
		if collected && e.Kind == string(scrip.StateSent) {
			said.What = tr(ctx, handedOver)
		}
		if m := e.Amount + e.Price; m > 0 { // no event has both
			amount := s.sum(m)
			said.Amount = &amount
		}
		switch e.Pays {
		case scrip.Seller:
			said.Pays = tr(ctx, "You pay for the way back.")
		case scrip.Buyer:
			said.Pays = tr(ctx, "The buyer pays for the way back.")
		}
		if e.Photo != "" {
			said.Photo = talkPhotoPath(c.Order, e.Photo)
		}
		if e.Quantity > 1 {
			said.Times = strconv.Itoa(e.Quantity) + " × "
		}
		if e.Until > 0 {
			said.Until = moment(e.Until)
		}
		v.Said = append(v.Said, said)
	}
	return v
}

// talk shows a conversation without an order.
func (s *server) talk(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showTalk(w, r, d, http.StatusOK, func(*talkView) {})
}

func (s *server) showTalk(w http.ResponseWriter, r *http.Request, d Desk, status int, edit func(*talkView)) error {
	id := scrip.ID(chi.URLParam(r, "id"))
	head, err := s.deskHead(r.Context(), d, tr(r.Context(), "Conversation"))
	if err != nil {
		return err
	}
	c, err := d.Conversation(r.Context(), id)
	if err == nil && !c.Talk {
		err = scrip.NotFound // an order has its own page
	}
	if err != nil {
		return fmt.Errorf("look up a conversation: %w", err)
	}
	view := s.talkView(r.Context(), c, "/desk/talks/"+string(id)+"/say", false)
	if view.Haggle, err = s.haggleView(r.Context(), d, c); err != nil {
		return err
	}
	edit(&view)
	return s.render(w, r, status, talkPage(head, view))
}

func (s *server) sayInOrder(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.say(w, r, d, "/desk/orders/", func(text, problem string) error {
		return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(v *orderView) { v.Talk.Text, v.Talk.Problem = text, problem })
	})
}

func (s *server) sayInTalk(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.say(w, r, d, "/desk/talks/", func(text, problem string) error {
		return s.showTalk(w, r, d, http.StatusUnprocessableEntity, func(v *talkView) { v.Text, v.Problem = text, problem })
	})
}

// say makes the event that the form says, and goes back to the page that has it; refused shows the page again with what
// was typed.
func (s *server) say(w http.ResponseWriter, r *http.Request, d Desk, page string, refused func(text, problem string) error) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	id, e := chi.URLParam(r, "id"), scrip.Event{Kind: r.PostForm.Get("kind"), Text: scrip.Clean(r.PostForm.Get("text"))}
	if e.Kind == "" {
		e.Kind = "message" // sent by the Enter key
	}
	if e.Kind == "message" && e.Text == "" {
		return refused("", tr(r.Context(), "Write something first."))
	}
	err := d.Say(r.Context(), scrip.ID(id), e)
	switch {
	case errors.Is(err, scrip.TooMany):
		return refused(e.Text, tr(r.Context(), "That has {{.Count}} characters. Use at most 2,000, or 500 beside another button.", "Count", strconv.Itoa(utf8.RuneCountInString(e.Text))))
	case err != nil:
		return fmt.Errorf("say something: %w", err)
	}
	http.Redirect(w, r, page+id+"#said", http.StatusSeeOther)
	return nil
}
