package db

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// issuer is what the books of a broker and the shelf of a stall have in common:
// live scrip, and the replies that brought it.
type issuer struct {
	db *DB
	of whose
}

// Reply returns the stored reply to a request, or scrip.ErrAbsent.
func (i issuer) Reply(ctx context.Context, from, typ string, tx scrip.ID) (scrip.StoredReply, error) {
	query, args := i.of.of(selectReply, []any{i.of, from, typ, tx})
	return one(ctx, i.db, "read a stored reply", replyRow.reply, query, args...)
}

// Live returns a scrip's row, or scrip.ScripSpent when there is none.
func (i issuer) Live(ctx context.Context, id scrip.ID) (scrip.Live, error) {
	query, args := i.of.of(selectLive, []any{i.of, id})
	l, err := one(ctx, i.db, "read live scrip", liveRow.live, query+`s.scrip_id = ?`, args...)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Live{}, scrip.ScripSpent
	}
	return l, err
}

// Sizes measures the tables, for benchmarks.
func (i issuer) Sizes(ctx context.Context) (map[string]Size, error) { return i.db.sizes(ctx) }
