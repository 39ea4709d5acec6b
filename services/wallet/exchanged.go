package wallet

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// exchanged keeps T6 and T8 together: the BrokerScrip is gone, its change and
// the VendorScrip are there.
func (w *Wallet) exchanged(ctx context.Context, r Item, x exchange, t6 scrip.Opened[scrip.Exchanged], t8 scrip.Opened[scrip.Issued]) error {
	keep, err := w.checkExchanged(ctx, r, x, t6)
	if err != nil {
		return unfinished("check T6", err)
	}
	issued, err := w.issued(r, t8)
	if err != nil {
		return unfinished("check T8", err)
	}
	return w.finished(ctx, r, PurseChange{Drop: []Hold{{r.Stake, r.Tx}}, Keep: append(keep, issued)})
}

// checkExchanged gives the change T6 brings, if everything in it is right.
func (w *Wallet) checkExchanged(ctx context.Context, r Item, x exchange, t6 scrip.Opened[scrip.Exchanged]) ([]Holding, error) {
	if t6.Body.Vendor != r.Vendor || t6.Body.Value != r.Amount || t6.Body.Change != x.Had-r.Amount {
		return nil, errAnswer
	}
	receipt, err := scrip.Verify[scrip.Receipt](t6.Body.Receipt, string(r.Vendor), w.brokerKeys(ctx))
	if err != nil {
		return nil, fmt.Errorf("read the receipt: %w", err)
	}
	if receipt.Tx != r.Tx || receipt.Body != (scrip.Receipt{Vendor: r.Vendor, Value: r.Amount, Pseudonym: x.Pseudonym}) {
		return nil, errAnswer
	}
	if t6.Body.Change == 0 {
		return nil, nil
	}
	held, err := w.money(t6.Attachments, w.brokerID(), t6.Body.Change)
	if err != nil {
		return nil, err
	}
	h, err := w.holding(held, "", t6.At)
	return []Holding{h}, err
}

// issued is the VendorScrip T8 brings.
func (w *Wallet) issued(r Item, t8 scrip.Opened[scrip.Issued]) (Holding, error) {
	held, err := w.money(t8.Attachments, scrip.ID(r.Vendor), r.Amount)
	if err != nil || t8.Body.Value != r.Amount {
		return Holding{}, errAnswer
	}
	return w.holding(held, r.Vendor, t8.At)
}
