package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

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

// settleLate asks about a T15 whose change was given already. What the merchant
// says is then kept beside T19.
func (b *Broker) settleLate(ctx context.Context, x scrip.Extension, ask asker) error {
	said, err := ask(ctx, x)
	if err != nil {
		return err
	}
	at := b.Clock().Unix()
	var change scrip.Change
	switch {
	case said.issued:
		change = filledLate(x, said, at)
	case said.refused != "":
		change, err = b.undoneLate(ctx, x, said, at)
	default:
		err = errSilent
	}
	if err != nil {
		return err
	}
	err = b.Books.Apply(ctx, change)
	if errors.Is(err, scrip.BankDeclined) {
		b.Log.Warn("what a T15 brings back is set aside: the customer's bank does not take it", "tx", x.Tx)
		err = b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{
			Aside: &scrip.Unpaid{Tx: x.Tx, Reason: scrip.BankDeclined},
		}})
	}
	if errors.Is(err, scrip.ErrAnswered) {
		return nil
	}
	return err
}

// filledLate is what T18 does late: the reserve becomes float, and T17 is kept
// for the customer, for good.
func filledLate(x scrip.Extension, said verdict, at int64) scrip.Change {
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor, x.Account()), To: scrip.FloatOf(x.Vendor, x.Account()), Amount: x.Value}}
	return scrip.Change{
		At: at,
		Replies: []scrip.StoredReply{{
			From: x.From, Typ: scrip.ExtendOrder{}.Type(), Tx: x.Tx, Digest: x.Digest, Reply: scrip.Sealed{Order: said.order},
		}},
		Broker: &scrip.BrokerChange{
			Unextend: &scrip.Unextended{Tx: x.Tx, Held: false},
			Log:      []scrip.Record{extensionRecord(x, at, scrip.ExtendApproval{}.Type(), posts, said.evidence...)},
			Post:     posts,
		},
	}
}

// undoneLate is what a refusal does late: the reserve goes to the customer's
// bank account, for the BrokerScrip it was held from is gone.
func (b *Broker) undoneLate(ctx context.Context, x scrip.Extension, said verdict, at int64) (scrip.Change, error) {
	account, err := b.Books.Account(ctx, x.Account())
	if err != nil {
		return scrip.Change{}, err
	}
	replies, err := b.returned(ctx, x, at)
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor, x.Account()), To: scrip.BankOf(account.Bank), Amount: x.Value}}
	return scrip.Change{
		At:      at,
		Replies: replies,
		Broker: &scrip.BrokerChange{
			Unextend: &scrip.Unextended{Tx: x.Tx, Held: false},
			Log:      []scrip.Record{extensionRecord(x, at, said.ends(), posts, said.evidence...)},
			Post:     posts,
		},
	}, err
}

// returned says in T19, while what it brought lives, that the rest went back to
// the bank. Afterwards the same T15 meets dead scrip.
func (b *Broker) returned(ctx context.Context, x scrip.Extension, at int64) ([]scrip.StoredReply, error) {
	live, err := b.Books.Live(ctx, x.ScripID)
	if errors.Is(err, scrip.ScripSpent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	held, q := live.Held(b.Identity.ID), extensionOf(x)
	t19, err := b.responder().Seal(q, scrip.ExtendChange{Value: live.Value, Returned: x.Value},
		scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}, at)
	return []scrip.StoredReply{{
		From: q.From, Typ: q.Typ, Tx: q.Tx, Digest: q.Digest, Reply: t19, ScripID: live.ScripID, Replaces: true,
	}}, err
}
