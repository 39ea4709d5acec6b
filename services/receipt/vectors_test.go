package receipt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/receipt"
	"peerscrip/services/scrip"
)

var update = flag.Bool("update", false, "write testdata/bundles.json anew")

// vector is one bundle of testdata/bundles.json; its README says what it means.
type vector struct {
	Name     string            `json:"name"`
	File     string            `json:"file"`
	Keys     []string          `json:"keys"`
	Currency string            `json:"currency,omitempty"` // the broker's, where it is known
	OK       bool              `json:"ok"`
	Findings []receipt.Finding `json:"findings"` // empty: it is no bundle
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var list []vector
	for _, file := range []string{"testdata/bundles.json", "testdata/older.json"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var some []vector
		if err := json.Unmarshal(b, &some); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, some...)
	}
	return list
}

// TestVectors: every bundle in the file says what its line says.
func TestVectors(t *testing.T) {
	if *update {
		write(t)
	}
	for _, v := range vectors(t) {
		b, err := receipt.Parse([]byte(v.File))
		if len(v.Findings) == 0 {
			if !errors.Is(err, receipt.ErrBundle) || v.OK {
				t.Errorf("%s: got %v, ok %v, want %v", v.Name, err, v.OK, receipt.ErrBundle)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: Parse: %v", v.Name, err)
			continue
		}
		keys, err := scrip.ReadChain(b.Broker, v.Keys)
		if err != nil {
			t.Fatalf("%s: keys: %v", v.Name, err)
		}
		got := b.Verify(keys, known(t, v.Currency))
		if got.OK() != v.OK || !slices.Equal(got.Findings, v.Findings) {
			t.Errorf("%s: got ok %v, findings %+v, want ok %v, %+v", v.Name, got.OK(), got.Findings, v.OK, v.Findings)
		}
	}
}

// known is the currency with a code; of none it is not known.
func known(t testing.TB, code string) (c scrip.Currency) {
	t.Helper()
	if code == "" {
		return c
	}
	c, err := scrip.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// states are the findings of the vectors as whoever writes them expects them:
// the first letter of each state, in the order of the parts.
var states = map[string]string{
	"payment link": "pppppm", "payment link without a reference": "pppppm", "payment link, another price than was paid": "pppfpm", "payment link without the order": "pppmpm",
	"basket": "pppppm", "basket without the order": "pppmpm", "basket, an offer of another seller": "pppfpm",
	"basket, an offer left out": "pppfpm", "basket, the offers in another order": "pppfpm", "basket, with an offer that was not ordered": "pppfpm",
	"version 1: whole": "pppppm", "version 1: without the order": "pppmpm", "version 1: offer cheaper than paid": "pppfpm",
	"version 1: order of another purchase": "pppfpm", "version 1: offer of another seller": "pppfpm",
	"version 2: whole": "pppppm", "version 2: without the order": "pppmpm", "version 2: basket": "pppppm",
	"version 2: offer cheaper than paid": "pppfpm", "version 2: order of another purchase": "pppfpm", "version 2: basket, an offer left out": "pppfpm",
	"whole": "pppppm", "with a refund": "pppppp", "without the order": "pppmpm", "without the log": "ppppmm", "bare": "pppmmm",
	"another broker’s keys": "fpffff", "offer of another seller, at a broker whose currency is known": "pppfpm", "keys of before, in their time": "pppppm", "keys of before, after their time": "fpffpm", "certificate of another seller": "fpffpm", "certificate over": "ppfppm",
	"mandate of another seller": "pffffm", "mandate changed": "pffffm", "receipt of another purchase": "ppfppm",
	"receipt for another buyer": "ppfppm", "receipt signed by another": "ppfppm", "offer of another seller": "pppfpm", "offer cheaper than paid": "pppfpm",
	"order of another purchase": "pppfpm", "record of another message": "ppppfm", "record of another kind": "ppppfm",
	"record edited": "ppppfm", "head of another broker": "ppppfm", "path cut": "ppppfm", "refund above the price": "pppppf",
	"refund to another buyer": "pppppf", "refund of another purchase": "pppppf",
}

// TestStates: what the vectors say is what was meant, whatever Verify says.
func TestStates(t *testing.T) {
	list := vectors(t)
	for _, v := range list {
		got := ""
		for _, f := range v.Findings {
			got += string(f.State[0])
		}
		if want := states[v.Name]; got != want {
			t.Errorf("%s: got %q, want %q", v.Name, got, want)
		}
	}
	for name := range states {
		if !slices.ContainsFunc(list, func(v vector) bool { return v.Name == name }) {
			t.Errorf("no vector %q", name)
		}
	}
}

// write makes the vectors: good bundles, forged ones, and files that are none.
func write(t *testing.T) {
	w, other := newWorld(t, 1), newWorld(t, 2)
	other.id, other.vendor = w.id, w.vendor // who forges knows the names
	p, q := w.purchase(), w.purchase()
	q.Tx = w.newID()
	late, refunded, cheap := p, p, p
	late.PaidAt, refunded.Refund, cheap.Price = now-5000, 5_00, 20_00
	good, second, foreign, basket := w.bundle(p), w.bundle(q), other.bundle(other.purchase()), w.bundle(w.basket())
	var list []vector
	add := func(name string, b receipt.Bundle, edits ...func(*receipt.Bundle)) {
		for _, edit := range edits {
			edit(&b)
		}
		list = append(list, w.vector(name, b))
	}
	add("whole", good)
	add("with a refund", w.bundle(refunded))
	add("without the order", good, func(b *receipt.Bundle) { b.Order = "" })
	add("without the log", good, func(b *receipt.Bundle) { b.Logged = nil })
	add("bare", good, func(b *receipt.Bundle) { b.Order, b.Logged = "", nil })
	add("certificate of another seller", good, func(b *receipt.Bundle) { b.Certificate = foreign.Certificate })
	add("certificate over", w.bundle(late))
	add("mandate of another seller", good, func(b *receipt.Bundle) { b.Mandate = b.Paid })
	add("mandate changed", good, func(b *receipt.Bundle) { b.Mandate = spoiled(b.Mandate) })
	add("receipt of another purchase", good, func(b *receipt.Bundle) { b.Paid = second.Paid })
	add("receipt for another buyer", good, func(b *receipt.Bundle) { b.Paid = w.paidTo(other, p) })
	add("receipt signed by another", good, func(b *receipt.Bundle) { b.Paid = foreign.Paid })
	add("offer of another seller", good, func(b *receipt.Bundle) { b.Offers = foreign.Offers })
	add("offer cheaper than paid", w.bundle(cheap))
	add("basket", basket)
	add("basket without the order", basket, func(b *receipt.Bundle) { b.Order = "" })
	add("basket, an offer of another seller", basket, func(b *receipt.Bundle) { b.Offers = []string{b.Offers[0], foreign.Offers[0]} })
	add("basket, an offer left out", basket, func(b *receipt.Bundle) { b.Offers = b.Offers[:1] })
	add("basket, the offers in another order", basket, func(b *receipt.Bundle) { b.Offers = []string{b.Offers[1], b.Offers[0]} })
	add("basket, with an offer that was not ordered", basket, func(b *receipt.Bundle) { b.Offers = append(slices.Clone(b.Offers), good.Offers[0]) })
	link, dearer := w.bundle(w.paid("2026-117")), w.paid("2026-117")
	dearer.Price++
	add("payment link", link)
	add("payment link without the order", link, func(b *receipt.Bundle) { b.Order = "" })
	add("payment link without a reference", w.bundle(w.paid("")))
	add("payment link, another price than was paid", w.bundle(dearer))
	add("order of another purchase", good, func(b *receipt.Bundle) { b.Order = second.Order })
	add("record of another message", good, func(b *receipt.Bundle) { b.Logged = second.Logged })
	add("record of another kind", good, func(b *receipt.Bundle) { b.Logged = w.logged("T9", jose.Signed{JWS: b.Mandate}.Digest()) })
	add("record edited", good, func(b *receipt.Bundle) {
		l := *b.Logged
		l.Entry = strings.Replace(l.Entry, "1800000004", "1800000003", 1)
		b.Logged = &l
	})
	add("head of another broker", good, func(b *receipt.Bundle) { b.Logged = other.logged("T12", jose.Signed{JWS: b.Mandate}.Digest()) })
	add("path cut", good, func(b *receipt.Bundle) {
		l := *b.Logged
		l.Path = l.Path[:len(l.Path)-1]
		b.Logged = &l
	})
	add("refund above the price", good, func(b *receipt.Bundle) { b.Collected = []string{w.refund(p.Tx, 20_00), w.refund(p.Tx, 7_51)} })
	add("refund to another buyer", good, func(b *receipt.Bundle) { b.Collected = []string{other.refund(p.Tx, 1_00)} })
	add("refund of another purchase", good, func(b *receipt.Bundle) { b.Collected = []string{w.refund(q.Tx, 1_00)} })
	list = append(list, w.told("offer of another seller, at a broker whose currency is known", list, "offer of another seller", "KWD"))
	list = append(list, other.vector("another broker’s keys", w.bundle(refunded)))
	next := w.key().Public()
	list = append(list, w.vector("keys of before, in their time", good, w.succeed(next, now+5000, w.keys()...)))
	list = append(list, w.vector("keys of before, after their time", good, w.succeed(next, now-5000, w.keys()...)))
	list = append(list, w.none(good)...)
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(list); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/bundles.json", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// vector is a bundle judged with the keys of this world's broker, and those that
// came after.
func (w *world) vector(name string, b receipt.Bundle, next ...string) vector {
	w.t.Helper()
	file, err := receipt.Make(b)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	parsed, err := receipt.Parse(file)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	keys := append(w.keys(), next...)
	report := parsed.Verify(w.chain(keys...), scrip.Currency{})
	return vector{Name: name, File: string(file), Keys: keys, OK: report.OK(), Findings: report.Findings}
}

// told is a vector of the list once more, for who knows the broker's currency.
func (w *world) told(name string, list []vector, before, currency string) vector {
	w.t.Helper()
	v := list[slices.IndexFunc(list, func(v vector) bool { return v.Name == before })]
	b, err := receipt.Parse([]byte(v.File))
	if err != nil {
		w.t.Fatal(err)
	}
	v.Name, v.Currency = name, currency
	v.Findings = b.Verify(w.chain(v.Keys...), known(w.t, currency)).Findings
	return v
}

// none are files that are no bundles.
func (w *world) none(good receipt.Bundle) []vector {
	w.t.Helper()
	file, err := receipt.Make(good)
	if err != nil {
		w.t.Fatal(err)
	}
	text := string(file)
	secret, err := json.Marshal([]string{"AAAAAAAAAAAAAAAAAAAAAA", "secret", jose.Digest(nil)})
	if err != nil {
		w.t.Fatal(err)
	}
	files := map[string]string{
		"empty": "", "no JSON": "receipt", "a list": "[]", "cut": text[:len(text)-3], "something after it": text + "{}",
		"version 4":                    strings.Replace(text, `"version": 3`, `"version": 4`, 1),
		"version 2 of version 3":       strings.Replace(text, `"version": 3`, `"version": 2`, 1),
		"version 1 of version 3":       strings.Replace(text, `"version": 3`, `"version": 1`, 1),
		"no offers":                    strings.Replace(text, `"`+good.Offers[0]+`"`, "", 1),
		"one offer and offers":         strings.Replace(text, `"offers"`, `"offer": "`+good.Offers[0]+`", "offers"`, 1),
		"another format":               strings.Replace(text, receipt.Format, "peerscrip wallet", 1),
		"unknown member":               strings.Replace(text, `"version": 3`, `"version": 3, "secret": "x"`, 1),
		"member twice":                 strings.Replace(text, `"version": 3`, `"version": 3, "version": 2`, 1),
		"an empty order":               strings.Replace(text, good.Order, "", 1),
		"none collected":               strings.Replace(text, `"version": 3`, `"version": 3, "collected": []`, 1),
		"an empty offer beside":        strings.Replace(text, `"version": 3`, `"version": 3, "offer": ""`, 1),
		"null":                         strings.Replace(text, `"version": 3`, `"version": 3, "collected": null`, 1),
		"a secret for the order":       strings.Replace(text, good.Order, base64url(secret), 1),
		"no mandate":                   strings.Replace(text, good.Mandate, "", 1),
		"a mandate that is no message": strings.Replace(text, good.Mandate, "a.b.c", 1),
		"a negative index":             strings.Replace(text, `"index": 4`, `"index": -4`, 1),
		"an entry that is none":        strings.Replace(text, `peerscrip log 1\n`, `peerscrip log 2\n`, 1),
		"a hash that is none":          strings.Replace(text, good.Logged.Path[0].String(), "x", 1),
	}
	var list []vector
	for name, file := range files {
		if file == text {
			w.t.Fatalf("%s: not changed", name)
		}
		list = append(list, vector{Name: name, File: file, Keys: w.keys(), Findings: []receipt.Finding{}})
	}
	slices.SortFunc(list, func(a, b vector) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// paidTo is a receipt of this seller for somebody else's purchase of the same.
func (w *world) paidTo(other *world, p purchase) string {
	body := scrip.Paid{Price: p.Price, OrderID: w.newID(), OrderDigest: jose.Digest(nil)}
	return w.sign(string(w.vendor), other.buyer.Thumbprint(), p.Tx, body, scrip.Attachments{}, w.seller).JWS
}
