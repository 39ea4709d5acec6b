// Package merchant is a peer in its selling role: it issues, accepts and
// checks its own VendorScrip, and keeps its goods and orders.
//
// [Stall] is one merchant. Exchange, Claim and Purchase are steps of the
// protocol: each opens a message, decides, seals its reply, applies both in one
// commit and returns. A purchase needs the stall alone: the broker may be off.
// [Stall.Run] delivers in the background what the broker has yet to hear.
// [Host] keeps many stalls for sellers without a node of their own.
package merchant

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Broker takes a merchant's messages, near or far: T5 with T4's payment part,
// T12, T23 with T22's payment part, REFUND and R3. An error that is not a refusal,
// or scrip.Unavailable, says that nothing is known of what happened to the
// request: it is to be sent again.
type Broker interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)
}

// Certificates keep, durably, the certificate of a stall for all processes that have its shelf.
type Certificates interface {
	// Kept is the one that is kept, as the broker signed it.
	Kept(ctx context.Context) (string, error)
	// Replace keeps the next in the place of the one before: scrip.TxConflict where another is kept.
	Replace(ctx context.Context, before, next string) error
}

// Config is what a Stall is made of.
type Config struct {
	Certificate    scrip.Certificate // that it is opened with: see Current
	CertificateJWS string            // as the broker signed it
	About          string            // the seller's words, until the page of the shelf says otherwise
	Keys           StallKeys
	Shelf          Shelf
	Broker         Broker
	// BrokerInfo says who the broker is and to which key it is sealed now. It is
	// asked whenever that matters, so that a stall follows a new one.
	BrokerInfo    func() scrip.BrokerInfo
	BrokerKeys    scrip.Keys // find the broker's signing keys; default are those of BrokerInfo
	Clock         func() time.Time
	Random        io.Reader     // a cryptographic source
	ScripLifetime time.Duration // of VendorScrip; default one year
	OfferLifetime time.Duration // a listing is signed anew before it is over; default 60 days
	Batch         int           // most purchases reported in one T12, of those that wait; default as many as may be. 1 is what the paper describes
	Requests      int           // messages to the broker a minute, so that no stall uses up what its neighbours may send from this address, and no stranger all of it (see room); 0 is no bound
	Tells         int           // TELLs that it takes of one pseudonym a minute; 0 is no bound
	Changed       func()        // called after goods or stock changed; may be nil
	// Bought is called instead after a purchase, with the offers of which less is left;
	// nil: Changed is. It must not block.
	Bought func(offers []scrip.ID)
	// Webhooks tells the seller's own servers; nil: none is told.
	Webhooks Webhooks
	// Head is the newest head of the broker's log that is known to be the broker's, told with
	// T11 and TOLD; nil, or empty: none is told. It must not block.
	Head func() string
	// Ratings are what the broker publishes of a stall; nil: nothing.
	Ratings func(ctx context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error)
	// Certificates keep the one that it has; nil: it is not kept, and none is asked for by R3.
	Certificates Certificates
	// Process is this one among those that have the shelf: one of them at a time delivers.
	Process Process
	Log     *slog.Logger
}

// Stall is one merchant. Its methods are safe for concurrent use.
type Stall struct {
	Config
	responder scrip.Responder
	standing  atomic.Pointer[standing]
	wake      chan struct{} // there is something to deliver
	book      toldBook
	seller    *waiters // for the seller's events
	lapsing   lapsing
	ratingsAt int64       // unix seconds: when the broker was asked for ratings; Run's alone
	idle      atomic.Bool // see Idle
	attempts  attempts
	asking    scrip.Asking // T4 and T22, each of which costs a message to the broker
	early     *scrip.Pace
	tells     *scrip.Quota // by pseudonym
	room      room         // messages to the broker
	first     atomic.Int32 // the queue that the next delivery begins with
	unrated   unrated
	untold    atomic.Bool  // the broker did not tell a seller who looked, which is logged once until it tells again
	watchedAt atomic.Int64 // unix seconds: when the broker was last asked what has become of holds

	// certifying is full while the broker is asked for a certificate: standing changes under it alone.
	certifying chan struct{}
	unanswered atomic.Bool // a certificate that the broker may have signed is not kept here
	unread     string      // under certifying: the kept certificate of which the log says why it is not shown
}

// Open returns the stall. It starts nothing: see Run.
func Open(c Config) *Stall {
	c.BrokerKeys = c.brokerKeys()
	if c.ScripLifetime == 0 {
		c.ScripLifetime = 365 * 24 * time.Hour
	}
	if c.OfferLifetime == 0 {
		c.OfferLifetime = 60 * 24 * time.Hour
	}
	if c.Batch == 0 {
		c.Batch = scrip.MaxReports
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Bought == nil {
		c.Bought = func([]scrip.ID) { c.Changed() }
	}
	seller := newWaiters()
	book := toldBook{c.Shelf, seller.wake}
	s := &Stall{Config: c, book: book, seller: seller, responder: scrip.Responder{
		Name: string(c.Certificate.Vendor), Signing: c.Keys.Signing, Book: book, Clock: c.Clock, Random: c.Random,
	}, wake: make(chan struct{}, 1), certifying: make(chan struct{}, 1), early: scrip.Early(), tells: &scrip.Quota{Most: c.Tells}, room: roomFor(c.Requests)}
	s.standing.Store(&standing{c.CertificateJWS, c.Certificate})
	return s
}

// brokerKeys is BrokerKeys, or its default.
func (c Config) brokerKeys() scrip.Keys {
	if c.BrokerKeys != nil {
		return c.BrokerKeys
	}
	return func(from, kid string, at int64) (jose.VerifyKey, error) {
		return c.BrokerInfo().Signer()(from, kid, at)
	}
}

// Vendor returns the stall's identity.
func (s *Stall) Vendor() scrip.VendorID { return s.Certificate.Vendor }

// openFrom opens a request to the stall from a customer, who brings its own
// key: the stall knows no one.
func openFrom[B scrip.Body](s *Stall, envelope string) (scrip.Opened[B], error) {
	return scrip.Open[B](envelope, []jose.EnvelopeKey{s.Keys.Envelope}, string(s.Vendor()), nil)
}
