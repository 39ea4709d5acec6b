package web

import (
	"strconv"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// recordView is what the broker says of a stall. The zero value is nothing.
type recordView struct {
	Since   string // "March 2026"
	Sales   string // "20+ sales"; empty: none
	Stars   string // "4.6"; empty: not rated
	Ratings string // "12 ratings"
	Sent    string // "sends within 2 days"; empty: not known
	Bad     string // what went wrong before; empty: nothing
}

func (s *server) recordOf(t market.Stall) recordView {
	r, there := t.TrackRecord(s.Clock().Unix())
	if !there {
		return recordView{}
	}
	v := recordView{Since: time.Unix(r.Since, 0).UTC().Format("January 2006"), Sales: atLeast(r.Sales, "sale")}
	if r.Average > 0 {
		v.Stars, v.Ratings = strconv.FormatFloat(float64(r.Average)/10, 'f', 1, 64), count(r.Ratings, "rating")
	}
	if r.SendDays != nil {
		v.Sent = "sends within " + count(max(*r.SendDays, 1), "day")
	}
	if r.DisputesLost > 0 {
		v.Bad = atLeast(r.DisputesLost, "dispute") + " lost"
	} else if r.Reclaimed > 0 {
		v.Bad = atLeast(r.Reclaimed, "parcel") + " not sent"
	}
	return v
}

// atLeast writes a coarse count: "1+ sales", "20+ sales"; "" for none.
func atLeast(n int, one string) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + "+ " + one + "s"
}

// stockWords is how many are left, as far as a market tells: nobody is to count a stall's sales by it. Of the last one nothing
// is said.
func stockWords(stock int) string {
	switch {
	case stock <= 1:
		return ""
	case stock < scrip.Several:
		return count(stock, "piece") + " left"
	}
	return "Several left"
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
