package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// DayOfBooks is what was sold on a day, and what was at stalls and held at its end.
type DayOfBooks struct {
	Day               int64 // unix seconds: its beginning, UTC
	Sold, Float, Held scrip.Money
}

type flowRow struct {
	Day   int64       `db:"day"`
	Sold  scrip.Money `db:"sold"`
	Float scrip.Money `db:"float"`
	Held  scrip.Money `db:"held"`
}

// Flows are the days of the books as far as they were added up: the log only grows, so
// each record is read once. The zero value has read nothing. It is for one caller at a
// time.
type Flows struct {
	next int64 // number of the first record that is not in it
	of   map[int64]flowRow
}

// Days lists the days from the one at which a time is up to the one of now, as of one
// instant. It reads what was logged since flows were added up last, at first the records of
// that time alone, and goes back from the balances.
func (b *Books) Days(ctx context.Context, flows *Flows, since, now int64) (days []DayOfBooks, err error) {
	since, now = since/86400*86400, now/86400*86400
	err = b.db.read(ctx, func(tx *sqlx.Tx) error {
		if err := flows.add(ctx, tx, since); err != nil {
			return err
		}
		staged, err := flowsOf(ctx, tx, `log_staged s`, `TRUE`)
		if err != nil {
			return err
		}
		var end flowRow
		err = tx.GetContext(ctx, &end, `SELECT coalesce(sum(CASE WHEN substr(account, 1, 6) = 'float:' THEN balance END), 0) AS float,
			coalesce(sum(CASE WHEN substr(account, 1, 5) = 'held:' THEN balance END), 0) AS held FROM ledger`)
		if err != nil {
			return fmt.Errorf("add up the books: %w", err)
		}
		days = backFrom(end, slices.Concat(slices.Collect(maps.Values(flows.of)), staged), since, now)
		return nil
	})
	return days, err
}

// add takes in what has its number since, and forgets the days before a time.
func (f *Flows) add(ctx context.Context, tx *sqlx.Tx, since int64) error {
	size, err := sizeOf(change{tx: tx})
	if err != nil {
		return fmt.Errorf("count the log: %w", err)
	}
	if f.of == nil {
		first, err := firstSince(ctx, tx, size, since)
		if err != nil {
			return err
		}
		f.next, f.of = first, map[int64]flowRow{}
	}
	rows, err := flowsOf(ctx, tx, `log_seq s`, `s.seq >= ? AND s.seq < ?`, f.next, size)
	if err != nil {
		return err
	}
	for _, r := range rows {
		was := f.of[r.Day]
		f.of[r.Day] = flowRow{r.Day, was.Sold + r.Sold, was.Float + r.Float, was.Held + r.Held}
	}
	maps.DeleteFunc(f.of, func(day int64, _ flowRow) bool { return day < since })
	f.next = max(f.next, size)
	return nil
}

// flowsOf adds up, by day, the records that s lists.
func flowsOf(ctx context.Context, tx *sqlx.Tx, s, where string, args ...any) (rows []flowRow, err error) {
	moved := func(ledger string) string {
		begins := func(column string) string {
			return fmt.Sprintf(`substr(%s, 1, %d) = '%s'`, column, len(ledger), ledger)
		}
		return `sum(CASE WHEN ` + begins("p.to_ledger") + ` THEN p.amount ELSE 0 END - CASE WHEN ` + begins("p.from_ledger") + ` THEN p.amount ELSE 0 END)`
	}
	err = tx.SelectContext(ctx, &rows, tx.Rebind(`SELECT l.at / 86400 * 86400 AS day, sum(CASE WHEN l.kind = 'T12' THEN p.amount ELSE 0 END) AS sold,
		`+moved(scrip.Floats)+` AS float, `+moved(scrip.Helds)+` AS held
		FROM `+s+` JOIN log l ON l.id = s.record JOIN log_posting p ON p.record = l.id WHERE `+where+` GROUP BY 1`), args...)
	if err != nil {
		return nil, fmt.Errorf("add up the days of the books: %w", err)
	}
	return rows, nil
}

// backFrom are the days, by the balances at the end and what each day changed.
func backFrom(end flowRow, rows []flowRow, since, now int64) []DayOfBooks {
	of := map[int64]flowRow{}
	for _, r := range rows {
		r.Day = min(r.Day, now)
		was := of[r.Day]
		of[r.Day] = flowRow{r.Day, was.Sold + r.Sold, was.Float + r.Float, was.Held + r.Held}
	}
	days := make([]DayOfBooks, (now-since)/86400+1)
	for i := len(days) - 1; i >= 0; i-- {
		day := since + int64(i)*86400
		days[i] = DayOfBooks{day, of[day].Sold, end.Float, end.Held}
		end.Float, end.Held = end.Float-of[day].Float, end.Held-of[day].Held
	}
	return days
}

// firstSince is the number of the first record that was logged at a time or after, but for
// clocks that were set back.
func firstSince(ctx context.Context, tx *sqlx.Tx, size, since int64) (int64, error) {
	var failed error
	first := sort.Search(int(size), func(seq int) bool {
		var at int64
		if err := tx.GetContext(ctx, &at, tx.Rebind(`SELECT l.at FROM log_seq s JOIN log l ON l.id = s.record WHERE s.seq = ?`), seq); err != nil {
			failed = fmt.Errorf("read the log: %w", err)
		}
		return at >= since
	})
	return int64(first), failed
}
