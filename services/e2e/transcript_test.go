package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

var update = flag.Bool("update", false, "write golden files anew")

// transcript writes opened messages as people read them: every random value has
// a name that says what it is and, by its number, where it stood before.
type transcript struct {
	r     *rig.Rig
	out   bytes.Buffer
	names map[string]string
	count map[string]int
}

// TestTranscript runs one first checkout by hand and holds what was said, T1 to
// T12, against the golden transcript.
func TestTranscript(t *testing.T) {
	r := rig.New(t)
	link := &tap{r: r}
	c, s := r.Customer(100_00), r.Stall("Marta's Attic", link)
	listing := s.List(12_50, 3)
	w := &transcript{r: r, names: map[string]string{}, count: map[string]int{}}
	w.call(string(r.Info.ID), "broker")
	w.call(string(c.Account), "account")
	w.call(string(s.Vendor()), "vendor")
	w.call(c.Alias(s.Vendor()).Thumbprint(), "pseudonym")

	t1 := c.Acquisition(50_00)
	answer := must(r.Broker.Acquire(t.Context(), t1.Sealed))(t)
	w.request("T1", "C -> B", t1.Envelope, r.Keys)
	t2 := w.reply("T2", "B -> C", answer.Envelope, t1.Reply, string(c.Account))
	held := scrip.Held{Scrip: attachment[scrip.Scrip](t, t2, "scrip"), Secret: attachment[scrip.Secret](t, t2, "secret")}

	x := c.Exchange(s, held, 12_50)
	noted := must(r.Broker.Announce(t.Context(), x.T3.Sealed))(t)
	answer = must(s.Exchange(t.Context(), x.T4))(t)
	w.request("T3", "C -> B", x.T3.Envelope, r.Keys)
	w.reply("NOTED", "B -> C", noted.Envelope, x.T3.Reply, string(c.Account))
	w.request("T4-order", "C -> M", x.T4.Order, []jose.EnvelopeKey{s.Secret.Envelope})
	w.request("T4-payment", "C -> M -> B", x.T4.Payment, r.Keys)
	t5 := w.request("T5", "M -> B", link.sent[0].Envelope, r.Keys)
	w.reply("T6", "B -> M -> C", answer.Payment, x.Pay.Reply, string(c.Account))
	w.reply("T7", "B -> M", link.got[0].Envelope, attachment[jose.ReplyKey](t, t5, "reply_key"), string(s.Vendor()))
	w.reply("T8", "M -> C", answer.Order, x.Order.Reply, x.Order.From)

	vendor, err := c.OpenT8(x, answer)
	if err != nil {
		t.Fatal(err)
	}
	t10 := c.Mandate(s, vendor, listing)
	t9 := c.Seal(rig.Message{Tx: t10.Tx, Body: scrip.Notice{
		Account: c.Account, Vendor: s.Vendor(), Price: 12_50, OrderDigest: orderDigest(t, s, t10),
	}})
	noted = must(r.Broker.Notice(t.Context(), t9.Sealed))(t)
	paid := must(s.Purchase(t.Context(), t10.Sealed))(t)
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.request("T9", "C -> B", t9.Envelope, r.Keys)
	w.reply("NOTED", "B -> C", noted.Envelope, t9.Reply, string(c.Account))
	w.request("T10", "C -> M", t10.Envelope, []jose.EnvelopeKey{s.Secret.Envelope})
	w.reply("T11", "M -> C", paid.Envelope, t10.Reply, t10.From)
	t12 := w.request("T12", "M -> B", link.sent[1].Envelope, r.Keys)
	w.reply("NOTED", "B -> M", link.got[1].Envelope, attachment[jose.ReplyKey](t, t12, "reply_key"), string(s.Vendor()))

	w.compare(filepath.Join("testdata", "purchase.golden"))
}

func (w *transcript) compare(path string) {
	t := w.r.T
	t.Helper()
	if *update {
		if err := os.WriteFile(path, w.out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.out.String(); got != string(want) {
		t.Errorf("the transcript has changed (go test -run Transcript -update writes it anew): got\n%s\nwant\n%s", got, want)
	}
}

func must(sealed scrip.Sealed, err error) func(testing.TB) scrip.Sealed {
	return func(t testing.TB) scrip.Sealed {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
}

func attachment[T any](t testing.TB, o jose.Opened, name string) T {
	t.Helper()
	var v T
	if err := o.DecodeAttachment(name, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func orderDigest(t testing.TB, s *rig.Stall, t10 rig.Sealed) string {
	t.Helper()
	m, err := scrip.Open[scrip.Mandate](t10.Envelope, []jose.EnvelopeKey{s.Secret.Envelope}, string(s.Vendor()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.OrderDigest
}

// tap is a broker whose conversation with one merchant is kept.
type tap struct {
	r         *rig.Rig
	types     []string
	sent, got []scrip.Sealed
}

func (l *tap) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := l.r.Broker.Send(ctx, message, in)
	l.types, l.sent, l.got = append(l.types, message), append(l.sent, in), append(l.got, out)
	return out, err
}

// keys knows everyone in the rig.
func (w *transcript) keys(from, kid string, at int64) (jose.VerifyKey, error) {
	if from == string(w.r.Info.ID) {
		return w.r.Info.Signing()[0], nil
	}
	if account, err := w.r.Books.Account(context.Background(), scrip.AccountID(from)); err == nil {
		return account.Key, nil
	}
	stall, err := w.r.Books.Stall(context.Background(), scrip.VendorID(from))
	return stall.Signing, err
}

func (w *transcript) request(typ, way, envelope string, keys []jose.EnvelopeKey) jose.Opened {
	w.r.T.Helper()
	want := jose.Expect{Types: []string{typ}, Pair: strings.HasSuffix(typ, "-order") || strings.HasSuffix(typ, "-payment")}
	for _, want.Aud = range []string{string(w.r.Info.ID), w.idOf("vendor")} {
		for _, want.Key = range []func(string, string, int64) (jose.VerifyKey, error){nil, w.keys} {
			if o, err := jose.Open(envelope, keys, want); err == nil {
				w.write(way, o)
				return o
			}
		}
	}
	w.r.T.Fatalf("%s does not open", typ)
	return jose.Opened{}
}

func (w *transcript) reply(typ, way, envelope string, key jose.ReplyKey, to string) jose.Opened {
	w.r.T.Helper()
	o, err := jose.OpenReply(envelope, key, jose.Expect{Types: []string{typ}, Aud: to, Key: w.keys})
	if err != nil {
		w.r.T.Fatalf("%s: %v", typ, refusal(envelope, key, to, w.keys, err))
	}
	w.write(way, o)
	return o
}

// refusal is the reason of the REFUSE that a reply is, or else err: why it did
// not open as what it should be.
func refusal(reply string, key jose.ReplyKey, to string, keys func(from, kid string, at int64) (jose.VerifyKey, error), err error) error {
	o, other := jose.OpenReply(reply, key, jose.Expect{Types: []string{scrip.Refuse{}.Type()}, Aud: to, Key: keys})
	if other != nil {
		return err
	}
	return fmt.Errorf("got a REFUSE %s", o.Body)
}

// write prints an opened message: its claims as they were signed, the digests of
// what was attached, and what that was.
func (w *transcript) write(way string, o jose.Opened) {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(o.JWS, ".")[1])
	if err != nil {
		w.r.T.Fatal(err)
	}
	fmt.Fprintf(&w.out, "%s  %s\n", o.Typ, way)
	w.json("signed", payload)
	for _, name := range sortedNames(o.Attachments) {
		w.json("attached "+name, o.Attachments[name])
	}
	w.out.WriteString("\n")
}

func sortedNames(m map[string][]byte) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *transcript) json(label string, raw []byte) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		w.r.T.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(w.named(v)); err != nil {
		w.r.T.Fatal(err)
	}
	fmt.Fprintf(&w.out, "  %s\n    %s", label, b.String())
}

var (
	idPattern   = regexp.MustCompile(`^[\w-]{22}$`)
	hashPattern = regexp.MustCompile(`^[\w-]{43}$`)
	jwsPattern  = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)
)

// named replaces what is random by a name.
func (w *transcript) named(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			v[key] = w.named(v[key])
		}
		return v
	case []any:
		for i := range v {
			v[i] = w.named(v[i])
		}
		return v
	case string:
		switch {
		case w.names[v] != "":
			return w.names[v]
		case idPattern.MatchString(v):
			return w.call(v, w.next("id"))
		case hashPattern.MatchString(v):
			return w.call(v, w.next("hash"))
		case jwsPattern.MatchString(v):
			return w.call(v, w.next("signed message"))
		}
		return v
	}
	return v
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (w *transcript) next(kind string) string {
	w.count[kind]++
	return fmt.Sprintf("%s %d", kind, w.count[kind])
}

func (w *transcript) call(value, name string) string {
	w.names[value] = "<" + name + ">"
	return w.names[value]
}

func (w *transcript) idOf(name string) string {
	for value, n := range w.names {
		if n == "<"+name+">" {
			return value
		}
	}
	return ""
}
