package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"peerscrip/services/scrip"
)

type vectorItem struct {
	Amount  scrip.Money `json:"amount"`
	Broker  scrip.Money `json:"broker"`
	Vendor  scrip.Money `json:"vendor"`
	Had     scrip.Money `json:"had"`
	Pending bool        `json:"pending"`
	To      string      `json:"to"`
	Has     []string    `json:"has"`
	Asked   string      `json:"asked"`
}

// said is one message of a vector's answer.
type said struct {
	Wrong     string        `json:"wrong"`
	Deadline  int64         `json:"deadline"`
	At        int64         `json:"at"`
	Link      string        `json:"link"`
	Returned  scrip.Money   `json:"returned"`
	Amount    scrip.Money   `json:"amount"`
	Announced scrip.Money   `json:"announced"`
	By        string        `json:"by"`
	Reason    scrip.Refusal `json:"reason"`
}

type vectorScrip struct {
	Issuer string      `json:"issuer"`
	Value  scrip.Money `json:"value"`
}

// verdict is an outcome as the vectors say it.
type verdict struct {
	Ends      *Phase        `json:"ends"`
	Reason    string        `json:"reason"`
	Broker    string        `json:"broker"`
	Vendor    string        `json:"vendor"`
	Received  []vectorScrip `json:"received"`
	Has       []string      `json:"has"`
	Pending   bool          `json:"pending"`
	Receipt   bool          `json:"receipt"`
	Notice    string        `json:"notice"`
	Revives   bool          `json:"revives"`
	Renews    bool          `json:"renews"`
	Unrenewed bool          `json:"unrenewed"`
}

type vectorSettle struct {
	Name        string                     `json:"name"`
	Decision    string                     `json:"decision"`
	Transaction string                     `json:"transaction"`
	Item        vectorItem                 `json:"item"`
	Answer      map[string]json.RawMessage `json:"answer"`
	Outcome     verdict                    `json:"outcome"`
}

// TestSettle holds every transaction to what an answer must mean.
func TestSettle(t *testing.T) {
	n := map[string]int{}
	for _, v := range vectors[vectorSettle](t, "settle.json") {
		n[v.Transaction]++
		t.Run(v.Transaction+" "+v.Name, func(t *testing.T) {
			s := newSettler(t, v)
			got := s.settle()
			slices.SortFunc(got.Received, func(a, b vectorScrip) int { return int(a.Value - b.Value) })
			slices.SortFunc(v.Outcome.Received, func(a, b vectorScrip) int { return int(a.Value - b.Value) })
			if !reflect.DeepEqual(got, v.Outcome) {
				t.Errorf("got %s, want %s", inJSON(got), inJSON(v.Outcome))
			}
		})
	}
	for name := range transactions() {
		if n[name] == 0 {
			t.Errorf("%s: got no vectors, want some", name)
		}
	}
}

func inJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// settles is what settle says; where nothing came, that the run ends there
// without a word in the journal.
func settles[K, A any](s *settler, kept K, settle func(*Wallet, context.Context, Item, K, A) outcome[K], a A) verdict {
	if s.v.Answer["nothing"] == nil {
		return judged(s, kept, settle(s.w, s.t.Context(), s.it, kept, a))
	}
	it := s.it
	var err error
	if it.Sealed, err = s.w.vault.put(placeOfItem(it.Tx), kept); err != nil {
		s.t.Fatal(err)
	}
	if err := s.w.finish(s.t.Context(), it); !errors.Is(err, ErrUnfinished) || !errors.Is(err, errDeaf) && !errors.Is(err, scrip.Unreadable) {
		s.t.Errorf("%s: got %v, want %v because nothing came", it.Transaction, err, ErrUnfinished)
	}
	return judged(s, kept, waits(s.it, kept, ErrUnfinished))
}

// judged is an outcome in the vectors' words.
func judged[K any](s *settler, _ K, o outcome[K]) verdict {
	v := verdict{Received: received(o.changes), Revives: o.revive, Renews: o.renew}
	if o.item.Phase.Ended() {
		phase := o.item.Phase
		v.Ends = &phase
	}
	if (o.stop != nil) != (o.item.Phase == PhaseRefused || o.item.Phase == PhaseUndone) || (o.stop != nil && o.wait != nil) {
		s.t.Errorf("phase %s with stop %v, wait %v", o.item.Phase, o.stop, o.wait)
	}
	if o.stop != nil {
		v.Reason = Word(o.stop)
	}
	v.Pending = errors.As(o.wait, new(*Confirm))
	if s.v.Item.Broker > 0 {
		v.Broker = fate(o, cash)
	}
	if s.v.Item.Vendor > 0 {
		v.Vendor = fate(o, money)
	}
	if !o.item.Phase.Ended() {
		v.Has = halves(any(o.kept))
	}
	v.Receipt, v.Unrenewed = o.changes.Receipt != nil, o.changes.Unrenewed != nil
	if o.changes.Delivered != "" && o.item.Phase.Ended() {
		v.Notice = "dropped"
	}
	return v
}

func halves(kept any) []string {
	var has []string
	for half, is := range map[string]bool{
		"T6": is(kept, func(x exchange) bool { return x.T6 }), "T8": is(kept, func(x exchange) bool { return x.T8 }),
		"T17": is(kept, func(x extension) bool { return x.T17 }), "T19": is(kept, func(x extension) bool { return x.T19 }),
	} {
		if is {
			has = append(has, half)
		}
	}
	return has
}

func is[K any](kept any, has func(K) bool) bool {
	k, ok := kept.(K)
	return ok && has(k)
}

// fate is what an outcome does to a holding at stake.
func fate[K any](o outcome[K], id scrip.ID) string {
	switch {
	case slices.ContainsFunc(o.changes.Drop, func(h Hold) bool { return h.ScripID == id }):
		return "gone"
	case o.changes.Release == "":
		return "held"
	case slices.ContainsFunc(o.changes.Aside, func(d Doubt) bool { return d.ScripID == id }):
		return "doubtful"
	case o.doubt && o.item.Stake == id, o.changes.Doubt != nil && o.changes.Doubt.ScripID == id:
		return "doubtful"
	}
	return "free"
}

func received(c PurseChange) []vectorScrip {
	list := []vectorScrip{}
	for _, h := range c.Keep {
		issuer := "broker"
		if h.Vendor != "" {
			issuer = "vendor"
		}
		list = append(list, vectorScrip{issuer, h.Value})
	}
	return list
}
