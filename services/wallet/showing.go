package wallet

import (
	"context"
	"slices"

	"peerscrip/services/scrip"
)

// Evidence is what a buyer shows of a purchase that is disputed: what the seller offered
// and that it was paid, and if said, what was said in the order's thread, but for
// addresses; each as it was signed. left: how many found no room.
func (w *Wallet) Evidence(ctx context.Context, purchase scrip.ID, said bool) (shows []scrip.Shown, left int, err error) {
	receipt, err := w.Receipt(ctx, purchase)
	if err != nil {
		return nil, 0, err
	}
	var signed, events []string
	for _, jws := range append([]string{receipt.Mandate, receipt.Paid}, receipt.Offers()...) {
		if jws != "" { // a backup had no room for it
			signed = append(signed, jws)
		}
	}
	if said {
		t, err := w.thread(ctx, purchase)
		if err != nil {
			return nil, 0, err
		}
		for _, s := range t.now.Said {
			if s.Address == nil {
				events = append(events, s.Signed)
			}
		}
	}
	shows, left = showing(signed, events)
	return shows, left, nil
}

// showing is as much as finds room in a DISPUTE: what was signed about the purchase goes
// before what was said, and of that the last goes first.
func showing(signed, events []string) (shows []scrip.Shown, left int) {
	first := fitting(signed, scrip.MaxShown, scrip.MaxShowing)
	room := scrip.MaxShowing
	for _, jws := range first {
		room -= len(jws)
	}
	latest := slices.Clone(events)
	slices.Reverse(latest)
	last := slices.Clone(fitting(latest, scrip.MaxShown-len(first), room))
	slices.Reverse(last)
	for _, jws := range slices.Concat(first, last) {
		shows = append(shows, scrip.Shown{Message: jws})
	}
	return shows, len(signed) + len(events) - len(shows)
}

// fitting are as many of the first messages as find room.
func fitting(messages []string, count, bytes int) []string {
	for i, jws := range messages {
		if bytes -= len(jws); i == count || bytes < 0 {
			return messages[:i]
		}
	}
	return messages
}
