package broker

import (
	"context"
	"errors"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Merchants carries T16, with T15's order part in Order, to a merchant near or
// far. An error, whatever it is, says that nothing is known of what happened to
// the request: only a signed answer counts.
type Merchants interface {
	Extend(ctx context.Context, stall scrip.CertifiedStall, in scrip.Sealed) (scrip.Sealed, error)
}

// patience is how long a merchant is waited for at a time.
const patience = 10 * time.Second

// hold names T15's transaction where it holds BrokerScrip.
func hold(tx scrip.ID) scrip.ID { return scrip.HoldBy(scrip.ExtendPayment{}.Type(), tx) }

// Extend is protocol T15, T17, T19, with T16 and T18 between: the account's
// BrokerScrip is held, part of its value is reserved for a merchant, and the
// merchant is asked to issue it as part of VendorScrip that the customer holds.
// The answer holds the merchant's T17 and, in its payment part, T19.
//
// While the merchant does not answer, the payment part is NOTED with the time
// until which it may issue; Run goes on asking. After that time the answer is
// T19 with the change alone, and the reserve waits for the merchant's word:
// T18, which brings T17, or its signed REFUSE, or its revocation, for which the
// reserve goes back. It never does on time alone: the merchant may have issued.
func (b *Broker) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ExtendPayment](b, in.Payment, b.accounts(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	if late, err := b.cameLate(ctx, q); !errors.Is(err, scrip.ErrAbsent) {
		return late, err
	}
	return b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		x, err := b.extending(ctx, m, in.Order, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		a, err := b.extended(ctx, x, b.ask, at)
		if err != nil || a.Unstored || a.Change.Broker.Loosen != nil {
			b.wakeUp() // the merchant is to be asked again
		}
		return a, err
	})
}

// cameLate answers a T15 whose T18 came after its change was given: with the
// T17 that is kept, and with T19 once more while what it brought lives.
func (b *Broker) cameLate(ctx context.Context, q scrip.Request) (scrip.Sealed, error) {
	late, err := b.Books.Reply(ctx, q.From, scrip.ExtendOrder{}.Type(), q.Tx)
	if err == nil && late.Digest != q.Digest {
		err = scrip.ErrAbsent
	}
	if err != nil {
		return scrip.Sealed{}, err
	}
	change, err := b.Books.Reply(ctx, q.From, q.Typ, q.Tx)
	if errors.Is(err, scrip.ErrAbsent) {
		return late.Reply, nil
	}
	return scrip.Sealed{Order: late.Reply.Order, Payment: change.Reply.Payment}, err
}

// extending holds the BrokerScrip and writes T15 down, with the T16 that will
// be sent, unless it is written down already. A crash after this commit leaves
// an extension that Run takes up.
func (b *Broker) extending(ctx context.Context, m scrip.Opened[scrip.ExtendPayment], order string, at int64) (scrip.Extension, error) {
	known, err := b.Books.Extension(ctx, m.Tx)
	switch {
	case err == nil && (known.Digest != m.Digest || string(known.Account) != m.From):
		return scrip.Extension{}, scrip.TxConflict
	case !errors.Is(err, scrip.ErrAbsent):
		return known, err
	}
	stall, err := b.mayExtend(ctx, m, order, at)
	if err != nil {
		return scrip.Extension{}, err
	}
	x := scrip.Extension{
		Tx: m.Tx, Account: m.Body.Account, Vendor: m.Body.Vendor, Value: m.Body.Value, ScripID: m.Scrip.ScripID, Held: true,
		Digest: m.Digest, ReplyKey: *m.ReplyKey, ValidUntil: at + int64(b.ExtendTime/time.Second),
	}
	if x.RequestKey, err = jose.NewReplyKey(b.Random); err != nil {
		return scrip.Extension{}, err
	}
	request := scrip.Compose(string(b.Identity.ID), string(x.Vendor), x.Tx, at, scrip.ExtendRequest{
		Vendor: x.Vendor, Value: x.Value, OrderDigest: m.Dual, PaymentDigest: m.Digest, ValidUntil: x.ValidUntil,
	}, scrip.Attachments{ReplyKey: &x.RequestKey})
	envelope, err := jose.Seal(b.Random, request, b.Signing, stall.Envelope)
	if err != nil {
		return scrip.Extension{}, err
	}
	x.Request = scrip.Sealed{Envelope: envelope, Order: order}
	posts := []scrip.Posting{{From: scrip.Outstanding, To: scrip.ReserveOf(x.Vendor), Amount: x.Value}}
	err = b.Books.Apply(ctx, scrip.Change{
		At:   at,
		Lock: []scrip.Lock{{ScripID: x.ScripID, Tx: hold(x.Tx), Until: scrip.Forever}},
		Broker: &scrip.BrokerChange{
			Post:   posts,
			Extend: &x,
			Log:    []scrip.Record{extensionRecord(x, at, "T15", posts, m.JWS)},
		},
	})
	if errors.Is(err, scrip.TxConflict) || errors.Is(err, scrip.AlreadyRecorded) {
		// The same T15 may have come twice at the same time: what was written
		// first stands, or its answer.
		if known, err = b.Books.Extension(ctx, m.Tx); err != nil || known.Digest != m.Digest {
			return scrip.Extension{}, scrip.TxConflict
		}
		return known, nil
	}
	return x, err
}

// mayExtend checks what the broker can see of T15: its own part.
func (b *Broker) mayExtend(ctx context.Context, m scrip.Opened[scrip.ExtendPayment], order string, at int64) (scrip.Stall, error) {
	live, err := b.presented(ctx, m.From, string(m.Body.Account), hold(m.Tx), m.Attachments, at)
	if err != nil {
		return scrip.Stall{}, err
	}
	if m.Body.Value > live.Value {
		return scrip.Stall{}, scrip.InsufficientScrip
	}
	if !scrip.Passable(order) {
		return scrip.Stall{}, scrip.PartyMismatch
	}
	return b.activeStall(ctx, m.Body.Vendor, at)
}

// verdict is what a merchant has to say to T16.
type verdict struct {
	unheard  bool // it was not reached
	issued   bool
	refused  scrip.Refusal // empty if it did not refuse
	evidence []string      // its signed word
	order    string        // T17
}

// asker gets a merchant's verdict.
type asker func(ctx context.Context, x scrip.Extension) (verdict, error)

// extended asks the merchant, and decides what its answer, or its silence, does
// while the BrokerScrip is held.
func (b *Broker) extended(ctx context.Context, x scrip.Extension, ask asker, at int64) (scrip.Answer, error) {
	if !x.Held { // its change was given, and is spent: Run waits for the rest
		return noted(x), nil
	}
	said, err := ask(ctx, x)
	switch {
	case err != nil:
		return scrip.Answer{}, err
	case said.issued:
		return b.filled(ctx, x, said, at)
	case said.refused != "":
		return undone(x, said, at), nil
	case at >= x.ValidUntil:
		return b.loosened(ctx, x, at)
	}
	return noted(x), nil
}

// noted says that the merchant has not answered.
func noted(x scrip.Extension) scrip.Answer {
	return scrip.Answer{Body: scrip.Noted{Deadline: x.ValidUntil}, Unstored: true}
}

// ask sends T16. A verdict that is neither means that nothing is known: the
// merchant was not reached, or what came back is not signed by it, or it may yet
// issue. Its revocation stands for a refusal, if it says nothing else.
func (b *Broker) ask(ctx context.Context, x scrip.Extension) (verdict, error) {
	stall, err := b.Books.Stall(ctx, x.Vendor)
	if err != nil {
		return verdict{}, err
	}
	if b.Merchants == nil {
		return silence(stall), nil
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := b.Merchants.Extend(asking, published(stall), x.Request)
	if err != nil {
		b.Log.Info("a merchant does not answer T16", "vendor", x.Vendor, "err", err)
		return silence(stall), nil
	}
	if said, ok := b.read(x, stall, answer); ok {
		return said, nil
	}
	said := silence(stall)
	said.unheard = false
	return said, nil
}

// askNobody is ask where the merchant is known to be out of reach.
func (b *Broker) askNobody(ctx context.Context, x scrip.Extension) (verdict, error) {
	stall, err := b.Books.Stall(ctx, x.Vendor)
	return silence(stall), err
}

// silence is what it means that a merchant says nothing.
func silence(stall scrip.Stall) verdict {
	if stall.Revoked {
		return verdict{unheard: true, refused: scrip.StallRevoked}
	}
	return verdict{unheard: true}
}

// read opens a merchant's answer to T16 and reports whether it settles
// anything.
func (b *Broker) read(x scrip.Extension, stall scrip.Stall, answer scrip.Sealed) (verdict, bool) {
	me, signer := string(b.Identity.ID), stall.Signer()
	m, err := scrip.OpenReply[scrip.ExtendApproval](answer.Envelope, x.RequestKey, me, x.Tx, signer)
	if err == nil {
		good := m.Body.Value == x.Value && m.Body.Vendor == x.Vendor && scrip.Passable(answer.Order)
		return verdict{issued: true, evidence: []string{m.JWS}, order: answer.Order}, good
	}
	refuse, err := scrip.OpenReply[scrip.Refuse](answer.Envelope, x.RequestKey, me, x.Tx, signer)
	if err != nil || refuse.Body.Reason.Transient() {
		return verdict{}, false
	}
	return verdict{refused: refuse.Body.Reason, evidence: []string{refuse.JWS}}, true
}

// filled is what T18 does in time: the BrokerScrip dies, the reserve becomes
// float, and what is left becomes fresh BrokerScrip.
func (b *Broker) filled(ctx context.Context, x scrip.Extension, said verdict, at int64) (scrip.Answer, error) {
	a, err := b.change(ctx, x, at)
	a.Order = said.order
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor), To: scrip.FloatOf(x.Vendor), Amount: x.Value}}
	a.Change.Broker = &scrip.BrokerChange{
		Unextend: &scrip.Unextended{Tx: x.Tx, Held: true},
		Log:      []scrip.Record{extensionRecord(x, at, scrip.ExtendApproval{}.Type(), posts, said.evidence...)},
		Post:     posts,
	}
	return a, err
}

// loosened gives the change of a T15 whose time is over, so that the customer
// has the rest of its money; the reserve stays. Without change there is nothing
// to say but NOTED, now and later.
func (b *Broker) loosened(ctx context.Context, x scrip.Extension, at int64) (scrip.Answer, error) {
	a, err := b.change(ctx, x, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	a.Change.At = at
	a.Change.Broker = &scrip.BrokerChange{
		Loosen: &scrip.Loosened{Tx: x.Tx, ScripID: a.Brings},
		Log:    []scrip.Record{extensionRecord(x, at, scrip.ExtendChange{}.Type(), nil)},
	}
	if a.Body != nil {
		return a, nil
	}
	return noted(x), b.Books.Apply(ctx, a.Change)
}

// change kills the held BrokerScrip and issues what is left of it, with T19 to
// say so, if anything is.
func (b *Broker) change(ctx context.Context, x scrip.Extension, at int64) (scrip.Answer, error) {
	live, err := b.Books.Live(ctx, x.ScripID)
	if errors.Is(err, scrip.ScripSpent) {
		err = scrip.ErrAnswered // somebody was faster
	}
	if err != nil {
		return scrip.Answer{}, err
	}
	a := scrip.Answer{Change: scrip.Change{Kill: []scrip.Kill{{ScripID: x.ScripID, Tx: hold(x.Tx)}}}}
	rest := live.Value - x.Value
	if rest == 0 {
		return a, nil
	}
	row, held, err := b.issue(x.Account, rest, at)
	a.Body, a.Attachments = scrip.ExtendChange{Value: rest}, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	a.Brings, a.Change.Issue = row.ScripID, []scrip.Live{row}
	return a, err
}

// undone is what a refusal does in time: the BrokerScrip is free and whole
// again. The customer's REFUSE is kept while it lives, so that the T15 it was
// told is over cannot, sent again by somebody else, be granted after all.
func undone(x scrip.Extension, said verdict, at int64) scrip.Answer {
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor), To: scrip.Outstanding, Amount: x.Value}}
	return scrip.Answer{
		Body:   scrip.Refuse{Reason: said.refused},
		Brings: x.ScripID,
		Change: scrip.Change{
			Release: []scrip.Release{{ScripID: x.ScripID, Tx: hold(x.Tx)}},
			Broker: &scrip.BrokerChange{
				Post:     posts,
				Log:      []scrip.Record{extensionRecord(x, at, said.ends(), posts, said.evidence...)},
				Unextend: &scrip.Unextended{Tx: x.Tx, Held: true},
			},
		},
	}
}

// ends names, in the log, what undid an extension: the merchant's REFUSE, or,
// where there is none, its revocation.
func (v verdict) ends() string {
	if len(v.evidence) == 0 {
		return "REVOKED"
	}
	return scrip.Refuse{}.Type()
}

func extensionRecord(x scrip.Extension, at int64, kind string, posts []scrip.Posting, evidence ...string) scrip.Record {
	return scrip.Record{
		At: at, Kind: kind, Tx: x.Tx, Account: x.Account, Vendor: x.Vendor, Amount: x.Value, Posts: posts, Evidence: evidence,
	}
}
