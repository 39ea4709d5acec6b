package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

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

// filled is what T18 does in time: the BrokerScrip dies, the reserve becomes
// float, and what is left becomes fresh BrokerScrip.
func (b *Broker) filled(ctx context.Context, x scrip.Extension, said verdict, at int64) (scrip.Answer, error) {
	a, err := b.change(ctx, x, at)
	a.Order = said.order
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor, x.Account()), To: scrip.FloatOf(x.Vendor, x.Account()), Amount: x.Value}}
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
	row, held, err := b.issue(x.Account(), rest, at)
	a.Body, a.Attachments = scrip.ExtendChange{Value: rest}, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	a.Brings, a.Change.Issue = row.ScripID, []scrip.Live{row}
	return a, err
}

// undone is what a refusal does in time: the BrokerScrip is free and whole
// again. The customer's REFUSE is kept while it lives, so that the T15 it was
// told is over cannot, sent again by somebody else, be granted after all.
func undone(x scrip.Extension, said verdict, at int64) scrip.Answer {
	posts := []scrip.Posting{{From: scrip.ReserveOf(x.Vendor, x.Account()), To: scrip.Outstanding, Amount: x.Value}}
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

func extensionRecord(x scrip.Extension, at int64, kind string, posts []scrip.Posting, evidence ...string) scrip.Record {
	return scrip.Record{
		At: at, Kind: kind, Tx: x.Tx, Account: x.Account(), Vendor: x.Vendor, Amount: x.Value, Posts: posts, Evidence: evidence,
	}
}

// extensionOf is the T15 that an extension came with.
func extensionOf(x scrip.Extension) scrip.Request { return x.Asked(scrip.ExtendPayment{}.Type()) }
