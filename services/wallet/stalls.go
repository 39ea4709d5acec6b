package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Stall returns a merchant's certificate, as the purse keeps it when the
// directory cannot be reached. It may be no longer in force: whoever begins
// something new under it is told.
func (w *Wallet) Stall(ctx context.Context, vendor scrip.VendorID) (scrip.Certificate, error) {
	return w.anyCertificate(ctx, vendor)
}

// certificate returns a merchant's certificate in force, for something new:
// scrip.StallRevoked when the broker no longer stands behind the merchant;
// scrip.NotYetInForce, ErrClock.
func (w *Wallet) certificate(ctx context.Context, vendor scrip.VendorID) (scrip.Certificate, error) {
	known, err := w.latestStall(ctx, vendor)
	if err != nil {
		return scrip.Certificate{}, err
	}
	certificate, err := w.readCertificate(ctx, known)
	if err != nil {
		return scrip.Certificate{}, err
	}
	if known.Revoked {
		return scrip.Certificate{}, scrip.StallRevoked
	}
	err = w.inTime(ctx, certificate.CheckTime)
	if !errors.Is(err, scrip.NotYetInForce) {
		return certificate, err
	}
	// The broker's clock was ahead when it was made: there may be another by now.
	if known, cause := w.refreshStall(ctx, vendor); cause == nil && !known.Revoked {
		if certificate, cause = w.readCertificate(ctx, known); cause == nil {
			err = w.inTime(ctx, certificate.CheckTime)
		}
	}
	return certificate, err
}

// anyCertificate returns a merchant's certificate in force or not: to finish
// what was begun under it.
func (w *Wallet) anyCertificate(ctx context.Context, vendor scrip.VendorID) (scrip.Certificate, error) {
	known, err := w.latestStall(ctx, vendor)
	if err != nil {
		return scrip.Certificate{}, err
	}
	return w.readCertificate(ctx, known)
}

// latestStall returns what is known of a merchant, after asking the directory
// if that is nothing, or old.
func (w *Wallet) latestStall(ctx context.Context, vendor scrip.VendorID) (KnownStall, error) {
	known, err := w.knownStall(ctx, vendor)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return KnownStall{}, err
	}
	if err == nil && w.isFresh(known.SeenAt, stallAge) {
		return known, nil
	}
	fresh, cause := w.refreshStall(ctx, vendor)
	if cause == nil {
		return fresh, nil
	}
	if err != nil {
		return KnownStall{}, cause
	}
	w.cfg.Log.Warn("certificate not refreshed", "stall", vendor, "err", cause)
	return known, nil
}

// reach returns the way to a merchant and its certificate, in force or not. Its
// error settles nothing.
func (w *Wallet) reach(ctx context.Context, vendor scrip.VendorID) (Party, scrip.Certificate, error) {
	c, err := w.anyCertificate(ctx, vendor)
	if err != nil {
		return nil, c, unfinished("look up the seller", err)
	}
	stall, err := w.cfg.Dial(c)
	if err != nil {
		return nil, c, unfinished("find the way to the seller", err)
	}
	return stall, c, nil
}

// atStall sends something to a merchant where it is certified; and where it is certified by now, if it gets no answer
// there: the same, for who was asked may have heard it. Its error settles nothing, and is that of the last try.
func (w *Wallet) atStall(ctx context.Context, vendor scrip.VendorID, send func(Party, scrip.Certificate) error) (scrip.Certificate, error) {
	stall, c, err := w.reach(ctx, vendor)
	if err != nil {
		return c, err
	}
	if err = send(stall, c); err != nil && w.hasMoved(ctx, c) {
		if stall, c, err = w.reach(ctx, vendor); err == nil {
			err = send(stall, c)
		}
	}
	return c, err
}

// hasMoved reports whether a merchant that does not answer where its certificate says has
// been certified elsewhere. The directory is asked once a minute at most.
func (w *Wallet) hasMoved(ctx context.Context, c scrip.Certificate) bool {
	known, err := w.knownStall(ctx, c.Vendor)
	if err != nil || w.isFresh(known.SeenAt, movedAge) {
		return false
	}
	fresh, err := w.refreshStall(ctx, c.Vendor)
	return err == nil && fresh.BaseURL != c.BaseURL
}

// certified is a certificate as it was verified under the broker's keys of a serial. It is
// verified again once the broker has others.
type certified struct {
	jws    string
	serial int64
	scrip.Certificate
}

func (w *Wallet) readCertificate(ctx context.Context, known KnownStall) (scrip.Certificate, error) {
	w.mu.Lock()
	before, serial := w.certified[known.Vendor], w.info.Serial()
	w.mu.Unlock()
	if before.jws == known.Certificate && before.serial == serial && before.jws != "" {
		return before.Certificate, nil
	}
	o, err := scrip.Verify[scrip.Certificate](known.Certificate, string(known.Vendor), w.brokerKeys(ctx))
	if err != nil || o.Body.Vendor != known.Vendor {
		return scrip.Certificate{}, fmt.Errorf("read the certificate of stall %s: %w", known.Vendor, errors.Join(err, errAnswer))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.certified == nil {
		w.certified = map[scrip.VendorID]certified{}
	}
	w.certified[known.Vendor] = certified{known.Certificate, serial, o.Body}
	return o.Body, nil
}

// knownStall looks in memory, then in the purse: scrip.ErrAbsent when the
// merchant was never met.
func (w *Wallet) knownStall(ctx context.Context, vendor scrip.VendorID) (KnownStall, error) {
	w.mu.Lock()
	known, ok := w.stalls[vendor]
	w.mu.Unlock()
	if ok {
		return known, nil
	}
	known, err := w.cfg.Purse.KnownStall(ctx, vendor)
	if err != nil {
		return KnownStall{}, fmt.Errorf("look up stall %s: %w", vendor, err)
	}
	w.remember(known)
	return known, nil
}

func (w *Wallet) remember(known KnownStall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalls[known.Vendor] = known
}

// refreshStall asks the directory and keeps what it says, if the broker signed it.
func (w *Wallet) refreshStall(ctx context.Context, vendor scrip.VendorID) (KnownStall, error) {
	told, err := w.cfg.Directory.Stall(ctx, vendor)
	if err != nil {
		return KnownStall{}, fmt.Errorf("ask for the certificate of stall %s: %w", vendor, err)
	}
	fresh := KnownStall{told, w.now()}
	fresh.Vendor = vendor
	certificate, err := w.readCertificate(ctx, fresh)
	if err != nil {
		return KnownStall{}, err
	}
	fresh.Name, fresh.BaseURL = certificate.Name, certificate.BaseURL // what the broker signed
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Stall: &fresh}); err != nil {
		return KnownStall{}, fmt.Errorf("keep a certificate: %w", err)
	}
	w.remember(fresh)
	return fresh, nil
}

// merchantKeys are Keys that know one merchant alone, and ask the directory
// when it signs with a new key.
func (w *Wallet) merchantKeys(ctx context.Context, c scrip.Certificate) scrip.Keys {
	return func(from, kid string, at int64) (jose.VerifyKey, error) {
		key, err := c.Signer()(from, kid, at)
		if !errors.Is(err, jose.ErrUnknownKey) || from != string(c.Vendor) {
			return key, err
		}
		fresh, err := w.refreshStall(ctx, c.Vendor)
		if err != nil {
			return jose.VerifyKey{}, err
		}
		renewed, err := w.readCertificate(ctx, fresh)
		if err != nil {
			return jose.VerifyKey{}, err
		}
		return renewed.Signer()(from, kid, at)
	}
}
