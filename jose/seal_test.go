package jose_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"peerscrip/jose"
)

func TestSealOpen(t *testing.T) {
	w := newWorld()
	envelope, err := jose.Seal(rand.Reader, w.announcement(), w.account, w.brokerEnvelope.Public())
	noError(t, "seal", err)

	o, err := jose.Open(envelope, []jose.EnvelopeKey{w.oldEnvelope, w.brokerEnvelope}, w.expectAnnouncement())
	noError(t, "open", err)
	want := w.announcement()
	if o.Typ != want.Typ || o.Iss != want.Iss || o.Aud != want.Aud || o.Tx != want.Tx || o.Iat != want.Iat {
		t.Errorf("claims: got %s %s %s %s %d, want those of %+v", o.Typ, o.Iss, o.Aud, o.Tx, o.Iat, want)
	}
	if o.Key != w.account.Public() {
		t.Errorf("key: got %v, want %v", o.Key, w.account.Public())
	}
	if o.Dual != "" {
		t.Errorf("dual: got %q, want none", o.Dual)
	}
	var body struct {
		Account   string `json:"account"`
		ScripID   string `json:"scrip_id"`
		Value     int64  `json:"value"`
		Vendor    string `json:"vendor"`
		Pseudonym string `json:"pseudonym"`
	}
	noError(t, "decode body", o.DecodeBody(&body))
	if body.Value != 1250 || body.Account != w.accountID {
		t.Errorf("body: got %+v", body)
	}
	var key jose.ReplyKey
	noError(t, "decode reply key", o.DecodeAttachment("reply_key", &key))
	if key != w.reply {
		t.Error("reply key: got another one")
	}
	if err := o.DecodeAttachment("scrip", &key); err == nil {
		t.Error("decode an attachment that is not there: got no error")
	}
	if err := o.DecodeBody(&struct{}{}); err == nil {
		t.Error("decode a body into a type without its members: got no error")
	}
}

func TestReplyOpenReply(t *testing.T) {
	w := newWorld()
	envelope, err := jose.Reply(rand.Reader, w.issue(), w.broker, w.reply)
	noError(t, "reply", err)
	o, err := jose.OpenReply(envelope, w.reply, w.expectIssue())
	noError(t, "open reply", err)
	if len(o.Attachments) != 2 || len(o.Attached) != 2 {
		t.Errorf("attachments: got %d values, %d digests, want 2, 2", len(o.Attachments), len(o.Attached))
	}
	other := must(jose.NewReplyKey(rand.Reader))
	if _, err := jose.OpenReply(envelope, other, w.expectIssue()); err != jose.ErrOpen {
		t.Errorf("open with another reply key: got %v, want ErrOpen", err)
	}
	if _, err := jose.OpenReply(envelope, jose.ReplyKey{}, w.expectIssue()); err != jose.ErrOpen {
		t.Errorf("open with no reply key: got %v, want ErrOpen", err)
	}
}

func TestEvidence(t *testing.T) {
	w := newWorld()
	s, err := jose.Sign(rand.Reader, w.mandate(), w.pseudonym)
	noError(t, "sign", err)
	o, err := jose.Verify(s.JWS, w.expectMandate())
	noError(t, "verify", err)
	if len(o.Attachments) != 0 || len(o.Attached) != 4 {
		t.Errorf("evidence shows %d attachments and %d digests, want 0 and 4", len(o.Attachments), len(o.Attached))
	}
	if o.Digest != s.Digest() || o.JWS != s.JWS {
		t.Errorf("digest: got %s, want %s", o.Digest, s.Digest())
	}
	for _, secret := range []string{w.reply.Encode(), "Elm Street"} {
		if strings.Contains(string(o.Body), secret) || strings.Contains(s.String()+o.String(), secret) {
			t.Errorf("%q shows in the evidence", secret)
		}
	}
}

// One signature, many envelopes: what is sent again is the same message.
func TestSealTwice(t *testing.T) {
	w := newWorld()
	s, err := jose.Sign(rand.Reader, w.announcement(), w.account)
	noError(t, "sign", err)
	first, second := must(s.Seal(w.brokerEnvelope.Public())), must(s.Seal(w.brokerEnvelope.Public()))
	if first == second {
		t.Error("two envelopes are the same")
	}
	keys := []jose.EnvelopeKey{w.brokerEnvelope}
	a, b := must(jose.Open(first, keys, w.expectAnnouncement())), must(jose.Open(second, keys, w.expectAnnouncement()))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got %v and %v", a, b)
	}
}

func TestSealPair(t *testing.T) {
	w := newWorld()
	order, payment := w.pair()
	so, sp, err := jose.SignPair(rand.Reader, order, payment, w.pseudonym, w.account)
	noError(t, "sign pair", err)
	oe, pe := must(so.Seal(w.vendorEnvel.Public())), must(sp.Seal(w.brokerEnvelope.Public()))
	o, err := jose.Open(oe, []jose.EnvelopeKey{w.vendorEnvel}, w.expectOrder())
	noError(t, "open order", err)
	p, err := jose.Open(pe, []jose.EnvelopeKey{w.brokerEnvelope}, w.expectPayment())
	noError(t, "open payment", err)
	if o.Dual != p.Digest || p.Dual != o.Digest {
		t.Errorf("digests crosswise: order says %s of %s, payment says %s of %s", o.Dual, p.Digest, p.Dual, o.Digest)
	}

	// Neither receiver reads the other's part.
	if _, err := jose.Open(pe, []jose.EnvelopeKey{w.vendorEnvel}, w.expectPayment()); err != jose.ErrOpen {
		t.Errorf("stall opens the payment: got %v", err)
	}
	// A part is not a whole, and the reverse.
	alone := w.expectOrder()
	alone.Pair = false
	if _, err := jose.Open(oe, []jose.EnvelopeKey{w.vendorEnvel}, alone); err != jose.ErrOpen {
		t.Errorf("part opened as a message of its own: got %v", err)
	}
	single := must(jose.Seal(rand.Reader, order, w.pseudonym, w.vendorEnvel.Public()))
	if _, err := jose.Open(single, []jose.EnvelopeKey{w.vendorEnvel}, w.expectOrder()); err != jose.ErrOpen {
		t.Errorf("message of its own opened as a part: got %v", err)
	}

	payment.Tx = testID("other tx")
	if _, _, err := jose.SignPair(rand.Reader, order, payment, w.pseudonym, w.account); err == nil {
		t.Error("pair of two transactions: got no error")
	}
}

func TestSignRefuses(t *testing.T) {
	w := newWorld()
	tests := []struct {
		name   string
		change func(*jose.Message)
		key    jose.SigningKey
	}{
		{"no key", func(*jose.Message) {}, jose.SigningKey{}},
		{"no type", func(m *jose.Message) { m.Typ = "" }, w.account},
		{"iss is a name", func(m *jose.Message) { m.Iss = "alice" }, w.account},
		{"aud is a name", func(m *jose.Message) { m.Aud = "broker" }, w.account},
		{"no tx", func(m *jose.Message) { m.Tx = "" }, w.account},
		{"no time", func(m *jose.Message) { m.Iat = 0 }, w.account},
		{"time too large for JSON", func(m *jose.Message) { m.Iat = jose.MaxTime + 1 }, w.account},
		{"body is a list", func(m *jose.Message) { m.Body = []string{"a"} }, w.account},
		{"body has null", func(m *jose.Message) { m.Body = map[string]any{"a": nil} }, w.account},
		{"body is not JSON", func(m *jose.Message) { m.Body = map[string]any{"a": func() {}} }, w.account},
		{"attachment is null", func(m *jose.Message) { m.Attach = map[string]any{"a": nil} }, w.account},
		{"attachment without a name", func(m *jose.Message) { m.Attach = map[string]any{"": "x"} }, w.account},
		{"attachment's name too long", func(m *jose.Message) {
			m.Attach = map[string]any{strings.Repeat("n", jose.MaxAttachmentName+1): "x"}
		}, w.account},
		{"self-keyed under an ID", func(m *jose.Message) { m.SelfKeyed = true }, w.account},
		{"too many attachments", func(m *jose.Message) {
			m.Attach = map[string]any{}
			for i := range jose.MaxAttachments + 1 {
				m.Attach[fmt.Sprint(i)] = "x"
			}
		}, w.account},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := w.announcement()
			test.change(&m)
			if _, err := jose.Sign(rand.Reader, m, test.key); err == nil {
				t.Error("got no error")
			}
			_, payment := w.pair()
			if _, _, err := jose.SignPair(rand.Reader, m, payment, test.key, w.account); err == nil {
				t.Error("as order: got no error")
			}
			if _, _, err := jose.SignPair(rand.Reader, payment, m, w.account, test.key); err == nil {
				t.Error("as payment: got no error")
			}
		})
	}
}

func TestSignWithoutRandomness(t *testing.T) {
	w := newWorld()
	if _, err := jose.Sign(strings.NewReader("short"), w.announcement(), w.account); err == nil {
		t.Error("sign: got no error")
	}
	if _, err := jose.Seal(strings.NewReader(""), w.announcement(), w.account, w.brokerEnvelope.Public()); err == nil {
		t.Error("seal: got no error")
	}
	if _, err := jose.Reply(strings.NewReader(""), w.announcement(), w.account, w.reply); err == nil {
		t.Error("reply: got no error")
	}
}

func TestSealRefuses(t *testing.T) {
	w := newWorld()
	s := must(jose.Sign(rand.Reader, w.announcement(), w.account))
	if _, err := s.Seal(jose.SealKey{}); err == nil {
		t.Error("seal to no key: got no error")
	}
	if _, err := s.Reply(jose.ReplyKey{}); err == nil {
		t.Error("reply under no key: got no error")
	}
	if _, err := (jose.Signed{}).Seal(w.brokerEnvelope.Public()); err == nil {
		t.Error("seal nothing: got no error")
	}
	order, payment := w.pair()
	payment.Tx = ""
	if _, _, err := jose.SignPair(rand.Reader, order, payment, w.pseudonym, w.account); err == nil {
		t.Error("sign a pair that cannot be signed: got no error")
	}
}

// The largest message that fits arrives, and the sender learns at once of one
// that does not.
func TestSizeLimit(t *testing.T) {
	w := newWorld()
	m := w.issue()
	seal := func(n int) (string, error) {
		m.Body = map[string]any{"text": strings.Repeat("x", n)}
		return jose.Reply(rand.Reader, m, w.broker, w.reply)
	}
	low, high := 0, jose.MaxEnvelope // low fits, high does not
	for low+1 < high {
		if mid := (low + high) / 2; must2(seal(mid)) == nil {
			low = mid
		} else {
			high = mid
		}
	}
	envelope, err := seal(low)
	noError(t, "seal", err)
	if len(envelope) < jose.MaxEnvelope-4 {
		t.Errorf("largest envelope is %d bytes, want about %d", len(envelope), jose.MaxEnvelope)
	}
	_, err = jose.OpenReply(envelope, w.reply, w.expectIssue())
	noError(t, "open the largest", err)
	t.Logf("largest text in a body: %d bytes", low)
	m.Body = map[string]any{"text": strings.Repeat("x", jose.MaxEnvelope)}
	long := must(jose.Sign(rand.Reader, m, w.broker))
	if _, err := jose.Verify(long.JWS, w.expectIssue()); err != jose.ErrOpen {
		t.Errorf("verify what is too long: got %v, want ErrOpen", err)
	}
}

func must2(_ string, err error) error { return err }

func TestExpectKeyErrors(t *testing.T) {
	w := newWorld()
	envelope := must(jose.Seal(rand.Reader, w.announcement(), w.account, w.brokerEnvelope.Public()))
	down := errors.New("database is down")
	tests := []struct {
		name string
		key  func(iss, kid string, at int64) (jose.VerifyKey, error)
		want error
		same bool
	}{
		{"unknown", func(string, string, int64) (jose.VerifyKey, error) { return jose.VerifyKey{}, jose.ErrUnknownKey }, jose.ErrOpen, true},
		{"unknown, wrapped", func(string, string, int64) (jose.VerifyKey, error) {
			return jose.VerifyKey{}, fmt.Errorf("stall: %w", jose.ErrUnknownKey)
		}, jose.ErrOpen, true},
		{"certificate does not open", func(string, string, int64) (jose.VerifyKey, error) {
			return jose.VerifyKey{}, fmt.Errorf("certificate: %w", jose.ErrOpen)
		}, jose.ErrOpen, true},
		{"fault", func(string, string, int64) (jose.VerifyKey, error) { return jose.VerifyKey{}, down }, down, false},
		{"no key and no error", func(string, string, int64) (jose.VerifyKey, error) { return jose.VerifyKey{}, nil }, jose.ErrOpen, true},
		{"another key", func(string, string, int64) (jose.VerifyKey, error) { return w.vendor.Public(), nil }, jose.ErrOpen, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := w.expectAnnouncement()
			want.Key = test.key
			_, err := jose.Open(envelope, []jose.EnvelopeKey{w.brokerEnvelope}, want)
			if !errors.Is(err, test.want) || (err == test.want) != test.same {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestOpenWithoutKeys(t *testing.T) {
	w := newWorld()
	envelope := must(jose.Seal(rand.Reader, w.announcement(), w.account, w.brokerEnvelope.Public()))
	for _, keys := range [][]jose.EnvelopeKey{nil, {{}}, {w.oldEnvelope, w.vendorEnvel}} {
		if _, err := jose.Open(envelope, keys, w.expectAnnouncement()); err != jose.ErrOpen {
			t.Errorf("open with %d keys: got %v, want ErrOpen", len(keys), err)
		}
	}
}

// An Expect that names no receiver or no type opens nothing.
func TestExpectNothing(t *testing.T) {
	w := newWorld()
	s := must(jose.Sign(rand.Reader, w.mandate(), w.pseudonym))
	for _, want := range []jose.Expect{{}, {Types: []string{"T10"}}, {Aud: w.vendorID}} {
		if _, err := jose.Verify(s.JWS, want); err != jose.ErrOpen {
			t.Errorf("%+v: got %v, want ErrOpen", want, err)
		}
	}
}

func TestDigestOfNothing(t *testing.T) {
	if d := (jose.Signed{}).Digest(); d != "" {
		t.Errorf("got %q", d)
	}
}

// The header's kid is a promise: a message rightly signed under a wrong kid is
// refused even when the receiver's lookup does not look at kid.
func TestKidIsTheSignersThumbprint(t *testing.T) {
	w := newWorld()
	f := forgery{
		message: w.issue(), by: w.broker, rand: seeded(t.Name()),
		signHeader: with("kid", `"`+w.vendor.Thumbprint()+`"`),
	}
	want := w.expectIssue()
	want.Key = func(string, string, int64) (jose.VerifyKey, error) { return w.broker.Public(), nil }
	if _, err := jose.Verify(f.evidence(), want); err != jose.ErrOpen {
		t.Errorf("got %v, want ErrOpen", err)
	}
}

// T12 carries up to 64 mandates as evidence: they fit into one envelope.
func TestManyMandatesFit(t *testing.T) {
	w := newWorld()
	type report struct {
		Price       int64  `json:"price"`
		OrderDigest string `json:"order_digest"`
		Tx          string `json:"tx"`
		Mandate     string `json:"mandate"`
	}
	m := w.mandate()
	m.Attach["scrip"] = w.issue().Attach["scrip"]
	m.Body = map[string]any{"vendor": w.vendorID, "price": int64(100_000_000_000)}
	s := must(jose.Sign(rand.Reader, m, w.pseudonym))
	var reports []report
	for range 64 {
		reports = append(reports, report{100_000_000_000, jose.Digest(nil), w.tx, s.JWS})
	}
	envelope, err := jose.Seal(rand.Reader, jose.Message{
		Typ: "T12", Iss: w.vendorID, Aud: w.brokerID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{"vendor": w.vendorID, "reports": reports}, Attach: map[string]any{"reply_key": w.reply},
	}, w.vendor, w.brokerEnvelope.Public())
	t.Logf("a mandate is %d bytes, 64 of them make an envelope of %d bytes", len(s.JWS), len(envelope))
	noError(t, "seal", err)
}
