package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// earningsView is what a stall has sold for, and where that money is.
type earningsView struct {
	Vendor              string
	Held, Free, PaidOut sum
	Told                bool // Free and PaidOut are known
	Pays                bool // the wallet of this site pays out here
	Chart               chart
}

// earnings shows what is held, what can be paid out, and what was.
func (s *server) earnings(w http.ResponseWriter, r *http.Request, d Desk) error {
	now, err := d.Earnings(r.Context())
	if err != nil {
		return fmt.Errorf("add up what was earned: %w", err)
	}
	v := earningsView{Vendor: string(d.Current().Vendor), Told: now.Told, Pays: s.Site.hasSell, Chart: s.earned(r.Context(), now.Days)}
	held := now.Takings.Held
	if !now.Told {
		for _, day := range now.Days {
			held += day.Held
		}
	}
	v.Held, v.Free, v.PaidOut = s.sum(held), s.sum(now.Takings.Earned), s.sum(now.Takings.PaidOut)
	h := s.head("sell", tr(r.Context(), "Earnings"))
	if v.Pays {
		h.Page = "earnings"
	}
	return s.render(w, r, http.StatusOK, earningsPage(h, v))
}

// Bounds on the chart of earnings: weeks of a young stall, months of an older one, and never fewer columns than so many.
const (
	mostWeeks    = 26
	mostMonths   = 24
	leastColumns = 12
)

// earned draws what became the seller's, and what is held, by weeks or months up to now.
func (s *server) earned(ctx context.Context, days []merchant.DayEarned) chart {
	now, title, most := s.Clock().UTC(), tr(ctx, "Earned each week"), mostWeeks
	begins, named := weekOf, func(t time.Time) string { return tr(ctx, "Week of {{.Day}}", "Day", day(t.Unix())) }
	back := func(n int) time.Time { return weekOf(now).AddDate(0, 0, -7*n) }
	begun := now
	if len(days) > 0 {
		begun = time.Unix(days[0].Day, 0).UTC()
	}
	if begun.Before(back(mostWeeks - 1)) {
		title, most, begins, named = tr(ctx, "Earned each month"), mostMonths, monthOf, func(t time.Time) string { return monthWords(ctx, t) }
		back = func(n int) time.Time { return monthOf(now).AddDate(0, -n, 0) }
	}
	of := map[time.Time][2]scrip.Money{}
	for _, day := range days {
		at := begins(time.Unix(day.Day, 0).UTC())
		sums := of[at]
		of[at] = [2]scrip.Money{sums[0] + day.Earned, sums[1] + day.Held}
	}
	var points []point
	for n := most - 1; n >= 0; n-- {
		if at := back(n); n < leastColumns || !at.Before(begins(begun)) {
			sums := of[at]
			points = append(points, point{named(at), sums[:]})
		}
	}
	return s.bars("earned-over-time", title, []string{tr(ctx, "Yours"), tr(ctx, "Held")}, points)
}

func monthOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// weekOf is the Monday of a week.
func weekOf(t time.Time) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// csvPage is how many orders are read at a time for the file.
const csvPage = 500

// earningsFile is all orders as CSV, one a line, with what became of the money of each.
func (s *server) earningsFile(w http.ResponseWriter, r *http.Request, d Desk) error {
	first, err := d.Orders(r.Context(), "", csvPage)
	if err != nil {
		return fmt.Errorf("list the orders: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="earnings.csv"`)
	out := csv.NewWriter(w)
	_ = out.Write([]string{"order", "paid", "what", "pieces", "price", "postage in it", "taken back", "yours", "held", "currency", "money", "since"}) // Error tells
	for sale, err := range ordersFrom(r.Context(), d, first, csvPage) {
		if err != nil {
			s.log.ErrorContext(r.Context(), "a list of orders was cut off", "error", err)
			panic(http.ErrAbortHandler) // so that half of it is not taken for all
		}
		_ = out.Write(s.csvRow(sale))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		s.log.DebugContext(r.Context(), "the reader went away", "error", err)
	}
	return nil
}

// ordersFrom are the orders of a desk, the newest first, each once whatever is sold meanwhile: the first page, which was read, and so
// many at a time behind it.
func ordersFrom(ctx context.Context, d Desk, sales []scrip.Sale, page int) iter.Seq2[scrip.Sale, error] {
	return func(yield func(scrip.Sale, error) bool) {
		for {
			for _, sale := range sales {
				if !yield(sale, nil) {
					return
				}
			}
			if len(sales) < page {
				return
			}
			var err error
			if sales, err = d.Orders(ctx, sales[len(sales)-1].ID, page); err != nil {
				yield(scrip.Sale{}, err)
				return
			}
		}
	}
}

// csvRow is one order. Amounts have a point, whatever the reader's language, and times are UTC.
func (s *server) csvRow(sale scrip.Sale) []string {
	amount, iso := s.Site.Currency.Format, func(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }
	yours, held, money, since := scrip.Money(0), sale.Price-sale.Refunded, "not reported yet", ""
	switch {
	case sale.Hold != nil:
		money = string(sale.Hold.State)
		if sale.Hold.Since > 0 {
			since = iso(sale.Hold.Since)
		}
		if !sale.Hold.State.Open() {
			yours, held = held, 0
		}
	case sale.Recorded:
		yours, held, money, since = held, 0, "not protected", iso(sale.PaidAt)
	}
	return []string{
		string(sale.ID), iso(sale.PaidAt), inCell(sale.Title()), strconv.Itoa(sale.Quantity()), amount(sale.Price), amount(sale.Postage()),
		amount(sale.Refunded), amount(yours), amount(held), s.Site.Currency.Code, money, since,
	}
}

// inCell keeps a text from being taken for a formula by the program that shows the file. One that begins as if that had been done
// is told apart from it by one apostrophe more.
func inCell(text string) string {
	if begins := strings.TrimLeft(text, "'"); begins != "" && strings.ContainsRune("=+-@", rune(begins[0])) {
		return "'" + text
	}
	return text
}
