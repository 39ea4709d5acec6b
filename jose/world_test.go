package jose_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"peerscrip/jose"
)

// seeded is a random source that is the same on every run: what it makes is for
// tests and vectors only.
func seeded(name string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(name))) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// testID is the ID that belongs to a name.
func testID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return b64(sum[:16])
}

// world is the parties of the tests: a broker, a stall, an account, and a
// pseudonym of the account.
type world struct {
	brokerID, vendorID, accountID, tx        string
	broker, vendor, account, pseudonym       jose.SigningKey
	brokerEnvelope, oldEnvelope, vendorEnvel jose.EnvelopeKey
	reply                                    jose.ReplyKey
}

const testTime = 1_790_000_000

func newWorld() world {
	return world{
		brokerID:       testID("broker"),
		vendorID:       testID("vendor"),
		accountID:      testID("account"),
		tx:             testID("tx"),
		broker:         must(jose.NewSigningKey(seeded("broker signs"))),
		vendor:         must(jose.NewSigningKey(seeded("vendor signs"))),
		account:        must(jose.NewSigningKey(seeded("account signs"))),
		pseudonym:      must(jose.NewSigningKey(seeded("pseudonym signs"))),
		brokerEnvelope: must(jose.NewEnvelopeKey(seeded("broker opens"))),
		oldEnvelope:    must(jose.NewEnvelopeKey(seeded("broker opened"))),
		vendorEnvel:    must(jose.NewEnvelopeKey(seeded("vendor opens"))),
		reply:          must(jose.NewReplyKey(seeded("reply key"))),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// keys is an Expect.Key that knows the parties with an ID.
func (w world) keys(iss, kid string, _ int64) (jose.VerifyKey, error) {
	for id, k := range map[string]jose.SigningKey{w.brokerID: w.broker, w.vendorID: w.vendor, w.accountID: w.account} {
		if id == iss && k.Thumbprint() == kid {
			return k.Public(), nil
		}
	}
	return jose.VerifyKey{}, jose.ErrUnknownKey
}

// announcement is T3, a request of an account.
func (w world) announcement() jose.Message {
	return jose.Message{
		Typ: "T3", Iss: w.accountID, Aud: w.brokerID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{
			"account": w.accountID, "scrip_id": testID("scrip"), "value": 1250,
			"vendor": w.vendorID, "pseudonym": w.pseudonym.Thumbprint(),
		},
		Attach: map[string]any{
			"secret": b64(make([]byte, 32)), "reply_key": w.reply, "possession": goodSigned("pseudonym", w.aliasPossession(), w.pseudonym),
		},
	}
}

// aliasPossession is what a pseudonym says of the account that it is.
func (w world) aliasPossession() jose.Message {
	return jose.Message{
		Typ: "T3-possession", Iss: w.pseudonym.Thumbprint(), Aud: w.brokerID, Tx: w.tx, Iat: testTime, SelfKeyed: true,
		Body: map[string]any{"account": w.accountID, "vendor": w.vendorID, "nonce": testID("possession")},
	}
}

func (w world) expectAnnouncement() jose.Expect {
	return jose.Expect{Types: []string{"T3"}, Aud: w.brokerID, Key: w.keys}
}

// issue is T2, a reply of the broker that carries scrip.
func (w world) issue() jose.Message {
	return jose.Message{
		Typ: "T2", Iss: w.brokerID, Aud: w.accountID, Tx: w.tx, Iat: testTime,
		Body:   map[string]any{"nonce": testID("nonce"), "value": 5000},
		Attach: map[string]any{"scrip": scripOf(w.brokerID), "secret": jose.Digest([]byte("secret"))},
	}
}

// scripOf is scrip of an issuer, of the right form.
func scripOf(issuer string) map[string]any {
	return map[string]any{
		"issuer": issuer, "value": 5000, "scrip_id": testID("scrip"), "cust_id": testID("cust"),
		"expires": testTime + 86400, "props": map[string]any{"currency": "EUR"}, "certificate": jose.Digest(nil),
	}
}

func (w world) expectIssue() jose.Expect {
	return jose.Expect{Types: []string{"T2", "REFUSE"}, Iss: w.brokerID, Aud: w.accountID, Tx: w.tx, Key: w.keys}
}

// mandate is T10, a purchase by a pseudonym: self-keyed.
func (w world) mandate() jose.Message {
	return jose.Message{
		Typ: "T10", Iss: w.pseudonym.Thumbprint(), Aud: w.vendorID, Tx: w.tx, Iat: testTime, SelfKeyed: true,
		Body: map[string]any{"vendor": w.vendorID, "price": 1250},
		Attach: map[string]any{
			"scrip": scripOf(w.vendorID), "secret": jose.Digest([]byte("secret")), "reply_key": w.reply,
			"order": map[string]any{
				"lines": []any{map[string]any{"version": "G1ucyz6NAGpSMN6b2iP_kQ", "digest": jose.Digest([]byte("offer")), "quantity": 1}},
				"delivery": map[string]any{"way": "post", "label": "", "address": map[string]any{
					"name": "Ann Lee", "lines": []any{"Elm Street 1"}, "postcode": "130 00", "town": "Žižkov", "country": "CZ", "phone": "",
				}},
				"note": "",
			},
		},
	}
}

func (w world) expectMandate() jose.Expect {
	return jose.Expect{Types: []string{"T10"}, Aud: w.vendorID}
}

// pair is T4: the order part for the stall, the payment part for the broker.
func (w world) pair() (order, payment jose.Message) {
	order = jose.Message{
		Typ: "T4-order", Iss: w.pseudonym.Thumbprint(), Aud: w.vendorID, Tx: w.tx, Iat: testTime, SelfKeyed: true,
		Body:   map[string]any{"value": 1250, "vendor": w.vendorID, "pseudonym": w.pseudonym.Thumbprint()},
		Attach: map[string]any{"reply_key": w.reply},
	}
	payment = jose.Message{
		Typ: "T4-payment", Iss: w.accountID, Aud: w.brokerID, Tx: w.tx, Iat: testTime,
		Body:   map[string]any{"account": w.accountID, "value": 1250, "vendor": w.vendorID, "pseudonym": w.pseudonym.Thumbprint()},
		Attach: map[string]any{"scrip": scripOf(w.brokerID), "reply_key": w.reply},
	}
	return order, payment
}

// exchange is T5 about two parts with these digests.
func (w world) exchange(orderDigest, paymentDigest string) jose.Message {
	return jose.Message{
		Typ: "T5", Iss: w.vendorID, Aud: w.brokerID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{
			"vendor": w.vendorID, "value": 1250, "pseudonym": w.pseudonym.Thumbprint(),
			"order_digest": orderDigest, "payment_digest": paymentDigest,
		},
		Attach: map[string]any{"reply_key": w.reply},
	}
}

func (w world) expectExchange() jose.Expect {
	return jose.Expect{Types: []string{"T5"}, Aud: w.brokerID, Key: w.keys}
}

func (w world) expectOrder() jose.Expect {
	return jose.Expect{Types: []string{"T4-order"}, Aud: w.vendorID, Pair: true}
}

func (w world) expectPayment() jose.Expect {
	return jose.Expect{Types: []string{"T4-payment"}, Aud: w.brokerID, Pair: true, Key: w.keys}
}

// possession is what a stall's own key says of the account that opens it.
func (w world) possession() jose.Message {
	return jose.Message{
		Typ: "POSSESSION", Iss: w.vendor.Thumbprint(), Aud: w.brokerID, Tx: w.tx, Iat: testTime, SelfKeyed: true,
		Body: map[string]any{"account": w.accountID, "envelope": w.vendorEnvel.Thumbprint()},
	}
}

// opening is R3, which brings it.
func (w world) opening(possession string) jose.Message {
	return jose.Message{
		Typ: "R3", Iss: w.accountID, Aud: w.brokerID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{
			"name": "Marta's Attic", "signing": w.vendor.Public(), "envelope": w.vendorEnvel.Public(),
			"base_url": "https://attic.example", "possession": possession,
		},
		Attach: map[string]any{"reply_key": w.reply},
	}
}

// noError stops the test on an error.
func noError(t testing.TB, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

func base64Decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

// marshal is encoding/json without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func sortedNames(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
