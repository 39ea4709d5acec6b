package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// rate publishes a RATE, in the place of the one before it.
func rate(c change) error {
	r := c.Broker.Rate
	if r == nil {
		return nil
	}
	digest := digestOf(r.JWS)
	n, err := c.exec(`INSERT INTO rating (vendor, purchase, pseudonym, stars, counter, rated, first, at, digest, jws)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor, purchase) DO UPDATE SET stars = excluded.stars, counter = excluded.counter, at = excluded.at,
			digest = excluded.digest, jws = excluded.jws, answered = 0, answer = ''
		WHERE rating.pseudonym = excluded.pseudonym AND rating.counter < excluded.counter AND rating.rated > excluded.at - ?`,
		r.Vendor, r.Purchase, r.Pseudonym, r.Stars, r.Counter, r.At, digest, r.At, digest, r.JWS, scrip.RatingChanges)
	if err != nil {
		return fmt.Errorf("publish a rating: %w", err)
	}
	if n > 0 {
		return nil
	}
	var was struct {
		Pseudonym scrip.Pseudonym `db:"pseudonym"`
		Counter   int64           `db:"counter"`
	}
	err = c.get(&was, `SELECT pseudonym, counter FROM rating WHERE vendor = ? AND purchase = ?`, r.Vendor, r.Purchase)
	switch {
	case err != nil:
		return fmt.Errorf("read a rating: %w", err)
	case was.Pseudonym != r.Pseudonym:
		return scrip.NotFound
	case was.Counter >= r.Counter:
		return scrip.Stale{Counter: was.Counter}
	}
	return scrip.AlreadyRecorded
}

// answer publishes an ANSWER beside the rating that it is to.
func answer(c change) error {
	a := c.Broker.Answer
	if a == nil {
		return nil
	}
	n, err := c.exec(`UPDATE rating SET answered = ?, answer = ? WHERE vendor = ? AND purchase = ? AND digest = ? AND answer = ''`,
		a.At, a.JWS, a.Vendor, a.Purchase, a.Rating)
	if err != nil || n > 0 {
		return err
	}
	var one int
	err = c.get(&one, `SELECT 1 FROM rating WHERE vendor = ? AND purchase = ? AND digest = ?`, a.Vendor, a.Purchase, a.Rating)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.NotFound
	case err != nil:
		return fmt.Errorf("read a rating: %w", err)
	}
	return scrip.AlreadyRecorded
}

type ratingRow struct {
	Number     int64  `db:"number"`
	At         int64  `db:"at"`
	Rating     string `db:"jws"`
	AnsweredAt int64  `db:"answered"`
	Answer     string `db:"answer"`
}

func (r ratingRow) rating() (scrip.PublicRating, error) { return scrip.PublicRating(r), nil }

// Ratings lists those of a stall, the newest first.
func (b *Books) Ratings(ctx context.Context, page scrip.RatingPage, limit int) ([]scrip.PublicRating, error) {
	return many(ctx, b.db, "list ratings", ratingRow.rating, `SELECT number, at, jws, answered, answer FROM rating
		WHERE vendor = ? AND (? = 0 OR number < ?) ORDER BY number DESC LIMIT ?`, page.Vendor, page.Before, page.Before, limit)
}

// ratedRow is what is published of a purchase.
type ratedRow struct {
	First  string `db:"first"`
	Rating string `db:"jws"`
	Answer string `db:"answer"`
}

// rated holds a record of a RATE or an ANSWER against what is published, and counts
// the purchases that were rated first by it.
func (r *replayed) rated(seq int64, rec scrip.Record) error {
	if len(rec.Evidence) == 0 {
		return nil
	}
	switch jws := rec.Evidence[0]; rec.Kind {
	case scrip.Rating{}.Type():
		m, err := scrip.Unchecked[scrip.Rating](jws)
		if err != nil {
			r.fault(seq, "it rates nothing")
			return nil
		}
		return r.publishes(seq, m.Vendor, m.Purchase, func(is ratedRow) (bool, error) {
			if is.First == digestOf(jws) {
				r.sums.Ratings++
			}
			later, err := scrip.Unchecked[scrip.Rating](is.Rating)
			if err != nil || is.Rating != jws && later.Counter <= m.Counter {
				return false, nil
			}
			return r.keeps(is.Rating, is.Answer)
		})
	case scrip.RatingAnswer{}.Type():
		m, err := scrip.Unchecked[scrip.RatingAnswer](jws)
		if err != nil {
			r.fault(seq, "it answers nothing")
			return nil
		}
		return r.publishes(seq, m.Vendor, m.Purchase, func(is ratedRow) (bool, error) {
			return is.Answer == jws || digestOf(is.Rating) != m.Rating, nil
		})
	}
	return nil
}

// publishes reports a record that says of a purchase what is not published.
func (r *replayed) publishes(seq int64, v scrip.VendorID, purchase scrip.ID, as func(ratedRow) (bool, error)) error {
	var is ratedRow
	err := absent(r.tx.Get(&is, r.tx.Rebind(`SELECT first, jws, answer FROM rating WHERE vendor = ? AND purchase = ?`), v, purchase))
	good := false
	if err == nil {
		good, err = as(is)
	}
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	if !good {
		r.fault(seq, "it rates a purchase, or answers, and is not published")
	}
	return nil
}

// keeps reports whether the log has messages, those that are not empty.
func (r *replayed) keeps(messages ...string) (bool, error) {
	for _, jws := range messages {
		var n int
		err := r.tx.Get(&n, r.tx.Rebind(`SELECT (SELECT count(*) FROM log_message WHERE digest = ?) + (SELECT count(*) FROM log_staged WHERE entry LIKE ?)`),
			digestOf(jws), "%\n"+digestOf(jws)+"\n%")
		if err != nil {
			return false, err
		}
		if n == 0 && jws != "" {
			return false, nil
		}
	}
	return true, nil
}

func digestOf(jws string) string { return jose.Signed{JWS: jws}.Digest() }

// Counts counts what is recorded and said of a merchant, up to scrip.MaxCounted of each.
func (b *Books) Counts(ctx context.Context, v scrip.VendorID) (scrip.Counts, error) {
	var n struct {
		Sales        int `db:"sales"`
		Sent         int `db:"sent"`
		SendDays     int `db:"send_days"`
		Reclaimed    int `db:"reclaimed"`
		DisputesLost int `db:"disputes_lost"`
		Ratings      int `db:"ratings"`
		Stars        int `db:"stars"`
	}
	most := scrip.MaxCounted
	err := b.db.get(ctx, &n, `WITH parcel AS (SELECT CASE WHEN sent > paid THEN (sent - paid + 86399) / 86400 ELSE 0 END AS days FROM hold
			WHERE vendor = ? AND sent > 0 ORDER BY sent DESC LIMIT ?)
		SELECT (SELECT count(*) FROM (SELECT 1 FROM log WHERE kind = 'T12' AND vendor = ? LIMIT ?) s) AS sales,
		(SELECT count(*) FROM parcel) AS sent,
		coalesce((SELECT days FROM parcel ORDER BY days LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM parcel)), 0) AS send_days,
		reclaimed, disputes_lost, ratings, stars
		FROM (SELECT count(*) AS ratings, coalesce(sum(stars), 0) AS stars
			FROM (SELECT stars FROM rating WHERE vendor = ? ORDER BY number DESC LIMIT ?) r) rated,
		(SELECT count(*) FILTER (WHERE state = 'reclaimed') AS reclaimed, count(*) FILTER (WHERE state = 'decided' AND to_buyer > to_seller) AS disputes_lost
			FROM (SELECT state, to_buyer, to_seller FROM hold WHERE vendor = ? AND state IN ('reclaimed', 'decided') LIMIT ?) h) ended`,
		v, most, v, most, v, most, v, most)
	if err != nil {
		return scrip.Counts{}, fmt.Errorf("count what is recorded of a stall: %w", err)
	}
	return scrip.Counts(n), nil
}
