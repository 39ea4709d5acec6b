package scrip_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	chacha "math/rand/v2"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// seeded is a random source that is the same on every run, for tests only.
func seeded(name string) io.Reader { return chacha.NewChaCha8(sha256.Sum256([]byte(name))) }

// id is the ID that belongs to a name.
func id(name string) scrip.ID {
	sum := sha256.Sum256([]byte(name))
	return scrip.ID(base64.RawURLEncoding.EncodeToString(sum[:16]))
}

func hash(name string) string { return jose.Digest([]byte(name)) }

// must is for what cannot fail in a test that has got so far.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world is the parties of the tests and one good message of every type.
type world struct {
	broker, vendor, account scrip.ID
	signing                 jose.SigningKey // of whoever signs: an issuer's key is known by its name
	alias                   jose.SigningKey // of the pseudonym
	envelope                jose.EnvelopeKey
	reply                   jose.ReplyKey
	pseudonym               scrip.Pseudonym
	scrip                   scrip.Scrip
	secret                  scrip.Secret
	order                   scrip.Order
	byType                  map[string]kind
}

const now = 1_800_000_000

func newWorld() world {
	w := world{
		broker: id("broker"), vendor: id("vendor"), account: id("account"),
		signing:  must(jose.NewSigningKey(seeded("signing"))),
		alias:    must(jose.NewSigningKey(seeded("alias"))),
		envelope: must(jose.NewEnvelopeKey(seeded("envelope"))),
		reply:    must(jose.NewReplyKey(seeded("reply"))),
		secret:   scrip.Secret(hash("secret")),
		order: scrip.Order{Lines: []scrip.OrderLine{{Version: id("version"), Digest: hash("offer"), Quantity: 2}}, Note: "Ring.\nTwice.", Delivery: scrip.Delivery{
			Way: scrip.WayPost, Address: &scrip.Address{Name: "Ann Lee", Lines: []string{"12 Elm Street"}, Postcode: "23552", Town: "Lübeck", Country: "DE"},
		}},
	}
	w.pseudonym = scrip.Pseudonym(w.alias.Thumbprint())
	w.scrip = scrip.Scrip{
		Issuer: w.broker, Value: 50_00, ScripID: id("scrip"), CustID: id("cust"), Expires: now + 1000,
		Props: scrip.Props{Currency: "EUR"}, Certificate: hash("certificate"),
	}
	w.byType = map[string]kind{}
	for _, k := range w.kinds() {
		w.byType[k.typ()] = k
	}
	return w
}

// keys knows the one signing key under every name but the pseudonym's.
func (w world) keys(_, kid string, _ int64) (jose.VerifyKey, error) {
	if kid != w.signing.Thumbprint() {
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
	return w.signing.Public(), nil
}

// attachments are good values for the names.
func (w world) attachments(names []string) scrip.Attachments {
	var a scrip.Attachments
	for _, name := range names {
		switch name {
		case "scrip":
			a.Scrip = &w.scrip
		case "secret":
			a.Secret = w.secret
		case "reply_key":
			a.ReplyKey = &w.reply
		case "order":
			a.Order = &w.order
		case "possession":
			a.Possession = "a.b.c"
		case "photo":
			a.Photo = []byte("a photo") // the vectors name its digest
		default:
			panic("no good value for an attachment " + name)
		}
	}
	return a
}

// message composes a kind's good message. Edits change it before it is signed.
func (w world) message(k kind, edits ...func(*jose.Message)) jose.Message {
	m := scrip.Compose(string(w.account), audience, id("tx"), now, k.body, k.attach)
	if m.SelfKeyed {
		m.Iss = w.alias.Thumbprint()
	}
	for _, edit := range edits {
		edit(&m)
	}
	return m
}

// sign signs a message with the key that belongs to it. A part of a two-part
// message is signed together with a counterpart.
func (w world) sign(m jose.Message) jose.Signed {
	by := w.signing
	if m.SelfKeyed {
		by = w.alias
	}
	signed, _, err := signedFor(m, by)
	return must(signed, err)
}

// signedFor signs a message, a part of a two-part message together with a
// counterpart that nobody gets.
func signedFor(m jose.Message, by jose.SigningKey) (part, other jose.Signed, err error) {
	if isPart(m.Typ) {
		rest := m
		rest.Typ, rest.Attach, rest.Body = "other", nil, nil
		return jose.SignPair(rand.Reader, m, rest, by, by)
	}
	part, err = jose.Sign(rand.Reader, m, by)
	return part, other, err
}

// request seals a message to the world's envelope key, answer under its reply key.
func (w world) request(m jose.Message) string { return must(w.sign(m).Seal(w.envelope.Public())) }

func (w world) answer(m jose.Message) string {
	m.SelfKeyed = false // replies are signed by who is known
	return must(jose.Reply(rand.Reader, m, w.signing, w.reply))
}

// find returns the kind of a type.
func (w world) find(t testing.TB, typ string) kind {
	t.Helper()
	k, ok := w.byType[typ]
	if !ok {
		t.Fatalf("no message of type %s", typ)
	}
	return k
}

// isPart reports whether messages of a type come in twos.
func isPart(typ string) bool {
	return strings.HasSuffix(typ, "-order") || strings.HasSuffix(typ, "-payment")
}
