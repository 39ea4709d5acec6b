package db

import "peerscrip/services/scrip"

// HoldKey names the hold of a purchase.
func HoldKey(v scrip.VendorID, purchase scrip.ID) string { return string(v) + " " + string(purchase) }

// ends are the kinds of records after which nothing is left of a hold.
var ends = map[string]bool{
	scrip.ReleaseRequest{}.Type(): true, scrip.ReclaimRequest{}.Type(): true, scrip.Decided{}.Type(): true, scrip.KindTime: true,
}

// holds replays what a record does to a hold, and reports whether the rules allow it:
// no more is paid out of a hold than its T12 put there, and a record that ends it pays
// out all that is left.
func (r *replayed) holds(rec scrip.Record) bool {
	var out scrip.Money
	for _, p := range rec.Posts {
		if v, held := p.To.Held(); held {
			r.sums.Held[HoldKey(v, rec.Tx)] = p.Amount // of a purchase, the log has one T12
		}
		if v, held := p.From.Held(); held && v == rec.Vendor {
			out += p.Amount
		} else if held {
			return false
		}
	}
	key := HoldKey(rec.Vendor, rec.Purchase)
	left, there := r.sums.Held[key]
	if out > 0 || ends[rec.Kind] {
		if !there || out > left || ends[rec.Kind] && out < left {
			return false
		}
		r.sums.Held[key] = left - out
	}
	if out == left {
		delete(r.sums.Held, key)
	}
	return true
}
