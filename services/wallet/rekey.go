package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// rekeying is a REKEY that was written down.
type rekeying struct {
	Request request `json:"request"`
	Key     []byte  `json:"key"` // seed of the key that the account will have
	Counter int64   `json:"counter"`
}

// ReplaceKey has the account sign with a new key from now on (REKEY), so that other copies of
// this wallet, backups too, spend nothing more; and has all VendorScrip renewed, of which they
// have copies. What is under way is finished first, as far as that goes. Interrupted, the same call or Resume
// goes on. scrip.KeyReplaced: another copy was faster, and has the account. What could not be renewed yet, Exposed tells;
// it is tried again with Resume.
func (w *Wallet) ReplaceKey(ctx context.Context) error {
	if err := w.Deliver(ctx); err != nil {
		w.cfg.Log.Info("notices stay undelivered, and will be refused", "err", err)
	}
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	if len(owner.Rekeying) == 0 {
		w.tryUnfinished(ctx)
		if err := w.beginRekey(ctx); err != nil {
			return fmt.Errorf("replace the account's key: %w", err)
		}
	}
	if err := w.finishRekey(ctx); err != nil {
		return err
	}
	if err := w.renewDue(ctx, false); err != nil {
		w.cfg.Log.Info("not all VendorScrip is renewed yet, of which copies know", "err", err)
	}
	return nil
}

// Exposed is how much VendorScrip is still here of which copies made before the key was replaced know.
func (w *Wallet) Exposed(ctx context.Context) (scrip.Money, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for what is exposed: %w", err)
	}
	var sum scrip.Money
	for _, h := range holdings {
		if h.Exposed && h.Doubt == "" {
			sum += h.Value
		}
	}
	return sum, nil
}

// beginRekey writes REKEY down with the key that it names.
func (w *Wallet) beginRekey(ctx context.Context) error {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	next, err := jose.NewSigningKey(w.cfg.Random)
	if err != nil {
		return err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return err
	}
	proof, err := jose.Sign(w.cfg.Random, scrip.Compose(next.Thumbprint(), string(w.brokerID()), tx, w.now(),
		scrip.KeyPossession{Account: w.account}, scrip.Attachments{}), next)
	if err != nil {
		return err
	}
	counter := max(owner.Counter+1, w.now())
	r, err := w.sign(w.toBroker(tx, scrip.Rekey{Account: w.account, Signing: next.Public(), Counter: counter},
		scrip.Attachments{Possession: proof.JWS}), w.Key())
	if err != nil {
		return err
	}
	sealed, err := w.vault.put(placeOfRekeying, rekeying{r, next.Secret(), counter})
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Counter: counter, Rekeying: sealed})
}

// finishRekey sends the REKEY that is written down, if any, and signs with its key once it is
// noted. A crash before that is kept leaves the same REKEY to be sent again. After a final no the account has the key that it had.
func (w *Wallet) finishRekey(ctx context.Context) error {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil || len(owner.Rekeying) == 0 {
		return err
	}
	var k rekeying
	if err := w.vault.take(placeOfRekeying, owner.Rekeying, &k); err != nil {
		return err
	}
	a, err := askBroker[scrip.Noted](ctx, w, Item{Tx: k.Request.Tx, Transaction: k.Request.Typ}, k.Request)
	switch {
	case err != nil:
		return err
	case a.no != nil && a.no.Reason.Transient():
		return unfinished("replace the account's key", a.no)
	case a.no != nil:
		return errors.Join(a.no, w.cfg.Purse.Apply(ctx, PurseChange{Rekeyed: &Rekeyed{}, CountOn: countOn(k.Counter, a.no)}))
	}
	sealed, err := w.vault.put(placeOfOwner, identity{Key: k.Key})
	if err != nil {
		return err
	}
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Rekeyed: &Rekeyed{Sealed: sealed}}); err != nil {
		return fmt.Errorf("keep the account's new key: %w", err)
	}
	return w.takeKey(sealed)
}

// takeKey signs with the account's key that the purse has.
func (w *Wallet) takeKey(sealed []byte) error {
	var id identity
	if err := w.vault.take(placeOfOwner, sealed, &id); err != nil {
		return err
	}
	key, err := jose.ParseSigningKey(id.Key)
	if err != nil {
		return fmt.Errorf("read the account's key: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key, w.sealed = key, sealed
	return nil
}

// followKey takes up a key that another program with the same purse has put into it.
func (w *Wallet) followKey(ctx context.Context) error {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return fmt.Errorf("look up the account's key: %w", err)
	}
	w.mu.Lock()
	same := bytes.Equal(owner.Sealed, w.sealed)
	w.mu.Unlock()
	if same {
		return nil
	}
	return w.takeKey(owner.Sealed)
}
