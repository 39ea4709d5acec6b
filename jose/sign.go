package jose

import (
	"errors"
	"fmt"
	"io"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"
)

var errNoKey = errors.New("no key")

// Sign signs m. The salts of its attachments come from rand; the rest is a
// function of m and the key.
func Sign(rand io.Reader, m Message, by SigningKey) (Signed, error) {
	d, err := newDraft(rand, m, by)
	if err != nil {
		return Signed{}, fmt.Errorf("sign %s: %w", m.Typ, err)
	}
	return d.sign(nil)
}

// SignPair signs the two parts of a two-part message so that each names the
// digest of the other (SET's dual signature): order is for one receiver, payment
// for another, neither reads the other's part, and both parts are provably of
// one message. Both have the same tx.
func SignPair(rand io.Reader, order, payment Message, orderKey, paymentKey SigningKey) (o, p Signed, err error) {
	if order.Tx != payment.Tx {
		return Signed{}, Signed{}, fmt.Errorf("sign %s with %s: two transactions", order.Typ, payment.Typ)
	}
	od, err := newDraft(rand, order, orderKey)
	if err != nil {
		return Signed{}, Signed{}, fmt.Errorf("sign %s: %w", order.Typ, err)
	}
	pd, err := newDraft(rand, payment, paymentKey)
	if err != nil {
		return Signed{}, Signed{}, fmt.Errorf("sign %s: %w", payment.Typ, err)
	}
	orderDigest, paymentDigest := Digest(od.payload), Digest(pd.payload)
	if o, err = od.sign(&paymentDigest); err != nil {
		return Signed{}, Signed{}, err
	}
	if p, err = pd.sign(&orderDigest); err != nil {
		return Signed{}, Signed{}, err
	}
	return o, p, nil
}

// draft is a message with its payload fixed, before the signature: the moment
// at which the parts of a pair learn each other's digest.
type draft struct {
	typ         string
	selfKeyed   bool
	payload     []byte
	disclosures []string
	by          SigningKey
}

func newDraft(rand io.Reader, m Message, by SigningKey) (draft, error) {
	if by.IsZero() {
		return draft{}, errNoKey
	}
	if m.SelfKeyed && m.Iss != by.Thumbprint() {
		return draft{}, errors.New("self-keyed: iss is not the key's thumbprint")
	}
	disclosures, digests, err := disclose(rand, m.Attach)
	if err != nil {
		return draft{}, err
	}
	payload, err := m.payload(digests)
	if err != nil {
		return draft{}, err
	}
	return draft{m.Typ, m.SelfKeyed, payload, disclosures, by}, nil
}

func (m Message) payload(digests map[string]string) ([]byte, error) {
	body := jsontext.Value("{}")
	if m.Body != nil {
		var err error
		if body, err = encode(m.Body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	c := claims{m.Typ, m.Iss, m.Aud, m.Tx, m.Iat, digests, body}
	if err := c.check(); err != nil {
		return nil, err
	}
	return encode(c)
}

// sign makes the JWS. dual is the digest of the other part, or nil.
func (d draft) sign(dual *string) (Signed, error) {
	opts := (&gojose.SignerOptions{}).WithType(gojose.ContentType(d.typ)).WithHeader("kid", d.by.Thumbprint())
	if d.selfKeyed {
		opts = opts.WithHeader("jwk", d.by.Public())
	}
	if dual != nil {
		opts = opts.WithHeader("dual", *dual)
	}
	signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: algSign, Key: *d.by.k.private}, opts)
	if err != nil {
		return Signed{}, fmt.Errorf("sign %s: %w", d.typ, err)
	}
	jws, err := signer.Sign(d.payload)
	if err != nil {
		return Signed{}, fmt.Errorf("sign %s: %w", d.typ, err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return Signed{}, fmt.Errorf("sign %s: %w", d.typ, err)
	}
	return Signed{JWS: compact, Attachments: d.disclosures}, nil
}
