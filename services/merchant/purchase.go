package merchant

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Purchase is protocol T10, T11. In one commit the VendorScrip dies, its
// change is issued, the goods leave the shelf, the order exists and its T12 is
// queued. It needs nobody but the customer and the stall.
func (s *Stall) Purchase(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Mandate](s, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again, q.Once = s.soldBefore(m), true
	checked, bought := false, []scrip.ID(nil)
	sealed, err := s.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		c, err := s.counter(ctx, m, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		listings, err := checkOrder(m, c, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		checked = true
		for _, l := range listings {
			if !l.IsRequest() { // that no catalogue has
				bought = append(bought, public(l))
			}
		}
		return s.sold(m, c.Live, listings, at)
	})
	if checked {
		s.wakeUp() // to report it
	}
	if len(bought) > 0 {
		s.Bought(bought)
	}
	return sealed, err
}

// public is the offer that anyone sees of a listing: of a private one that from which it
// was made.
func public(l scrip.Listing) scrip.ID {
	if l.Source != "" {
		return l.Source
	}
	return l.Offer.Offer
}

// soldBefore answers a T10 that was granted: the sale, and the row of what was left of its
// VendorScrip, say it all. Who has spent that had the answer.
func (s *Stall) soldBefore(m scrip.Opened[scrip.Mandate]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		sale, err := s.Shelf.SaleOf(ctx, m.Tx, scrip.Pseudonym(m.From))
		if err != nil {
			return scrip.Answer{}, err
		}
		if !scrip.SamePayload(sale.Mandate, m.JWS) {
			return scrip.Answer{}, scrip.TxConflict
		}
		if sale.Change == "" {
			return scrip.Answer{Body: paid(sale, 0)}, nil
		}
		rest, err := s.Shelf.Live(ctx, sale.Change)
		if errors.Is(err, scrip.ScripSpent) {
			return scrip.Answer{}, scrip.ErrAbsent
		}
		held := rest.Held(s.id())
		return scrip.Answer{Body: paid(sale, rest.Value), Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}}, err
	}
}

// paid is T11 of a sale.
func paid(sale scrip.Sale, change scrip.Money) scrip.Paid {
	return scrip.Paid{Price: sale.Price, OrderID: sale.ID, OrderDigest: sale.OrderDigest, Change: change}
}

// counter looks at what a T10 pays with and for, at a stall that takes orders: it wants
// VendorScrip that may be spent and is worth the price.
func (s *Stall) counter(ctx context.Context, m scrip.Opened[scrip.Mandate], at int64) (Counter, error) {
	versions := make([]scrip.ID, len(m.Order.Lines))
	for i, line := range m.Order.Lines {
		versions[i] = line.Version
	}
	c, err := s.Shelf.Counter(ctx, m.Attachments.Scrip.ScripID, versions)
	if errors.Is(err, scrip.ScripSpent) { // of which nothing is read beside it
		return Counter{}, errors.Join(s.takesOrders(ctx, at), err)
	}
	if err != nil {
		return Counter{}, err
	}
	if err := c.Page.TakesOrders(at); err != nil {
		return Counter{}, err
	}
	if err := s.checkPresented(c.Live, m.From, m.Tx, m.Key, m.Attachments, at); err != nil {
		return Counter{}, err
	}
	if c.Live.Value < m.Body.Price {
		return Counter{}, scrip.InsufficientScrip
	}
	return c, nil
}

// checkOrder wants the stall's own, current offers, one for each line, and the
// price and the protection that follow from what it signed. A buyer may go without
// protection. Whether there is stock is for the commit
// to say.
func checkOrder(m scrip.Opened[scrip.Mandate], c Counter, at int64) ([]scrip.Listing, error) {
	var listings []scrip.Listing
	var portions []scrip.Portion
	for i, line := range m.Order.Lines {
		l, err := c.ordered(line, at)
		if err == nil {
			if no := checkAlone(l, scrip.Pseudonym(m.From), line.Quantity); no != nil {
				return nil, no
			}
		}
		if no, ok := scrip.AsRefusal(err); ok {
			return nil, scrip.AtLine{Refusal: no, Line: i}
		}
		listings, portions = append(listings, l), append(portions, scrip.Portion{Offer: l.Offer, Quantity: line.Quantity})
	}
	total, err := scrip.Total(portions, m.Order.Delivery)
	if err != nil {
		return nil, err
	}
	if total != m.Body.Price {
		return nil, scrip.PriceMismatch
	}
	if by := m.Body.Protect; by != nil && !scrip.Promised(portions, m.Order.Delivery).Kept(*by, at) {
		return nil, scrip.PromiseMismatch
	}
	return listings, nil
}

// ordered finds what a line of an order names, as long as it stands on the stall.
// An earlier version, and one that the stall never signed, is OfferChanged.
func (c Counter) ordered(line scrip.OrderLine, at int64) (scrip.Listing, error) {
	l, there := c.Listings[line.Version]
	switch {
	case !there:
		return scrip.Listing{}, scrip.OfferChanged
	case l.Ended || jose.Signed{JWS: l.JWS}.Digest() != line.Digest:
		return scrip.Listing{}, scrip.OfferChanged
	case at >= l.ValidUntil:
		return scrip.Listing{}, scrip.OfferExpired
	}
	return l, nil
}

// sold is what a good T10 does.
func (s *Stall) sold(m scrip.Opened[scrip.Mandate], live scrip.Live, listings []scrip.Listing, at int64) (scrip.Answer, error) {
	id, err := scrip.NewID(s.Random)
	if err != nil {
		return scrip.Answer{}, err
	}
	var stock []scrip.StockTaken
	var lines []scrip.SaleLine
	for i, l := range listings {
		n := m.Order.Lines[i].Quantity
		stock, lines = append(stock, l.Taken(n)), append(lines, l.Sold(n))
	}
	sent := int64(0)
	if m.Order.Delivery.Way == scrip.WayNone {
		sent = at // there is nothing to send
	}
	rest := live.Value - m.Body.Price
	sale := &scrip.Sale{
		ID: id, Tx: m.Tx, Pseudonym: scrip.Pseudonym(m.From), Lines: lines,
		Price: m.Body.Price, Delivery: m.Order.Delivery.Cleaned(), Wish: scrip.Clean(m.Order.Note),
		OrderDigest: m.OrderDigest, Mandate: m.JWS, PaidAt: at, SentAt: sent, Hold: holdOf(m.Body),
	}
	a := scrip.Answer{
		Body:    paid(*sale, rest),
		Derived: true,
		Change: scrip.Change{
			Kill:  []scrip.Kill{{ScripID: live.ScripID, Tx: m.Tx}},
			Stall: &scrip.StallChange{Stock: stock, Sale: sale},
		},
	}
	if rest > 0 {
		row, held, err := s.issue(scrip.Pseudonym(m.From), m.Key, rest, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		a.Change.Issue = []scrip.Live{row}
		a.Attachments = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
		sale.Change = row.ScripID
	}
	return a, nil
}
