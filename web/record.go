package web

import (
	"context"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// recordView is what the broker says of a stall. The zero value is nothing.
type recordView struct {
	Since   string // "March 2026"
	Sales   string // "at least 20 sales"; empty: none
	Stars   string // "4.6"; empty: not rated
	Ratings string // "12 ratings"
	Sent    string // "sends within 2 days"; empty: not known
	Bad     string // what went wrong before; empty: nothing
	New     bool   // open for less than newFor, and nothing sold
}

// newFor is how long a stall that has sold nothing is called new.
const newFor = 30 * 24 * time.Hour

func (s *server) recordOf(ctx context.Context, t market.Stall) recordView {
	r, there := t.TrackRecord(s.Clock().Unix())
	if !there {
		return recordView{}
	}
	since := time.Unix(r.Since, 0).UTC()
	v := recordView{Since: monthWords(ctx, since), New: r.Sales == 0 && s.Clock().Sub(since) < newFor}
	if r.Sales > 0 {
		v.Sales = tr(ctx, "at least {{.N}} sales", "N", r.Sales)
	}
	if r.Average > 0 {
		v.Stars, v.Ratings = decimal(ctx, float64(r.Average)/10), tr(ctx, "{{.N}} ratings", "N", r.Ratings)
	}
	if r.SendDays != nil {
		v.Sent = tr(ctx, "sends within {{.N}} days", "N", max(*r.SendDays, 1))
	}
	if r.DisputesLost > 0 {
		v.Bad = tr(ctx, "lost at least {{.N}} disputes", "N", r.DisputesLost)
	} else if r.Reclaimed > 0 {
		v.Bad = tr(ctx, "at least {{.N}} parcels not sent", "N", r.Reclaimed)
	}
	return v
}

// stockWords is how many are left, as far as a market tells: nobody is to count a stall's sales by it. Of the last one nothing
// is said.
func stockWords(ctx context.Context, stock int) string {
	switch {
	case stock <= 1:
		return ""
	case stock < scrip.Several:
		return tr(ctx, "{{.N}} pieces left", "N", stock)
	}
	return tr(ctx, "Several left")
}

// mostAtOnce is how many are offered to be bought at once where a market tells no number; the stall decides.
const mostAtOnce = 10

// choicesOf are the quantities that can be chosen; none: no choice.
func choicesOf(stock int) (all []int) {
	if stock <= 1 {
		return nil
	}
	most := stock
	if stock >= scrip.Several {
		most = mostAtOnce
	}
	for n := 1; n <= most; n++ {
		all = append(all, n)
	}
	return all
}
