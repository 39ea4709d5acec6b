package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// banking is a BANK that was written down.
type banking struct {
	Request request `json:"request"`
	Bank    string  `json:"bank"` // the reference it names
	Counter int64   `json:"counter"`
}

// ChangeBank names another reference of the account's bank account to the broker
// (BANK), which its bank must know: scrip.BankDeclined. A load that waits for the
// bank account of before is over with it. Interrupted, Resume goes on.
func (w *Wallet) ChangeBank(ctx context.Context, reference string) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := w.finishBank(ctx); err != nil && !settled(err) {
		return err
	}
	if err := w.beginBank(ctx, reference); err != nil {
		return fmt.Errorf("change the bank account: %w", err)
	}
	return w.finishBank(ctx)
}

// beginBank writes BANK down, with the account's counter.
func (w *Wallet) beginBank(ctx context.Context, reference string) error {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return err
	}
	counter := max(owner.Counter+1, w.now())
	body := scrip.BankRequest{Account: w.account, Bank: reference, Counter: counter}
	if err := body.Valid(); err != nil {
		return err
	}
	r, err := w.sign(w.toBroker(tx, body, scrip.Attachments{}), w.Key())
	if err != nil {
		return err
	}
	sealed, err := w.vault.put(placeOfBanking, banking{r, reference, counter})
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Counter: counter, Banking: sealed})
}

// finishBank sends the BANK that is written down, if any, and keeps its reference
// once it is noted. After a final no the reference of before stands.
func (w *Wallet) finishBank(ctx context.Context) error {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil || len(owner.Banking) == 0 {
		return err
	}
	var b banking
	if err := w.vault.take(placeOfBanking, owner.Banking, &b); err != nil {
		return err
	}
	a, err := askBroker[scrip.Noted](ctx, w, Item{Tx: b.Request.Tx, Transaction: b.Request.Typ}, b.Request)
	switch {
	case err != nil:
		return err
	case a.no != nil && a.no.Reason.Transient():
		return unfinished("change the bank account", a.no)
	case a.no != nil:
		return errors.Join(a.no, w.cfg.Purse.Apply(ctx, PurseChange{Banked: owner.Bank, CountOn: countOn(b.Counter, a.no)}))
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Banked: b.Bank})
}
