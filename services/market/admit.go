package market

import (
	"errors"

	"peerscrip/services/scrip"
)

// certified checks one entry of the directory: signed by the broker, for this
// vendor, not revoked nor run out. One whose time has not come is taken in, and not
// shown until then: a clock that was set back closes no stall.
func certified(s scrip.CertifiedStall, broker scrip.Keys, now int64) (Stall, error) {
	if s.Revoked {
		return Stall{}, scrip.StallRevoked
	}
	cert, err := scrip.ReadCertificate(s.Certificate, s.Vendor, broker)
	if err != nil {
		return Stall{}, err
	}
	if err := cert.CheckTime(now); err != nil && !errors.Is(err, scrip.NotYetInForce) {
		return Stall{}, err
	}
	if err := scrip.ValidName(cert.Name); err != nil {
		return Stall{}, err
	}
	record := s.Record
	if _, err := scrip.ReadTrackRecord(record, cert.Vendor, broker, now); err != nil {
		record = "" // who sells is known all the same
	}
	return Stall{
		Vendor: cert.Vendor, Name: cert.Name, Words: index(cert.Name), BaseURL: cert.BaseURL, Certificate: s.Certificate, Record: record,
		NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
	}, nil
}

// admission is what offers of one stall are held against.
type admission struct {
	stall    scrip.Certificate
	currency string
	now      int64
	known    map[string]Admitted // by the signed text: what was verified before
}

// entries admits the offers that are good, up to MaxOffers, and counts those
// that are not, and those beyond. Of two versions of an offer the later counts.
func (a admission) entries(offers []scrip.PublicOffer) (list []Entry, refused, over int) {
	if len(offers) > MaxOffers {
		offers, over = offers[:MaxOffers], len(offers)-MaxOffers
	}
	at := map[scrip.ID]int{} // where in list an offer stands
	for _, o := range offers {
		e, err := a.admit(o)
		if err != nil {
			refused++
			continue
		}
		i, twice := at[e.Offer.Offer]
		if twice && list[i].Kept != e.Kept { // the catalogue does not tell when the one was signed
			a.known = nil
			return a.entries(offers)
		}
		switch {
		case !twice:
			at[e.Offer.Offer] = len(list)
			list = append(list, e)
		case e.ListedAt > list[i].ListedAt:
			list[i] = e
		}
	}
	return list, refused, over
}

// admit is entry, but of an offer that was admitted before.
func (a admission) admit(o scrip.PublicOffer) (Entry, error) {
	k, before := a.known[o.Offer]
	if !before {
		return a.entry(o)
	}
	if a.now >= k.ValidUntil {
		return Entry{}, scrip.OfferExpired
	}
	e := Entry{Kept: true, Listing: scrip.Listing{Version: k.Version, JWS: o.Offer, Stock: inStock(o)}}
	e.Vendor, e.Offer.Offer = a.stall.Vendor, k.Offer
	return e, nil
}

// inStock is how many are left, as the catalogue keeps it.
func inStock(o scrip.PublicOffer) int { return min(max(o.Stock, 0), scrip.MaxQuantity) }

// entry checks one offer: signed by the stall, for this vendor, in force, in
// the broker's currency.
func (a admission) entry(o scrip.PublicOffer) (Entry, error) {
	opened, err := scrip.Verify[scrip.Offer](o.Offer, string(a.stall.Vendor), a.stall.Signer())
	if err != nil {
		return Entry{}, err
	}
	body := opened.Body
	switch {
	case body.Vendor != a.stall.Vendor:
		return Entry{}, scrip.PartyMismatch
	case a.now >= body.ValidUntil:
		return Entry{}, scrip.OfferExpired
	case body.Currency != a.currency:
		return Entry{}, scrip.ValueMismatch
	case body.For != "", body.IsRequest():
		return Entry{}, scrip.NotFound // a private offer, or a payment link, is nobody else's business
	}
	if _, err := body.Price.Add(body.Dearest()); err != nil {
		return Entry{}, err
	}
	return EntryOf(scrip.Listing{
		Offer: body, Version: opened.Tx, JWS: o.Offer,
		Stock: inStock(o),
		// A stall whose clock is ahead, by accident or not, is not newest for ever.
		ListedAt: min(opened.At, a.now),
	}), nil
}

// EntryOf is a listing with what it is found by.
func EntryOf(l scrip.Listing) Entry {
	return Entry{Listing: l, TitleWords: index(l.Title), AllWords: index(searchable(l.Offer)...), Known: known(l.Offer)}
}

// searchable are the texts of an offer in which its words are looked for.
func searchable(o scrip.Offer) []string {
	texts := []string{o.Title, o.Description, o.Category, o.Sub, o.Place.Town}
	for _, a := range o.Attributes {
		texts = append(texts, a.Value)
	}
	return texts
}
