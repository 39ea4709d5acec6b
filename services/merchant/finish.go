package merchant

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Finish opens the stall of a draft that the broker has certified, by the certificate
// that its owner brings, and returns its vendor ID: to whoever names the draft,
// for it opens nobody's desk. With a certificate that is not for it, the broker's
// directory says, as far as it is read at once. Repeating it answers the same. scrip.NotFound: no such draft; scrip.UnknownVendor: no certificate for
// it yet; scrip.TooMany: no room; scrip.Unavailable: many ask just now, and Run finishes it within a minute.
func (h *Host) Finish(ctx context.Context, draft scrip.ID, certificate string) (scrip.VendorID, error) {
	t, err := h.Store.Tenant(ctx, draft)
	if err != nil {
		return "", absent(err)
	}
	if t.Vendor != "" {
		return t.Vendor, h.admit(ctx, t)
	}
	vendor, err := h.finish(ctx, t, brought(certificate))
	if !errors.Is(err, scrip.UnknownVendor) {
		return vendor, err
	}
	listed, err := h.justNow(ctx)
	if err != nil {
		return "", err
	}
	return h.finish(ctx, t, listed)
}

// brought is a certificate as an entry of the directory would show it, read before
// anything of it is verified; none where it cannot be.
func brought(certificate string) []scrip.CertifiedStall {
	_, rest, _ := strings.Cut(certificate, ".")
	text, _, _ := strings.Cut(rest, ".")
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	var claims struct {
		Body struct {
			Vendor  scrip.VendorID `json:"vendor"`
			Name    string         `json:"name"`
			BaseURL string         `json:"base_url"`
		} `json:"body"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil
	}
	of := claims.Body
	return []scrip.CertifiedStall{{Vendor: of.Vendor, Name: of.Name, BaseURL: of.BaseURL, Certificate: certificate}}
}

// finish opens t's stall if it is listed. A crash before the store has it leaves
// an empty book, which is made again; a crash after the store has it leaves
// nothing undone: OpenHost gives the stall its place.
func (h *Host) finish(ctx context.Context, t Tenant, listed []scrip.CertifiedStall) (scrip.VendorID, error) {
	keys, err := OpenKeys(h.Operator, string(t.ID), t.Keys)
	if err != nil {
		return "", err
	}
	stall, err := h.find(listed, keys, t.Name)
	if err != nil {
		return "", err
	}
	t.Vendor, t.Signed, t.OpenedAt = stall.Vendor, stall.Certificate, h.now()
	if h.MakeShelf != nil {
		if err := h.MakeShelf(ctx, t.Vendor); err != nil {
			return "", fmt.Errorf("make the book of stall %s: %w", t.Vendor, err)
		}
	}
	if err := h.Store.Open(ctx, t, h.MaxStalls); err != nil {
		return "", fmt.Errorf("open stall %s: %w", stall.Vendor, err)
	}
	if err := h.admit(ctx, t); err != nil {
		return "", err
	}
	select {
	case h.opened <- struct{}{}:
	default: // Run is told already
	}
	h.Changed(t.Vendor)
	return t.Vendor, nil
}

// find returns the entry of the directory whose certificate is good and for these keys at
// this host. One whose time has not come opens the stall too: nobody buys there until it
// has, or until the stall, which asks for another, has one in force.
func (h *Host) find(listed []scrip.CertifiedStall, keys StallKeys, name string) (scrip.CertifiedStall, error) {
	now := h.now()
	for _, s := range listed {
		if s.Revoked || s.BaseURL != h.BaseURL || s.Name != name {
			continue // not it, as is seen without a signature
		}
		cert, err := scrip.ReadCertificate(s.Certificate, s.Vendor, h.HostConfig.Stall.BrokerKeys)
		if err != nil || !keys.certifiedBy(cert) || cert.BaseURL != h.BaseURL {
			continue
		}
		if cert.CheckTime(now) == nil || early(cert, now) {
			return s, nil
		}
	}
	return scrip.CertifiedStall{}, scrip.UnknownVendor
}

// Login opens a LOGIN envelope and returns the vendor whose owner made it in
// answer to the challenge, with the thumbprint of the key that it is signed with. Whatever is wrong with it, it is scrip.Unreadable.
// That a challenge is answered once is the business of who made it.
func (h *Host) Login(ctx context.Context, envelope, challenge string) (vendor scrip.VendorID, key string, err error) {
	to := jose.SealedTo(envelope) // chosen before it is decoded: a long one costs the same with many stalls
	places := h.sealedTo(to)
	if len(places) == 0 && h.Waiting != nil { // another process may have opened it
		if err := h.learnNow(ctx); err != nil {
			return "", "", err
		}
		places = h.sealedTo(to)
	}
	for _, p := range places {
		vendor := p.tenant.Vendor
		o, err := scrip.Open[scrip.Login](envelope, []jose.EnvelopeKey{p.keys.Envelope}, string(vendor), h.ownerOf(ctx, p))
		if errors.Is(err, scrip.Unreadable) {
			continue
		}
		if err != nil {
			return "", "", err
		}
		same := subtle.ConstantTimeCompare([]byte(o.Body.Challenge), []byte(challenge)) == 1
		if o.Body.Vendor != vendor || !same {
			return "", "", scrip.Unreadable
		}
		return vendor, o.Key.Thumbprint(), nil
	}
	return "", "", scrip.Unreadable
}

// ownerOf knows the key alone that the tenant's account has now. The broker is asked for it, and only where the
// message names the account, which no stranger knows.
func (h *Host) ownerOf(ctx context.Context, p *place) scrip.Keys {
	return func(from, kid string, _ int64) (jose.VerifyKey, error) {
		if from != string(p.tenant.Account) {
			return jose.VerifyKey{}, jose.ErrUnknownKey
		}
		key, err := h.ownersKey(ctx, p)
		if err != nil {
			return jose.VerifyKey{}, err
		}
		if kid != key.Thumbprint() {
			return jose.VerifyKey{}, jose.ErrUnknownKey
		}
		return key, nil
	}
}

// OwnerKey returns the thumbprint of the key with which a stall's owner signed at the last LOGIN, be it one that another process
// took. scrip.UnknownVendor.
func (h *Host) OwnerKey(ctx context.Context, vendor scrip.VendorID) (string, error) {
	key, err := h.keptKey(ctx, vendor)
	if err != nil {
		return "", err
	}
	return key.Thumbprint(), nil
}

// keptKey is the key that was known last of a stall's owner. The store alone says it: another process may have kept it.
func (h *Host) keptKey(ctx context.Context, vendor scrip.VendorID) (jose.VerifyKey, error) {
	t, err := h.Store.Opened(ctx, vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return jose.VerifyKey{}, scrip.UnknownVendor
	}
	return t.AccountKey, err
}

// ownerWait is how long an owner who comes in waits for the broker to say with which key it signs.
const ownerWait = 3 * time.Second

// ownersKey asks the broker with which key a stall's owner signs now (OWNER), and keeps it. While the broker
// does not answer, it is the one that was known last, as the store has it by then. A crash before it is kept has it asked for again.
//
// An answer takes the place of the very key that was kept before it was asked for, be it the same, and no key is an account's twice: so
// one that comes late, behind that to a later question, is not kept, and the broker is asked anew, until ownerWait is over.
func (h *Host) ownersKey(ctx context.Context, p *place) (jose.VerifyKey, error) {
	asking, cancel := context.WithTimeout(ctx, ownerWait)
	defer cancel()
	vendor := p.tenant.Vendor
	for {
		known, err := h.keptKey(ctx, vendor)
		if err != nil || h.HostConfig.Stall.Broker == nil {
			return known, err
		}
		stall, err := h.Stall(ctx, vendor)
		if err != nil {
			return jose.VerifyKey{}, err
		}
		owner, err := stall.owner(asking)
		if err != nil || owner.Account != p.tenant.Account {
			stall.Log.Warn("the broker does not say with which key a stall's owner signs", "vendor", vendor, "err", err)
			return h.keptKey(ctx, vendor)
		}
		err = h.Store.Rekey(ctx, vendor, known, owner.Signing)
		if !errors.Is(err, scrip.TxConflict) {
			return owner.Signing, err
		}
	}
}

// owner asks the broker who owns the stall, and with which key that signs (OWNER).
func (s *Stall) owner(ctx context.Context) (scrip.Owned, error) {
	m, err := askBroker[scrip.Owned](ctx, s, string(s.Vendor()), scrip.OwnerRequest{Vendor: s.Vendor()})
	if err == nil && m.Body.Vendor != s.Vendor() {
		err = scrip.PartyMismatch
	}
	return m.Body, err
}

// sealedTo are the places of stalls with this envelope key.
func (h *Host) sealedTo(thumbprint string) (list []*place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.places {
		if p.keys.Envelope.Thumbprint() == thumbprint {
			list = append(list, p)
		}
	}
	return list
}
