package web

import (
	"context"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// todoRow is something that waits for the seller.
type todoRow struct {
	Href, What  string
	Title       string // of what it is about
	Words       string // a text for tr, with At in it: "by {{.Day}}"
	At          stamp
	State, Tone string // a badge: why it is urgent; empty: it is not
}

// mostTodo is how much of what is to be done the desk shows first.
const mostTodo = 20

// todo is what waits for the seller: what costs money first, then what is to be sent, by its date, then who waits for a word.
func (s *server) todo(ctx context.Context, now merchant.Desk) (rows []todoRow, later string) {
	for _, sale := range now.Disputed {
		if !unanswered(sale) {
			continue
		}
		rows = append(rows, todoRow{
			Href: orderPath(sale.ID) + "#dispute", What: tr(ctx, "Answer the dispute"), Title: titled(ctx, sale.Titles()), Words: phrase("since {{.Day}}"), At: day(sale.Hold.Since),
			State: tr(ctx, "The market decides"), Tone: "badge--warn",
		})
	}
	returns := map[string]bool{}
	for _, c := range now.Returns {
		row := returnRow(ctx, c)
		returns[row.Href] = true
		rows = append(rows, row)
	}
	for _, sale := range now.ToSend {
		rows = append(rows, s.sendRow(ctx, sale))
	}
	for _, c := range now.Unanswered {
		t := talkRowOf(ctx, c)
		if returns[t.Href+"#return"] {
			continue // it stands above
		}
		what := tr(ctx, "Waiting for your answer, {{.Messages}}", "Messages", t.Waiting)
		if c.Now == scrip.StateProposed {
			what = tr(ctx, "Decide on what a buyer would pay")
		}
		rows = append(rows, todoRow{Href: t.Href + "#said", What: what, Title: t.Title, Words: phrase("since {{.Day}}"), At: t.Last})
	}
	for _, r := range now.Unrated {
		rows = append(rows, todoRow{
			Href: "/desk/ratings", What: tr(ctx, "Answer a rating"), Title: tr(ctx, "{{.Stars}} of {{.Most}} stars", "Stars", r.Stars, "Most", scrip.MaxStars), Words: phrase("of {{.Day}}"), At: day(r.At),
		})
	}
	if more := len(rows) - mostTodo; more > 0 {
		return rows[:mostTodo], number(ctx, more)
	}
	return rows, ""
}

// returnRow is a return that waits for the seller: to be decided, or to be refunded.
func returnRow(ctx context.Context, c merchant.Conversation) todoRow {
	row := todoRow{Href: orderPath(c.Order) + "#return", What: tr(ctx, "Decide on a return"), Title: titled(ctx, c.Titles), Words: phrase("since {{.Day}}"), At: day(c.Since)}
	if c.Now == scrip.StateReturned {
		row.What, row.Words = tr(ctx, "Refund when it is back"), phrase("sent back on {{.Day}}")
	}
	return row
}

// sendRow says until when an order is to be sent: a protected one by the day that was promised.
func (s *server) sendRow(ctx context.Context, sale scrip.Sale) todoRow {
	row := todoRow{Href: orderPath(sale.ID), What: tr(ctx, "To send"), Title: titled(ctx, sale.Titles()), Words: phrase("ordered on {{.Day}}"), At: day(sale.PaidAt)}
	if collected(sale.Delivery) {
		row.What = tr(ctx, "To hand over")
	}
	h := sale.Hold
	if h == nil {
		return row
	}
	row.Words, row.At = phrase("by {{.Day}}"), day(scrip.PromisedBy(h.SendBy))
	switch now := s.Clock().Unix(); {
	case now >= h.SendBy:
		row.State, row.Tone = tr(ctx, "Late: the buyer can take the money back"), "badge--danger"
	case now >= row.At.at.Unix():
		row.State, row.Tone = tr(ctx, "Late: soon the buyer can take the money back"), "badge--danger"
	case row.At.at.Unix()-now < 24*60*60:
		row.State, row.Tone = tr(ctx, "Less than a day is left"), "badge--warn"
	}
	return row
}

// unanswered reports whether the last word of a dispute, as far as is known, is the buyer's.
func unanswered(sale scrip.Sale) bool {
	said := sale.Hold.Said
	return len(said) == 0 || said[len(said)-1].By == scrip.Buyer
}

func orderPath(id scrip.ID) string { return "/desk/orders/" + string(id) }
