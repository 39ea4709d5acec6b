package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"peerscrip/services/scrip"
)

// tell adds an event at the end of its thread. Of two that come at the same time
// the thread's row takes one: the other names an end that is no more.
func tell(c change) error {
	t := c.Stall.Telling
	if t == nil {
		return nil
	}
	if err := c.extendThread(*t); err != nil {
		return fmt.Errorf("add an event: %w", err)
	}
	err := c.do(`INSERT INTO event (vendor, thread, seq, digest, jws) VALUES (?, ?, ?, ?, ?)`,
		c.of, t.Thread.Order, t.Thread.Seq, t.Thread.Head, t.JWS)
	if violated(err) != "" {
		return scrip.OutOfTurn
	}
	if err != nil || t.By != scrip.Buyer {
		return err
	}
	return c.heard(*t)
}

func (c change) extendThread(t scrip.Telling) error {
	th, waiting := t.Thread, 0
	if t.By == scrip.Buyer && !t.Quiet {
		waiting = 1
	}
	if th.Seq > 1 {
		return c.must(scrip.OutOfTurn, `UPDATE thread SET state = ?, hold = ?, seq = ?, head = ?, since = ?, last = ?,
			waiting = waiting * ? + ?, touched = ? WHERE vendor = ? AND id = ? AND seq = ? AND head = ?`,
			th.State, th.Hold, th.Seq, th.Head, th.Since, th.Last, flag(t.Quiet || waiting > 0), waiting, c.At, c.of, th.Order, th.Seq-1, t.Previous)
	}
	key, err := encodeKey(th.Key)
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO thread (vendor, id, tx, pseudonym, key, offer, talk, state, hold, seq, head, since, last, waiting, touched)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.of, th.Order, th.Tx, th.Pseudonym, key, th.Offer, flag(th.Talk), th.State, th.Hold, th.Seq, th.Head, th.Since, th.Last, waiting, c.At)
	if violated(err) != "" {
		return scrip.OutOfTurn
	}
	return err
}

// heard refuses an event that leaves more to be read than a buyer may leave. In an order
// what is said keeps nothing out that moves it.
func (c change) heard(t scrip.Telling) error {
	th := t.Thread
	var of struct {
		Threads int `db:"threads"`
		Waiting int `db:"waiting"`
	}
	if !th.Talk && t.Moves {
		return nil
	}
	if !th.Talk {
		if err := c.get(&of.Waiting, `SELECT waiting FROM thread WHERE vendor = ? AND id = ?`, c.of, th.Order); err != nil || of.Waiting <= scrip.MaxUnanswered {
			return err
		}
		return scrip.TooMany
	}
	if err := c.notBlocked(th.Pseudonym); err != nil {
		return err
	}
	err := c.get(&of, `SELECT count(*) AS threads, sum(waiting) AS waiting FROM thread WHERE vendor = ? AND pseudonym = ? AND talk = 1`, c.of, th.Pseudonym)
	if err != nil {
		return err
	}
	if of.Threads > scrip.MaxTalks || of.Waiting > scrip.MaxUnheard {
		return scrip.TooMany
	}
	// Keys cost strangers nothing: who exchanged here is not kept out by theirs.
	var asking int
	err = c.get(&asking, `SELECT count(*) FROM thread WHERE vendor = ? AND waiting > 0 AND talk = 1 AND pseudonym NOT IN (SELECT pseudonym FROM blocked WHERE vendor = ?)
		AND NOT EXISTS (SELECT 1 FROM exchange WHERE vendor = ? AND pseudonym = ? AND outbox IS NULL)`, c.of, c.of, c.of, th.Pseudonym)
	if err != nil {
		return err
	}
	if asking > scrip.MaxAsking {
		return scrip.Unavailable
	}
	return nil
}

// showPhoto keeps a photo with the thread that tells of it. Once more changes nothing.
func showPhoto(c change) error {
	p := c.Stall.Shown
	if p == nil {
		return nil
	}
	n, err := c.exec(`INSERT INTO talk_photo (vendor, thread, digest, jpeg) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, c.of, p.Thread, p.Digest, p.JPEG)
	if err != nil || n == 0 {
		return err
	}
	if err := c.atMost(scrip.MaxTalkPhotos, `SELECT count(*) FROM talk_photo WHERE vendor = ? AND thread = ?`, c.of, p.Thread); err != nil {
		return err
	}
	var kept int
	err = c.get(&kept, `SELECT coalesce(sum(length(jpeg)), 0) FROM talk_photo p
		JOIN thread ON thread.vendor = p.vendor AND thread.id = p.thread WHERE p.vendor = ? AND talk = 1`, c.of)
	if err == nil && kept > maxAskPhotos {
		err = c.inOrder(p.Thread)
	}
	return err
}

// maxAskPhotos is scrip.MaxAskPhotos; tests have less.
var maxAskPhotos = scrip.MaxAskPhotos

// inOrder is Unavailable for a conversation without an order.
func (c change) inOrder(thread scrip.ID) error {
	var talk bool
	if err := c.get(&talk, `SELECT talk = 1 FROM thread WHERE vendor = ? AND id = ?`, c.of, thread); err != nil || !talk {
		return err
	}
	return scrip.Unavailable
}

// TalkPhoto returns a photo of a thread as it was sent, or scrip.ErrAbsent.
func (s *Shelf) TalkPhoto(ctx context.Context, thread scrip.ID, digest string) ([]byte, error) {
	var jpeg []byte
	if err := s.db.get(ctx, &jpeg, `SELECT jpeg FROM talk_photo WHERE vendor = ? AND thread = ? AND digest = ?`, s.of, thread, digest); err != nil {
		return nil, fmt.Errorf("read a photo of a thread: %w", err)
	}
	return jpeg, nil
}

type threadRow struct {
	ID        scrip.ID        `db:"id"`
	Tx        scrip.ID        `db:"tx"`
	Pseudonym scrip.Pseudonym `db:"pseudonym"`
	Key       sql.NullString  `db:"key"`
	Offer     scrip.ID        `db:"offer"`
	Talk      bool            `db:"talk"`
	State     scrip.State     `db:"state"`
	Hold      scrip.HoldState `db:"hold"`
	Seq       int             `db:"seq"`
	Head      string          `db:"head"`
	Since     int64           `db:"since"`
	Last      int64           `db:"last"`
	Waiting   int             `db:"waiting"`
}

func (r threadRow) thread() (scrip.KeptThread, error) {
	key, err := decodeKey(r.Key)
	return scrip.KeptThread{
		Thread:    scrip.Thread{Order: r.ID, Tx: r.Tx, State: r.State, Hold: r.Hold, Seq: r.Seq, Head: r.Head, Since: r.Since, Last: r.Last},
		Pseudonym: r.Pseudonym, Key: key, Offer: r.Offer, Talk: r.Talk, Waiting: r.Waiting,
	}, err
}

const selectThread = `SELECT id, tx, pseudonym, key, offer, talk, state, hold, seq, head, since, last, waiting FROM thread WHERE vendor = ? `

// Thread returns a thread that has an event, or scrip.ErrAbsent.
func (s *Shelf) Thread(ctx context.Context, order scrip.ID) (scrip.KeptThread, error) {
	return one(ctx, s.db, "read a thread", threadRow.thread, selectThread+`AND id = ?`, s.of, order)
}

// Threads lists those of the orders that have an event.
func (s *Shelf) Threads(ctx context.Context, orders []scrip.ID) ([]scrip.KeptThread, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	in, args := amongst(orders)
	return many(ctx, s.db, "list threads", threadRow.thread, selectThread+`AND id IN (`+in+`)`, append([]any{s.of}, args...)...)
}

// amongst is a list of IDs as SQL has it, and its arguments.
func amongst(ids []scrip.ID) (in string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	return strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", "), args
}

type titledRow struct {
	ID   scrip.ID `db:"id"`
	Is   string   `db:"titled"`
	Talk bool     `db:"talk"`
}

// titled is a thread and the titles of what it is about.
type titled struct {
	thread scrip.ID
	titles []string
}

func (r titledRow) titled() (titled, error) {
	var lines []struct{ Title string }
	is := r.Is
	if r.Talk {
		is = "[" + is + "]"
	}
	t := titled{thread: r.ID}
	if err := json.Unmarshal([]byte(is), &lines); err != nil {
		return t, fmt.Errorf("decode what a thread is about: %w", err)
	}
	for _, l := range lines {
		t.titles = append(t.titles, l.Title)
	}
	return t, nil
}

// Titles are those of what the threads of some orders and conversations are about:
// of an order's lines as they were sold, of a conversation's listing as it is now.
func (s *Shelf) Titles(ctx context.Context, ids []scrip.ID) (map[scrip.ID][]string, error) {
	titles := map[scrip.ID][]string{}
	if len(ids) == 0 {
		return titles, nil
	}
	in, args := amongst(ids)
	args = append([]any{s.of}, args...)
	list, err := many(ctx, s.db, "list titles", titledRow.titled, `SELECT id, lines AS titled, 0 AS talk FROM sale WHERE vendor = ? AND id IN (`+in+`)
		UNION ALL SELECT thread.id, body, 1 FROM thread JOIN listing ON listing.vendor = thread.vendor AND listing.offer = thread.offer
		WHERE thread.vendor = ? AND talk = 1 AND thread.id IN (`+in+`)`, append(args, args...)...)
	for _, t := range list {
		titles[t.thread] = t.titles
	}
	return titles, err
}

// Unanswered lists up to limit threads whose last word is the buyer's, the one that
// has waited longest first.
func (s *Shelf) Unanswered(ctx context.Context, limit int) ([]scrip.KeptThread, error) {
	return many(ctx, s.db, "list what waits for an answer", threadRow.thread,
		selectThread+`AND waiting > 0 AND NOT (talk = 1 AND pseudonym IN (SELECT pseudonym FROM blocked WHERE vendor = ?))
		ORDER BY touched, id LIMIT ?`, s.of, s.of, limit)
}

// Returns lists up to limit orders whose seller has to decide on a return, or to take a
// parcel that came back, the one that has waited longest first.
func (s *Shelf) Returns(ctx context.Context, limit int) ([]scrip.KeptThread, error) {
	return many(ctx, s.db, "list returns", threadRow.thread,
		selectThread+`AND state IN ('return-asked', 'returned') ORDER BY since, id LIMIT ?`, s.of, limit)
}

// Talks lists up to limit conversations without an order, the last one first.
func (s *Shelf) Talks(ctx context.Context, limit int) ([]scrip.KeptThread, error) {
	return many(ctx, s.db, "list conversations", threadRow.thread,
		selectThread+`AND talk = 1 ORDER BY touched DESC, id LIMIT ?`, s.of, limit)
}

type eventRow struct {
	Seq    int    `db:"seq"`
	Digest string `db:"digest"`
	JWS    string `db:"jws"`
}

func (r eventRow) event() (scrip.KeptEvent, error) { return scrip.KeptEvent(r), nil }

// Events lists up to limit events of a thread after the one of that number, oldest
// first.
func (s *Shelf) Events(ctx context.Context, order scrip.ID, since, limit int) ([]scrip.KeptEvent, error) {
	return many(ctx, s.db, "list events", eventRow.event,
		`SELECT seq, digest, jws FROM event WHERE vendor = ? AND thread = ? AND seq > ? ORDER BY seq LIMIT ?`, s.of, order, since, limit)
}
