package db

import (
	"context"
	"fmt"

	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// Books are a broker's books. Safe for concurrent use.
type Books struct{ issuer }

var _ broker.Books = (*Books)(nil)

// NewBooks reads and writes a broker's books in a database of kind Broker.
func NewBooks(d *DB) (*Books, error) {
	if d.kind != Broker {
		return nil, fmt.Errorf("keep a broker's books in a database of kind %q", d.kind)
	}
	return &Books{issuer{db: d}}, nil
}

// bookEffects apply a Change in the order that scrip.Change tells.
var bookEffects = []effect{
	storeReplies,
	keepKeys, openBank, openAccount, openStall, revoke, recertify, rename, moveCounter, rebank, rekey, hasten, loosen, unextend, setUnpaidAside,
	kill, lock, release, issue,
	keepBatch, alias, announce, record, rescue, rate, answer, turn, takeBack, banking, post, hold, show, keepHead, keepCosignature, extend,
	tieReplies,
	stage,
}

// Apply implements scrip.Book: one durable commit, shared with whatever other
// changes wait. When ctx ends before the change is begun it is withdrawn, the
// error is ctx's, and nothing has changed; afterwards ctx is not looked at.
// Two requests that want the same key or account id get TxConflict, a bank
// account opened twice BankDeclined, a stall's key certified twice or an alias
// of another account PartyMismatch.
func (b *Books) Apply(ctx context.Context, c scrip.Change) error {
	if c.Stall != nil {
		return scrip.ErrForeign
	}
	if c.Broker == nil {
		c.Broker = &scrip.BrokerChange{}
	}
	err := b.db.apply(ctx, bookEffects, "", c)
	if err == nil && len(c.Broker.Log) > 0 {
		b.db.sequencer.staged()
	}
	return err
}

// LiveOf returns the account's one live BrokerScrip, or scrip.ErrAbsent.
func (b *Books) LiveOf(ctx context.Context, holder string) (scrip.Live, error) {
	return one(ctx, b.db, "read live scrip", liveRow.live, selectLive.books+`s.holder = ?`, holder)
}
