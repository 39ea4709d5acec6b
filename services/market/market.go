package market

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Bounds on what one directory, and one stall, may put into the catalogue. What
// is cut is told: see Market.Unread and Stall.Unshown.
const (
	MaxStalls = 10000     // stalls of one directory, revoked ones not counted
	MaxOffers = 1000      // offers of one stall
	MaxPhoto  = 4 << 20   // bytes of one photo, full size
	maxPixels = 4_000_000 // of a photo, of which an honest stall's longer side has 1600
	abreast   = 8         // stalls read at the same time
	month     = 30 * 24 * 60 * 60
	NearEvery = 10 * 60 // seconds: for changes of near stalls that nobody told of
	nearFirst = 10      // near stalls a second, at the start
)

// Config is what a Market is made of.
type Config struct {
	// Broker says who certifies stalls. It is asked at every reading, so that a
	// new key of the broker's is seen.
	Broker func() scrip.BrokerInfo
	// Keys find the broker's signing keys; nil are those of Broker.
	Keys scrip.Keys
	// Directory lists the stalls.
	Directory Directory
	// Source reads one stall.
	Source Source
	// Store keeps the catalogue.
	Store Store
	// Ratings are what the broker publishes of stalls; nil: nothing.
	Ratings func(ctx context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error)
	// Thumb makes the small copy of a JPEG whose digest was checked. The stall's
	// own small copy is not used: nothing signs it.
	Thumb func(full []byte) ([]byte, error)
	// Clock is the time; nil is time.Now.
	Clock func() time.Time
	// Every is the pause between two readings of a stall that answers; 0 is a
	// minute.
	Every time.Duration
	// Near reports whether a stall tells of its changes, by RefreshStall: it is read again
	// after NearEvery and a half of it at most. Nil: none does.
	Near func(scrip.VendorID) bool
	// Draft reports whether a certified stall is to be hosted here and is not open yet: it is not asked, and counts as one
	// that does not answer until RefreshStall finds it open. Nil: none is.
	Draft func(scrip.Certificate) bool
	// HideAfter is how long a stall that does not answer stays listed; 0 is
	// three days.
	HideAfter time.Duration
	// Timeout bounds every question to a directory or a stall, and half of it
	// one for a photo; 0 is ten seconds.
	Timeout time.Duration
	// PhotoBytes bounds the photos kept; 0 is 512 MiB.
	PhotoBytes int64
	// Log receives what went wrong with stalls; nil is slog.Default.
	Log *slog.Logger
}

// Market is the catalogue. It is safe for concurrent use.
type Market struct {
	Config
	fetching singleflight.Group // one fetch for each photo at a time
	reading  singleflight.Group // one for each payment link
	lanes    *lanes             // where they are fetched
	pauses   *pauses            // of stalls that do not answer, or had much that was new
	silent   *pauses            // of stalls that do not answer for photos
	unread   atomic.Int64
	tags     tags // of what stalls offered when they were filled in last

	certifying sync.Mutex     // held while the directory is taken over
	next       scrip.VendorID // under certifying: the next part of it begins after this one

	mu     sync.Mutex
	turns  map[scrip.VendorID]chan struct{} // under mu; holds a token while free
	rated  map[scrip.RatingPage]ratedPage   // under mu: as last read
	missed map[string]int64                 // under mu: photo digest -> when it may be asked for again
}

// New makes a Market. It does nothing until asked: call Run, or Refresh.
func New(c Config) *Market {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Keys == nil {
		c.Keys = func(from, kid string, at int64) (jose.VerifyKey, error) { return c.Broker().Signer()(from, kid, at) }
	}
	if c.Every <= 0 {
		c.Every = time.Minute
	}
	if c.HideAfter <= 0 {
		c.HideAfter = 72 * time.Hour
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.PhotoBytes <= 0 {
		c.PhotoBytes = 512 << 20
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Market{
		Config: c, lanes: newLanes(),
		pauses: newPauses(int64(c.Every / time.Second)), silent: newPauses(retryPhoto),
		turns: map[scrip.VendorID]chan struct{}{}, missed: map[string]int64{}, rated: map[scrip.RatingPage]ratedPage{},
	}
}

// Unread is how many stalls of the directory, as far as it was read at once, are not in
// the catalogue, because it holds MaxStalls.
func (m *Market) Unread() int { return int(m.unread.Load()) }

func (m *Market) now() int64 { return m.Clock().Unix() }

// moment is what counts as visible now.
func (m *Market) moment() Moment {
	now := m.now()
	return Moment{Now: now, FailingSince: now - int64(m.HideAfter/time.Second)}
}

// turn waits until no one else reads the stall, so that what was asked later
// is also stored later, and returns what ends the turn.
func (m *Market) turn(ctx context.Context, v scrip.VendorID) (func(), error) {
	m.mu.Lock()
	turn := m.turns[v]
	if turn == nil {
		turn = make(chan struct{}, 1)
		turn <- struct{}{}
		m.turns[v] = turn
	}
	m.mu.Unlock()
	select {
	case <-turn:
		return func() { turn <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
