package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// certificateFile is what a stand-alone stall keeps of the broker's word for it.
type certificateFile struct {
	Vendor scrip.VendorID `json:"vendor"`
	Signed string         `json:"certificate"`
}

// addStall opens the one stall of this node. At the first start it opens an
// account and a stall at the broker; later ones need no broker.
func (h *house) addStall(ctx context.Context) error {
	keys, err := loadIdentity(h.file("stall", "keys.json"), h.Random)
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
	certificate, err := scrip.Verify[scrip.Certificate](kept.Signed, string(kept.Vendor), h.info.Signer())
	if err != nil {
		return fmt.Errorf("check the stall's certificate: %w", err)
	}
	database, err := h.open(ctx, h.file("stall", "book.db"), db.Merchant)
	if err != nil {
		return err
	}
	shelf, err := db.NewShelf(database)
	if err != nil {
		return err
	}
	c := h.stallConfig()
	c.Certificate, c.CertificateJWS, c.About, c.Shelf = certificate.Body, kept.Signed, h.About, shelf
	c.Keys = merchant.StallKeys{Signing: keys.Signing, Envelope: keys.Envelope}
	c.Changed = func() { h.changed(kept.Vendor) }
	c.Certified = func(_ context.Context, signed string) error {
		return h.keepCertificate(certificateFile{Vendor: kept.Vendor, Signed: signed})
	}
	h.stall = merchant.Open(c)
	h.token, h.desk = keys.Token, "/desk/key/"+keys.Token
	h.api.Stalls = soleStall{h.stall}
	h.run(h.stall.Run)
	for _, item := range h.goods {
		if _, err := h.stall.List(ctx, item); err != nil {
			return fmt.Errorf("list %q: %w", item.Title, err)
		}
	}
	return nil
}

// certificate returns the one kept in the data folder, or asks the broker for
// it. A crash before it is kept costs nothing: the same keys get the same one.
func (h *house) certificate(ctx context.Context, keys identity) (certificateFile, error) {
	path := h.file("stall", "certificate.json")
	var kept certificateFile
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	if kept.Signed, err = h.join(ctx, keys); err != nil {
		return certificateFile{}, err
	}
	certified, err := h.broker.Stalls(ctx)
	if err != nil {
		return certificateFile{}, err
	}
	for _, s := range certified {
		if s.Certificate == kept.Signed {
			kept.Vendor = s.Vendor
		}
	}
	return kept, h.keepCertificate(kept)
}

// keepCertificate writes down the broker's word for the stall, in the place of
// what was there.
func (h *house) keepCertificate(kept certificateFile) error {
	b, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	return writeSecret(h.file("stall", "certificate.json"), b)
}

// join opens the node's account, with a key of its own, and its stall.
func (h *house) join(ctx context.Context, keys identity) (string, error) {
	owner, err := h.owner(ctx)
	if err != nil {
		return "", err
	}
	j := joiner{h.Config, h.info, h.broker}
	account, err := j.account(ctx, owner.Signing, owner.Bank, h.Name)
	if err != nil {
		return "", err
	}
	return j.openStall(ctx, account, owner.Signing, keys)
}

// openStall has the broker certify a stall whose keys are here.
func (j joiner) openStall(ctx context.Context, account scrip.AccountID, by jose.SigningKey, keys identity) (string, error) {
	possession, err := j.possession(account, keys)
	if err != nil {
		return "", err
	}
	return j.stall(ctx, account, by, scrip.StallRequest{
		Name: j.cfg.Name, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(),
		BaseURL: j.cfg.BaseURL, Possession: possession,
	})
}
