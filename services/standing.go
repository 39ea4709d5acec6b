package services

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// Bounds on what the operator's console lists.
const (
	maxHolds  = 200
	maxQueues = 500
	maxBooks  = 50 // stalls that are asked for their queues: each may have its book opened for it
)

// untold are the parts that are not well, without those of which the console tells more by itself.
func untold(s web.Standing) []string {
	return slices.DeleteFunc(slices.Clone(s.Degraded), func(part string) bool {
		return part == restoredPart && s.Restored.Marked || part == logPart && s.OtherBooks.Evidence != ""
	})
}

// standing looks at the books, if they are here, and at the queues.
func (h *house) standing(ctx context.Context) (web.Standing, error) {
	s := web.Standing{At: h.Clock()}
	names, err := h.stallNames(ctx)
	if err != nil {
		return s, err
	}
	if s.Degraded, err = h.health.ready(ctx); err != nil {
		h.Log.Error("the process is not ready", "err", err)
	}
	if s.Restored, err = h.restoredFrom(); err != nil {
		h.Log.Error("whether the data folder was restored was not read", "err", err)
	}
	s.OtherBooks = h.followed.otherBooks()
	s.Degraded = untold(s)
	if s.Books = h.books != nil; s.Books {
		if err := h.addBooks(ctx, &s, names); err != nil {
			return s, err
		}
		if err := h.addDisputes(ctx, &s); err != nil {
			return s, err
		}
		if err := h.addMoney(ctx, &s); err != nil {
			return s, err
		}
		if err := h.addDays(ctx, &s); err != nil {
			return s, err
		}
	}
	return s, h.addQueues(ctx, &s)
}

// stallNames are those of the broker's directory, as far as it is read at once; none when
// it is elsewhere. A stall without a name is told by its ID.
func (h *house) stallNames(ctx context.Context) (map[scrip.VendorID]string, error) {
	names := map[scrip.VendorID]string{}
	if h.books == nil {
		return names, nil
	}
	part, err := h.broker.Stalls(ctx, "")
	for _, stall := range part.Stalls {
		names[stall.Vendor] = stall.Name
	}
	return names, err
}

// addBooks shows the last audit of the books and lists what is held in them.
func (h *house) addBooks(ctx context.Context, s *web.Standing, names map[scrip.VendorID]string) error {
	if h.auditor != nil {
		report, at, err := h.auditor.latest(ctx)
		if err != nil {
			return err
		}
		if s.Audited = at; !at.IsZero() {
			addReport(s, report, names)
		}
	}
	now := h.Clock().Unix()
	holds, err := h.books.Holds(ctx, now, maxHolds)
	for _, hold := range holds {
		s.Holds = append(s.Holds, web.Hold{
			Message: hold.Message, Stall: cmp.Or(names[hold.Vendor], string(hold.Vendor)), Waits: waitsFor(hold, now), Aside: string(hold.Aside),
			Amount: hold.Value, Until: hold.Until,
		})
	}
	return err
}

// addDisputes counts what waits for a decision, and says how long the oldest has.
func (h *house) addDisputes(ctx context.Context, s *web.Standing) error {
	waiting, err := h.books.Disputed(ctx, mostDisputes)
	if s.Disputed = len(waiting); err == nil && len(waiting) > 0 {
		s.Oldest = time.Unix(waiting[0].Since, 0)
	}
	return err
}

// addMoney adds what of real money waits: for the operator, and at the bank.
func (h *house) addMoney(ctx context.Context, s *web.Standing) (err error) {
	if s.Suspense, err = h.books.Suspended(ctx, mostSuspended); err != nil {
		return err
	}
	s.Leaving.Count, s.Leaving.Sum, err = h.books.Leaving(ctx)
	return err
}

// chartedDays is how many days the charts show.
const chartedDays = 90

// addDays adds what was sold and held on the last days.
func (h *house) addDays(ctx context.Context, s *web.Standing) error {
	now := h.Clock()
	days, err := h.books.Days(ctx, now.AddDate(0, 0, 1-chartedDays).Unix(), now.Unix())
	for _, d := range days {
		s.Days = append(s.Days, web.DayOfBooks(d))
	}
	return err
}

// addReport shows an audit: findings by invariant, stalls by name.
func addReport(s *web.Standing, report audit.Report, names map[scrip.VendorID]string) {
	t := report.Totals
	s.Totals = []web.Total{
		{Name: "Bank", Amount: t.Bank}, {Name: "House", Amount: t.House}, {Name: "Outstanding", Amount: t.Outstanding}, {Name: "Floats", Amount: t.Floats},
		{Name: "Reserves", Amount: t.Reserves}, {Name: "Held", Amount: t.Held}, {Name: "Earned", Amount: t.Earned}, {Name: "Credit", Amount: t.Credit}, {Name: "Sum", Amount: t.Sum()},
		{Name: "Came in minus went out", Amount: t.CameIn},
	}
	s.Names = names
	for _, f := range report.Findings {
		s.Verdicts = append(s.Verdicts, verdict(f))
	}
	slices.SortStableFunc(s.Verdicts, func(a, b web.Verdict) int { return cmp.Compare(a.Invariant, b.Invariant) })
	for vendor, of := range report.Stalls {
		s.Stalls = append(s.Stalls, web.StallTotals{
			Vendor: vendor, Name: names[vendor], Float: of.Float, Reserve: of.Reserve, Earned: of.Earned,
		})
	}
	slices.SortFunc(s.Stalls, func(a, b web.StallTotals) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Vendor, b.Vendor))
	})
}

// verdict is a finding, for the console to say in its reader's language.
func verdict(f audit.Finding) web.Verdict {
	values := maps.Clone(f.Values)
	for name, value := range values {
		if fault, is := value.(audit.Fault); is {
			values[name] = web.Phrase(fault)
		}
	}
	return web.Verdict{Invariant: f.Invariant, OK: f.OK, Text: string(f.Kind), Values: values}
}

// waitsFor says what ends a hold.
func waitsFor(hold db.Hold, at int64) string {
	switch {
	case hold.Message == "T3":
		return "T5 from the stall; then it is free again"
	case hold.Aside != "":
		return "set aside: {{.Why}}. It goes to the customer's bank account once the customer has named another one"
	case !hold.Held:
		return "the stall's answer to T16, or its revocation; the change was given"
	case at < hold.Until:
		return "the stall's answer to T16, which is sent again and again"
	}
	return "the customer, to be given the change; T16 is sent again and again"
}

// busy are the stalls of this process that may have something to tell the broker.
func (h *house) busy() (vendors []scrip.VendorID) {
	if h.host != nil {
		vendors = h.host.Busy()
	}
	if h.stall != nil {
		vendors = append(vendors, h.stall.Vendor())
	}
	return vendors
}

// addQueues lists what the stalls of this process wait for. Of hosted ones only those
// that are busy are asked, and of these so many: how long a look takes, and how many
// books it opens, follow neither the number of stalls nor how much they wait for. One
// whose book does not open is counted among those that were not asked: the operator needs
// the rest of the page then more than ever.
func (h *house) addQueues(ctx context.Context, s *web.Standing) error {
	vendors := h.busy()
	for i, vendor := range vendors {
		if i == maxBooks || len(s.Queues) == maxQueues {
			s.Unasked += len(vendors) - i
			break
		}
		stall, err := h.own(ctx, vendor)
		var waiting []merchant.Underway
		if err == nil {
			waiting, err = stall.Underway(ctx, maxQueues)
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			h.Log.Warn("the queues of a stall cannot be looked at", "vendor", vendor, "err", err)
			s.Unasked++
			continue
		}
		for _, u := range waiting[:min(len(waiting), maxQueues-len(s.Queues))] {
			s.Queues = append(s.Queues, web.Queue{Underway: u, Stall: stall.Current().Name})
		}
	}
	return nil
}
