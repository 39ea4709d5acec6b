package wallet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Wallet is one customer. Make or Open it.
type Wallet struct {
	cfg     Config
	vault   vault
	account scrip.AccountID
	turn    chan struct{} // holds one token: payments take turns
	wake    chan struct{} // tells Run that there is something to do
	ways    map[string]way

	reckoning reckoning // of the device's clock

	rescued  scrip.Rescued // the turn's: what the last RESCUED said
	reviving bool          // the turn's: a revived item revives no other

	mu        sync.Mutex
	key       jose.SigningKey // under mu; the account's
	sealed    []byte          // under mu; that as the purse has it
	info      Info            // under mu; Info.ID never changes
	stalls    map[scrip.VendorID]KnownStall
	certified map[scrip.VendorID]certified // under mu: certificates that were verified
	heard     map[scrip.VendorID]string    // under mu: the head that each stall told last
	unkept    map[scrip.VendorID]string    // under mu: those of them that are not in the purse yet
}

// open builds a Wallet of an owner who has an account.
func open(cfg Config, owner Owner, v vault) (*Wallet, error) {
	w := &Wallet{
		cfg: cfg, vault: v, account: owner.Account, info: owner.Info,
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), stalls: map[scrip.VendorID]KnownStall{},
	}
	if err := w.takeKey(owner.Sealed); err != nil {
		return nil, err
	}
	w.ways = transactions()
	return w, nil
}

// Open opens the wallet in a purse: ErrNoAccount when there is none,
// ErrPassphrase when what cfg knows does not open it. It sends nothing, unless
// Make was interrupted: then it sends R1 again. Call Resume after it.
func Open(ctx context.Context, cfg Config) (*Wallet, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	owner, err := cfg.Purse.Owner(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil, ErrNoAccount
	}
	if err != nil {
		return nil, fmt.Errorf("open the wallet: %w", err)
	}
	v, err := openVault(cfg, owner.Lock)
	if err != nil {
		return nil, err
	}
	if owner.Account == "" {
		if owner, err = join(ctx, cfg, v, owner); err != nil {
			return nil, err
		}
	}
	w, err := open(cfg, owner, v)
	if err != nil {
		return nil, err
	}
	if err := w.pinned(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// pinned refuses a broker that never had the keys whose fingerprint was given.
func (w *Wallet) pinned(ctx context.Context) error {
	if w.info.Pinned(w.cfg.BrokerKey) == nil {
		return nil
	}
	if err := w.refreshInfo(ctx); err != nil {
		return err
	}
	return w.info.Pinned(w.cfg.BrokerKey)
}

// Account is the wallet's name at the broker. No merchant ever learns it.
func (w *Wallet) Account() scrip.AccountID { return w.account }

// Key is the account's signing key, for what an account signs beside payments:
// opening a stall (R3) and entering its desk (LOGIN). REKEY replaces it.
func (w *Wallet) Key() jose.SigningKey {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.key
}

func (w *Wallet) now() int64 { return w.cfg.Clock().Unix() }

func (w *Wallet) brokerID() scrip.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.info.ID
}

// takeTurn waits until no other payment is under way.
func (w *Wallet) takeTurn(ctx context.Context) (func(), error) {
	select {
	case w.turn <- struct{}{}:
		if err := w.followKey(ctx); err != nil {
			<-w.turn
			return nil, err
		}
		return func() { <-w.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for an earlier payment: %w", ctx.Err())
	}
}

// Where sealed values belong: what is sealed for one place opens in no other.
const (
	placeOfOwner    = "owner"
	placeOfBanking  = "banking"
	placeOfRekeying = "rekeying"
)

func placeOfScrip(id scrip.ID) string               { return "scrip " + string(id) }
func placeOfItem(tx scrip.ID) string                { return "item " + string(tx) }
func placeOfReceipt(tx scrip.ID) string             { return "receipt " + string(tx) }
func placeOfCollection(tx scrip.ID) string          { return "collection " + string(tx) }
func placeOfThread(tx scrip.ID) string              { return "thread " + string(tx) }
func placeOfNotice(tx scrip.ID) string              { return "notice " + string(tx) }
func placeOfPseudonym(vendor scrip.VendorID) string { return "pseudonym " + string(vendor) }
