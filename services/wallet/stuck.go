package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// rescueEvery is how often, in seconds, the broker is asked for what is stuck at a
// merchant that is gone: of purchases that were announced, some comes later.
const rescueEvery = 24 * 60 * 60

// rescueStuck has what is stuck at merchants that are gone paid back by the broker
// (RESCUE). What it cannot ask now it asks later.
func (w *Wallet) rescueStuck(ctx context.Context) error {
	stuck, err := w.stuck(ctx)
	if err != nil {
		return fmt.Errorf("look up what is stuck: %w", err)
	}
	for _, vendor := range stuck {
		gone, err := w.mayRescue(ctx, vendor)
		if err == nil && gone {
			_, err = w.rescueAt(ctx, vendor)
		}
		if err != nil {
			w.cfg.Log.Info("money stays with a stall for now", "stall", vendor, "err", err)
		}
	}
	return nil
}

// stuck are the merchants without whose answer some money is in no use: what they
// owe, what they hold to pay it out, and what has expired and they do not renew; and
// those that say it is spent, which is their word alone: the broker knows better.
func (w *Wallet) stuck(ctx context.Context) ([]scrip.VendorID, error) {
	vendors, err := w.cfg.Purse.Disputed(ctx)
	if err != nil {
		return nil, err
	}
	items, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		owes, err := w.waitsForMerchant(it)
		if err != nil {
			return nil, err
		}
		if owes {
			vendors = append(vendors, it.Vendor)
		}
	}
	holdings, err := w.cfg.Purse.Holdings(ctx)
	for _, h := range holdings {
		if h.Vendor != "" && h.Doubt == "" && h.Refused != "" && h.Expires <= w.earliest() {
			vendors = append(vendors, h.Vendor)
		}
	}
	kept, other := w.keptBack(ctx)
	vendors = append(vendors, kept...)
	slices.Sort(vendors)
	return slices.Compact(vendors), errors.Join(err, other)
}

// keptBack are the merchants of which the broker kept something for what was announced to
// be bought there, and keeps it no more.
func (w *Wallet) keptBack(ctx context.Context) ([]scrip.VendorID, error) {
	all, err := w.cfg.Purse.Rescues(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up what was rescued: %w", err)
	}
	var vendors []scrip.VendorID
	for _, r := range all {
		if rescuedAgain(r.Bought, r.Asked, w.now()) {
			vendors = append(vendors, r.Vendor)
		}
	}
	return vendors, nil
}

// rescuedAgain reports whether RESCUE is asked for once more at a merchant where the last
// purchase was begun at bought, 0 for none, and the last RESCUE at asked: it was while the
// broker kept money for that purchase, and it keeps none any more. A time that is yet to
// come is that of a clock which was ahead. Pure.
func rescuedAgain(bought, asked, now int64) bool {
	from := min(bought, asked)
	return bought > 0 && asked-bought < noticed && (now-from >= noticed || from > now+24*60*60)
}

// waitsForMerchant reports whether an item waits for what its merchant owes, or
// holds to pay it out.
func (w *Wallet) waitsForMerchant(it Item) (bool, error) {
	switch {
	case it.Transaction == "6.7":
		return true, nil
	case it.Transaction == "6.2" && it.Phase == PhaseHalf:
		var x exchange
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		return x.T6, err
	case it.Transaction == "6.5" && it.Phase == PhaseHalf:
		var x extension
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		return !x.T17, err
	}
	return false, nil
}

// mayRescue reports whether a merchant is gone, as far as the directory tells, and
// RESCUE was not refused a while ago.
func (w *Wallet) mayRescue(ctx context.Context, vendor scrip.VendorID) (bool, error) {
	before, err := w.cfg.Purse.Ended(ctx, scrip.ID(vendor))
	if err != nil {
		return false, err
	}
	if len(before) > 0 && w.isFresh(before[0].StartedAt, rescueEvery) {
		return false, nil
	}
	known, err := w.refreshStall(ctx, vendor)
	if err != nil {
		return false, err
	}
	certificate, err := w.readCertificate(ctx, known)
	return known.Revoked || known.SilentSince > 0 || certificate.NotAfter <= w.earliest(), err
}

// Waiting is money that waits for a merchant.
type Waiting struct {
	Tx     scrip.ID // by which the broker's books know it
	Vendor scrip.VendorID
	Name   string // empty when the stall is not known any more
	Value  scrip.Money
	Since  int64 // unix seconds
	Ends   int64 // unix seconds: when its certificate ends, as last seen; 0 when that is not known
}

// Waiting lists what waits for merchants, oldest first.
func (w *Wallet) Waiting(ctx context.Context) ([]Waiting, error) {
	items, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up what waits: %w", err)
	}
	var list []Waiting
	for _, it := range items {
		if it.Vendor == "" || slices.Contains([]string{"PAYOUT", "RESCUE"}, it.Transaction) {
			continue
		}
		one := Waiting{Tx: it.Tx, Vendor: it.Vendor, Value: it.Amount, Since: it.StartedAt}
		known, err := w.knownStall(ctx, it.Vendor)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return nil, err
		}
		if certificate, err := w.readCertificate(ctx, known); err == nil {
			one.Name, one.Ends = certificate.Name, certificate.NotAfter
		}
		list = append(list, one)
	}
	return list, nil
}
