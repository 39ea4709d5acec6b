package web

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestOperatorPage: what is broken stands out, and what waits is named.
func TestOperatorPage(t *testing.T) {
	var standing Standing
	var failed error
	pages, err := NewOperator(Operator{
		Site:     Site{Currency: scrip.Currency{Code: "EUR", Exponent: 2}},
		Standing: func(context.Context) (Standing, error) { return standing, failed },
	})
	if err != nil {
		t.Fatal(err)
	}
	v := visit(t, pages)
	v.get("/").want(t, 200, "This process keeps no books.", "Exchanges (T5)")
	standing = Standing{
		At: time.Unix(1_800_000_000, 0), Totals: []Total{{"Bank", 1234}},
		Verdicts: []Verdict{{"I1", true, "sums agree"}, {"I2", false, "spare of <b>minus</b> 3"}},
		Stalls:   []StallTotals{{Vendor: "v", Name: "Attic & Sons", Float: 500, Earned: 100}},
		Holds:    []Hold{{Message: "T15", Stall: "Attic & Sons", Waits: "T18", Amount: 700, Until: 1_800_000_000}},
		Queues: []Queue{
			{merchant.Underway{Message: "T12", Amount: 9190, Attempt: merchant.Attempt{Times: 3, Why: "float-short"}}, "Attic & Sons"},
			{merchant.Underway{Message: "REFUND", Amount: 100, Attempt: merchant.Attempt{Link: "https://bank.example"}}, "Attic & Sons"},
		},
	}
	v.get("/").want(t, 200, "The books do not close.", "12.34", "badge--danger", "Broken", "badge--success", "!<b>minus", "7.00",
		"float-short", "waits for a confirmation", "Attic &amp; Sons")
	v.get("/").want(t, 200, "!more stalls may wait")
	standing.Unasked = 950
	v.get("/").want(t, 200, "950 more stalls may wait too")
	standing.Verdicts = standing.Verdicts[:1]
	v.get("/").want(t, 200, "The books close.", "!Broken")
	v.get("/other").want(t, 404)
	failed = errors.New("the disk is on fire")
	v.get("/").want(t, 500, "!disk")
}
