package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestAnonymity holds C1 and C3 against real processes: proxies hear every link
// while two customers buy at a stall on its own node. The merchant then has
// nothing in which a customer's account, bank reference or account key occurs
// in any encoding, and an observer has nothing but sealed envelopes.
func TestAnonymity(t *testing.T) {
	t.Parallel()
	var heard records
	toStall, toBroker := newProxy(t, "C -> M", &heard), newProxy(t, "M -> B", &heard)
	outside := newProxy(t, "C -> B", &heard)
	n := startNodeBehind(t, toStall, toBroker, goods{"Weather House", "12.50", "2.00", "50"})
	outside.leadTo(n.broker.url)
	keys := stallKeys(t, n.stall)

	// T7's key dies with the exchange: it is read while T5 is on its way.
	var mu sync.Mutex
	var replyKeys []jose.ReplyKey // under mu
	watch := meddling(func(s spoken, _ func() spoken) {
		if strings.HasSuffix(s.path, "/exchanges") {
			mu.Lock()
			defer mu.Unlock()
			replyKeys = append(replyKeys, unsettled(t, n.stall)...)
		}
	})
	toBroker.meddle.Store(&watch)

	buyers := []*buyer{newBuyer(t, outside.url, 500_00, nil), newBuyer(t, outside.url, 300_00, nil)}
	jws := buyers[0].offers(toStall.url, n.vendor)["Weather House"].jws
	for _, b := range buyers {
		b.must("load", b.Load(t.Context(), 100_00))
		lose := loseAnswer("/exchanges") // and so CLAIM shows the merchant the receipt
		toStall.meddle.Store(&lose)
		if err := b.Exchange(t.Context(), n.vendor, 40_00); err != nil {
			t.Fatalf("exchange with a lost answer: %v", err)
		}
		toStall.meddle.Store(nil)
		b.buys(jws, "from VendorScrip")
		b.buys(jws, "from its change")
		b.buys(jws, "with another exchange")
		b.must("deliver", b.Deliver(t.Context()))
		if got := b.messages(); !strings.Contains(got, "CLAIM") {
			t.Errorf("got messages %s, want a CLAIM among them", got)
		}
	}
	n.closed()

	customers, aliases := needles{}, needles{}
	for _, b := range buyers {
		key, err := json.Marshal(b.Key().Public())
		b.must("write a key", err)
		var jwk struct{ X string }
		b.must("read a key", json.Unmarshal(key, &jwk))
		customers.add("an account", string(b.Account()))
		customers.add("a bank reference", b.bank)
		customers.add("an account's key", jwk.X)
		customers.add("an account key's thumbprint", b.Key().Thumbprint())
	}
	for _, sale := range readShelf(t, folder.At(n.stall.data).OwnShelf()).sales {
		aliases.add("a pseudonym", string(sale.Pseudonym))
		trailOf(t, n, sale.Tx)
	}
	logs := map[string][]byte{"the broker's log": []byte(n.broker.stderr.String()), "the stall's log": []byte(n.stall.stderr.String())}
	customers.absent(t, logs)
	aliases.absent(t, logs)
	mu.Lock()
	defer mu.Unlock()
	has := merchantHas(t, n, heard.all(), keys, replyKeys)
	customers.absent(t, has)
	aliases.present(t, has)
	customers.present(t, filesIn(t, n.broker.data)) // the search can find them

	n.stall.stop() // what stays, without write-ahead logs
	customers.absent(t, filesIn(t, n.stall.data))
	n.broker.stop()
	auditOf(t, n.broker.data, n.stall.data)

	observe(t, heard.all(), customers, aliases)
}

// trailOf wants the lines of a purchase to be found by its tx: T10 in the stall's log, T9 and
// the T12 that reports it in the broker's.
func trailOf(t testing.TB, n node, tx scrip.ID) {
	t.Helper()
	for message, log := range map[string]string{"T10": n.stall.stderr.String(), "T9": n.broker.stderr.String(), "T12": n.broker.stderr.String()} {
		found := false
		for line := range strings.Lines(log) {
			found = found || strings.Contains(line, "message="+message+" ") && strings.Contains(line, string(tx))
		}
		if !found {
			t.Errorf("purchase %s: got no line of %s in the log, want one", tx, message)
		}
	}
}

// loseAnswer lets the next request to a path arrive, and its answer get lost.
func loseAnswer(path string) meddling {
	var once atomic.Bool
	return func(s spoken, forward func() spoken) {
		if strings.HasSuffix(s.path, path) && once.CompareAndSwap(false, true) {
			forward()
			panic(http.ErrAbortHandler)
		}
	}
}

// stallKeys reads the keys of a stand-alone stall.
func stallKeys(t testing.TB, p *process) merchant.StallKeys {
	t.Helper()
	keys, err := folder.At(p.data).StallKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return merchant.StallKeys{Signing: keys.Signing, Envelope: keys.Envelope}
}

// unsettled returns the keys under which a stall awaits T7.
func unsettled(t testing.TB, p *process) []jose.ReplyKey {
	database, err := db.OpenReadOnly(t.Context(), folder.At(p.data).OwnShelf(), db.Merchant)
	if err != nil {
		t.Errorf("read a stall's book: %v", err)
		return nil
	}
	defer database.Close()
	book, err := db.NewShelf(database, shelfOf(t, folder.At(p.data).OwnShelf()))
	if err != nil {
		t.Error(err)
		return nil
	}
	list, err := book.Unsettled(t.Context(), 10)
	if err != nil {
		t.Errorf("read unsettled exchanges: %v", err)
	}
	var keys []jose.ReplyKey
	for _, x := range list {
		keys = append(keys, x.RequestKey)
	}
	return keys
}

// merchantHas is everything a merchant has: its files, its logs, every request
// and answer that reached it, and what its keys open of them.
func merchantHas(t testing.TB, n node, heard []spoken, keys merchant.StallKeys, replyKeys []jose.ReplyKey) map[string][]byte {
	t.Helper()
	has := filesIn(t, n.stall.data)
	has["stdout"], has["stderr"] = []byte(n.stall.stdout.String()), []byte(n.stall.stderr.String())
	opened := map[string]int{}
	open := func(name string, o jose.Opened, err error) {
		if err != nil {
			t.Errorf("%s does not open: %v", name, err)
			return
		}
		opened[o.Typ]++
		has[name+" opened"] = plain(o)
	}
	for i, s := range heard {
		if s.link == "C -> B" {
			continue
		}
		name := fmt.Sprintf("%s %s (%d)", s.link, s.path, i)
		has[name] = append(has[name], s.bytes()...)
		if strings.HasPrefix(s.path, "/v1/bank/") {
			continue // opens the owner's account at the sandbox bank, in the clear
		}
		m := s.envelopes(t, s.request)
		switch {
		case s.link == "C -> M" && s.method == http.MethodPost:
			if m["order"] != "" {
				o, err := jose.Open(m["order"], []jose.EnvelopeKey{keys.Envelope}, jose.Expect{
					Types: []string{"T4-order", "T15-order"}, Aud: string(n.vendor), Pair: true,
				})
				open(name+" order", o, err)
			}
			expect := jose.Expect{Types: []string{"T10", "CLAIM"}, Aud: string(n.vendor)}
			if strings.HasSuffix(s.path, "/extensions") { // from the broker
				expect.Types, expect.Key = []string{"T16"}, brokerKey(t, n)
			}
			if m["envelope"] != "" {
				o, err := jose.Open(m["envelope"], []jose.EnvelopeKey{keys.Envelope}, expect)
				open(name, o, err)
			}
		case strings.HasSuffix(s.path, "/exchanges"):
			answer := s.envelopes(t, s.answer)["envelope"]
			var o jose.Opened
			err := jose.ErrOpen
			for _, key := range replyKeys {
				if err != nil {
					o, err = jose.OpenReply(answer, key, jose.Expect{Types: []string{"T7"}, Aud: string(n.vendor), Key: brokerKey(t, n)})
				}
			}
			open(name, o, err)
		}
	}
	for _, typ := range []string{"T4-order", "T7", "T10", "CLAIM", "T15-order", "T16"} {
		if opened[typ] == 0 {
			t.Errorf("no %s was opened: got %v", typ, opened)
		}
	}
	return has
}

// brokerKey knows the broker's key.
func brokerKey(t testing.TB, n node) func(iss, kid string, at int64) (jose.VerifyKey, error) {
	t.Helper()
	broker, known, err := folder.At(n.stall.data).KnownBroker()
	if err != nil || !known || broker.Serial() == 0 {
		t.Fatalf("read the broker's keys: %v, known: %v", err, known)
	}
	return func(string, string, int64) (jose.VerifyKey, error) { return broker.Signing()[0], nil }
}

// plain is everything in an opened message.
func plain(o jose.Opened) []byte {
	all := []byte(o.JWS + "\n")
	for part := range strings.SplitSeq(o.JWS, ".") {
		b, _ := base64.RawURLEncoding.DecodeString(part) // it was opened, so it is base64
		all = append(append(all, b...), '\n')
	}
	for _, value := range o.Attachments {
		all = append(append(all, value...), '\n')
	}
	return all
}

// bytes is all that was said, as an observer has it.
func (s spoken) bytes() []byte {
	all := []byte(s.method + " " + s.path + "\n")
	for _, h := range []http.Header{s.asked, s.answered} {
		for name, values := range h {
			all = append(all, name+": "+strings.Join(values, ", ")+"\n"...)
		}
	}
	return slices.Concat(all, s.request, []byte("\n"), s.answer)
}

// envelopes reads a body of sealed messages: for GET there is none.
func (s spoken) envelopes(t testing.TB, body []byte) map[string]string {
	t.Helper()
	if s.method != http.MethodPost {
		return nil
	}
	var members map[string]string
	if err := json.Unmarshal(body, &members); err != nil {
		t.Errorf("%s %s: got %q, want members that are strings", s.link, s.path, body)
	}
	return members
}

// observe looks at all links as somebody does who reads along (C3): sizes and
// endpoints, and nothing else.
func observe(t testing.TB, heard []spoken, hidden ...needles) {
	t.Helper()
	posts, all := 0, needles{}
	all.add("the delivery address", "12 Elm Street")
	for _, s := range heard {
		if strings.HasPrefix(s.path, "/v1/bank/") {
			continue // the sandbox bank is no part of the protocol
		}
		hay := map[string][]byte{s.link + " " + s.path: s.bytes()}
		for _, n := range append(hidden, all) {
			n.absent(t, hay)
		}
		if s.method != http.MethodPost {
			continue
		}
		posts++
		if s.status != http.StatusOK {
			t.Errorf("%s %s: got %d", s.link, s.path, s.status)
		}
		for _, body := range [][]byte{s.request, s.answer} {
			for member, value := range s.envelopes(t, body) {
				if !slices.Contains([]string{"envelope", "order", "payment"}, member) {
					t.Errorf("%s %s: got member %q, want envelopes only", s.link, s.path, member)
				}
				sealedOnly(t, s, value)
			}
		}
	}
	if posts < 20 {
		t.Errorf("only %d messages were observed", posts)
	}
}

// The two headers an envelope may have; of the values only key and kid differ.
const (
	requestHeader = `{"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":"","y":""},"kid":"","typ":"peerscrip"}`
	replyHeader   = `{"alg":"dir","enc":"A256GCM","typ":"peerscrip"}`
)

// sealedOnly wants an envelope to be ciphertext but for a header that says
// nothing but which keys open it.
func sealedOnly(t testing.TB, s spoken, envelope string) {
	t.Helper()
	parts := strings.Split(envelope, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	var header map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &header)
	}
	if err != nil || len(parts) != 5 {
		t.Errorf("%s %s: got %q, want a compact JWE", s.link, s.path, envelope)
		return
	}
	if epk, ok := header["epk"].(map[string]any); ok {
		epk["x"], epk["y"], header["kid"] = "", "", ""
	}
	if got, err := json.Marshal(header); err != nil || (string(got) != requestHeader && string(got) != replyHeader) {
		t.Errorf("%s %s: got header %s", s.link, s.path, got)
	}
}
