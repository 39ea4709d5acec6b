package web

import (
	"strconv"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// todoRow is something that waits for the seller.
type todoRow struct {
	Href, What  string
	Title       string // of what it is about
	Words       string // what stands before At: "by", "since"
	At          stamp
	State, Tone string // a badge: why it is urgent; empty: it is not
}

// mostTodo is how much of what is to be done the desk shows first.
const mostTodo = 20

// todo is what waits for the seller: what costs money first, then what is to be sent, by its date, then who waits for a word.
func (s *server) todo(now merchant.Desk) (rows []todoRow, later string) {
	for _, sale := range now.Disputed {
		if !unanswered(sale) {
			continue
		}
		rows = append(rows, todoRow{
			Href: orderPath(sale.ID) + "#dispute", What: "Answer the dispute", Title: sale.Title(), Words: "since", At: day(sale.Hold.Since),
			State: "The market decides", Tone: "badge--warn",
		})
	}
	returns := map[string]bool{}
	for _, c := range now.Returns {
		row := returnRow(c)
		returns[row.Href] = true
		rows = append(rows, row)
	}
	for _, sale := range now.ToSend {
		rows = append(rows, s.sendRow(sale))
	}
	for _, c := range now.Unanswered {
		t := talkRowOf(c)
		if returns[t.Href+"#return"] {
			continue // it stands above
		}
		rows = append(rows, todoRow{Href: t.Href + "#said", What: "Waiting for your answer: " + t.Waiting, Title: t.Title, Words: "since", At: t.Last})
	}
	for _, r := range now.Unrated {
		rows = append(rows, todoRow{
			Href: "/desk/ratings", What: "Answer a rating", Title: strconv.Itoa(r.Stars) + " of " + strconv.Itoa(scrip.MaxStars) + " stars", Words: "of", At: day(r.At),
		})
	}
	if more := len(rows) - mostTodo; more > 0 {
		return rows[:mostTodo], strconv.Itoa(more)
	}
	return rows, ""
}

// returnRow is a return that waits for the seller: to be decided, or to be refunded.
func returnRow(c merchant.Conversation) todoRow {
	row := todoRow{Href: orderPath(c.Order) + "#return", What: "Decide on a return", Title: c.Title, Words: "since", At: day(c.Since)}
	if c.Now == scrip.StateReturned {
		row.What, row.Words = "Refund when it is back", "sent back on"
	}
	return row
}

// sendRow says until when an order is to be sent: of a protected one the buyer can take the money back after that.
func (s *server) sendRow(sale scrip.Sale) todoRow {
	row := todoRow{Href: orderPath(sale.ID), What: "Send", Title: sale.Title(), Words: "ordered on", At: day(sale.PaidAt)}
	if sale.Delivery.Address == nil {
		row.What = "Hand over"
	}
	h := sale.Hold
	if h == nil {
		return row
	}
	row.Words, row.At = "by", day(h.SendBy)
	switch left := h.SendBy - s.Clock().Unix(); {
	case left <= 0:
		row.State, row.Tone = "Late: the buyer can take the money back", "badge--danger"
	case left < 24*60*60:
		row.State, row.Tone = "Less than a day is left", "badge--warn"
	}
	return row
}

// unanswered reports whether the last word of a dispute, as far as is known, is the buyer's.
func unanswered(sale scrip.Sale) bool {
	said := sale.Hold.Said
	return len(said) == 0 || said[len(said)-1].By == scrip.Buyer
}

func orderPath(id scrip.ID) string { return "/desk/orders/" + string(id) }
