package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// keepChange keeps T6 when T8 did not come with it: the change is there to be spent,
// and the CLAIM that will fetch the VendorScrip is written down.
func (w *Wallet) keepChange(ctx context.Context, r Item, x exchange, t6 scrip.Opened[scrip.Exchanged]) error {
	keep, err := w.checkExchanged(ctx, r, x, t6)
	if err != nil {
		return unfinished("check T6", err)
	}
	key, _, err := w.pseudonym(ctx, r.Vendor)
	if err != nil {
		return err
	}
	claim, err := w.sign(draft{key.Thumbprint(), string(r.Vendor), r.Tx, scrip.Claim{
		Value: r.Amount, Receipt: t6.Body.Receipt,
	}, scrip.Attachments{}}, key)
	if err != nil {
		return err
	}
	x.Claim = &claim
	sealed, err := w.vault.put(placeOfItem(r.Tx), x)
	if err != nil {
		return err
	}
	err = w.cfg.Purse.Apply(ctx, PurseChange{
		Drop: []Hold{{r.Stake, r.Tx}}, Keep: keep, Forget: r.stakes(),
		Advance: &Advance{Tx: r.Tx, From: r.Phase, To: PhaseHalf, Sealed: sealed},
	})
	if err != nil {
		return unfinished("keep the change", err)
	}
	r.Phase = PhaseHalf
	return w.claim(ctx, r, x)
}

// claim shows the merchant the broker's receipt until it issues. Even a signed
// no leaves the claim as it is: the receipt proves the debt.
func (w *Wallet) claim(ctx context.Context, r Item, x exchange) error {
	if x.Claim == nil {
		return unfinished("claim", scrip.ErrAbsent)
	}
	stall, c, err := w.reach(ctx, r.Vendor)
	if err != nil {
		return err
	}
	envelope, err := w.ask(ctx, talk{*x.Claim, c.Envelope, stall.Claim, r.event()})
	if err != nil {
		return err
	}
	t8, err := take[scrip.Issued](w, envelope, *x.Claim, r.event(), w.merchantKeys(ctx, c))
	if err != nil {
		return unfinished("claim", err)
	}
	issued, err := w.issued(r, t8)
	if err != nil {
		return unfinished("check T8", err)
	}
	return w.finished(ctx, r, PurseChange{Keep: []Holding{issued}})
}
