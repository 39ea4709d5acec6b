// Package broker issues BrokerScrip against real money and blesses its
// exchange for VendorScrip, and keeps the books and the log of both.
//
// Each method of [Broker] that takes and returns a scrip.Sealed is one step of
// the protocol: it opens the message, decides, seals its reply, applies both in
// one commit and returns. A refusal that can be attributed to an opened message
// comes back as a sealed REFUSE with a nil error; a message that cannot be
// opened is the error scrip.Unreadable. The same request again gets the same
// reply. All methods are safe for concurrent use. [Broker.Run] asks merchants
// again that have not answered.
package broker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Bank collects real money for the broker, and pays it out. It is safe for concurrent use, and waits for no network: what a payment
// provider has to do is written down in the books and done behind the step.
type Bank interface {
	// Terms are how money gets in, as the broker publishes them.
	Terms() scrip.BankTerms
	// Check returns nil if the bank has an account with this reference, now, and
	// scrip.BankDeclined if it has none: an account that names it could be paid nothing.
	Check(ctx context.Context, reference string) error
	// Collect asks once for an amount of a bank account. Asked again with the same
	// key it answers for the same collection, so that a T1 that is sent again is not
	// paid twice. A refusal (scrip.BankDeclined, scrip.AmountOutOfBounds) is final
	// for this key where the customer gave it: a payment that was declined or called
	// off is never made, unless the collection insists.
	Collect(ctx context.Context, c scrip.Collection) (scrip.Collected, error)
	// Disburse is the order to pay out what a record pays into an account, which the same commit writes down, and with which it moves
	// the money to scrip.PayoutOf; nil where it stays in the account. The key names the order: the same is the same order. What
	// cannot be paid out comes back into the account.
	Disburse(key scrip.ID, reference string, amount scrip.Money, at int64) *scrip.Disbursement
	// Wake tells that an order was written down.
	Wake()
}

// Config is what a Broker is made of.
type Config struct {
	Identity scrip.BrokerInfo   // what it says of itself, with the chain of Keys
	Keys     []string           // its KEYS, from the first to those that name Signing and Envelope
	Signing  jose.SigningKey    // the first of the last KEYS
	Envelope []jose.EnvelopeKey // the first is that of the last KEYS; the others still open
	// Look reads the keys anew, where their operator may make others meanwhile; nil: there
	// are none but these. See [Broker.FollowKeys].
	Look func(ctx context.Context) (Keyring, error)
	// Followed is told what the broker says of itself once it signs with other keys; may be nil.
	Followed func(scrip.BrokerInfo)
	Books    Books
	Bank     Bank
	// Merchants carries T16 and CALL. Nil reaches nobody.
	Merchants Merchants
	// Witnesses cosign the heads of the log: see [Broker.Cosigning].
	Witnesses []Witness
	Clock     func() time.Time
	Random    io.Reader     // a cryptographic source
	LockTime  time.Duration // from T3 to T5; default one minute
	// ExtendTime is how long a merchant may issue after T15; default ten minutes.
	ExtendTime time.Duration
	// HeadEvery is the least time between two signed heads of the log; default
	// one minute.
	HeadEvery time.Duration
	// Rounds is the longest pause between two rounds of Run; default one minute. Where other
	// processes of the broker leave work to this one it is how soon it is found.
	Rounds time.Duration
	// CertificateLifetime is how long a stall's certificate is in force;
	// default one year.
	CertificateLifetime time.Duration
	// Requests is how many requests an account, or a merchant, may make a minute; 0 is
	// no bound.
	Requests int
	// Logged is how many records of each kind an account may have logged an hour,
	// and a merchant ten times as many; 0 is no bound.
	Logged int
	Log    *slog.Logger // default: dropped
}

// Broker is one broker. Make it with New.
type Broker struct {
	Config
	answers scrip.Responder // without a key: see responder
	keys    keyrings
	wake    chan struct{} // a merchant has not answered T16
	early   *scrip.Pace
	quota   *scrip.Quota
	asking  scrip.Asking // T15s for which merchants are asked while their customers wait
	silent  silent
	tracks  tracks

	witnessed witnessed

	looking sync.Mutex // at a photo that is shown

	calling    sync.Mutex
	all, quiet lap // under calling: those with money of customers; those of them that were silent
}

// New returns a broker. Its books must be open; it starts nothing.
func New(c Config) *Broker {
	if c.LockTime == 0 {
		c.LockTime = time.Minute
	}
	if c.CertificateLifetime == 0 {
		c.CertificateLifetime = 365 * 24 * time.Hour
	}
	if c.HeadEvery == 0 {
		c.HeadEvery = time.Minute
	}
	if c.Rounds == 0 {
		c.Rounds = longestPause
	}
	if c.ExtendTime == 0 {
		c.ExtendTime = 10 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Books = paced(disbursingBooks{c.Books, c.Bank}, c.Logged)
	c.Identity.Bank = c.Bank.Terms()
	b := &Broker{
		Config:  c,
		answers: scrip.Responder{Name: string(c.Identity.ID), Book: c.Books, Clock: c.Clock, Random: c.Random},
		wake:    make(chan struct{}, 1),
		early:   scrip.Early(),
		quota:   &scrip.Quota{Most: c.Requests},
		tracks:  tracks{of: map[scrip.VendorID]track{}},
		silent:  silent{asked: map[scrip.VendorID]int64{}},
		all:     lap{every: callEvery},
		quiet:   lap{every: callSilentEvery},
	}
	b.keys.again.Most, b.keys.again.Window = 1, 1
	b.keys.now.Store(&Keyring{Chain: c.Identity.Chain, Keys: c.Keys, Signing: c.Signing, Envelope: c.Envelope})
	b.keys.looked.Store(c.Clock().Unix())
	return b
}

// Keys returns the broker's KEYS after a serial, the oldest first, a page of them.
func (b *Broker) Keys(ctx context.Context, after int64) ([]string, error) {
	return b.Books.Keys(ctx, after, scrip.MaxKeysPage)
}

// Info returns what the broker tells everyone of itself.
func (b *Broker) Info(context.Context) (scrip.BrokerInfo, error) {
	info := b.Identity
	info.Chain = b.keys.now.Load().Chain
	return info, nil
}

// accounts finds the keys of accounts, those too that they have replaced: of which barred says
// that nothing new is granted to what is signed with them.
func (b *Broker) accounts(ctx context.Context, barred *scrip.Refusal) scrip.Keys {
	return func(from, kid string, _ int64) (jose.VerifyKey, error) {
		*barred = ""
		account, err := b.Books.Account(ctx, scrip.AccountID(from))
		if err != nil || account.Key.Thumbprint() == kid {
			return account.Key, unknownKey(err)
		}
		*barred = scrip.KeyReplaced
		key, err := b.Books.AccountKey(ctx, account.ID, kid)
		return key, unknownKey(err)
	}
}

// parts finds the keys of accounts for the parts that merchants pass on (T4, T22), which are as good with a key that was
// replaced meanwhile: T4's is held against its T3, and T22's pays the account.
func (b *Broker) parts(ctx context.Context) scrip.Keys { return b.accounts(ctx, new(scrip.Refusal)) }

// vendors finds the keys of merchants, revoked ones too: a step refuses those
// by name.
func (b *Broker) vendors(ctx context.Context) scrip.Keys {
	return func(from, kid string, _ int64) (jose.VerifyKey, error) {
		stall, err := b.Books.Stall(ctx, scrip.VendorID(from))
		return stall.Signing, unknownKey(err)
	}
}

func unknownKey(err error) error {
	if errors.Is(err, scrip.ErrAbsent) {
		return jose.ErrUnknownKey
	}
	return err
}

// openFrom opens a request to the broker from one of senders: Unavailable when it has
// made too many. Those that bring a key of their own are nobody's yet.
func openFrom[B scrip.Body](b *Broker, envelope string, senders scrip.Keys) (scrip.Opened[B], error) {
	if err := b.current(); err != nil {
		return scrip.Opened[B]{}, err
	}
	m, err := scrip.Open[B](envelope, b.opens(), string(b.Identity.ID), senders)
	if errors.Is(err, scrip.Unreadable) && b.lookedAgain() { // it may be sealed to a key that another process has shown
		m, err = scrip.Open[B](envelope, b.opens(), string(b.Identity.ID), senders)
	}
	if err == nil && senders != nil {
		err = b.quota.Take(m.From, m.Digest, b.Clock().Unix())
	}
	return m, err
}

// openOwn opens a request of an account, and names it: barred (scrip.KeyReplaced) where the
// account has replaced the key that it is signed with.
func openOwn[B scrip.Body](ctx context.Context, b *Broker, envelope string) (scrip.Opened[B], scrip.Request, error) {
	var barred scrip.Refusal
	m, err := openFrom[B](b, envelope, b.accounts(ctx, &barred))
	q := scrip.RequestOf(m)
	q.Barred = barred
	return m, q, err
}

// activeStall returns a merchant the broker stands behind.
func (b *Broker) activeStall(ctx context.Context, v scrip.VendorID, at int64) (scrip.Stall, error) {
	stall, err := b.Books.Stall(ctx, v)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.Stall{}, scrip.UnknownVendor
	case err != nil:
		return scrip.Stall{}, err
	case stall.Revoked:
		return scrip.Stall{}, scrip.StallRevoked
	}
	return stall, stall.CheckTime(at)
}

// evidence signs a message that is passed on inside another one.
func (b *Broker) evidence(to string, tx scrip.ID, at int64, body scrip.Body) (string, error) {
	signed, err := jose.Sign(b.Random, scrip.Compose(string(b.Identity.ID), to, tx, at, body, scrip.Attachments{}), b.signing())
	return signed.JWS, err
}
