package web

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestCollected: of what is collected a seller reads that it is handed over, not sent, and is not asked for a parcel's number.
func TestCollected(t *testing.T) {
	s := newShop(t)
	l, err := s.attic.Stall.List(t.Context(), merchant.Item{
		Title: "Wardrobe", Category: "Home", Condition: "good", Price: 5_00, Quantity: 1, SendWithin: 2, CheckWithin: 4,
		Place: scrip.Place{Country: "DE", Town: "Kiel"}, Delivery: []scrip.Way{scrip.Posted(0), {Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	here := "/desk/orders/" + string(s.sell(l, scrip.Delivery{Way: scrip.WayCollect}))
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "To hand over: <bdi", ">To hand over<")
	v.get(here).want(t, 200, ">Hand it over<", "What to hand over", "Mark as handed over", "!Tracking number", "!Mark as sent")
	v.post(here+"/sent", url.Values{"note": {"At the door."}}).want(t, 200, "Marked as handed over.", "How it was handed over", "You handed it over", "!sent it")
	v.get("/desk").want(t, 200, ">Handed over<")
}

func TestMarkAsSent(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get(here).want(t, 200, "Hafenstraße 14", ">Send it<", "Mark as sent", "Tracking number", "Report on its way", "6.90")
	v.post(here+"/sent", url.Values{"note": {"Parcel 123"}}).want(t, 200, "Marked as sent.", "Parcel 123", ">Save</button>")
	v.post(here+"/sent", url.Values{"note": {strings.Repeat("x", 501)}}).want(t, 422, "Use at most 500 characters.")
	v.post(here+"/sent", url.Values{"carrier": {strings.Repeat("x", 61)}}).want(t, 422, "Use at most 60 characters")
	v.post(here+"/sent", url.Values{"note": {"\u2068Parcel\u00ad 123\u2069"}}).want(t, 200, "Marked as sent.", "Parcel 123")
	v.post(here+"/sent", url.Values{"carrier": {"Post"}, "tracking": {"RB 1"}, "note": {"Parcel 123"}}).want(t, 200, `value="Post"`, `value="RB 1"`, "<bdi>Post</bdi> <bdi>RB 1</bdi>")
	if sale, err := s.attic.Sale(t.Context(), s.order); err != nil || sale.Note != "Parcel 123" {
		t.Errorf("note: got %q (%v), want the first", sale.Note, err)
	}
	v.get("/desk/orders/none").want(t, 404)
	v.post("/desk/leave", nil).want(t, 200)
	v.get(here).want(t, 200, "!Hafenstraße")
}

func TestRefund(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get(here).want(t, 200, "You have refunded nothing of this order", "up to €91.90", `value="91.90"`)
	key := string(s.ID())
	for typed, problem := range map[string]string{
		"91.91": "That is more than is left of this order.", "twelve": "Write an amount like 12.50.", "0": "Write an amount above 0.",
	} {
		v.post(here+"/refund", url.Values{"key": {key}, "refund": {typed}}).
			want(t, 422, problem, `value="`+typed+`"`, `aria-invalid="true"`, "<details class=\"stack\" open")
	}
	part := url.Values{"key": {key}, "refund": {"11,90"}}
	v.post(here+"/refund", part).want(t, 200, "€11.90 goes back to the buyer.", "Reported", "up to €80.00", "To send")
	v.post(here+"/refund", part).want(t, 200, "up to €80.00") // sent twice, counted once
	part.Set("refund", "12")
	v.post(here+"/refund", part).want(t, 422, "This form was sent before with another amount.", `value="12"`)
	if err := s.attic.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.get(here).want(t, 200, "Ready", "collects it the next time", "Payment recorded")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"80.00"}}).want(t, 200, "There is nothing left to give back.", "!Refund the buyer")
	v.post("/desk/orders/none/refund", url.Values{"key": {key}, "refund": {"1"}}).want(t, 404)
}

// TestRefundedOrder: an order that was taken back whole is not to be sent, on the desk as on its own page, nor counted
// among what is.
func TestRefundedOrder(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get("/desk").want(t, 200, "<dt>Orders to send</dt><dd>2</dd>", "146.80")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"91.90"}}).want(t, 200, ">Refunded</span>", "!To send", "!What to send", "It is for sale again, 1 piece")
	v.get("/desk").want(t, 200, "<dt>Orders to send</dt><dd>1</dd>", ">Refunded</span>", "54.90")
	v.post(here+"/sent", nil).want(t, 409, "This has changed meanwhile")
	v.get("/desk").want(t, 200, ">Refunded</span>")
}

// TestSentAndRefunded: what was sent and then taken back whole says both.
func TestSentAndRefunded(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.post(here+"/sent", nil).want(t, 200, "Marked as sent.")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"91.90"}}).want(t, 200, ">Sent, refunded</span>")
	v.get("/desk").want(t, 200, ">Sent, refunded</span>")
}

// TestRefundRow: how far a refund got, and what to do.
func TestRefundRow(t *testing.T) {
	s, err := newServer(Config{Sessions: sessions(t), Site: Site{Currency: scrip.Currency{Code: "EUR", Exponent: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		refund      scrip.Refund
		attempt     merchant.Attempt
		state, text string
	}{
		{scrip.Refund{}, merchant.Attempt{}, "Reported", "On its way"},
		{scrip.Refund{}, merchant.Attempt{Why: merchant.Unreachable}, "Reported", "cannot be reached now"},
		{scrip.Refund{}, merchant.Attempt{Why: "bank-declined"}, "Reported", "Put money into it"},
		{scrip.Refund{}, merchant.Attempt{Why: "float-short"}, "Reported", "declined for now (float-short)"},
		{scrip.Refund{}, merchant.Attempt{Link: "https://bank.example"}, "Reported", "It waits for your word"},
		{scrip.Refund{CoveredAt: 1}, merchant.Attempt{}, "Ready", "collects it the next time"},
		{scrip.Refund{CoveredAt: 1, CollectedAt: 2}, merchant.Attempt{}, "Collected", "The buyer has had it since"},
	} {
		got := s.refundRow(t.Context(), merchant.OrderRefund{Refund: c.refund, Attempt: c.attempt})
		if got.State != c.state || !strings.Contains(got.Text, c.text) || got.Link != c.attempt.Link {
			t.Errorf("%+v, %+v: got %s, %q, want %s, %q", c.refund, c.attempt, got.State, got.Text, c.state, c.text)
		}
	}
}

// TestRefundThatWasOvertaken: a seller gives all of it back at the moment in which the market decides that the buyer gets a part. The
// refund that is too much by then is declined for good and counts no more, and the rest can still be given back.
func TestRefundThatWasOvertaken(t *testing.T) {
	s := newShop(t)
	p := s.protect(s.attic.List(10_00, 1))
	s.disputes(p, "It is broken.")
	s.deliver()
	sale := s.attic.Sold(p.Tx)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(sale.ID)
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"10.00"}}).want(t, 200, "goes back to the buyer.")
	if _, err := s.Judge().Decide(t.Context(), s.attic.Vendor(), p.Tx, 4_00, "It was worn."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.deliver()
	stock := s.listed().Stock
	if now := s.attic.Sold(p.Tx); now.Refunded != 4_00 {
		t.Errorf("taken back: got %d, want 400, what was decided", now.Refunded)
	}
	v.get(here).want(t, 200, "Not taken back", "What is left you can still give back.", `value="6.00"`)
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"6.00"}}).want(t, 200, "goes back to the buyer.")
	s.deliver()
	list, err := s.attic.Shelf.Refunds(t.Context(), []scrip.ID{sale.ID})
	if err != nil || len(list) != 2 || !list[0].Overtaken || list[1].CoveredAt == 0 {
		t.Errorf("refunds: got %d, %v, want the first overtaken, the second covered", len(list), err)
	}
	if now, listed := s.attic.Sold(p.Tx), s.listed(); now.Refunded != now.Price || listed.Stock != stock {
		t.Errorf("got %d of %d taken back and %d for sale, want all of it and %d, as it was", now.Refunded, now.Price, listed.Stock, stock)
	}
}

// TestHolds: the seller reads in words how the money of a protected order stands, whatever becomes of it, and what to do first.
func TestHolds(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	one, two, three := s.protect(s.attic.List(5_00, 3)), s.protect(s.attic.List(5_00, 3)), s.protect(s.attic.List(5_00, 3))
	at := func(p rig.Purchase) string { return "/desk/orders/" + string(s.attic.Sold(p.Tx).ID) }
	v.get("/desk").want(t, 200, "To do first", `href="`+at(one)+`">To send`)
	v.get(at(one)).want(t, 200, "Held until the buyer could look at it.", "What to send", "Packing slip", "!The dispute")
	v.get(at(one)+"/slip").want(t, 200, "In this parcel", "12 Elm Street", "Attic &amp; Sons", "1 × ")
	v.get("/desk/orders/none/slip").want(t, 404)
	v.post(at(one)+"/sent", nil).want(t, 200, "The market hears next that it is sent", "What was ordered")
	s.deliver()
	v.get(at(one)).want(t, 200, "Held, and yours unless the buyer says")
	if _, err := s.SendHold(one.Buyer.Pseudonymous(s.attic, scrip.ReleaseRequest(one.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get(at(one)).want(t, 200, "Yours since")

	s.Clock.Advance(4*24*time.Hour + 12*time.Hour)
	v.get("/desk").want(t, 200, "Less than a day is left")
	s.Clock.Advance(24 * time.Hour)
	v.get("/desk").want(t, 200, "Late: soon the buyer can take the money back")
	s.Clock.Advance(24 * time.Hour)
	v.get("/desk").want(t, 200, "Late: the buyer can take the money back")
	if _, err := s.SendHold(two.Buyer.Pseudonymous(s.attic, scrip.ReclaimRequest(two.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get("/desk").want(t, 200, "Cancelled", "!"+at(two)+`">To send`)
	v.get(at(two)).want(t, 200, "Cancelled: it was not sent in time", "It is for sale again.", "What was ordered", "!What to send", "!Mark as sent", "!12 Elm Street")

	s.disputes(three, "It came broken.")
	s.deliver()
	v.get("/desk").want(t, 200, "Answer the dispute", "The market decides")
	page := v.get(at(three))
	page.want(t, 200, "The dispute", "It came broken.", "Disputed since", "What you offered", "The buyer’s signed order")
	v.post(at(three)+"/defend", url.Values{"answer": {" "}, "show": {"x"}}).want(t, 422, "Say what you have to say to it.")
	v.post(at(three)+"/defend", url.Values{"key": {string(s.ID())}, "answer": {strings.Repeat("x", 2001)}}).want(t, 422, "That is too much at once.", strings.Repeat("x", 2001))
	form := url.Values{"key": {string(s.ID())}, "answer": {"It was whole."}, "show": regexp.MustCompile(`name="show" value="([^"]*)" checked`).FindStringSubmatch(page.body)[1:]}
	v.post(at(three)+"/defend", form).want(t, 200, "Your answer goes to the market.", "It was whole.", "Not with the market yet, with 1 thing shown.")
	v.post(at(three)+"/defend", form).want(t, 200) // sent twice, said once
	form.Set("answer", "It was new.")
	v.post(at(three)+"/defend", form).want(t, 422, "This form was sent before with another answer.", "It was new.")
	s.deliver()
	s.deliver()
	v.get("/desk").want(t, 200, "!Answer the dispute", "Disputed")
	v.get(at(three)).want(t, 200, "The market has it, with 1 thing shown.", "!The market has it, with 1 thing shown.</p> <p")
	if _, err := s.Judge().Decide(t.Context(), s.attic.Vendor(), three.Tx, 3_00, "A dent was not told of."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get(at(three)).want(t, 200, "The market decided: €2.00 for you, €3.00 for the buyer", "A dent was not told of.", "!Send the answer")
	v.post(at(three)+"/defend", url.Values{"key": {string(s.ID())}, "answer": {"More."}}).want(t, 409)
	v.post("/desk/orders/none/defend", url.Values{"key": {string(s.ID())}, "answer": {"More."}}).want(t, 404)
}

// TestReturn: a seller decides on a return without scripts, reads what came of it, and gives the money back, which ends it.
func TestReturn(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	p := s.protect(s.attic.List(5_00, 3))
	here := "/desk/orders/" + string(p.Paid.Body.OrderID)
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {"To Anna."}, "pays": {"M"}}).want(t, 409)
	v.post(here+"/sent", url.Values{}).want(t, 200, "!Return</h2>")
	th := p.Buyer.Listen(s.attic, p.Thread())
	th = p.Buyer.Say(s.attic, th, scrip.Event{Kind: "return", Text: "It does not fit."})
	v.get("/desk").want(t, 200, "Decide on a return", here+"#return", "Return asked", "!Waiting for your answer")
	v.get(here).want(t, 200, "The buyer would like to send it back.", "It does not fit.", ">Take it back</button>", ">Decline the return</button>")
	v.post(here+"/return", url.Values{"answer": {"decline"}, "why": {" "}}).want(t, 422, "Say why not.")
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {""}, "pays": {"C"}}).want(t, 422, "Say where it is to be sent, and how.", `value="C" checked`)
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {strings.Repeat("x", 1001)}, "pays": {"C"}}).want(t, 422, "Use at most 1,000.", strings.Repeat("x", 1001))
	v.post(here+"/return", url.Values{"answer": {"decline"}, "why": {"It was worn."}}).want(t, 200, "The buyer reads why not.", "It was worn.", ">Received</span>")
	th = p.Buyer.Say(s.attic, p.Buyer.Listen(s.attic, th), scrip.Event{Kind: "return", Text: "It was not."})
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {"To Anna,\r\nUtrecht."}, "pays": {"C"}}).want(t, 200, "The buyer reads where to send it.", "To Anna,\nUtrecht.", "The buyer pays for the way back.", "Change where it is sent", ">To come back</span>")
	v.get("/desk").want(t, 200, "!Decide on a return", "To come back")
	p.Buyer.Say(s.attic, p.Buyer.Listen(s.attic, th), scrip.Event{Kind: "returned", Carrier: "PostNL", Tracking: "3SABC1234567"})
	v.get("/desk").want(t, 200, "Refund when it is back", "Sent back")
	v.get(here).want(t, 200, "It is on its way back to you.", "3SABC1234567", "Give the money back")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"5.00"}}).want(t, 200, "goes back to the buyer.", "!It is for sale again", "!Return</h2>", "Sent, refunded")
	v.get("/desk").want(t, 200, "!Refund when it is back")
	s.deliver()
}

// TestUnderway: what waits for the broker stands on the desk, with why.
func TestUnderway(t *testing.T) {
	s := newShop(t)
	c := s.config()
	waiting := []merchant.Underway{
		{Message: "T12", ID: s.order, Amount: 9190, Attempt: merchant.Attempt{Times: 3, Last: 1_800_000_000, Why: merchant.Unreachable}},
		{Message: "REFUND", ID: s.order, Amount: 100, Attempt: merchant.Attempt{Link: "https://bank.example/confirm"}},
		{Message: "REFUND", ID: s.order, Amount: 100, Attempt: merchant.Attempt{Link: "javascript:alert(1)"}},
		{Message: "T12", ID: s.order, Amount: 9190, Attempt: merchant.Attempt{Why: "value-mismatch"}, Aside: 1_800_000_000},
	}
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return waitingDesk{s.attic.Stall, waiting}, nil }
	v := visit(t, pagesOf(t, c))
	v.enter().want(t, 200, "Waiting for the market", "Report of an order", "The market cannot be reached now.",
		"15\u00a0Jan\u00a02027, 08:00 UTC", "Refund of an order", `href="https://bank.example/confirm"`, "!javascript:",
		"declined this for good (value-mismatch)", `value="`+string(s.order)+`"`, "Tell the market again")
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return waitingDesk{s.attic.Stall, nil}, nil }
	v = visit(t, pagesOf(t, c))
	v.enter().want(t, 200, "!Waiting for the market")
}

// TestTellAgain: a report that was set aside goes again at a press of its button.
func TestTellAgain(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	aside := scrip.Aside{Message: "T12", ID: s.ID(), Amount: 9190, Since: 1, Reason: "value-mismatch", At: 1}
	if err := s.attic.Shelf.Apply(s.T.Context(), scrip.Change{Stall: &scrip.StallChange{SetAside: []scrip.Aside{aside}}}); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "declined this for good (value-mismatch)", string(aside.ID))
	v.post("/desk/again", url.Values{"id": {"nonsense"}}).want(t, 404)
	v.post("/desk/again", url.Values{"id": {string(aside.ID)}}).want(t, 200, "The market is told again.", "!"+string(aside.ID))
}

// TestReconcile: a seller compares with the market at a press of a button, and is told what differs.
func TestReconcile(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.post("/desk/reconcile", nil).want(t, 200, "No order of yours is protected")
	s.protect(s.attic.List(5_00, 1))
	v.post("/desk/reconcile", nil).want(t, 200, "1 protected order.", "Both say the same.")
	if got, want := reconciled(t.Context(), merchant.Reconciled{Orders: 3, Waiting: 1, Fetched: 2}), "Of 1 it has yet to hear. Of 2 it knew more: it stands here now. Both say the same."; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for want, d := range map[string]merchant.Difference{
		"of which there is no order here": {Purchase: "p", Theirs: scrip.HoldSent}, "holds nothing of order o": {Order: "o", Ours: scrip.HoldSent},
		"Order o is sent here and released there.": {Order: "o", Ours: scrip.HoldSent, Theirs: scrip.HoldReleased},
	} {
		if got := reconciled(t.Context(), merchant.Reconciled{Orders: 1, Differ: []merchant.Difference{d}}); !strings.Contains(got, want) {
			t.Errorf("%+v: got %q, want %q", d, got, want)
		}
	}
}

// waitingDesk is a desk with something else underway.
type waitingDesk struct {
	*merchant.Stall
	underway []merchant.Underway
}

func (w waitingDesk) Desk(ctx context.Context, offset, limit int) (merchant.Desk, error) {
	d, err := w.Stall.Desk(ctx, offset, limit)
	d.Underway = w.underway
	return d, err
}

// TestOrdersInPages: a desk with more orders than a page leads to all of them, and counts them all.
func TestOrdersInPages(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "Hafenstraße 14", "!Page 1 of")
	for i := range perPage {
		s.sale(i)
	}
	v.get("/desk").want(t, 200, "Page 1 of 2", "!Hafenstraße 14", fmt.Sprintf("<dd>%d</dd>", perPage+2))
	v.get("/desk?page=2").want(t, 200, "Page 2 of 2", "Hafenstraße 14")
}

// sale puts an order on the attic's shelf as if it was bought, without the money: the books stay as they are.
func (s *shop) sale(i int) {
	s.T.Helper()
	sale := scrip.Sale{
		ID: s.ID(), Tx: s.ID(), Pseudonym: scrip.Pseudonym(s.SigningKey().Thumbprint()), Lines: []scrip.SaleLine{s.vase.Sold(1)},
		Price: scrip.Money(1 + i), OrderDigest: "digest", Mandate: "a.b.c", Recorded: true,
	}
	if err := s.attic.Shelf.Apply(s.T.Context(), scrip.Change{Stall: &scrip.StallChange{Sale: &sale}}); err != nil {
		s.T.Fatal(err)
	}
}
