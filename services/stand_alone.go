package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// lookForWork is how often a process looks for what another one left at the stall that they
// share, and for the certificate that it keeps.
const lookForWork = 10 * time.Second

// addStall opens the one stall of this node. At the first start it opens an
// account and a stall at the broker; later ones need no broker.
func (h *house) addStall(ctx context.Context) error {
	database, err := h.readyShelf(ctx)
	if err != nil {
		return err
	}
	keys, err := h.folder.StallKeys(h.Random)
	if err != nil {
		return err
	}
	if err := h.checkBank(); err != nil {
		return err
	}
	kept, err := h.certificate(ctx, keys)
	if err != nil {
		return err
	}
	c, err := h.ownConfig(ctx, database, keys, kept)
	if err != nil {
		return err
	}
	h.stall = merchant.Open(c)
	h.reachable(h.stall)
	if err := h.firstLink(); err != nil {
		return err
	}
	h.api.Stalls = soleStall{h.stall}
	h.api.Sellers = soleStall{h.stall}
	h.run(h.stall.Run)
	if h.lessee != nil {
		h.run(h.followCertificate)
	}
	for _, item := range h.Goods {
		if _, err := h.stall.List(ctx, item); err != nil {
			return fmt.Errorf("list %q: %w", item.Title, err)
		}
	}
	return nil
}

// readyShelf refuses a stall of which half is missing. Where its shelf is in a database that
// several processes share, its keys are there, too: it returns that, open.
func (h *house) readyShelf(ctx context.Context) (*db.DB, error) {
	if !h.storage.Apart(db.Merchant) {
		return nil, h.folder.WholeStall()
	}
	database, err := h.open(ctx, "", db.Merchant)
	if err != nil {
		return nil, err
	}
	if h.folder, err = h.storage.BesideStall(ctx, database); err != nil {
		return nil, err
	}
	if err := h.openStore(ctx); err != nil {
		return nil, err
	}
	return database, h.folder.KeepStallElsewhere(h.storage.Shown())
}

// ownConfig is what the stall is opened with: its certificate, checked, its keys
// and its shelf.
func (h *house) ownConfig(ctx context.Context, database *db.DB, keys folder.Identity, kept folder.Certificate) (merchant.Config, error) {
	c := h.stallConfig()
	c.Requests = h.Rate // what a broker of the same rate takes of one stall
	certificate, err := scrip.Verify[scrip.Certificate](kept.Signed, string(kept.Vendor), h.issuer.keys)
	if err != nil {
		return c, fmt.Errorf("check the stall's certificate: %w", err)
	}
	if database == nil {
		if database, err = h.open(ctx, h.folder.OwnShelf(), db.Merchant); err != nil {
			return c, err
		}
	}
	if err := belong(ctx, database, h.storage.Place(db.Merchant, h.folder.OwnShelf()), string(keys.ID)); err != nil {
		return c, err
	}
	if err := h.folder.StallBegun(); err != nil {
		return c, err
	}
	c.Certificate, c.CertificateJWS, c.About = certificate.Body, kept.Signed, h.About
	c.Keys = merchant.StallKeys{Signing: keys.Signing, Envelope: keys.Envelope}
	c.Changed = func() { h.changed(kept.Vendor) }
	c.Bought = func(offers []scrip.ID) { h.changes.bought(kept.Vendor, offers) }
	c.Certificates = ownCertificate{h.folder, kept.Vendor}
	if h.lessee != nil {
		c.Process = merchant.Process{Leases: h.lessee.db, Name: h.lessee.owner, Look: lookForWork}
	}
	c.Shelf, err = db.NewShelf(database, kept.Vendor)
	return c, err
}

// ownCertificate is where the stand-alone stall's is kept.
type ownCertificate struct {
	folder folder.Folder
	vendor scrip.VendorID
}

// Kept implements merchant.Certificates.
func (c ownCertificate) Kept(context.Context) (string, error) {
	kept, err := c.folder.Certificate()
	return kept.Signed, err
}

// Replace implements merchant.Certificates.
func (c ownCertificate) Replace(_ context.Context, before, next string) error {
	err := c.folder.KeepCertificate(folder.Certificate{Vendor: c.vendor, Signed: next}, before)
	if errors.Is(err, folder.ErrReplaced) {
		return fmt.Errorf("%w: %w", scrip.TxConflict, err)
	}
	return err
}

// followCertificate takes up, until ctx ends, the certificates that other processes of the
// stall have kept.
func (h *house) followCertificate(ctx context.Context) {
	for {
		select {
		case <-time.After(lookForWork):
		case <-ctx.Done():
			return
		}
		if err := h.stall.Follow(ctx); err != nil && ctx.Err() == nil {
			h.Log.Warn("the certificate that another process may have kept was not read", "err", err)
		}
	}
}

// certificate returns the one that is kept, or asks the broker for it: of processes that
// share the stall one after the other.
func (h *house) certificate(ctx context.Context, keys folder.Identity) (kept folder.Certificate, err error) {
	if h.lessee == nil {
		return h.firstCertificate(ctx, keys)
	}
	err = h.lessee.inTurn(ctx, jobOpening, func() error {
		kept, err = h.firstCertificate(ctx, keys)
		return err
	})
	return kept, err
}

// firstCertificate is certificate of one process. A crash before it is kept costs nothing:
// the same keys get the same one.
func (h *house) firstCertificate(ctx context.Context, keys folder.Identity) (folder.Certificate, error) {
	kept, err := h.folder.Certificate()
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	if kept.Signed, err = h.join(ctx, keys); err != nil {
		return folder.Certificate{}, err
	}
	certificate, err := scrip.Unchecked[scrip.Certificate](kept.Signed) // whoever opens the stall with it verifies it
	if err != nil {
		return folder.Certificate{}, fmt.Errorf("read the certificate: %w", err)
	}
	kept.Vendor = certificate.Vendor
	return kept, h.folder.KeepCertificate(kept, "")
}

// join opens the node's account, with a key of its own, and its stall, and
// returns the stall's certificate.
func (h *house) join(ctx context.Context, keys folder.Identity) (string, error) {
	at, err := h.address(ctx)
	if err != nil {
		return "", err
	}
	owner, err := h.owner(ctx)
	if err != nil {
		return "", err
	}
	account, err := h.openAccount(ctx, owner.Signing, owner.Bank, h.Name)
	if errors.Is(err, scrip.BankDeclined) { // so that it can be opened with another one
		err = fmt.Errorf("the bank knows no account %s: name another with --bank, or none: %w", owner.Bank, err)
		err = errors.Join(err, h.folder.ForgetOwner())
	}
	if err != nil {
		return "", err
	}
	possession, err := h.possession(account, keys)
	if err != nil {
		return "", err
	}
	return h.openStall(ctx, account, owner.Signing, scrip.StallRequest{
		Name: h.Name, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(), BaseURL: at, Possession: possession,
	})
}

// owner returns the account that owns this node's stall. A new one has the
// bank's reference that was configured, or a new account at the broker's sandbox
// bank, and is kept before the broker hears of it. A crash before leaves an empty
// account at the bank.
func (h *house) owner(ctx context.Context) (folder.Identity, error) {
	kept, err := h.folder.Owner()
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	reference := h.Bank
	if reference == "" {
		if reference, err = h.banking.OpenAccount(ctx); err != nil {
			return folder.Identity{}, fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
	}
	made, err := h.folder.MakeOwner(reference, h.Random)
	if errors.Is(err, folder.ErrReplaced) { // another process of the stall was faster
		return h.folder.Owner()
	}
	return made, err
}

// checkBank refuses another bank's reference than the account was opened with: it
// is the owner's wallet that changes it (BANK).
func (h *house) checkBank() error {
	kept, err := h.folder.Owner()
	if h.Bank == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && kept.Bank != h.Bank {
		err = fmt.Errorf("the stall's account was opened with the bank account %s, which cannot be changed to %s here: leave --bank out, and say \"peerscrip wallet bank\" with a wallet made by --stall", kept.Bank, h.Bank)
	}
	return err
}
