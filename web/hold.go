package web

import (
	"context"
	"slices"
	"strconv"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// holdView is how the money of an order stands, in its seller's words.
type holdView struct {
	Words  string // a text for sentence: At is put into it as When, By, Yours and Theirs by their names
	At     stamp
	By     stamp // until when it was promised to be sent
	Yours  sum
	Theirs sum
	Why    string // the operator's reason, of what was decided
	Tone   string // of a callout that says the same on top; empty: none
	Lead   string // its title
}

// holdOf says how the money of an order stands.
func (s *server) holdOf(ctx context.Context, sale scrip.Sale) holdView {
	h := sale.Hold
	switch {
	case h == nil && !sale.Recorded:
		return holdView{Words: phrase("Not protected. It is yours as soon as the market knows of it.")}
	case h == nil:
		return holdView{Words: phrase("Not protected: it is yours.")}
	case h.State == scrip.HoldHeld && sale.SentAt > 0 && collected(sale.Delivery):
		return holdView{Words: phrase("Held. The market hears next that it is handed over; then the buyer has time to look at it.")}
	case h.State == scrip.HoldHeld && sale.SentAt > 0:
		return holdView{Words: phrase("Held. The market hears next that it is sent; then the buyer has time to look at it.")}
	case h.State == scrip.HoldHeld && collected(sale.Delivery):
		return holdView{Words: phrase("Held until the buyer could look at it. Hand it over by {{.By}}. If it is not handed over, the buyer can take the money back from {{.When}}"), At: moment(h.SendBy), By: day(scrip.PromisedBy(h.SendBy))}
	case h.State == scrip.HoldHeld:
		return holdView{Words: phrase("Held until the buyer could look at it. Send it by {{.By}}. If it is not sent, the buyer can take the money back from {{.When}}"), At: moment(h.SendBy), By: day(scrip.PromisedBy(h.SendBy))}
	case h.State == scrip.HoldSent:
		return holdView{Words: phrase("Held, and yours unless the buyer says that something is wrong before {{.When}}"), At: moment(h.Due)}
	case h.State == scrip.HoldReleased:
		return holdView{Words: phrase("Yours since {{.When}}"), At: day(h.Since)}
	}
	return s.overView(ctx, sale)
}

// overView says it of money that did not go its ordinary way.
func (s *server) overView(ctx context.Context, sale scrip.Sale) holdView {
	h := sale.Hold
	switch h.State {
	case scrip.HoldDisputed:
		return holdView{
			Words: phrase("Held: the market decides. Disputed since {{.When}}"), At: moment(h.Since), Tone: "warn",
			Lead: tr(ctx, "The buyer says that something is wrong. The market decides by what you both say and show."),
		}
	case scrip.HoldReclaimed:
		return holdView{Words: phrase("The buyer took it back on {{.When}}"), At: day(h.Since), Tone: "info", Lead: reclaimedLead(ctx, sale)}
	case scrip.HoldDecided:
		v := holdView{Words: phrase("The market decided: {{.Yours}} for you, {{.Theirs}} for the buyer, on {{.When}}"), Yours: s.sum(h.ToSeller), Theirs: s.sum(h.ToBuyer), At: day(h.Since)}
		if word, err := scrip.Unchecked[scrip.OnHold](h.Word); err == nil { // the broker's word, verified when it came
			if decided, err := scrip.Unchecked[scrip.Decided](word.Decision); err == nil {
				v.Why = decided.Text
			}
		}
		return v
	}
	return holdView{Words: phrase("You gave it back to the buyer.")}
}

// reclaimedLead says of an order that was too late what is to be done.
func reclaimedLead(ctx context.Context, sale scrip.Sale) string {
	lead := tr(ctx, "Cancelled: it was not sent in time, and the buyer has the money again.")
	late := tr(ctx, "You marked it as sent too late: ask the buyer to send it back.")
	if collected(sale.Delivery) {
		lead = tr(ctx, "Cancelled: it was not handed over in time, and the buyer has the money again.")
		late = tr(ctx, "You marked it as handed over too late: ask the buyer to bring it back.")
	}
	if sale.SentAt == 0 {
		late = tr(ctx, "It is for sale again.")
	}
	return lead + " " + late
}

// called reports whether an order is off: there is nothing to send, and nothing was sent.
func called(sale scrip.Sale) bool { return sale.SentAt == 0 && !sale.ToSend() }

// disputeView is what both sides said of a disputed order, and the form to answer.
type disputeView struct {
	Said    []disputeSaid
	Action  string
	Open    bool // there may be said more
	Key     string
	Text    string // as it was typed
	Shows   []showChoice
	Most    string // how many things may be shown
	Problem string
}

// disputeSaid is what one side said.
type disputeSaid struct {
	Who, Text string
	At        stamp
	State     string // how far an answer of the seller's is; empty for the buyer's
	Photo     *disputePhoto
}

// disputePhoto is a photo that a side showed.
type disputePhoto struct {
	Href string // empty: the conversation does not have it
	Alt  string
	Who  string // who signed it: "The buyer"
	At   stamp  // when
}

// disputePhoto finds a photo that was shown in the order's conversation; nil for none.
func photoShown(ctx context.Context, o merchant.Order, digest string) *disputePhoto {
	if digest == "" {
		return nil
	}
	for _, e := range o.Talk.Said {
		if e.Photo != digest {
			continue
		}
		p := &disputePhoto{Href: talkPhotoPath(o.ID, digest), Alt: shownAlt(ctx, e.Text), Who: tr(ctx, "The buyer"), At: moment(e.At)}
		if e.By == scrip.Seller {
			p.Who = tr(ctx, "You")
		}
		return p
	}
	return &disputePhoto{}
}

// showChoice is a message that may be shown.
type showChoice struct {
	Digest, What, Text string
	Photo              string // its address; empty: it is none
	At                 stamp
	Chosen             bool
}

func (s *server) disputeView(ctx context.Context, o merchant.Order) disputeView {
	v := disputeView{Action: "/desk/orders/" + string(o.ID) + "/defend", Key: newKey(), Most: strconv.Itoa(scrip.MaxShown)}
	if o.Hold == nil {
		return v
	}
	v.Open = o.Hold.State == scrip.HoldDisputed && answered(o.Defences) < scrip.MaxShowings
	for _, said := range o.Hold.Said {
		if said.By == scrip.Buyer {
			v.Said = append(v.Said, disputeSaid{Who: tr(ctx, "The buyer"), Text: said.Text, At: moment(said.At), Photo: photoShown(ctx, o, said.Photo)})
		}
	}
	for _, d := range o.Defences {
		v.Said = append(v.Said, disputeSaid{Who: tr(ctx, "You"), Text: d.Text, At: moment(d.MadeAt), State: defenceState(ctx, d), Photo: photoShown(ctx, o, d.Photo)})
	}
	v.Shows = s.showChoices(ctx, o.Sale, o.Showable)
	return v
}

// answered is how often a seller answered, photos apart.
func answered(of []merchant.OrderDefence) (n int) {
	for _, d := range of {
		if d.Photo == "" {
			n++
		}
	}
	return n
}

// defenceState says how far an answer is, and what was shown with it.
func defenceState(ctx context.Context, d merchant.OrderDefence) string {
	shown := tr(ctx, "with {{.N}} things shown", "N", d.Shows)
	switch {
	case d.Photo != "":
		shown = tr(ctx, "with the photo")
	case d.Shows == 0:
		shown = tr(ctx, "with nothing shown")
	}
	if d.Told {
		return tr(ctx, "The market has it, {{.Shown}}.", "Shown", shown)
	}
	return tr(ctx, "Not with the market yet, {{.Shown}}.", "Shown", shown) + " " + waitingBecause(ctx, d.Attempt)
}

// showChoices are what may be shown, with what is usual ticked.
func (s *server) showChoices(ctx context.Context, sale scrip.Sale, of []merchant.Showable) []showChoice {
	list := make([]showChoice, len(of))
	usual := merchant.UsuallyShown(of)
	for i, m := range of {
		c := showChoice{Digest: m.Digest, Chosen: slices.Contains(usual, m.Digest), What: tr(ctx, "The buyer’s signed order"), Text: tr(ctx, "that it was paid, how much, and until when it was to be sent")}
		switch {
		case m.Offer != nil:
			c.What, c.Text = tr(ctx, "What you offered"), m.Offer.Title
		case m.Said != nil:
			c.What, c.Text, c.At = saidWords(ctx, m.Said.Event, m.Said.By, collected(sale.Delivery)), m.Said.Text, moment(m.Said.At)
			if m.Said.Photo != "" {
				c.Photo = talkPhotoPath(sale.ID, m.Said.Photo)
			}
		}
		list[i] = c
	}
	return list
}

// saidWords names an event: "The buyer wrote".
func saidWords(ctx context.Context, e scrip.Event, by scrip.Side, collected bool) string {
	if collected && e.Kind == string(scrip.StateSent) {
		return tr(ctx, "{{.Who}} {{.What}}", "Who", tr(ctx, "You"), "What", tr(ctx, handedOver))
	}
	if by == scrip.Seller {
		return tr(ctx, "{{.Who}} {{.What}}", "Who", tr(ctx, "You"), "What", tr(ctx, didWords(by, e.Kind)))
	}
	return tr(ctx, "{{.Who}} {{.What}}", "Who", tr(ctx, "The buyer"), "What", tr(ctx, didWords(by, e.Kind)))
}
