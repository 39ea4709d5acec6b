package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/wallet"
)

// Purse is one wallet's state. Safe for concurrent use.
type Purse struct{ db *DB }

var _ wallet.Purse = (*Purse)(nil)

// NewPurse reads and writes a wallet's purse in a database of kind Wallet.
func NewPurse(d *DB) (*Purse, error) {
	if d.kind != Wallet {
		return nil, fmt.Errorf("keep a purse in a database of kind %q", d.kind)
	}
	return &Purse{d}, nil
}

// purseChange is a wallet.PurseChange being applied in a transaction.
type purseChange struct {
	change
	wallet.PurseChange
}

// purseSteps apply the fields of a PurseChange in their order.
var purseSteps = []func(purseChange) error{
	purseChange.makeOwner, purseChange.nameAccount, purseChange.keepInfo, purseChange.count, purseChange.countOn, purseChange.writeBanking, purseChange.rebank,
	purseChange.writeRekeying, purseChange.rekey,
	purseChange.knowStall, purseChange.addPseudonym,
	purseChange.hold, purseChange.drop, purseChange.release, purseChange.doubt, purseChange.setAside, purseChange.unrenewed,
	purseChange.keep,
	purseChange.write, purseChange.name, purseChange.advance, purseChange.giveUp, purseChange.forget, purseChange.collect,
	purseChange.addReceipt, purseChange.amend, purseChange.keepThread, purseChange.unasked, purseChange.addNotice, purseChange.delivered, purseChange.keepHeads,
}

// Apply implements wallet.Purse.
func (p *Purse) Apply(ctx context.Context, c wallet.PurseChange) error {
	return p.db.commit(ctx, func(tx *sqlx.Tx) error {
		for _, do := range purseSteps {
			if err := do(purseChange{change{tx: tx}, c}); err != nil {
				return err
			}
		}
		return nil
	})
}

// insert adds a row that must not be there: a UNIQUE constraint that says
// otherwise is wallet.ErrConflict.
func (c purseChange) insert(what, query string, args ...any) error {
	err := c.do(query, args...)
	switch {
	case violated(err) != "":
		return fmt.Errorf("%s: %w", what, wallet.ErrConflict)
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// move changes a row that must be as it is thought to be.
func (c purseChange) move(what, query string, args ...any) error {
	err := c.must(wallet.ErrConflict, query, args...)
	if violated(err) != "" {
		err = wallet.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
