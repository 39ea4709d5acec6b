package db

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// issuer is what the books of a broker and the shelf of a stall have in common:
// live scrip, and the replies that brought it.
type issuer struct{ db *DB }

// Reply returns the stored reply to a request, or scrip.ErrAbsent.
func (i issuer) Reply(ctx context.Context, from, typ string, tx scrip.ID) (scrip.StoredReply, error) {
	return one(ctx, i.db, "read a stored reply", replyRow.reply, `SELECT sender, typ, tx, digest, reply,
		coalesce(scrip_id, '') AS scrip_id FROM stored_reply WHERE sender = ? AND typ = ? AND tx = ?`, from, typ, tx)
}

// Live returns a scrip's row, or scrip.ScripSpent when there is none.
func (i issuer) Live(ctx context.Context, id scrip.ID) (scrip.Live, error) {
	l, err := one(ctx, i.db, "read live scrip", liveRow.live, selectLive+`WHERE s.scrip_id = ?`, id)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Live{}, scrip.ScripSpent
	}
	return l, err
}

// Sizes measures the tables, for benchmarks.
func (i issuer) Sizes(ctx context.Context) (map[string]Size, error) { return i.db.sizes(ctx) }
