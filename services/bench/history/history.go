// Package history makes long logs: a broker's books as so many purchases leave them, fast,
// and without anybody's signing. They pass every audit of the books alone; the stalls are
// elsewhere.
package history

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

const (
	stalls    = 20
	purchases = 100    // of one customer, who buys at one stall
	price     = 7_50   // of each
	charged   = 800_00 // by T1: more than all of them
	together  = 100    // records of one Change, at the least
)

// History is a broker's log as it grows. Books must be new.
type History struct {
	Books scrip.Book

	stalls   []scrip.VendorID
	customer scrip.Account
	vendor   scrip.VendorID // where it buys
	left     int            // purchases it has yet to make
	opened   int            // customers
}

// Grow logs so many records more, or a few more than that: customers who open an account,
// load it, exchange, announce and buy.
func (h *History) Grow(ctx context.Context, records int) error {
	for records > 0 {
		var c change
		for len(c.books.Log) < min(records, together) && c.books.Account == nil { // a Change opens one
			if err := h.step(&c); err != nil {
				return err
			}
		}
		c.Change.At, c.Change.Broker = c.at, &c.books
		if err := h.Books.Apply(ctx, c.Change); err != nil {
			return fmt.Errorf("log a history: %w", err)
		}
		records -= len(c.books.Log)
	}
	return nil
}

// change is a Change that is being put together.
type change struct {
	scrip.Change
	books scrip.BrokerChange
	at    int64
}

// step adds what happens next.
func (h *History) step(c *change) error {
	c.at = time.Now().Unix()
	switch {
	case len(h.stalls) < stalls:
		return h.openStall(c)
	case h.left == 0:
		return h.openAccount(c)
	}
	h.left--
	tx := id()
	float := scrip.FloatOf(h.vendor, h.customer.ID)
	c.log(scrip.Record{Kind: scrip.Notice{}.Type(), Tx: tx, Account: h.customer.ID, Vendor: h.vendor, Amount: price, Evidence: []string{message(480)}})
	c.log(scrip.Record{
		Kind: scrip.Records{}.Type(), Tx: tx, Account: h.customer.ID, Vendor: h.vendor, Amount: price,
		Posts:    []scrip.Posting{{From: float, To: scrip.EarnedOf(h.vendor), Amount: price}},
		Evidence: []string{message(520)},
	})
	return nil
}

// openStall has an account open a stall.
func (h *History) openStall(c *change) error {
	account, err := newAccount(c.at)
	if err != nil {
		return err
	}
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		return err
	}
	signing, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		return err
	}
	v := scrip.VendorID(id())
	c.books.Account = &account
	c.books.Stall = &scrip.Stall{
		Certificate: scrip.Certificate{
			Vendor: v, Name: fmt.Sprintf("Stall %d of %s", len(h.stalls), v), Signing: signing.Public(), Envelope: envelope.Public(),
			BaseURL: "https://stall.example", NotBefore: c.at, NotAfter: c.at + 365*24*3600,
		},
		Account: account.ID, JWS: message(900),
	}
	c.log(scrip.Record{Kind: "R1", Tx: id(), Account: account.ID, Evidence: []string{message(500)}})
	c.log(scrip.Record{Kind: "R3", Tx: id(), Account: account.ID, Vendor: v, Evidence: []string{message(600), message(900)}})
	h.stalls = append(h.stalls, v)
	return nil
}

// openAccount has somebody open an account, load it and exchange enough for all that it
// will buy.
func (h *History) openAccount(c *change) error {
	account, err := newAccount(c.at)
	if err != nil {
		return err
	}
	h.customer, h.left, h.vendor = account, purchases, h.stalls[h.opened%len(h.stalls)]
	h.opened++
	bank, float := scrip.BankOf(account.Bank), scrip.FloatOf(h.vendor, account.ID)
	c.books.Bank, c.books.Account = account.Bank, &account
	left, _, err := scrip.Issue(rand.Reader, scrip.Terms{
		Issuer: id(), Value: charged - purchases*price, Made: c.at, Expires: c.at + 365*24*3600, Currency: "EUR", Holder: string(account.ID),
	})
	if err != nil {
		return err
	}
	c.Issue = []scrip.Live{left}
	c.log(scrip.Record{Kind: "R1", Tx: id(), Account: account.ID, Evidence: []string{message(500)}})
	c.log(scrip.Record{Kind: scrip.KindDeposit, Tx: id(), Posts: []scrip.Posting{{From: scrip.World, To: bank, Amount: charged}}})
	c.log(scrip.Record{
		Kind: "T1", Tx: id(), Account: account.ID, Amount: charged, Evidence: []string{message(400)},
		Posts: []scrip.Posting{{From: bank, To: scrip.Outstanding, Amount: charged}},
	})
	tx := id()
	c.log(scrip.Record{Kind: "T3", Tx: tx, Account: account.ID, Vendor: h.vendor, Amount: purchases * price, Evidence: []string{message(600), message(400)}})
	c.log(scrip.Record{
		Kind: "T5", Tx: tx, Account: account.ID, Vendor: h.vendor, Amount: purchases * price, Left: left.Value,
		Posts: []scrip.Posting{{From: scrip.Outstanding, To: float, Amount: purchases * price}}, Evidence: []string{message(700), message(450)},
	})
	return nil
}

// log adds a record and what it posts.
func (c *change) log(r scrip.Record) {
	r.At = c.at
	c.books.Log = append(c.books.Log, r)
	c.books.Post = append(c.books.Post, r.Posts...)
}

func newAccount(at int64) (scrip.Account, error) {
	key, err := jose.NewSigningKey(rand.Reader)
	return scrip.Account{ID: scrip.AccountID(id()), Key: key.Public(), Bank: string(id()), Opened: at}, err
}

func id() scrip.ID {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return scrip.ID(b64(b[:]))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// message has the form of a signed one, with so many bytes of payload.
func message(payload int) string {
	tx := string(id())
	return b64([]byte(`{"alg":"EdDSA"}`)) + "." + b64([]byte(tx+strings.Repeat("x", payload-len(tx)))) + "." + b64(make([]byte, 64))
}
