package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// addStall opens the one stall of this node. At the first start it opens an
// account and a stall at the broker; later ones need no broker.
func (h *house) addStall(ctx context.Context) error {
	if err := h.folder.WholeStall(); err != nil {
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
	c, err := h.ownConfig(ctx, keys, kept)
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
	for _, item := range h.Goods {
		if _, err := h.stall.List(ctx, item); err != nil {
			return fmt.Errorf("list %q: %w", item.Title, err)
		}
	}
	return nil
}

// ownConfig is what the stall is opened with: its certificate, checked, its keys
// and its shelf.
func (h *house) ownConfig(ctx context.Context, keys folder.Identity, kept folder.Certificate) (merchant.Config, error) {
	c := h.stallConfig()
	c.Requests = h.Rate // what a broker of the same rate takes of one stall
	certificate, err := scrip.Verify[scrip.Certificate](kept.Signed, string(kept.Vendor), h.issuer.keys)
	if err != nil {
		return c, fmt.Errorf("check the stall's certificate: %w", err)
	}
	database, err := h.open(ctx, h.folder.OwnShelf(), db.Merchant)
	if err != nil {
		return c, err
	}
	if err := belong(ctx, database, h.folder.OwnShelf(), string(keys.ID)); err != nil {
		return c, err
	}
	if err := h.folder.StallBegun(); err != nil {
		return c, err
	}
	c.Certificate, c.CertificateJWS, c.About = certificate.Body, kept.Signed, h.About
	c.Keys = merchant.StallKeys{Signing: keys.Signing, Envelope: keys.Envelope}
	c.Changed = func() { h.changed(kept.Vendor) }
	c.Bought = func(offers []scrip.ID) { h.changes.bought(kept.Vendor, offers) }
	c.Certified = func(_ context.Context, signed string) error {
		return h.folder.KeepCertificate(folder.Certificate{Vendor: kept.Vendor, Signed: signed})
	}
	c.Shelf, err = db.NewShelf(database, kept.Vendor)
	return c, err
}

// certificate returns the one kept in the data folder, or asks the broker for
// it. A crash before it is kept costs nothing: the same keys get the same one.
func (h *house) certificate(ctx context.Context, keys folder.Identity) (folder.Certificate, error) {
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
	return kept, h.folder.KeepCertificate(kept)
}

// join opens the node's account, with a key of its own, and its stall, and
// returns the stall's certificate.
func (h *house) join(ctx context.Context, keys folder.Identity) (string, error) {
	at, err := h.address(ctx, "")
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
	return h.folder.MakeOwner(reference, h.Random)
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
