package db

import (
	"encoding/json"
	"fmt"
	"strings"

	"peerscrip/services/scrip"
)

// The statements of stored replies.
var (
	keepReply    = both(insertReply + `NOTHING`)
	replaceReply = both(insertReply + `UPDATE SET reply = excluded.reply, scrip_id = NULL WHERE stored_reply.digest = excluded.digest`)
	tiedReply    = both(strings.Replace(insertReply, "NULL", "?", 1) + `NOTHING`)
	digestReply  = both(`SELECT digest FROM stored_reply WHERE {vendor = ? AND }sender = ? AND typ = ? AND tx = ?`)
	tieReply     = both(`UPDATE stored_reply SET scrip_id = ? WHERE {vendor = ? AND }sender = ? AND typ = ? AND tx = ?`)
	selectReply  = both(`SELECT sender, typ, tx, digest, reply, coalesce(scrip_id, '') AS scrip_id FROM stored_reply
		WHERE {vendor = ? AND }sender = ? AND typ = ? AND tx = ?`)
)

const insertReply = `INSERT INTO stored_reply ({vendor, }sender, typ, tx, digest, reply, scrip_id) VALUES ({?, }?, ?, ?, ?, ?, NULL)
	ON CONFLICT ({vendor, }sender, typ, tx) DO `

// storeReplies comes before anything else: the row that is there already tells a
// request that came twice at once (ErrAnswered) from one that lost a race for
// something (ScripSpent, CounterStale). Replies are tied to their scrip by
// tieReplies, once that is issued.
func storeReplies(c change) error {
	return each(c.Replies, "store a reply", c.storeReply)
}

func (c change) storeReply(r scrip.StoredReply) error {
	if c.storesLater(r) {
		return nil
	}
	reply, err := json.Marshal(r.Reply)
	if err != nil {
		return err
	}
	args := []any{c.of, r.From, r.Typ, r.Tx, r.Digest, string(reply)}
	if r.Replaces {
		n, err := c.sureBoth(replaceReply, args...)
		if err == nil && n == 0 {
			err = scrip.TxConflict
		}
		return err
	}
	n, err := c.sureBoth(keepReply, args...)
	if err != nil || n > 0 {
		return err
	}
	var digest string
	err = c.getBoth(&digest, digestReply, c.of, r.From, r.Typ, r.Tx)
	if err != nil {
		return err
	}
	if digest != r.Digest {
		return scrip.TxConflict
	}
	return scrip.ErrAnswered
}

// storesLater reports whether a reply is stored, once and whole, when its scrip is there: by
// a Change that flies, since one that does not go well is done again in the proper order.
func (c change) storesLater(r scrip.StoredReply) bool { return c.pipe.flies() && !r.Replaces }

// tieReplies ties each reply to the scrip it brings: they die together.
func tieReplies(c change) error {
	return each(c.Replies, "tie a reply to its scrip", func(r scrip.StoredReply) error {
		if c.storesLater(r) {
			reply, err := json.Marshal(r.Reply)
			if err == nil {
				_, err = c.sureBoth(tiedReply, c.of, r.From, r.Typ, r.Tx, r.Digest, string(reply), null(r.ScripID))
			}
			return err
		}
		if r.ScripID == "" {
			return nil
		}
		err := c.doBoth(tieReply, r.ScripID, c.of, r.From, r.Typ, r.Tx)
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

func (r replyRow) reply() (scrip.StoredReply, error) {
	stored := scrip.StoredReply{From: r.From, Typ: r.Typ, Tx: r.Tx, Digest: r.Digest, ScripID: r.ScripID}
	if err := json.Unmarshal([]byte(r.Reply), &stored.Reply); err != nil {
		return scrip.StoredReply{}, fmt.Errorf("decode a stored reply: %w", err)
	}
	return stored, nil
}
