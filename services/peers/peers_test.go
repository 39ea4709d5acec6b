package peers

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"reflect"
	"strings"
	"testing"
)

// small is a world that takes milliseconds.
func small() Config {
	c := Default()
	c.Peers, c.Days, c.PerDay = 100, 4, 5
	return c
}

var unit = Costs{
	Sign: 1, Verify: 10, Open: 100, Reply: 1000, Commit: 10000, Envelope: 1000, Answer: 500, Growth: 2,
	Messages: map[string]int{"T1": 1, "T2": 2, "T3": 3, "T4": 4, "T5": 5, "T6": 6, "T7": 7, "T9": 9, "T12": 12, "NOTED": 50},
}

func simulate(t *testing.T, c Config) map[string]Tally {
	t.Helper()
	tallies, err := Simulate(c, unit)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Tally{}
	for _, y := range tallies {
		all[y.Protocol] = y
	}
	if len(all) != 6 {
		t.Fatalf("got %d protocols, want 6 with names of their own", len(all))
	}
	return all
}

// TestSeed: a seed gives the same figures each time, and another seed others.
func TestSeed(t *testing.T) {
	first, again := simulate(t, small()), simulate(t, small())
	if !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed: got %v and %v, want the same", first, again)
	}
	other := small()
	other.Seed++
	if reflect.DeepEqual(first, simulate(t, other)) {
		t.Error("another seed gave the same figures")
	}
}

// TestConserved: what each protocol's money obeys, whatever the setting.
func TestConserved(t *testing.T) {
	for _, online := range []float64{0.1, 0.5, 0.95} {
		c := small()
		c.Online = online
		all := simulate(t, c)
		paid := all["PPay"].Payments
		if paid < c.Peers {
			t.Fatalf("online %v: %d payments, want some for each peer", online, paid)
		}
		for name, y := range all {
			if y.Payments != paid {
				t.Errorf("online %v: %s made %d payments, want %d as the others", online, name, y.Payments, paid)
			}
		}
		for _, name := range []string{"PPay", "WhoPay, proactive", "WhoPay, lazy"} {
			k := all[name].Kinds
			if k["purchase"] != k["deposit"] || all[name].Waiting != k["purchase"]+k["downtime transfer"] {
				t.Errorf("online %v: %s: %v, %d waited; want as many coins brought back as bought, and each payment with a purchase or a downtime transfer to wait",
					online, name, k, all[name].Waiting)
			}
		}
		if p, w := all["PPay"].Authorizations, all["WhoPay, lazy"].Authorizations; p != w || all["WhoPay, lazy"].Recordings != 0 {
			t.Errorf("online %v: PPay decides %d times, WhoPay %d, want the same; lazy owners ask %d times, want never", online, p, w, all["WhoPay, lazy"].Recordings)
		}
		one := all["peerscrip, 1 ahead"].Kinds
		if one["T3"] != paid || one["T5"] != paid || one["T9"] != paid || one["T12"] != paid || one["T23"] != 0 {
			t.Errorf("online %v: one ahead: %v, want T3, T5, T9, T12 %d times each and nothing left to withdraw", online, one, paid)
		}
		ten := all["peerscrip, 10 ahead"].Kinds
		if left := 10*ten["T5"] - paid; ten["T23"] < left/10 || ten["T23"] > left || left < 0 {
			t.Errorf("online %v: ten ahead: %d purchases' worth is left after %d exchanges, and withdrawn %d times", online, left, ten["T5"], ten["T23"])
		}
		if batch := all["peerscrip, 10 ahead, T12 of 10"].Kinds["T12"]; batch >= paid || batch < paid/10 {
			t.Errorf("online %v: %d reports of up to ten for %d purchases", online, batch, paid)
		}
	}
}

// TestOwnersAway: the more owners are away, the more of PPay's payments wait for the
// broker; of this protocol's, as many wait as before.
func TestOwnersAway(t *testing.T) {
	last := -1.0
	for _, online := range []float64{0.99, 0.75, 0.5, 0.25, 0.1} {
		c := small()
		c.Online = online
		y := simulate(t, c)["PPay"]
		share := y.per(float64(y.Kinds["downtime transfer"]))
		if share <= last {
			t.Errorf("online %v: %.3f of the payments are downtime transfers, want more than the %.3f when owners are more online", online, share, last)
		}
		if online == 0.99 && share > 0.02 {
			t.Errorf("online %v: %.3f of the payments are downtime transfers, want hardly any", online, share)
		}
		last = share
	}
}

// TestPaced: coins that lie still have to be bound anew, and it is the broker who does it
// when owners are away.
func TestPaced(t *testing.T) {
	c := small()
	c.PerDay, c.Online, c.Days = 0.3, 0.2, 20
	y := simulate(t, c)["PPay"]
	if got := y.per(float64(y.Kinds["downtime renewal"])); got < 0.2 {
		t.Errorf("got %.2f downtime renewals for each payment, want some: %v", got, y.Kinds)
	}
}

// TestByHand: coins and scrip as three peers use them, each request foreseen.
func TestByHand(t *testing.T) {
	c := small()
	c.Peers, c.Lifetime = 3, 100
	quiet := func() *world {
		w := newWorld(c)
		for p := range 3 {
			if !w.here(p) {
				w.enter(p)
			}
		}
		return w
	}
	const ann, bob, cid = 0, 1, 2
	w := quiet()
	y := &Tally{Kinds: map[string]int{}, costs: unit, plain: true}
	k := newCoins(w, ppay(), y)
	k.pays(ann, bob) // Ann buys a coin
	k.pays(bob, cid) // Ann passes it on
	k.leaves(ann)
	w.exit(ann)
	k.pays(cid, bob) // the broker passes it on
	w.enter(ann)
	k.arrives(ann)   // and tells her
	k.pays(bob, ann) // it comes home
	k.pays(ann, cid) // and is issued again
	k.ends()
	want := map[string]int{"purchase": 1, "downtime transfer": 1, "return": 1, "deposit": 1}
	if !maps.Equal(y.Kinds, want) || y.Authorizations != 3 || y.Recordings != 1 {
		t.Errorf("got %v, %d decisions, %d recordings, want %v", y.Kinds, y.Authorizations, y.Recordings, want)
	}
	// Opens, replies, further signatures checked and made, commits: 4, 5, 4, 2, 4.
	if sealed, signed := 4*100+5*1000+4*10+2+4*10000.0, 4*10+5*1+4*10+2+4*10000.0; y.Sealed != sealed || y.Signed != signed {
		t.Errorf("got %v and %v µs, want %v and %v", y.Sealed, y.Signed, sealed, signed)
	}

	w = quiet()
	y = &Tally{Kinds: map[string]int{}, costs: unit}
	s := newScrips(w, 2, 2, y)
	s.pays(ann, bob) // loads, exchanges for two
	s.pays(ann, bob) // pays with what is there, and Bob reports both
	s.pays(ann, cid)
	s.leaves(cid)
	s.ends()
	want = map[string]int{"T1": 1, "T3": 2, "T5": 2, "T9": 3, "T12": 2, "T23": 1, "T20": 1, "PAYOUT": 2}
	if !maps.Equal(y.Kinds, want) || y.Waiting != 2 {
		t.Errorf("got %v, %d waited, want %v and 2", y.Kinds, y.Waiting, want)
	}
}

// TestImpossible: what cannot be simulated is said.
func TestImpossible(t *testing.T) {
	for what, edit := range map[string]func(*Config){
		"no peers": func(c *Config) { c.Peers = 0 }, "always online": func(c *Config) { c.Online = 1 }, "never online": func(c *Config) { c.Online = 0 },
		"no time": func(c *Config) { c.Days = 0 }, "always again and more": func(c *Config) { c.Repeat = 1.1 }, "one seller": func(c *Config) { c.Sellers = 0.001 },
		"too much": func(c *Config) { c.PerDay = 1e9 },
	} {
		c := small()
		edit(&c)
		if _, err := Simulate(c, unit); !errors.Is(err, errConfig) {
			t.Errorf("%s: got %v, want %v", what, err, errConfig)
		}
	}
}

// TestReport: the tables name every protocol and assumption, and the chart is a picture
// with a line for each.
func TestReport(t *testing.T) {
	r, err := Run(small(), unit)
	if err != nil {
		t.Fatal(err)
	}
	var text, page, chart bytes.Buffer
	if err := errors.Join(r.Print(&text), r.Markdown(&page), r.Chart(&chart)); err != nil {
		t.Fatal(err)
	}
	for _, want := range append([]string{"PPay", "WhoPay, lazy", "peerscrip, 10 ahead"}, Assumptions()...) {
		if !strings.Contains(text.String(), want) || !strings.Contains(page.String(), want) {
			t.Errorf("the tables do not say %q", want)
		}
	}
	lines := 0
	for d := xml.NewDecoder(&chart); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, is := token.(xml.StartElement); is && e.Name.Local == "polyline" {
			lines++
			for _, a := range e.Attr {
				if a.Name.Local == "points" && len(strings.Fields(a.Value)) < len(r.Sweeps[2].Outcomes) {
					t.Errorf("a line has the points %q, want %d at least", a.Value, len(r.Sweeps[2].Outcomes))
				}
			}
		}
	}
	if lines != 4*len(series) {
		t.Errorf("got %d lines, want %d", lines, 4*len(series))
	}
}
