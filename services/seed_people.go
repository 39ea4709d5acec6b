package services

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"peerscrip/db"
	"peerscrip/services/demo"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// PeoplePassphrase opens the wallets of a demo's people.
const PeoplePassphrase = "people of the demo"

// livedFor is how long before its first start a demo's people begin: longer than the
// oldest of their steps ago.
const livedFor = 30 * 24 * time.Hour

// inCents is the least number of decimal places of a currency in which the sample
// prices, which are of cents, are small enough to be loaded from a sandbox bank.
const inCents = 2

// history is a clock that is behind while a new demo's people live their first weeks,
// which take seconds. The zero value is not behind.
type history struct{ behind atomic.Int64 } // nanoseconds

func (c *history) of(clock func() time.Time) func() time.Time {
	return func() time.Time { return clock().Add(-time.Duration(c.behind.Load())) }
}

// over wants the clock not to be behind: until it is not, who buys here and now does not agree with a stall about the time.
func (c *history) over(context.Context) error {
	if c.behind.Load() > 0 {
		return errors.New("a new demo makes its samples")
	}
	return nil
}

// people are a demo's sample buyers and what they have to do with the sample stalls.
type people struct {
	*house
	wallets map[string]*wallet.Wallet
	address map[string]scrip.Address
	stalls  map[string]*merchant.Stall // by the sample's key
	closers []io.Closer
}

// deal is a sample deal as far as it has come.
type deal struct {
	demo.Deal
	buyer   *wallet.Wallet
	stall   *merchant.Stall
	talk    scrip.ID // the conversation before it; empty without one
	offered scrip.ID // the private offer in it; empty without one
	receipt wallet.Receipt
}

// live has the sample buyers deal with the sample stalls, in the order in which they
// did. It is for a new data folder: of a demo that was stopped meanwhile, what was
// done stands, and the rest never was.
func (h *house) live(ctx context.Context) (err error) {
	if currency, err := scrip.ParseCurrency(h.Currency); err != nil || currency.Exponent < inCents {
		return err
	}
	persons, deals, err := demo.Deals()
	if err != nil {
		return err
	}
	p := &people{house: h, wallets: map[string]*wallet.Wallet{}, address: map[string]scrip.Address{}, stalls: map[string]*merchant.Stall{}}
	defer func() {
		for _, c := range p.closers {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := p.meet(ctx, persons); err != nil {
		return err
	}
	type turn struct {
		*deal
		demo.Step
	}
	var turns []turn
	for _, d := range deals {
		at := &deal{Deal: d, buyer: p.wallets[d.Who], stall: p.stalls[d.Stall]}
		if at.buyer == nil || at.stall == nil {
			return fmt.Errorf("sample deal of %s at %s: there is no such buyer or stall", d.Who, d.Stall)
		}
		for _, s := range d.Steps {
			turns = append(turns, turn{at, s})
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return cmp.Compare(b.Before(), a.Before()) })
	for _, t := range turns {
		h.past.behind.Store(int64(t.Before()))
		if err := p.take(ctx, t.deal, t.Step); err != nil {
			return fmt.Errorf("%s of %v by %s: %w", t.Do, t.Things, t.Who, err)
		}
	}
	return nil
}

// meet opens the buyers' wallets, with money at the bank, and finds the stalls.
func (p *people) meet(ctx context.Context, persons []demo.Person) error {
	samples, err := demo.Stalls()
	if err != nil {
		return err
	}
	for _, sample := range samples {
		if p.stalls[sample.Key], err = p.sampleStall(ctx, sample); err != nil {
			return err
		}
	}
	for _, person := range persons {
		if p.wallets[person.Key], err = p.wallet(ctx, person.Key); err != nil {
			return fmt.Errorf("wallet of %s: %w", person.Key, err)
		}
		p.address[person.Key] = person.Address
	}
	return nil
}

func (p *people) wallet(ctx context.Context, key string) (*wallet.Wallet, error) {
	database, err := db.Open(ctx, p.folder.Person(key).Purse(), db.Wallet)
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, database)
	purse, err := db.NewPurse(database)
	if err != nil {
		return nil, err
	}
	reference, err := p.bank.OpenAccount(ctx)
	if err != nil {
		return nil, err
	}
	deposit, err := scrip.NewID(p.Random)
	if err != nil {
		return nil, err
	}
	if _, err := p.bank.Deposit(ctx, reference, p.bank.Limits.Deposit, deposit); err != nil {
		return nil, err
	}
	return wallet.Make(ctx, wallet.Config{
		Purse: purse, Broker: p.broker, Directory: p.broker, Passphrase: PeoplePassphrase, Clock: p.Clock, Random: p.Random, Log: p.Log,
		Dial: func(c scrip.Certificate) (wallet.Party, error) { return p.host.Stall(ctx, c.Vendor) },
	}, reference, "")
}

// take takes one step, and brings what both have to tell the broker to it.
func (p *people) take(ctx context.Context, d *deal, s demo.Step) error {
	act := p.seller
	switch {
	case s.Do == demo.Decide:
		act = p.decide
	case s.Do.IsBuyers():
		act = p.buyer
	}
	if err := act(ctx, d, s); err != nil {
		return err
	}
	return errors.Join(d.buyer.Deliver(ctx), d.stall.Deliver(ctx))
}

func (p *people) buyer(ctx context.Context, d *deal, s demo.Step) (err error) {
	tx := d.thread()
	switch s.Do {
	case demo.Ask, demo.Propose:
		offer, err := p.onSale(ctx, d, d.Things[0])
		if err != nil {
			return err
		}
		if s.Do == demo.Ask {
			d.talk, err = d.buyer.Ask(ctx, offer, s.Words)
		} else {
			d.talk, err = d.buyer.Propose(ctx, offer, wallet.Proposal{Price: s.Price, Quantity: 1, Text: s.Words})
		}
		return err
	case demo.Buy:
		return p.buy(ctx, d, s.Words)
	case demo.Write:
		return d.buyer.Say(ctx, tx, scrip.Event{Kind: "message", Text: s.Words})
	case demo.Show:
		photo, err := p.photo(s.Photo)
		if err != nil {
			return err
		}
		return d.buyer.Show(ctx, tx, photo, s.Words)
	case demo.Cancel:
		return d.buyer.Say(ctx, tx, scrip.Event{Kind: "cancel", Text: s.Words})
	case demo.Receive:
		if err := d.buyer.Say(ctx, tx, scrip.Event{Kind: "received", Text: s.Words}); err != nil {
			return err
		}
		_, err = d.buyer.ReleaseHold(ctx, tx)
	case demo.Rate:
		err = d.buyer.Rate(ctx, tx, s.Stars, s.Words)
	case demo.Reclaim:
		_, err = d.buyer.ReclaimHold(ctx, tx, scrip.ToScrip)
	case demo.Dispute:
		shows, _, err := d.buyer.Evidence(ctx, tx, true)
		if err != nil {
			return err
		}
		_, err = d.buyer.DisputeHold(ctx, tx, s.Words, shows)
		return err
	default:
		err = fmt.Errorf("%q is nothing that buyers do", s.Do)
	}
	return err
}

// thread is where the two speak: about the order once there is one.
func (d *deal) thread() scrip.ID {
	if d.receipt.Tx != "" {
		return d.receipt.Tx
	}
	return d.talk
}

// buy buys all things of the deal in one order.
func (p *people) buy(ctx context.Context, d *deal, note string) error {
	basket := wallet.Basket{Note: note, Delivery: scrip.Delivery{Way: scrip.WayCollect}}
	if d.Post {
		address := p.address[d.Who]
		basket.Delivery = scrip.Delivery{Way: scrip.WayPost, Label: "Parcel", Address: &address}
	}
	for _, title := range d.Things {
		offer, err := p.onSale(ctx, d, title)
		if err != nil {
			return err
		}
		basket.Things = append(basket.Things, wallet.Thing{Offer: offer, Quantity: 1})
	}
	receipt, err := d.buyer.BuyAhead(ctx, basket, 0)
	d.receipt = receipt
	return err
}

// onSale is a listing as it is signed now, or the private offer of it.
func (p *people) onSale(ctx context.Context, d *deal, title string) (string, error) {
	if d.offered != "" {
		public, err := d.stall.Offer(ctx, d.offered)
		return public.Offer, err
	}
	listings, err := d.stall.Shelf.Listings(ctx)
	if err != nil {
		return "", err
	}
	for _, l := range listings {
		if l.Title == title && l.Source == "" {
			return l.JWS, nil
		}
	}
	return "", fmt.Errorf("%q is not listed", title)
}

func (p *people) photo(name string) (b []byte, err error) {
	f, err := demo.Photo(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return merchant.ForTalk(f)
}

func (p *people) seller(ctx context.Context, d *deal, s demo.Step) error {
	id, err := scrip.NewID(p.Random)
	if err != nil {
		return err
	}
	order := d.receipt.OrderID
	if order == "" {
		order = d.talk
	}
	switch s.Do {
	case demo.Reply:
		err = d.stall.Say(ctx, order, scrip.Event{Kind: "message", Text: s.Words})
	case demo.Decline:
		err = d.stall.Say(ctx, order, scrip.Event{Kind: "declined", Text: s.Words})
	case demo.Pack:
		err = d.stall.Say(ctx, order, scrip.Event{Kind: "packed", Text: s.Words})
	case demo.Offer:
		if err := d.stall.OfferPrivately(ctx, order, merchant.Terms{Price: s.Price, Quantity: 1, Hours: 72, Text: s.Words}); err != nil {
			return err
		}
		d.offered, err = p.hear(ctx, d)
	case demo.Send:
		err = d.stall.MarkSent(ctx, order, scrip.Parcel{Carrier: s.Carrier, Tracking: s.Tracking, Note: s.Words})
	case demo.Refund:
		err = d.stall.Refund(ctx, id, order, s.Amount)
	case demo.Defend:
		err = d.stall.Defend(ctx, id, order, s.Words, nil)
	case demo.Thank:
		err = p.thank(ctx, d, s.Words)
	default:
		err = fmt.Errorf("%q is nothing that sellers do", s.Do)
	}
	return err
}

// hear has the buyer hear what the seller offers alone to it.
func (p *people) hear(ctx context.Context, d *deal) (scrip.ID, error) {
	c, err := d.buyer.Listen(ctx, d.talk)
	if err != nil {
		return "", err
	}
	for _, said := range slices.Backward(c.Said) {
		if said.Kind == "private-offer" {
			return said.Offer, nil
		}
	}
	return "", fmt.Errorf("no private offer was heard of")
}

func (p *people) thank(ctx context.Context, d *deal, words string) error {
	rated, err := d.stall.Rated(ctx, 0)
	if err != nil {
		return err
	}
	for _, r := range rated {
		if r.Purchase == d.receipt.Tx {
			return d.stall.AnswerRating(ctx, r.Purchase, r.Digest, words)
		}
	}
	return scrip.NotFound
}

func (p *people) decide(ctx context.Context, d *deal, s demo.Step) error {
	_, err := p.judge.Decide(ctx, d.stall.Vendor(), d.receipt.Tx, s.Amount, s.Words)
	return err
}
