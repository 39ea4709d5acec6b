package market

import (
	"context"
	"time"

	"peerscrip/services/scrip"
)

// How long a page of ratings is shown as it was read, in seconds; how many pages are
// kept; and how long a reader waits for one that is not.
const (
	ratedFor    = 60
	maxRated    = 1000
	ratedWithin = 2 * time.Second
)

// ratedPage is ratings as they were read.
type ratedPage struct {
	list []scrip.ToldRating
	at   int64 // unix seconds
}

// Rated lists what buyers said of a stall, as the broker publishes it, the newest
// first: each as it was signed. Where the broker does not answer, it is what was read
// before, or nothing.
func (m *Market) Rated(ctx context.Context, s Stall, before int64) []scrip.ToldRating {
	if m.Ratings == nil {
		return nil
	}
	page, now := scrip.RatingPage{Vendor: s.Vendor, Before: before}, m.now()
	m.mu.Lock()
	known, there := m.rated[page]
	m.mu.Unlock()
	if there && now >= known.at && now < known.at+ratedFor {
		return known.list
	}
	asking, cancel := context.WithTimeout(ctx, ratedWithin)
	defer cancel()
	list, err := m.Ratings(asking, page)
	cert, bad := scrip.ReadCertificate(s.Certificate, s.Vendor, m.Keys)
	switch {
	case ctx.Err() != nil:
		return known.list
	case err != nil:
		m.Log.Info("ratings cannot be read", "vendor", s.Vendor, "err", err)
	case bad == nil:
		known.list = scrip.ReadRatings(list, m.Broker().ID, s.Vendor, cert.Signer())
	}
	known.at = now
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rated) >= maxRated {
		clear(m.rated)
	}
	m.rated[page] = known
	return known.list
}
