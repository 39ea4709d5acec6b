package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Case is a protected purchase that its buyer disputes, or disputed, with what both
// sides said and showed of it.
type Case struct {
	scrip.Hold
	Stall scrip.Stall
	Said  []Said // the first first
	buyer jose.VerifyKey
	own   scrip.Keys // the broker's
}

// Said is one DISPUTE or DEFEND, as the log has it.
type Said struct {
	By    scrip.Side
	At    int64  // unix seconds: when it was logged
	JWS   string // as it was signed
	Text  string
	Shows []string // JWS
	Photo string   // digest; empty: it brings none. See Judge.Photo
	// Proven is whether the signature of its side holds; of a Case alone.
	Proven bool
}

// Cases lists what waits for a decision, up to limit, the oldest first.
func (j Judge) Cases(ctx context.Context, limit int) ([]Case, error) {
	holds, err := j.Books.Disputed(ctx, limit)
	if err != nil {
		return nil, err
	}
	var list []Case
	for _, h := range holds {
		c, err := j.caseOf(ctx, h)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// Decided lists the holds that were decided last, the last one first.
func (j Judge) Decided(ctx context.Context, limit int) ([]scrip.Hold, error) {
	return j.Books.Decided(ctx, limit)
}

// Case returns the case of a purchase, decided or not; scrip.NotFound where it is not
// protected.
func (j Judge) Case(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (Case, error) {
	h, err := j.Books.Held(ctx, v, purchase)
	if errors.Is(err, scrip.ErrAbsent) {
		err = scrip.NotFound
	}
	if err != nil {
		return Case{}, err
	}
	return j.caseOf(ctx, h)
}

// caseOf reads a case, and verifies who signed what was said.
func (j Judge) caseOf(ctx context.Context, h scrip.Hold) (Case, error) {
	c := Case{Hold: h}
	own, err := scrip.Chain{Broker: j.ID}.Learn(ctx, func(ctx context.Context, after int64) ([]string, error) {
		return j.Books.Keys(ctx, after, scrip.MaxKeysPage)
	})
	if err != nil {
		return Case{}, err
	}
	c.own = own.Signer()
	if c.Stall, err = j.Books.Stall(ctx, h.Vendor); err != nil {
		return Case{}, err
	}
	if c.Said, err = saidOf(ctx, j.Books, h.Vendor, h.Purchase); err != nil {
		return Case{}, err
	}
	for i, s := range c.Said {
		if s.By == scrip.Seller {
			m, err := scrip.Verify[scrip.Defend](s.JWS, string(j.ID), c.Stall.Signer())
			c.Said[i].Proven = err == nil && m.Body.Purchase == h.Purchase
			continue
		}
		m, err := scrip.Verify[scrip.Dispute](s.JWS, string(j.ID), nil)
		if c.Said[i].Proven = err == nil && m.From == string(h.Pseudonym) && m.Body.Purchase == h.Purchase; c.Said[i].Proven {
			c.buyer = m.Key
		}
	}
	return c, nil
}

// saidOf reads what both sides said of a purchase out of the log, the first first.
func saidOf(ctx context.Context, books Books, v scrip.VendorID, purchase scrip.ID) ([]Said, error) {
	showings, err := books.Showings(ctx, v, purchase)
	if err != nil {
		return nil, err
	}
	var list []Said
	for _, s := range showings {
		records, err := books.Logged(ctx, s.Tx, s.Kind)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.Vendor != v || r.Purchase != purchase || len(r.Evidence) == 0 {
				continue
			}
			said, err := saidIn(r)
			if err != nil {
				return nil, fmt.Errorf("read %s of %s: %w", r.Kind, purchase, err)
			}
			list = append(list, said)
		}
	}
	slices.SortStableFunc(list, func(a, b Said) int { return cmp.Compare(a.At, b.At) })
	return list, nil
}

// saidIn reads what a party signed, whom the broker knew when it logged it.
func saidIn(r scrip.Record) (Said, error) {
	body, err := scrip.ReadShowing(r.Kind, r.Evidence[0])
	said := Said{By: scrip.Buyer, At: r.At, JWS: r.Evidence[0], Text: body.Text, Photo: body.Photo}
	if r.Kind == (scrip.Defend{}).Type() {
		said.By = scrip.Seller
	}
	for _, s := range body.Shows {
		said.Shows = append(said.Shows, s.Message)
	}
	return said, err
}

// Exhibit is a signed message that a party shows, and what its signature proves.
type Exhibit struct {
	Type string     // OFFER, T10, T11 or EVENT; empty: it is none of these, or not signed by a side of this purchase
	By   scrip.Side // who signed it
	At   int64      // unix seconds, by who signed it
	// Here is whether it is about this very purchase; of an OFFER no signature says so.
	Here    bool
	Order   string        // digest of what was ordered, of T10 and T11
	Offer   scrip.Offer   // of an OFFER
	Mandate scrip.Mandate // of T10
	Paid    scrip.Paid    // of T11
	Event   scrip.Event   // of an EVENT
}

// Examine verifies a message that was shown, by the keys of the two sides alone:
// the broker's own books do not count.
func (c Case) Examine(jws string) Exhibit {
	v, seller := string(c.Vendor), c.Stall.Signer()
	if m, err := scrip.Verify[scrip.Mandate](jws, v, nil); err == nil && m.From == string(c.Pseudonym) {
		return Exhibit{Type: m.Body.Type(), By: scrip.Buyer, At: m.At, Here: m.Tx == c.Purchase, Order: m.OrderDigest, Mandate: m.Body}
	}
	if p, err := scrip.Verify[scrip.Paid](jws, string(c.Pseudonym), seller); err == nil {
		return Exhibit{Type: p.Body.Type(), By: scrip.Seller, At: p.At, Here: p.Tx == c.Purchase, Order: p.Body.OrderDigest, Paid: p.Body}
	}
	if o, err := scrip.Verify[scrip.Offer](jws, v, seller); err == nil {
		return Exhibit{Type: o.Body.Type(), By: scrip.Seller, At: o.At, Offer: o.Body}
	}
	if c.buyer.IsZero() {
		return Exhibit{}
	}
	if by, e, err := scrip.ReadEvent(jws, c.buyer, c.Vendor, seller, c.own); err == nil {
		return Exhibit{Type: e.Body.Type(), By: by, At: e.At, Here: e.Tx == c.Purchase, Event: e.Body}
	}
	return Exhibit{}
}
