package merchant

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Opening is what an owner says about a new stall.
type Opening struct {
	Name    string
	About   string          // plain text, may be empty
	Account scrip.AccountID // the account that will sign R3
	Key     jose.VerifyKey  // the account's, which will open the desk (LOGIN)
	Again   scrip.ID        // the draft that whoever asks was given before; empty: none
}

// Why a stall cannot be drafted here: each is a scrip.TooMany.
var (
	ErrHostFull     = fmt.Errorf("the host has as many stalls as it takes: %w", scrip.TooMany)
	ErrAccountFull  = fmt.Errorf("the account has as many stalls as one may have here: %w", scrip.TooMany)
	ErrDrafting     = fmt.Errorf("too many stalls are being opened right now: %w", scrip.TooMany)
	ErrAboutTooLong = fmt.Errorf("what the stall says of itself is too long: %w", scrip.TooMany)
)

// Draft is what the owner's wallet needs to ask the broker for a certificate
// (protocol R3).
type Draft struct {
	ID         scrip.ID
	Signing    jose.VerifyKey
	Envelope   jose.SealKey
	BaseURL    string
	Possession string // JWS: see scrip.Possession
}

// Draft makes the keys of a new stall and the proof that they are held. The
// stall is there only after Finish. scrip.ErrNameEmpty, ErrNameLong,
// ErrNameUnseen, ErrNameTaken: its name; ErrHostFull, ErrAccountFull, ErrDrafting,
// ErrAboutTooLong. Who was given a draft, names it in Again and asks with the
// same account, key and name, gets the same one; whoever else asks gets
// another, with keys of its own.
//
// Nothing proves here who asks. The broker will: it certifies these keys only
// for the account that signs R3 and that the possession names, so a draft made
// in another's name comes to nothing. And LOGIN will: it alone opens a desk.
func (h *Host) Draft(ctx context.Context, o Opening) (Draft, error) {
	if err := h.checkOpening(ctx, o); err != nil {
		return Draft{}, err
	}
	o.About = scrip.Clean(o.About)
	keys, fresh, err := h.newTenant(o)
	if err != nil {
		return Draft{}, fmt.Errorf("make a stall's keys: %w", err)
	}
	kept, err := h.Store.Draft(ctx, fresh, o.Again, h.bounds(fresh.DraftedAt))
	if err != nil {
		return Draft{}, err
	}
	if kept.ID != fresh.ID {
		if keys, err = OpenKeys(h.Operator, string(kept.ID), kept.Keys); err != nil {
			return Draft{}, err
		}
	}
	return h.offerDraft(kept, keys)
}

func (h *Host) checkOpening(ctx context.Context, o Opening) error {
	if !o.Account.Valid() || o.Key.IsZero() {
		return scrip.Unreadable
	}
	if err := scrip.NameFault(o.Name); err != nil {
		return err
	}
	if utf8.RuneCountInString(o.About) > scrip.MaxAbout {
		return ErrAboutTooLong
	}
	listed, err := h.lately(ctx)
	if err != nil {
		// The broker decides about names; asking it here only saves a round.
		h.HostConfig.Stall.Log.Info("the directory does not answer", "err", err)
		return nil
	}
	for _, s := range listed {
		if scrip.LookAlike(s.Name, o.Name) {
			return scrip.ErrNameTaken
		}
	}
	return nil
}

func (h *Host) bounds(now int64) Bounds {
	return Bounds{
		Stalls: h.MaxStalls, Drafts: maxDrafts, PerAccount: draftsOfAccount,
		Since: now - int64(draftLife/time.Second), Spare: now - int64(draftSpared/time.Second),
	}
}

func (h *Host) newTenant(o Opening) (StallKeys, Tenant, error) {
	random := h.HostConfig.Stall.Random
	id, err := scrip.NewID(random)
	if err != nil {
		return StallKeys{}, Tenant{}, err
	}
	signing, err := jose.NewSigningKey(random)
	if err != nil {
		return StallKeys{}, Tenant{}, err
	}
	envelope, err := jose.NewEnvelopeKey(random)
	if err != nil {
		return StallKeys{}, Tenant{}, err
	}
	keys := StallKeys{Signing: signing, Envelope: envelope}
	sealed, err := SealKeys(h.Operator, string(id), keys)
	return keys, Tenant{
		ID: id, Name: o.Name, About: strings.TrimSpace(o.About), Account: o.Account, AccountKey: o.Key,
		Keys: sealed, DraftedAt: h.now(),
	}, err
}

// offerDraft proves to the broker that the keys are held for the account.
func (h *Host) offerDraft(t Tenant, keys StallKeys) (Draft, error) {
	random := h.HostConfig.Stall.Random
	tx, err := scrip.NewID(random)
	if err != nil {
		return Draft{}, err
	}
	proof := scrip.Possession{Account: t.Account, Envelope: keys.Envelope.Thumbprint()}
	message := scrip.Compose(keys.Signing.Thumbprint(), string(h.HostConfig.Stall.BrokerInfo().ID), tx, h.now(), proof, scrip.Attachments{})
	signed, err := jose.Sign(random, message, keys.Signing)
	if err != nil {
		return Draft{}, fmt.Errorf("prove the possession of a stall's keys: %w", err)
	}
	return Draft{
		ID: t.ID, Signing: keys.Signing.Public(), Envelope: keys.Envelope.Public(), BaseURL: h.BaseURL,
		Possession: signed.JWS,
	}, nil
}
