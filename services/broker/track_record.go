package broker

import (
	"context"
	"sync"

	"peerscrip/services/scrip"
)

// How long a RECORD may be shown, in seconds; and how long the books are not counted
// anew for it. What is signed for a day is signed again when its numbers change.
const (
	recordValid   = 2 * 24 * 60 * 60
	recordResign  = 24 * 60 * 60
	recordRecount = 10 * 60
)

// tracks are the RECORDs as they were signed last. In memory alone: who asks after a
// restart is shown new ones.
type tracks struct {
	mu sync.Mutex
	of map[scrip.VendorID]track // under mu
}

type track struct {
	counts          scrip.Counts
	jws             string
	signed, counted int64 // unix seconds
}

// record is a merchant's RECORD as signed, as fresh as it has to be.
func (b *Broker) record(ctx context.Context, s scrip.Stall) (string, error) {
	at := b.Clock().Unix()
	b.tracks.mu.Lock()
	known := b.tracks.of[s.Vendor]
	b.tracks.mu.Unlock()
	if known.jws != "" && at >= known.counted && at < known.counted+recordRecount && at < known.signed+recordResign {
		return known.jws, nil
	}
	counts, err := b.Books.Counts(ctx, s.Vendor)
	if err != nil {
		return "", err
	}
	if known.jws == "" || counts != known.counts || at < known.signed || at >= known.signed+recordResign {
		tx, err := scrip.NewID(b.Random)
		if err != nil {
			return "", err
		}
		jws, err := b.evidence(string(s.Vendor), tx, at, counts.Record(s.Vendor, s.NotBefore, at+recordValid))
		if err != nil {
			return "", err
		}
		known = track{counts: counts, jws: jws, signed: at}
	}
	known.counted = at
	b.tracks.mu.Lock()
	defer b.tracks.mu.Unlock()
	b.tracks.of[s.Vendor] = known
	return known.jws, nil
}

// recount has the books counted the next time that a merchant's RECORD is asked for.
func (b *Broker) recount(v scrip.VendorID) {
	b.tracks.mu.Lock()
	defer b.tracks.mu.Unlock()
	if known, there := b.tracks.of[v]; there {
		known.counted = 0
		b.tracks.of[v] = known
	}
}
