package db

import (
	"context"
	"fmt"
	"slices"

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

// flowsOf adds up by day, in unix seconds, what was sold and by how much floats and what is
// held grew, of the records s that are some of log_seq or log_staged.
func flowsOf(s string) string {
	grew := func(ledger string) string {
		begins := func(column string) string {
			return fmt.Sprintf(`CASE WHEN substr(%s, 1, %d) = '%s' THEN p.amount ELSE 0 END`, column, len(ledger), ledger)
		}
		return `sum(` + begins("p.to_ledger") + ` - ` + begins("p.from_ledger") + `)`
	}
	return `SELECT l.at / 86400 * 86400 AS day, sum(CASE WHEN l.kind = 'T12' THEN p.amount ELSE 0 END) AS sold,
		` + grew(scrip.Floats) + ` AS float, ` + grew(scrip.Helds) + ` AS held
		FROM ` + s + ` JOIN log l ON l.id = s.record JOIN log_posting p ON p.record = l.id `
}

// addDays adds to the days what was numbered from a record on.
func addDays(c change, from int64) error {
	err := c.do(`INSERT INTO log_day (day, sold, float, held) `+flowsOf(`log_seq s`)+`WHERE s.seq >= ? GROUP BY 1
		ON CONFLICT (day) DO UPDATE SET sold = log_day.sold + excluded.sold, float = log_day.float + excluded.float, held = log_day.held + excluded.held`, from)
	if err != nil {
		return fmt.Errorf("add up the days of the books: %w", err)
	}
	return nil
}

// Days lists the days from the one at which a time is up to the one of now, as of one
// instant: from the balances back, day by day.
func (b *Books) Days(ctx context.Context, since, now int64) (days []DayOfBooks, err error) {
	since, now = since/86400*86400, now/86400*86400
	err = b.db.read(ctx, func(tx *sqlx.Tx) error {
		var rows, staged []flowRow
		var end flowRow
		c := change{tx: tx}
		if err := c.list(&rows, `SELECT day, sold, float, held FROM log_day WHERE day >= ?`, since); err != nil {
			return err
		}
		if err := c.list(&staged, flowsOf(`log_staged s`)+`GROUP BY 1`); err != nil {
			return err
		}
		err := c.get(&end, `SELECT coalesce(sum(CASE WHEN substr(account, 1, 6) = 'float:' THEN balance END), 0) AS float,
			coalesce(sum(CASE WHEN substr(account, 1, 5) = 'held:' THEN balance END), 0) AS held FROM ledger`)
		days = backFrom(end, slices.Concat(rows, staged), since, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the days of the books: %w", err)
	}
	return days, nil
}

// backFrom are the days, by the balances at the end and what each day changed. What was
// logged at a time that is yet to come, by a clock that was ahead, is of the last.
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
