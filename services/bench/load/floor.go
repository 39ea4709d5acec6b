package load

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"syscall"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Floor is what the cryptography of a purchase costs this machine's processor, each figure
// for one operation on messages as they are sent.
type Floor struct {
	// Primitives are those of T10 and T11 at the stall alone: P-256 key agreement, AES-GCM
	// both ways, Ed25519 verified and signed; nothing is read or written as JSON.
	Primitives time.Duration

	Open   time.Duration // T10: decrypted, verified, and its members read
	Reply  time.Duration // T11: signed, and encrypted under the reply key
	Seal   time.Duration // a T12 of one purchase: signed, and sealed to the broker
	Opened time.Duration // it is opened by the broker
	Verify time.Duration // its mandate is verified
	Answer time.Duration // NOTED: signed, encrypted, and opened by the stall
}

// Purchase is the floor of T10 and T11, at the stall.
func (f Floor) Purchase() time.Duration { return f.Open + f.Reply }

// Reported is the floor of T10, T11 and, reported alone, T12: at the stall and the broker.
func (f Floor) Reported() time.Duration {
	return f.Purchase() + f.Seal + f.Opened + f.Verify + f.Answer
}

// MeasureFloor measures what cryptography costs now, in processor time of this process,
// which does nothing else meanwhile. It takes seven times each, and some more: a third of
// a second is long enough for figures that stay the same.
func MeasureFloor(each time.Duration) (Floor, error) {
	p, err := newFloorParties()
	if err != nil {
		return Floor{}, err
	}
	t10, err := p.message(p.buyer, true, string(p.stall), scrip.Mandate{Vendor: p.stall, Price: Price}, p.order)
	if err != nil {
		return Floor{}, err
	}
	signed, err := jose.Sign(rand.Reader, t10, p.buyer)
	if err != nil {
		return Floor{}, err
	}
	sealed, err := signed.Seal(p.envelope.Public())
	if err != nil {
		return Floor{}, err
	}
	t11, err := p.message(p.seller, false, p.buyer.Thumbprint(), scrip.Paid{Price: Price, OrderID: p.tx, OrderDigest: signed.Digest(), Change: Price}, p.change)
	if err != nil {
		return Floor{}, err
	}
	t12, err := p.message(p.seller, false, string(p.broker), scrip.Records{Vendor: p.stall, Reports: []scrip.Report{{Price: Price, OrderDigest: signed.Digest(), Tx: p.tx, Mandate: signed.JWS}}}, p.replyTo)
	if err != nil {
		return Floor{}, err
	}
	report, err := jose.Seal(rand.Reader, t12, p.seller, p.envelope.Public())
	if err != nil {
		return Floor{}, err
	}
	noted, err := p.message(p.seller, false, string(p.stall), scrip.Noted{}, scrip.Attachments{})
	if err != nil {
		return Floor{}, err
	}
	keys, known := []jose.EnvelopeKey{p.envelope}, func(string, string, int64) (jose.VerifyKey, error) { return p.seller.Public(), nil }
	return p.measure([]func() error{
		func() error { _, err := scrip.Open[scrip.Mandate](sealed, keys, string(p.stall), nil); return err },
		func() error { _, err := jose.Reply(rand.Reader, t11, p.seller, p.reply); return err },
		func() error { _, err := jose.Seal(rand.Reader, t12, p.seller, p.envelope.Public()); return err },
		func() error { _, err := scrip.Open[scrip.Records](report, keys, string(p.broker), known); return err },
		func() error { _, err := scrip.Verify[scrip.Mandate](signed.JWS, string(p.stall), nil); return err },
		func() error {
			envelope, err := jose.Reply(rand.Reader, noted, p.seller, p.reply)
			if err == nil {
				_, err = scrip.OpenReply[scrip.Noted](envelope, p.reply, string(p.stall), p.tx, known)
			}
			return err
		},
	}, len(sealed), each)
}

// measure runs each operation, in the order of Floor's fields, and then the primitives on
// a message of so many bytes.
func (p floorParties) measure(operations []func() error, size int, each time.Duration) (f Floor, err error) {
	primitives, err := primitivesOf(size)
	if err != nil {
		return f, err
	}
	fields := []*time.Duration{&f.Open, &f.Reply, &f.Seal, &f.Opened, &f.Verify, &f.Answer, &f.Primitives}
	for i, do := range append(operations, primitives) {
		if *fields[i], err = costOf(do, each); err != nil {
			return f, fmt.Errorf("measure operation %d: %w", i, err)
		}
	}
	return f, nil
}

// costOf is the processor time of one call.
func costOf(do func() error, each time.Duration) (time.Duration, error) {
	for range 20 {
		if err := do(); err != nil {
			return 0, err
		}
	}
	before, n := ownTime(), 0
	for start := time.Now(); time.Since(start) < each; n++ {
		if err := do(); err != nil {
			return 0, err
		}
	}
	return (ownTime() - before) / time.Duration(n), nil
}

// ownTime is the processor time that this process has used.
func ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for an argument that is not ours
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// floorParties are whoever sends and receives what is measured.
type floorParties struct {
	buyer, seller jose.SigningKey
	envelope      jose.EnvelopeKey
	reply         jose.ReplyKey
	stall         scrip.VendorID
	broker, tx    scrip.ID

	order, change, replyTo scrip.Attachments
}

func newFloorParties() (p floorParties, err error) {
	draw := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	draw(func() (err error) { p.buyer, err = jose.NewSigningKey(rand.Reader); return })
	draw(func() (err error) { p.seller, err = jose.NewSigningKey(rand.Reader); return })
	draw(func() (err error) { p.envelope, err = jose.NewEnvelopeKey(rand.Reader); return })
	draw(func() (err error) { p.reply, err = jose.NewReplyKey(rand.Reader); return })
	draw(func() (err error) { p.broker, err = scrip.NewID(rand.Reader); return })
	draw(func() (err error) { p.tx, err = scrip.NewID(rand.Reader); return })
	if err != nil {
		return p, err
	}
	p.stall = scrip.VendorID(p.broker)
	digest := jose.Digest([]byte(p.tx))
	money := scrip.Scrip{
		Issuer: p.broker, Value: 2 * Price, ScripID: p.tx, CustID: p.tx, Expires: time.Now().Unix() + 1000,
		Props: scrip.Props{Currency: "EUR"}, Certificate: digest,
	}
	to := scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "Ann Lee", Lines: []string{"12 Elm Street"}, Postcode: "1011", Town: "Amsterdam", Country: "NL",
	}}
	p.order = scrip.Attachments{Scrip: &money, Secret: scrip.Secret(digest), ReplyKey: &p.reply, Order: &scrip.Order{
		Lines: []scrip.OrderLine{{Version: p.tx, Digest: digest, Quantity: 1}}, Delivery: to,
	}}
	p.change = scrip.Attachments{Scrip: &money, Secret: scrip.Secret(digest)}
	p.replyTo = scrip.Attachments{ReplyKey: &p.reply}
	return p, nil
}

func (p floorParties) message(by jose.SigningKey, selfKeyed bool, to string, body scrip.Body, attach scrip.Attachments) (jose.Message, error) {
	from := string(p.stall)
	if selfKeyed {
		from = by.Thumbprint()
	}
	return scrip.Compose(from, to, p.tx, time.Now().Unix(), body, attach), body.Valid()
}

// primitivesOf is the cryptography of T10 and T11, by the standard library alone: T10 is of
// so many bytes, T11 of half as many.
func primitivesOf(size int) (func() error, error) {
	mine, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	theirs, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		return nil, err
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce, text := make([]byte, box.NonceSize()), make([]byte, size)
	locked, signature, point := box.Seal(nil, nonce, text, nil), ed25519.Sign(private, text), theirs.PublicKey().Bytes()
	return func() error {
		key, err := ecdh.P256().NewPublicKey(point)
		if err == nil {
			_, err = mine.ECDH(key)
		}
		if err == nil {
			_, err = box.Open(nil, nonce, locked, nil)
		}
		if err == nil && !ed25519.Verify(public, text, signature) {
			err = fmt.Errorf("a signature that was just made is not good")
		}
		box.Seal(nil, nonce, text[:size/2], ed25519.Sign(private, text[:size/2]))
		return err
	}, err
}
