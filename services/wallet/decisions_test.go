package wallet

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

// vectors reads a file of testdata/decisions, which holds the browser's wallet
// too: what each member means is in the README beside it.
func vectors[V any](t *testing.T, name string) []V {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "decisions", name))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var list []V
	if err := d.Decode(&list); err != nil || len(list) == 0 {
		t.Fatalf("%s: got %d vectors, %v, want some", name, len(list), err)
	}
	return list
}

// vectorHolding is a holding in a vector. A member that is null stays 0, which
// means "not known" here too.
type vectorHolding struct {
	ID      scrip.ID       `json:"id"`
	Vendor  scrip.VendorID `json:"vendor"`
	Value   scrip.Money    `json:"value"`
	Made    int64          `json:"made"`
	Expires int64          `json:"expires"`
}

func (h vectorHolding) piece() Piece { return Piece{h.ID, h.Value, h.Made, h.Expires} }

type vectorClock struct {
	Name   string `json:"name"`
	Behind int64  `json:"behind"`
	Asked  int64  `json:"asked"` // null stays 0
	Signed int64  `json:"signed"`
	Came   int64  `json:"came"`
	After  int64  `json:"after"`
}

// TestClock holds to the vectors what is concluded of the device's clock.
func TestClock(t *testing.T) {
	for _, v := range vectors[vectorClock](t, "clock.json") {
		if got := behindAfter(v.Behind, moment{v.Asked, v.Signed, v.Came}); got != v.After {
			t.Errorf("%s: got %d behind, want %d", v.Name, got, v.After)
		}
	}
}

type vectorSituation struct {
	Price    scrip.Money     `json:"price"`
	Exchange scrip.Money     `json:"exchange"`
	Broker   *vectorHolding  `json:"broker"`
	Vendor   []vectorHolding `json:"vendor"`
	Now      int64           `json:"now"`
}

func (v vectorSituation) situation() Situation {
	s := Situation{Price: v.Price, Exchange: v.Exchange, Now: v.Now}
	if v.Broker != nil {
		p := v.Broker.piece()
		s.Broker = &p
	}
	for _, h := range v.Vendor {
		s.Vendor = append(s.Vendor, h.piece())
	}
	return s
}

type vectorLeg struct {
	Transaction string         `json:"transaction"`
	Amount      scrip.Money    `json:"amount"`
	Scrip       scrip.ID       `json:"scrip"`
	Vendor      scrip.VendorID `json:"vendor"`
}

func legsOf(list []vectorLeg) []Leg {
	var legs []Leg
	for _, l := range list {
		legs = append(legs, Leg{l.Transaction, l.Amount, l.Scrip})
	}
	return legs
}

// TestPlans is Figure 3.
func TestPlans(t *testing.T) {
	for _, v := range vectors[struct {
		Name      string          `json:"name"`
		Situation vectorSituation `json:"situation"`
		Legs      []vectorLeg     `json:"legs"`
		Figure    []vectorLeg     `json:"figure"`
		Error     string          `json:"error"`
	}](t, "plan.json") {
		t.Run(v.Name, func(t *testing.T) {
			s := v.Situation.situation()
			legs, err := planFor(s)
			if word := Word(err); word != v.Error {
				t.Fatalf("plan: got %q, want %q", word, v.Error)
			}
			if got, want := written(legs), written(legsOf(v.Legs)); got != want {
				t.Errorf("plan: got %s, want %s", got, want)
			}
			if got, want := written(figure3(s)), written(legsOf(v.Figure)); got != want && v.Error == "" {
				t.Errorf("Figure 3: got %s, want %s", got, want)
			}
		})
	}
}

func TestLeaving(t *testing.T) {
	for _, v := range vectors[struct {
		Name     string          `json:"name"`
		Holdings []vectorHolding `json:"holdings"`
		Now      int64           `json:"now"`
		Legs     []vectorLeg     `json:"legs"`
	}](t, "leaving.json") {
		t.Run(v.Name, func(t *testing.T) {
			var holdings []Holding
			for _, h := range v.Holdings {
				holdings = append(holdings, Holding{ScripID: h.ID, Vendor: h.Vendor, Value: h.Value, Made: h.Made, Expires: h.Expires})
			}
			plan := leaving(holdings, v.Now)
			var legs []Leg
			for i, line := range plan {
				legs = append(legs, line.Leg)
				if i < len(v.Legs) && line.Vendor != v.Legs[i].Vendor {
					t.Errorf("leg %d: got vendor %q, want %q", i, line.Vendor, v.Legs[i].Vendor)
				}
			}
			if got, want := written(legs), written(legsOf(v.Legs)); got != want {
				t.Errorf("plan: got %s, want %s", got, want)
			}
		})
	}
}

// TestCounters: where an account goes on whose counter was stale.
func TestCounters(t *testing.T) {
	for _, v := range vectors[struct {
		Name    string `json:"name"`
		Counter int64  `json:"counter"`
		Told    int64  `json:"told"`
		At      int64  `json:"at"`
		Next    int64  `json:"next"`
	}](t, "counter.json") {
		if got := scrip.CaughtUp(v.Counter, scrip.Stale{Counter: v.Told, At: v.At}); got != v.Next {
			t.Errorf("%s: got %d, want %d", v.Name, got, v.Next)
		}
	}
}

// TestPatience: what is not waited for any more.
func TestPatience(t *testing.T) {
	for _, v := range vectors[struct {
		Name        string `json:"name"`
		Transaction string `json:"transaction"`
		Issuer      string `json:"issuer"`
		Due         bool   `json:"due"`
		Waited      int64  `json:"waited"`
		Ends        bool   `json:"ends"`
	}](t, "patience.json") {
		if got := tooLong(v.Transaction, v.Issuer == "vendor", v.Due, v.Waited); got != v.Ends {
			t.Errorf("%s: got %t, want %t", v.Name, got, v.Ends)
		}
	}
}

type vectorStanding struct {
	Tx          scrip.ID       `json:"tx"`
	Transaction string         `json:"transaction"`
	Vendor      scrip.VendorID `json:"vendor"`
	Amount      scrip.Money    `json:"amount"`
	Had         scrip.Money    `json:"had"`
	Here        []string       `json:"here"`
	To          string         `json:"to"`
}

func (v vectorStanding) standing() standing {
	here := func(message string) bool { return slices.Contains(v.Here, message) }
	name := v.Transaction
	if !strings.Contains(name, ".") {
		name = strings.ToUpper(name) // as in the journal
	}
	it := Item{Tx: v.Tx, Transaction: name, Vendor: v.Vendor, Amount: v.Amount}
	return standing{Item: it, had: v.Had, t6: here("T6"), t8: here("T8"), t17: here("T17"), t19: here("T19"), to: v.To}
}

// TestShares: where the money is, none of it twice, none of it nowhere.
func TestShares(t *testing.T) {
	type share struct {
		Kind   ShareKind      `json:"kind"`
		Vendor scrip.VendorID `json:"vendor"`
		Amount scrip.Money    `json:"amount"`
	}
	for _, v := range vectors[struct {
		Name     string `json:"name"`
		Holdings []struct {
			ID     scrip.ID       `json:"id"`
			Vendor scrip.VendorID `json:"vendor"`
			Value  scrip.Money    `json:"value"`
			Item   scrip.ID       `json:"item"`
		} `json:"holdings"`
		Items  []vectorStanding `json:"items"`
		Ended  []scrip.ID       `json:"ended"`
		Gone   []scrip.VendorID `json:"gone"`
		Shares []share          `json:"shares"`
	}](t, "shares.json") {
		var holdings []Holding
		for _, h := range v.Holdings {
			holdings = append(holdings, Holding{ScripID: h.ID, Vendor: h.Vendor, Value: h.Value, Tx: h.Item})
		}
		holdings = append(holdings, Holding{ScripID: "D", Value: 9, Doubt: scrip.ScripSpent})
		var items []standing
		for _, it := range v.Items {
			items = append(items, it.standing())
		}
		var ended []Item
		for _, id := range v.Ended {
			ended = append(ended, Item{Stake: id})
		}
		gone := map[scrip.VendorID]bool{}
		for _, vendor := range v.Gone {
			gone[vendor] = true
		}
		got := []share{}
		for _, s := range shares(holdings, items, ended, gone) {
			got = append(got, share{s.Kind, s.Vendor, s.Amount})
		}
		if !slices.Equal(got, v.Shares) {
			t.Errorf("%s: got %v, want %v", v.Name, got, v.Shares)
		}
	}
}

// TestShareNames: each kind of share has a name, and none is anybody else's.
func TestShareNames(t *testing.T) {
	names := map[string]bool{}
	for _, kind := range shareOrder {
		names[Share{Kind: kind, Vendor: "m", Stall: "Marta's Attic"}.String()] = true
	}
	if len(names) != len(shareNames) || names[""] {
		t.Errorf("got %d names %v, want %d", len(names), names, len(shareNames))
	}
}

func TestAgeing(t *testing.T) {
	for _, v := range vectors[struct {
		Name    string `json:"name"`
		Made    int64  `json:"made"`
		Expires int64  `json:"expires"`
		Now     int64  `json:"now"`
		Due     bool   `json:"due"`
		DueFrom int64  `json:"due_from"`
	}](t, "ageing.json") {
		if got := scrip.DueFrom(v.Made, v.Expires); got != v.DueFrom {
			t.Errorf("%s: got due from %d, want %d", v.Name, got, v.DueFrom)
		}
		if got := (Piece{Made: v.Made, Expires: v.Expires}).due(v.Now); got != v.Due {
			t.Errorf("%s: got due %t, want %t", v.Name, got, v.Due)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, v := range vectors[struct {
		Name      string          `json:"name"`
		Situation vectorSituation `json:"situation"`
		Scrip     scrip.ID        `json:"scrip"`
		Pays      bool            `json:"pays"`
		Renew     bool            `json:"renew"`
	}](t, "choose.json") {
		s := v.Situation.situation()
		p, there := choose(s.Vendor, s.Price, s.Now)
		pays, renew := there && p.Value >= s.Price, there && p.due(s.Now)
		if p.Scrip != v.Scrip || pays != v.Pays || renew != v.Renew {
			t.Errorf("%s: got %q, pays %t, renew %t, want %q, %t, %t", v.Name, p.Scrip, pays, renew, v.Scrip, v.Pays, v.Renew)
		}
	}
}

// TestAskedAgain: which no to a renewal is not taken for the end of it.
func TestAskedAgain(t *testing.T) {
	for _, v := range vectors[struct {
		Name    string        `json:"name"`
		Said    scrip.Refusal `json:"said"`
		Expires int64         `json:"expires"`
		Now     int64         `json:"now"`
		Again   bool          `json:"again"`
	}](t, "again.json") {
		if got := askedAgain(v.Said, v.Expires, v.Now); got != v.Again {
			t.Errorf("%s: got %t, want %t", v.Name, got, v.Again)
		}
	}
}

// TestRescuedAgain: when RESCUE is asked for once more, because the broker keeps nothing
// for purchases any more.
func TestRescuedAgain(t *testing.T) {
	for _, v := range vectors[struct {
		Name   string `json:"name"`
		Bought int64  `json:"bought"`
		Asked  int64  `json:"asked"`
		Now    int64  `json:"now"`
		Again  bool   `json:"again"`
	}](t, "rescue.json") {
		if got := rescuedAgain(v.Bought, v.Asked, v.Now); got != v.Again {
			t.Errorf("%s: got %t, want %t", v.Name, got, v.Again)
		}
	}
}

// TestHeld: which word of the broker's on a hold is kept.
func TestHeld(t *testing.T) {
	type word struct {
		At    int64           `json:"at"`
		State scrip.HoldState `json:"state"`
	}
	for _, v := range vectors[struct {
		Name   string `json:"name"`
		Before *word  `json:"before"`
		word
		Later bool `json:"later"`
	}](t, "held.json") {
		var before *held
		if v.Before != nil {
			before = &held{At: v.Before.At, Body: scrip.OnHold{State: v.Before.State}}
		}
		if got := isLater(before, held{At: v.At, Body: scrip.OnHold{State: v.State}}); got != v.Later {
			t.Errorf("%s: got %t, want %t", v.Name, got, v.Later)
		}
	}
}

// TestThin: which receipts of a backup keep what was signed.
func TestThin(t *testing.T) {
	for _, v := range vectors[struct {
		Name   string `json:"name"`
		Signed []int  `json:"signed"`
		Room   int    `json:"room"`
		Whole  int    `json:"whole"`
	}](t, "thin.json") {
		if got := whole(v.Signed, v.Room); got != v.Whole {
			t.Errorf("%s: got %d, want %d", v.Name, got, v.Whole)
		}
	}
}

// TestTenThousandFit: a backup has room for 10,000 of the largest purchases: of an
// order of 20 offers, whose names and notes are as long as they may be.
func TestTenThousandFit(t *testing.T) {
	const purchases, room, page = 10_000, 320<<20/4*3 - 4096, 4096
	long := func(runes int) string { return strings.Repeat("\U0001f3e0", runes) }
	r := Receipt{
		Tx: theTx, At: now, Vendor: theVendor, Stall: long(60), OrderID: theTx, Price: scrip.MaxMoney, Wish: long(500), Sent: now,
		Delivery: scrip.Delivery{Way: scrip.WayPost, Label: long(60), Address: &scrip.Address{
			Name: long(60), Lines: []string{long(80), long(80), long(80)}, Postcode: long(12), Town: long(60), Country: "NL", Phone: long(24),
		}}, Note: long(500),
		Certificate: strings.Repeat("c", 4096), Mandate: strings.Repeat("m", 2048), Order: strings.Repeat("o", 8192), Paid: strings.Repeat("p", 4096),
	}
	for range scrip.MaxLines {
		r.Lines = append(r.Lines, Line{Title: long(120), Price: scrip.MaxMoney, Quantity: 99, JWS: strings.Repeat("o", 49_152)})
	}
	b, err := json.Marshal(r.bare())
	if err != nil {
		t.Fatal(err)
	}
	used := purchases * (len(b)/page + 1) * page // what does not fit a page of the database is on pages of its own
	signed := slices.Repeat([]int{r.signedSize()}, purchases)
	if got := whole(signed, room-used); used > room || got == 0 || got == purchases {
		t.Errorf("got %d whole and %d bytes for the rest, want some whole, and room in %d", got, used, room)
	}
}

type vectorShowing struct {
	Name     string `json:"name"`
	Decision string `json:"decision"`
	Signed   []int  `json:"signed"`
	Said     []int  `json:"said"`
	Shows    []int  `json:"shows"`
	Left     int    `json:"left"`
}

// TestShowing holds to the vectors what finds room in a DISPUTE.
func TestShowing(t *testing.T) {
	messages := func(lengths []int) (all []string) {
		for _, n := range lengths {
			all = append(all, strings.Repeat("m", n))
		}
		return all
	}
	for _, v := range vectors[vectorShowing](t, "showing.json") {
		shows, left := showing(messages(v.Signed), messages(v.Said))
		got := []int{}
		for _, s := range shows {
			got = append(got, len(s.Message))
		}
		if !slices.Equal(got, v.Shows) || left != v.Left {
			t.Errorf("%s: got %v and %d left, want %v and %d", v.Name, got, left, v.Shows, v.Left)
		}
	}
}
