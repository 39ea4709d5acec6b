package db

import (
	"context"
	"fmt"
	"strings"

	"peerscrip/services/scrip"
)

// addKey keeps a key of the seller's programs.
func addKey(c change) error {
	k := c.Stall.AddKey
	if k == nil {
		return nil
	}
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	_, err := c.exec(`INSERT INTO seller_key (vendor, id, name, digest, scopes, made_at, used_at) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		c.of, k.ID, k.Name, k.Digest, strings.Join(scopes, " "), c.At)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("keep a seller's key: %w", err)
	}
	return c.atMost(scrip.MaxSellerKeys, `SELECT count(*) FROM seller_key WHERE vendor = ?`, c.of)
}

// revokeKey forgets it.
func revokeKey(c change) error {
	if c.Stall.RevokeKey == "" {
		return nil
	}
	return c.must(scrip.NotFound, `DELETE FROM seller_key WHERE vendor = ? AND id = ?`, c.of, c.Stall.RevokeKey)
}

// useKey notes when it was used. One that was revoked meanwhile is not there to be noted.
func useKey(c change) error {
	if c.Stall.UsedKey == "" {
		return nil
	}
	_, err := c.exec(`UPDATE seller_key SET used_at = ? WHERE vendor = ? AND id = ? AND used_at < ?`, c.At, c.of, c.Stall.UsedKey, c.At)
	return err
}

type sellerKeyRow struct {
	ID     scrip.ID `db:"id"`
	Name   string   `db:"name"`
	Digest string   `db:"digest"`
	Scopes string   `db:"scopes"`
	MadeAt int64    `db:"made_at"`
	UsedAt int64    `db:"used_at"`
}

func (r sellerKeyRow) key() (scrip.SellerKey, error) {
	k := scrip.SellerKey{ID: r.ID, Name: r.Name, Digest: r.Digest, MadeAt: r.MadeAt, UsedAt: r.UsedAt}
	for _, s := range strings.Fields(r.Scopes) {
		k.Scopes = append(k.Scopes, scrip.Scope(s))
	}
	return k, nil
}

const selectSellerKey = `SELECT id, name, digest, scopes, made_at, used_at FROM seller_key WHERE vendor = ? `

// SellerKeys implements [merchant.Programs].
func (s *Shelf) SellerKeys(ctx context.Context) ([]scrip.SellerKey, error) {
	return many(ctx, s.db, "list a seller's keys", sellerKeyRow.key, selectSellerKey+`ORDER BY made_at DESC, id`, s.of)
}

// SellerKey implements [merchant.Programs].
func (s *Shelf) SellerKey(ctx context.Context, digest string) (scrip.SellerKey, error) {
	return one(ctx, s.db, "read a seller's key", sellerKeyRow.key, selectSellerKey+`AND digest = ?`, s.of, digest)
}

// carriedOut keeps a program's request with its answer: who comes second with its key
// is ErrAnswered, and what it does is undone.
func carriedOut(c change) error {
	r := c.Stall.Request
	if r == nil {
		return nil
	}
	_, err := c.exec(`INSERT INTO seller_request (vendor, key, digest, answer) VALUES (?, ?, ?, ?)`, c.of, r.Key, r.Digest, r.Answer)
	if violated(err) != "" {
		return scrip.ErrAnswered
	}
	if err != nil {
		return fmt.Errorf("keep a request: %w", err)
	}
	var rows []any
	for _, object := range r.Objects {
		rows = append(rows, c.of, r.Key, object)
	}
	return c.insert(`INSERT INTO seller_request_object (vendor, key, object)`, 3, rows)
}

type sellerRequestRow struct {
	Key    string `db:"key"`
	Digest string `db:"digest"`
	Answer string `db:"answer"`
}

func (r sellerRequestRow) request() (scrip.SellerRequest, error) {
	return scrip.SellerRequest{Key: r.Key, Digest: r.Digest, Answer: r.Answer}, nil
}

// CarriedOut implements [merchant.Programs].
func (s *Shelf) CarriedOut(ctx context.Context, key string) (scrip.SellerRequest, error) {
	return one(ctx, s.db, "read a request", sellerRequestRow.request,
		`SELECT key, digest, answer FROM seller_request WHERE vendor = ? AND key = ?`, s.of, key)
}

// sweepSeller erases requests whose objects are all gone, and the oldest events.
func (c change) sweepSeller() error {
	_, err := c.exec(`DELETE FROM seller_request_object WHERE vendor = ?
		AND NOT EXISTS (SELECT 1 FROM listing l WHERE l.vendor = seller_request_object.vendor AND l.offer = seller_request_object.object)
		AND NOT EXISTS (SELECT 1 FROM sale s WHERE s.vendor = seller_request_object.vendor AND s.id = seller_request_object.object)`, c.of)
	if err != nil {
		return fmt.Errorf("erase what requests were about: %w", err)
	}
	_, err = c.exec(`DELETE FROM seller_request WHERE vendor = ?
		AND NOT EXISTS (SELECT 1 FROM seller_request_object o WHERE o.vendor = seller_request.vendor AND o.key = seller_request.key)`, c.of)
	if err != nil {
		return fmt.Errorf("erase requests: %w", err)
	}
	_, err = c.exec(`DELETE FROM seller_event WHERE vendor = ? AND seq <= (SELECT max(seq) FROM seller_event WHERE vendor = ?) - ?`, c.of, c.of, scrip.MaxSellerEvents)
	if err != nil {
		return fmt.Errorf("erase old events: %w", err)
	}
	return c.sweepDeliveries()
}

// tellSeller puts what the Change did into the seller's feed. An event that is there already is
// not told again. Its number is the next, since the shelf's row is this Change's until its commit: no
// lower one comes after it.
func tellSeller(c change) error {
	events, err := c.sellerEvents()
	if err != nil {
		return err
	}
	for _, e := range events {
		err := c.do(`INSERT INTO seller_event (vendor, seq, kind, object, part, at)
			VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM seller_event WHERE vendor = ?), ?, ?, ?, ?)
			ON CONFLICT (vendor, kind, object, part) DO NOTHING`, c.of, c.of, e.Kind, e.Object, e.Part, c.At)
		if err != nil {
			return fmt.Errorf("tell the seller: %w", err)
		}
	}
	return nil
}

// sellerEvents are what the Change does that a seller hears of.
func (c change) sellerEvents() (events []scrip.SellerEvent, err error) {
	if s := c.Stall.Sale; s != nil {
		events = append(events, scrip.SellerEvent{Kind: scrip.OrderPaid, Object: s.ID})
		gone, err := c.soldOut()
		if err != nil {
			return nil, err
		}
		for _, offer := range gone {
			events = append(events, scrip.SellerEvent{Kind: scrip.OfferSoldOut, Object: offer, Part: string(s.ID)})
		}
	}
	if t := c.Stall.Telling; t != nil && !t.Thread.Talk {
		events = append(events, scrip.SellerEvent{Kind: scrip.OrderEvent, Object: t.Thread.Order, Part: fmt.Sprint(t.Thread.Seq)})
	}
	if k := c.Stall.Collect; k != nil && len(k.Refunds) > 0 {
		collected, err := c.collected(k.Refunds)
		if err != nil {
			return nil, err
		}
		events = append(events, collected...)
	}
	if c.Stall.RatedTo > 0 {
		if _, err := c.exec(`UPDATE shelf SET rated = ? WHERE vendor = ? AND rated < ?`, c.Stall.RatedTo, c.of, c.Stall.RatedTo); err != nil {
			return nil, fmt.Errorf("note how far ratings were read: %w", err)
		}
	}
	return append(append(events, c.Stall.Expiring...), c.Stall.Rated...), nil
}

// soldOut are those of the goods that left the shelf of which nothing is left.
func (c change) soldOut() (gone []scrip.ID, err error) {
	if err := c.pipe.settle(); err != nil {
		return nil, err
	}
	for _, l := range *c.left {
		if l.goods == 0 {
			gone = append(gone, l.offer)
		}
	}
	return gone, nil
}

func (c change) collected(refunds []scrip.ID) (events []scrip.SellerEvent, err error) {
	var rows []struct {
		ID   scrip.ID `db:"id"`
		Sale scrip.ID `db:"sale"`
	}
	in, args := amongst(refunds)
	if err := c.list(&rows, `SELECT id, sale FROM refund WHERE vendor = ? AND id IN (`+in+`) ORDER BY seq`, append([]any{c.of}, args...)...); err != nil {
		return nil, fmt.Errorf("look up what was collected: %w", err)
	}
	for _, r := range rows {
		events = append(events, scrip.SellerEvent{Kind: scrip.RefundCollected, Object: r.Sale, Part: string(r.ID)})
	}
	return events, nil
}

type sellerEventRow struct {
	Seq    int64    `db:"seq"`
	Kind   string   `db:"kind"`
	Object scrip.ID `db:"object"`
	Part   string   `db:"part"`
	At     int64    `db:"at"`
}

func (r sellerEventRow) event() (scrip.SellerEvent, error) { return scrip.SellerEvent(r), nil }

// SellerEvents implements [merchant.Programs].
func (s *Shelf) SellerEvents(ctx context.Context, after int64, limit int) ([]scrip.SellerEvent, error) {
	return many(ctx, s.db, "list a seller's events", sellerEventRow.event,
		`SELECT seq, kind, object, part, at FROM seller_event WHERE vendor = ? AND seq > ? ORDER BY seq LIMIT ?`, s.of, after, limit)
}

// ToldTo implements [merchant.Programs].
func (s *Shelf) ToldTo(ctx context.Context) (told, rated int64, err error) {
	var of struct {
		Told  int64 `db:"told"`
		Rated int64 `db:"rated"`
	}
	err = s.db.get(ctx, &of, `SELECT coalesce((SELECT max(seq) FROM seller_event WHERE vendor = ?), 0) AS told,
		coalesce((SELECT rated FROM shelf WHERE vendor = ?), 0) AS rated`, s.of, s.of)
	if err != nil {
		return 0, 0, fmt.Errorf("read how far a seller was told: %w", err)
	}
	return of.Told, of.Rated, nil
}
