package receipt_test

import (
	"io"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/receipt"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/tree/treetest"
)

// now is the time of the purchase, unix seconds.
const now = 1_800_000_000

// world is a broker, a seller and a buyer who draw the same keys in every run,
// so that the vectors stay as they are.
type world struct {
	t                     testing.TB
	random                io.Reader
	broker, seller, buyer jose.SigningKey
	envelope              jose.EnvelopeKey
	id                    scrip.ID
	first                 string // KEYS, once it was asked for
	vendor                scrip.VendorID
}

func newWorld(t testing.TB, seed byte) *world {
	t.Helper()
	w := &world{t: t, random: rand.NewChaCha8([32]byte{seed})}
	w.broker, w.seller, w.buyer = w.key(), w.key(), w.key()
	var err error
	if w.envelope, err = jose.NewEnvelopeKey(w.random); err != nil {
		t.Fatal(err)
	}
	w.id, w.vendor = w.newID(), scrip.VendorID(w.newID())
	return w
}

func (w *world) key() jose.SigningKey {
	w.t.Helper()
	k, err := jose.NewSigningKey(w.random)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *world) newID() scrip.ID {
	w.t.Helper()
	id, err := scrip.NewID(w.random)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// keys are the broker's KEYS, the first alone.
func (w *world) keys() []string {
	w.t.Helper()
	if w.first == "" {
		w.first = w.succeed(w.broker.Public(), 1)
	}
	return []string{w.first}
}

// succeed signs KEYS that come after before, with the broker's first key, in force
// from a time on.
func (w *world) succeed(key jose.VerifyKey, at int64, before ...string) string {
	w.t.Helper()
	signed, _, err := w.chain(before...).Succeed(w.random, []jose.VerifyKey{key}, w.envelope.Public(), at, w.broker)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// chain is the chain of these KEYS.
func (w *world) chain(signed ...string) scrip.Chain {
	w.t.Helper()
	chain, err := scrip.ReadChain(w.id, signed)
	if err != nil {
		w.t.Fatal(err)
	}
	return chain
}

func (w *world) sign(from, to string, tx scrip.ID, body scrip.Body, a scrip.Attachments, by jose.SigningKey) jose.Signed {
	w.t.Helper()
	signed, err := jose.Sign(w.random, scrip.Compose(from, to, tx, now, body, a), by)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// purchase is one purchase with everything that may go wrong in it.
type purchase struct {
	Tx       scrip.ID
	Portions []scrip.Portion
	Price    scrip.Money
	PaidAt   int64 // when the certificate was to be in force, before now
	Refund   scrip.Money
}

func (w *world) purchase() purchase {
	lamp := w.offer("Bicycle lamp “Ørsted”", 12_00, 3_50)
	return purchase{Tx: w.newID(), Portions: []scrip.Portion{{Offer: lamp, Quantity: 2}}, Price: 27_50, PaidAt: now}
}

func (w *world) offer(title string, price, postage scrip.Money) scrip.Offer {
	return scrip.Offer{
		Offer: w.newID(), Vendor: w.vendor, Title: title, Description: "Bright.", Category: "Bicycles & Sport", Condition: "like new",
		Price: price, Currency: "EUR", Quantity: 5, Edition: scrip.Edition, Delivery: []scrip.Way{scrip.Posted(postage)}, SendWithin: 5, ValidUntil: now + 1000, Photos: []scrip.OfferPhoto{},
	}
}

// basket is a purchase of several things: 2 x 4.00 + 12.00 + 3.50 for the parcel.
func (w *world) basket() purchase {
	p := w.purchase()
	p.Portions = []scrip.Portion{{Offer: w.offer("Bell", 4_00, 1_00), Quantity: 2}, {Offer: p.Portions[0].Offer, Quantity: 1}}
	p.Price = 23_50
	return p
}

// paid is a payment link of 60.00 that was paid.
func (w *world) paid(reference string) purchase {
	p := w.purchase()
	o := scrip.Offer{
		Offer: w.newID(), Vendor: w.vendor, Title: "Two guitar lessons", Price: 60_00, Currency: "EUR", Quantity: 1, Photos: []scrip.OfferPhoto{}, ValidUntil: now + 1000,
		Edition: scrip.Edition, Delivery: []scrip.Way{scrip.Undelivered()}, Kind: scrip.KindRequest, Reference: reference, Times: scrip.PaidOnce,
	}
	p.Portions, p.Price = []scrip.Portion{{Offer: o, Quantity: 1}}, 60_00
	return p
}

// bundle makes the receipt of a purchase, with its place in a log of nine.
func (w *world) bundle(p purchase) receipt.Bundle {
	w.t.Helper()
	vendor, alias := string(w.vendor), w.buyer.Thumbprint()
	certificate := scrip.Certificate{
		Vendor: w.vendor, Name: "Anna’s bicycles", Signing: w.seller.Public(), Envelope: w.envelope.Public(),
		BaseURL: "https://anna.example", NotBefore: p.PaidAt - 100, NotAfter: p.PaidAt + 1000,
	}
	var offers []string
	to := scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "Ann Lee", Lines: []string{"12 Elm Street"}, Town: "Lübeck", Country: "DE",
	}}
	if p.Portions[0].Offer.IsRequest() {
		to = scrip.Delivery{Way: scrip.WayNone}
	}
	order := scrip.Order{Note: "Ring twice.", Delivery: to}
	for _, of := range p.Portions {
		version := w.newID()
		signed := w.sign(vendor, vendor, version, of.Offer, scrip.Attachments{}, w.seller)
		offers = append(offers, signed.JWS)
		order.Lines = append(order.Lines, scrip.OrderLine{Version: version, Digest: signed.Digest(), Quantity: of.Quantity})
	}
	mandate := w.sign(alias, vendor, p.Tx, scrip.Mandate{Vendor: w.vendor, Price: p.Price}, w.paying(&order), w.buyer)
	disclosed := mandate.Attachments[0] // by name: order, reply_key, scrip, secret
	paid := w.sign(vendor, alias, p.Tx, scrip.Paid{Price: p.Price, OrderID: w.newID(), OrderDigest: jose.Digest([]byte(disclosed))},
		scrip.Attachments{}, w.seller)
	b := receipt.Bundle{
		Broker: w.id, Vendor: w.vendor, Offers: offers, Mandate: mandate.JWS, Paid: paid.JWS, Order: disclosed,
		Certificate: w.sign(string(w.id), vendor, w.newID(), certificate, scrip.Attachments{}, w.broker).JWS,
		Logged:      w.logged("T12", mandate.Digest()),
	}
	if p.Refund > 0 {
		b.Collected = []string{w.refund(p.Tx, p.Refund)}
	}
	return b
}

// paying is what a T10 carries.
func (w *world) paying(order *scrip.Order) scrip.Attachments {
	w.t.Helper()
	key, err := jose.NewReplyKey(w.random)
	if err != nil {
		w.t.Fatal(err)
	}
	_, held, err := scrip.Issue(w.random, scrip.Terms{
		Issuer: scrip.ID(w.vendor), Value: 27_50, Expires: now + 1000, Currency: "EUR", Holder: w.buyer.Thumbprint(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret, ReplyKey: &key, Order: order}
}

func (w *world) refund(purchase scrip.ID, amount scrip.Money) string {
	w.t.Helper()
	a := w.paying(nil)
	a.ReplyKey = nil
	return w.sign(string(w.vendor), w.buyer.Thumbprint(), w.newID(), scrip.CollectedRefunds{
		Vendor: w.vendor, Amount: amount, Refunds: []scrip.CollectedRefund{{Refund: w.newID(), Purchase: purchase, Amount: amount}},
	}, a, w.seller).JWS
}

// logged is the proof that a log of nine records has a message as its fifth.
func (w *world) logged(kind, digest string) *receipt.Logged {
	w.t.Helper()
	all := &treetest.Log{}
	var text string
	for i := range int64(9) {
		e := tree.Entry{Kind: "T1", At: now + i, Record: tree.Hash{byte(i)}, Messages: []string{jose.Digest([]byte{byte(i)})}}
		if i == 4 {
			e.Kind, e.Messages = kind, append(e.Messages, digest)
			text = e.Text()
		}
		all.Add(w.t, e.Text())
	}
	root, err := tlog.TreeHash(9, all)
	if err != nil {
		w.t.Fatal(err)
	}
	path, err := tlog.ProveRecord(9, 4, all)
	if err != nil {
		w.t.Fatal(err)
	}
	head, err := tree.Head{Size: 9, Root: tree.Hash(root)}.Sign(w.id, w.broker)
	if err != nil {
		w.t.Fatal(err)
	}
	return &receipt.Logged{Index: 4, Entry: text, Path: tree.Path(path), Head: head}
}
