package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"

	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

const deskPath = "/desk/key/"

// firstLink makes the first link to a stand-alone stall's desk. Of a stall that
// had one, used or not, the owner makes the next by DeskLink.
func (h *house) firstLink() error {
	token, err := h.folder.FirstDeskLink(h.Random)
	if token != "" {
		h.desk = deskPath + token
	}
	return err
}

// nextLink makes a link to the desk; those before it let nobody in any more.
func (h *house) nextLink() error {
	token, err := h.folder.MakeDeskLink(h.Random)
	h.desk = deskPath + token
	return err
}

// useDeskLink returns the stall that a link is to, once: scrip.NotFound after.
func (h *house) useDeskLink(token string) (scrip.VendorID, error) {
	good, err := h.folder.UseDeskLink(token)
	if err != nil {
		return "", err
	}
	if !good {
		return "", scrip.NotFound
	}
	if h.showcase != nil {
		return h.showcase.Vendor(), nil
	}
	return h.stall.Vendor(), nil
}

// DeskLink makes a new link to the desk of the stand-alone stall that is somewhere, beside
// the processes that have it or without them. The links before let nobody in any more.
// Empty, base is the address that the broker certified.
func DeskLink(ctx context.Context, at storage.Config, base string) (link string, err error) {
	s, err := storage.At(at)
	if err != nil {
		return "", err
	}
	f, database, err := s.OwnStall(ctx)
	if err != nil {
		return "", err
	}
	if database != nil {
		defer func() { err = errors.Join(err, database.Close()) }()
	}
	kept, err := f.Certificate()
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("this is no stall's data folder: %s", at.Data)
	}
	if err != nil {
		return "", err
	}
	if base == "" {
		broker, _, err := f.KnownBroker()
		if err != nil {
			return "", err
		}
		certificate, err := scrip.Verify[scrip.Certificate](kept.Signed, string(kept.Vendor), broker.Signer())
		if err != nil {
			return "", fmt.Errorf("check the stall's certificate: %w", err)
		}
		base = certificate.Body.BaseURL
	}
	token, err := f.MakeDeskLink(rand.Reader)
	return base + deskPath + token, err
}
