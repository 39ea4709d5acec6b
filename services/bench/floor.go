package bench

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// letters are what envelopes are measured with: a message with a text of a length.
type letters struct {
	from, to jose.SigningKey
	envelope jose.EnvelopeKey
	reply    jose.ReplyKey
}

func newLetters() (l letters, err error) {
	if l.from, err = jose.NewSigningKey(rand.Reader); err != nil {
		return l, err
	}
	if l.to, err = jose.NewSigningKey(rand.Reader); err != nil {
		return l, err
	}
	if l.envelope, err = jose.NewEnvelopeKey(rand.Reader); err != nil {
		return l, err
	}
	l.reply, err = jose.NewReplyKey(rand.Reader)
	return l, err
}

// costs are the processor time of each operation on a message, and the bytes of it sealed
// and answered.
type costs struct {
	sign, verify, seal, open, reply, opened time.Duration
	sealed, answered                        int
}

func (l letters) message(text int) jose.Message {
	tx, _ := scrip.NewID(rand.Reader)
	return jose.Message{
		Typ: "T9", Iss: l.from.Thumbprint(), Aud: l.to.Thumbprint(), Tx: string(tx), Iat: time.Now().Unix(),
		Body: map[string]string{"text": strings.Repeat("x", text)}, Attach: map[string]any{"secret": l.reply.Encode()},
	}
}

// measure measures a message with so long a text.
func (l letters) measure(text int, while time.Duration) (c costs, err error) {
	m := l.message(text)
	expect := jose.Expect{
		Types: []string{m.Typ}, Iss: m.Iss, Aud: m.Aud, Tx: m.Tx,
		Key: func(string, string, int64) (jose.VerifyKey, error) { return l.from.Public(), nil },
	}
	signed, err := jose.Sign(rand.Reader, m, l.from)
	if err != nil {
		return c, err
	}
	sealed, err := jose.Seal(rand.Reader, m, l.from, l.envelope.Public())
	if err != nil {
		return c, err
	}
	answered, err := jose.Reply(rand.Reader, m, l.from, l.reply)
	if err != nil {
		return c, err
	}
	c.sealed, c.answered = len(sealed), len(answered)
	keys := []jose.EnvelopeKey{l.envelope}
	for _, operation := range []struct {
		cost *time.Duration
		do   func() error
	}{
		{&c.sign, func() error { _, err := jose.Sign(rand.Reader, m, l.from); return err }},
		{&c.verify, func() error { _, err := jose.Verify(signed.JWS, expect); return err }},
		{&c.seal, func() error { _, err := jose.Seal(rand.Reader, m, l.from, l.envelope.Public()); return err }},
		{&c.open, func() error { _, err := jose.Open(sealed, keys, expect); return err }},
		{&c.reply, func() error { _, err := jose.Reply(rand.Reader, m, l.from, l.reply); return err }},
		{&c.opened, func() error { _, err := jose.OpenReply(answered, l.reply, expect); return err }},
	} {
		if *operation.cost, err = costOf(while, operation.do); err != nil {
			return c, fmt.Errorf("measure an envelope: %w", err)
		}
	}
	return c, nil
}

// floors are what a purchase needs at the least, and what envelopes cost over what is in
// them (claim C19).
func (r *run) floors() error {
	f := r.floor
	say := func(what string, d time.Duration, note string) {
		r.add(Row{What: what, Reached: microseconds(d), Unit: "µs", Note: note})
	}
	say("primitives of T10 and T11", f.Primitives, "P-256 agreement, AES-GCM both ways, Ed25519 checked and signed; nothing read as JSON")
	say("cryptography of T10 and T11", f.Purchase(), fmt.Sprintf("open %.0f, sign and seal the answer %.0f", microseconds(f.Open), microseconds(f.Reply)))
	say("cryptography of T10, T11 and T12", f.Reported(), "T12 of one purchase, sealed, opened, its mandate verified, answered")
	l, err := newLetters()
	if err != nil {
		return err
	}
	for _, text := range []int{700, 7_000, 70_000} {
		c, err := l.measure(text, r.Size.While)
		if err != nil {
			return err
		}
		say(fmt.Sprintf("envelope of %s B: seal and open", figure(float64(text))), c.seal+c.open, fmt.Sprintf(
			"sign %.0f, verify %.0f, seal %.0f, open %.0f; answer %.0f, opened %.0f; %s B as sealed",
			microseconds(c.sign), microseconds(c.verify), microseconds(c.seal), microseconds(c.open), microseconds(c.reply), microseconds(c.opened), figure(float64(c.sealed))))
	}
	return nil
}

// scrip is made, and validated as presented, on one core.
func (r *run) scrip() error {
	issuer, err := scrip.NewID(rand.Reader)
	if err != nil {
		return err
	}
	terms := scrip.Terms{Issuer: issuer, Value: 100, Made: time.Now().Unix(), Expires: time.Now().Unix() + 1000, Currency: "EUR", Holder: string(issuer)}
	made, err := costOf(r.Size.While, func() error { _, _, err := scrip.Issue(rand.Reader, terms); return err })
	if err != nil {
		return err
	}
	live, held, err := scrip.Issue(rand.Reader, terms)
	if err != nil {
		return err
	}
	valid, err := costOf(r.Size.While, func() error { return live.CheckPresented(issuer, held.Scrip, held.Secret) })
	if err != nil {
		return err
	}
	goal := &Goal{Least: 200_000}
	r.add(Row{What: "made on one core", Reached: 1 / made.Seconds(), Unit: "a second", Goal: goal, Note: "its two MACs and master secrets; Millicent said 14,000 in 1995"})
	r.add(Row{What: "validated on one core", Reached: 1 / valid.Seconds(), Unit: "a second", Goal: goal, Note: "certificate and secret; Millicent said 8,000"})
	return nil
}
