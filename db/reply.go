package db

import (
	"context"
	"encoding/json"
	"fmt"

	"peerscrip/services/scrip"
)

// claim writes the replies down, before anything else: the row that is there
// already tells a request that came twice at once (ErrAnswered) from one that
// lost a race for something (ScripSpent, CounterStale). They are tied to their
// scrip by bind, once that is issued.
func claim(c change) error {
	return each(c.Replies, "store a reply", c.claim)
}

func (c change) claim(r scrip.StoredReply) error {
	reply, err := json.Marshal(r.Reply)
	if err != nil {
		return err
	}
	const insert = `INSERT INTO stored_reply (sender, typ, tx, digest, reply, scrip_id) VALUES (?, ?, ?, ?, ?, NULL)
		ON CONFLICT (sender, typ, tx) DO `
	args := []any{r.From, r.Typ, r.Tx, r.Digest, string(reply)}
	if r.Replaces {
		return c.must(scrip.TxConflict, insert+`UPDATE SET reply = excluded.reply, scrip_id = NULL
			WHERE stored_reply.digest = excluded.digest`, args...)
	}
	n, err := c.exec(insert+`NOTHING`, args...)
	if err != nil || n > 0 {
		return err
	}
	var digest string
	err = c.get(&digest, `SELECT digest FROM stored_reply WHERE sender = ? AND typ = ? AND tx = ?`, r.From, r.Typ, r.Tx)
	if err != nil {
		return err
	}
	if digest != r.Digest {
		return scrip.TxConflict
	}
	return scrip.ErrAnswered
}

// bind ties each reply to the scrip it brings: they die together.
func bind(c change) error {
	return each(c.Replies, "tie a reply to its scrip", func(r scrip.StoredReply) error {
		if r.ScripID == "" {
			return nil
		}
		_, err := c.exec(`UPDATE stored_reply SET scrip_id = ? WHERE sender = ? AND typ = ? AND tx = ?`,
			r.ScripID, r.From, r.Typ, r.Tx)
		if orphaned(err) {
			return scrip.ScripSpent
		}
		return err
	})
}

type replyRow struct {
	From    string   `db:"sender"`
	Typ     string   `db:"typ"`
	Tx      scrip.ID `db:"tx"`
	Digest  string   `db:"digest"`
	Reply   string   `db:"reply"`
	ScripID scrip.ID `db:"scrip_id"`
}

// reply returns the stored reply to a request, or scrip.ErrAbsent.
func (db *DB) reply(ctx context.Context, from, typ string, tx scrip.ID) (scrip.StoredReply, error) {
	var r replyRow
	err := db.get(ctx, &r, `SELECT sender, typ, tx, digest, reply, coalesce(scrip_id, '') AS scrip_id
		FROM stored_reply WHERE sender = ? AND typ = ? AND tx = ?`, from, typ, tx)
	if err != nil {
		return scrip.StoredReply{}, fmt.Errorf("read a stored reply: %w", err)
	}
	stored := scrip.StoredReply{From: r.From, Typ: r.Typ, Tx: r.Tx, Digest: r.Digest, ScripID: r.ScripID}
	if err := json.Unmarshal([]byte(r.Reply), &stored.Reply); err != nil {
		return scrip.StoredReply{}, fmt.Errorf("decode a stored reply: %w", err)
	}
	return stored, nil
}
