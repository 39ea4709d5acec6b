package rig

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Customer is an account with its keys, and a pseudonym for each vendor.
type Customer struct {
	Rig     *Rig
	Key     jose.SigningKey
	Account scrip.AccountID
	Bank    string
	Counter int64
	aliases map[scrip.VendorID]jose.SigningKey
	// collections is the counter of the last COLLECT, to whatever stall.
	collections int64
}

// Customer opens a bank account with an amount of test money, and an account
// (R1).
func (r *Rig) Customer(amount scrip.Money) *Customer {
	r.T.Helper()
	c := &Customer{Rig: r, Key: r.SigningKey(), aliases: map[scrip.VendorID]jose.SigningKey{}}
	var err error
	if c.Bank, err = r.Bank.OpenAccount(r.T.Context()); err != nil {
		r.T.Fatal(err)
	}
	if amount > 0 {
		if _, err := r.Bank.Deposit(r.T.Context(), c.Bank, amount, r.ID()); err != nil {
			r.T.Fatal(err)
		}
	}
	c.Account = scrip.AccountID(c.Key.Thumbprint()) // who asks, until it has an account
	c.Account = Ask[scrip.AccountOpened](c, r.Broker.OpenAccount, scrip.AccountRequest{Bank: c.Bank}).Body.Account
	return c
}

// Banking makes a BANK that names another reference.
func (c *Customer) Banking(reference string) Sealed {
	c.Rig.T.Helper()
	c.Counter++
	return c.Seal(Message{Body: scrip.BankRequest{Account: c.Account, Bank: reference, Counter: c.Counter}})
}

// Rekeying makes a REKEY to another key. Edits change it, and the REKEY-possession that goes with it, before
// they are signed.
func (c *Customer) Rekeying(next jose.SigningKey, edits ...func(rekey, proof *Message)) Sealed {
	c.Rig.T.Helper()
	c.Counter++
	tx := c.Rig.ID()
	rekey := Message{Tx: tx, Body: scrip.Rekey{Account: c.Account, Signing: next.Public(), Counter: c.Counter}}
	proof := Message{Tx: tx, From: next.Thumbprint(), By: next, NoReply: true, Body: scrip.KeyPossession{Account: c.Account}}
	for _, edit := range edits {
		edit(&rekey, &proof)
	}
	rekey.Attach.Possession = c.Seal(proof).Signed.JWS
	return c.Seal(rekey)
}

// Rekey has the customer sign with another key from now on, and returns the one before.
func (c *Customer) Rekey() (before jose.SigningKey) {
	c.Rig.T.Helper()
	before = c.Key
	next := c.Rig.SigningKey()
	if _, err := Send[scrip.Noted](c, c.Rig.Broker.Rekey, c.Rekeying(next)); err != nil {
		c.Rig.T.Fatalf("REKEY: %v", err)
	}
	c.Key = next
	return before
}

// Alias returns the customer's key at a vendor.
func (c *Customer) Alias(v scrip.VendorID) jose.SigningKey {
	if _, ok := c.aliases[v]; !ok {
		c.aliases[v] = c.Rig.SigningKey()
	}
	return c.aliases[v]
}

// Step is a step of the protocol.
type Step func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)

// Message is one request by hand.
type Message struct {
	Body    scrip.Body
	From    string          // default: the account
	By      jose.SigningKey // default: the account's key
	To      string          // default: the broker
	Seal    jose.SealKey    // default: the broker's
	Tx      scrip.ID        // default: fresh
	Attach  scrip.Attachments
	NoReply bool // without a reply key
}

// Sealed is a request ready to be sent, any number of times.
type Sealed struct {
	scrip.Sealed
	Message
	Signed jose.Signed
	Reply  jose.ReplyKey
}

// Seal makes a request.
func (c *Customer) Seal(m Message) Sealed {
	c.Rig.T.Helper()
	m = c.complete(m)
	s := Sealed{Message: m, Reply: c.Rig.ReplyKey()}
	if !m.NoReply {
		s.Attach.ReplyKey = &s.Reply
	}
	var err error
	s.Signed, err = jose.Sign(rand.Reader, scrip.Compose(m.From, m.To, m.Tx, c.Rig.Clock.Now().Unix(), m.Body, s.Attach), m.By)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	s.Envelope = c.seal(s.Signed, m.Seal)
	return s
}

func (c *Customer) seal(signed jose.Signed, to jose.SealKey) string {
	c.Rig.T.Helper()
	envelope, err := signed.Seal(to)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	return envelope
}

func (c *Customer) complete(m Message) Message {
	if m.From == "" {
		m.From = string(c.Account)
	}
	if m.By.IsZero() {
		m.By = c.Key
	}
	if m.To == "" {
		m.To = string(c.Rig.Info.ID)
	}
	if m.Seal.IsZero() {
		m.Seal = c.Rig.Info.Envelope
	}
	if m.Tx == "" {
		m.Tx = c.Rig.ID()
	}
	return m
}

// Send sends a request and opens its answer. A refusal, sealed or not, is the
// error.
func Send[R scrip.Body](c *Customer, step Step, s Sealed) (scrip.Opened[R], error) {
	c.Rig.T.Helper()
	answer, err := step(c.Rig.T.Context(), s.Sealed)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	m, err := scrip.OpenReply[R](answer.Envelope, s.Reply, s.From, s.Tx, c.signer(s.To))
	return m, c.Rig.Declined(s.Body.Type(), err)
}

// signer knows the keys of whoever a message was sent to.
func (c *Customer) signer(to string) scrip.Keys {
	if to == string(c.Rig.Info.ID) {
		return c.Rig.Info.Signer()
	}
	return func(from, kid string, _ int64) (jose.VerifyKey, error) {
		stall, err := c.Rig.Books.Stall(c.Rig.T.Context(), scrip.VendorID(from))
		if err != nil || from != to {
			return jose.VerifyKey{}, jose.ErrUnknownKey
		}
		return stall.Signing, nil
	}
}

// Ask sends a body to the broker and wants an R back.
func Ask[R scrip.Body](c *Customer, step Step, body scrip.Body) scrip.Opened[R] {
	c.Rig.T.Helper()
	opened, err := Send[R](c, step, c.Seal(Message{Body: body}))
	if err != nil {
		c.Rig.T.Fatalf("%s: %v", body.Type(), err)
	}
	return opened
}

// Acquisition makes a T1.
func (c *Customer) Acquisition(amount scrip.Money) Sealed {
	c.Rig.T.Helper()
	c.Counter++
	return c.Seal(Message{Body: scrip.Acquire{Account: c.Account, Amount: amount, Nonce: c.Rig.ID(), Counter: c.Counter}})
}

// Acquire loads an amount (T1, T2).
func (c *Customer) Acquire(amount scrip.Money) scrip.Held {
	c.Rig.T.Helper()
	m, err := Send[scrip.Acquired](c, c.Rig.Broker.Acquire, c.Acquisition(amount))
	if err != nil {
		c.Rig.T.Fatalf("T1: %v", err)
	}
	return scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
}

// Exchange is everything a customer makes for one 6.2.
type Exchange struct {
	Tx     scrip.ID
	Vendor scrip.VendorID
	Value  scrip.Money
	T3     Sealed
	T4     scrip.Sealed
	Order  Sealed // T4's order part
	Pay    Sealed // T4's payment part
}

// Exchange makes the messages of an exchange. Edits change them before they
// are signed.
func (c *Customer) Exchange(s *Stall, held scrip.Held, value scrip.Money, edits ...func(*Exchange)) Exchange {
	c.Rig.T.Helper()
	alias := c.Alias(s.Vendor())
	name := scrip.Pseudonym(alias.Thumbprint())
	x := Exchange{Tx: c.Rig.ID(), Vendor: s.Vendor(), Value: value}
	x.T3.Message = Message{
		Tx: x.Tx, Attach: scrip.Attachments{Secret: held.Secret, Possession: c.Possession(s, x.Tx)},
		Body: scrip.Announcement{Account: c.Account, ScripID: held.Scrip.ScripID, Value: value, Vendor: s.Vendor(), Pseudonym: name},
	}
	x.Order.Message = Message{
		Tx: x.Tx, From: string(name), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.ExchangeOrder{Value: value, Vendor: s.Vendor(), Pseudonym: name},
	}
	x.Pay.Message = Message{
		Tx: x.Tx, Attach: scrip.Attachments{Scrip: &held.Scrip},
		Body: scrip.ExchangePayment{Account: c.Account, Value: value, Vendor: s.Vendor(), Pseudonym: name},
	}
	for _, edit := range edits {
		edit(&x)
	}
	x.T3 = c.Seal(x.T3.Message)
	c.pair(&x)
	return x
}

// Possession makes a T3-possession: the customer's pseudonym at a stall says whose
// it is. Edits change it before it is signed.
func (c *Customer) Possession(s *Stall, tx scrip.ID, edits ...func(*Message)) string {
	c.Rig.T.Helper()
	alias := c.Alias(s.Vendor())
	m := Message{
		Tx: tx, From: alias.Thumbprint(), By: alias, NoReply: true,
		Body: scrip.AliasPossession{Account: c.Account, Vendor: s.Vendor(), Nonce: c.Rig.ID()},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m).Signed.JWS
}

// pair signs the two parts of T4 together.
func (c *Customer) pair(x *Exchange) {
	c.Rig.T.Helper()
	p := c.pairUp(x.Order.Message, x.Pay.Message)
	x.T4, x.Order, x.Pay = p.Sealed, p.Order, p.Pay
}

// OpenT8 opens the merchant's part of the answer to T4. Where there is none, the
// error is what the broker's part says.
func (c *Customer) OpenT8(x Exchange, answer scrip.Sealed) (scrip.Held, error) {
	if answer.Order == "" {
		_, _, err := c.OpenT6(x, answer)
		return scrip.Held{}, cmp.Or(err, errNoT8)
	}
	m, err := scrip.OpenReply[scrip.Issued](answer.Order, x.Order.Reply, x.Order.From, x.Tx, c.signer(x.Order.To))
	if err != nil {
		return scrip.Held{}, c.Rig.Declined(x.Order.Body.Type(), err)
	}
	return scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, nil
}

var errNoT8 = errors.New("a T6 without a T8")

// OpenT6 opens the broker's part of the answer to T4. Without change the Held
// is zero.
func (c *Customer) OpenT6(x Exchange, answer scrip.Sealed) (scrip.Opened[scrip.Exchanged], scrip.Held, error) {
	m, err := scrip.OpenReply[scrip.Exchanged](answer.Payment, x.Pay.Reply, string(c.Account), x.Tx, c.Rig.Info.Signer())
	if err != nil || m.Scrip == nil {
		return m, scrip.Held{}, c.Rig.Declined(x.Pay.Body.Type(), err)
	}
	return m, scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, nil
}

// Trade exchanges held for VendorScrip of value (T3 to T8) and returns it with
// the change.
func (c *Customer) Trade(s *Stall, held scrip.Held, value scrip.Money) (vendor, change scrip.Held) {
	c.Rig.T.Helper()
	x := c.Exchange(s, held, value)
	if _, err := Send[scrip.Noted](c, c.Rig.Broker.Announce, x.T3); err != nil {
		c.Rig.T.Fatalf("T3: %v", err)
	}
	answer, err := s.Exchange(c.Rig.T.Context(), x.T4)
	if err != nil {
		c.Rig.T.Fatalf("T4: %v", err)
	}
	if vendor, err = c.OpenT8(x, answer); err != nil {
		c.Rig.T.Fatalf("T8: %v", err)
	}
	if _, change, err = c.OpenT6(x, answer); err != nil {
		c.Rig.T.Fatalf("T6: %v", err)
	}
	return vendor, change
}

// OneOf is the order line for one of a listing.
func OneOf(l scrip.Listing) scrip.OrderLine {
	return scrip.OrderLine{Version: l.Version, Digest: jose.Signed{JWS: l.JWS}.Digest(), Quantity: 1}
}

// To is a parcel to a street.
func To(street string) scrip.Delivery {
	return scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "Ann Lee", Lines: []string{street}, Postcode: "1011", Town: "Amsterdam", Country: "NL",
	}}
}

// Mandate makes a T10 for one of a listing.
func (c *Customer) Mandate(s *Stall, held scrip.Held, l scrip.Listing, edits ...func(*Message)) Sealed {
	c.Rig.T.Helper()
	alias, to := c.Alias(s.Vendor()), To("12 Elm Street")
	if l.IsRequest() {
		to = scrip.Delivery{Way: scrip.WayNone}
	}
	total, err := l.Total(1, to)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	m := Message{
		From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Mandate{Vendor: s.Vendor(), Price: total},
		Attach: scrip.Attachments{
			Scrip: &held.Scrip, Secret: held.Secret,
			Order: &scrip.Order{Lines: []scrip.OrderLine{OneOf(l)}, Delivery: to},
		},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m)
}

// Buy buys one of a listing (T10, T11) and returns the change.
func (c *Customer) Buy(s *Stall, held scrip.Held, l scrip.Listing) (scrip.Opened[scrip.Paid], scrip.Held) {
	c.Rig.T.Helper()
	m, err := Send[scrip.Paid](c, s.Purchase, c.Mandate(s, held, l))
	if err != nil {
		c.Rig.T.Fatalf("T10: %v", err)
	}
	if m.Scrip == nil {
		return m, scrip.Held{}
	}
	return m, scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
}

// Repair signs and seals T4 anew after its messages were changed.
func (c *Customer) Repair(x Exchange) Exchange {
	c.Rig.T.Helper()
	c.pair(&x)
	return x
}

// Forget makes the customer take fresh pseudonyms from now on.
func (c *Customer) Forget() { c.aliases = map[scrip.VendorID]jose.SigningKey{} }
