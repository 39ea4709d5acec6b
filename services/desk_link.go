package services

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

const deskPath = "/desk/key/"

// firstLink makes the first link to a stand-alone stall's desk. Of a stall that
// had one, used or not, the owner makes the next by DeskLink.
func (h *house) firstLink() error {
	if h.folder.HadDeskLink() {
		return nil
	}
	return h.nextLink()
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

// DeskLink makes a new link to the desk of the stand-alone stall in a data
// folder, beside the process that runs on it or without it. The links before let
// nobody in any more. Empty, base is the address that the broker certified.
func DeskLink(data, base string) (string, error) {
	f := folder.At(data)
	kept, err := f.Certificate()
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("this is no stall's data folder: %s", data)
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
