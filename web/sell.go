package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// What sessions hold.
const (
	keyVendor    = "vendor"    // desk: the stall whose desk is open
	keyChallenge = "challenge" // desk: what LOGIN has to answer; used once
	keyDraft     = "draft"     // desk: the stall this browser is opening
	keyAccount   = "account"   // bank: the sandbox account in use
	keyFlash     = "flash"     // both: a sentence for the next page
)

// sell is where a stall is opened and where its owner comes in again. Who is in is led from /desk past it.
func (s *server) sell(w http.ResponseWriter, r *http.Request) error {
	h := s.head("sell", "Sell")
	if s.Openings != nil {
		h.Page = "sell"
	}
	return s.render(w, r, http.StatusOK, sellPage(h))
}

// challenge draws what the next LOGIN of this browser has to hold.
func (s *server) challenge(_ http.ResponseWriter, r *http.Request) (any, error) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	challenge := base64.RawURLEncoding.EncodeToString(b[:])
	s.deskSessions.Put(r.Context(), keyChallenge, challenge)
	return struct {
		Challenge string `json:"challenge"`
	}{challenge}, nil
}

// entered tells the wallet where to go once a stall is open.
type entered struct {
	Vendor string `json:"vendor"`
	Desk   string `json:"desk"`
}

// login lets an owner in by a sealed LOGIN that answers the challenge. A challenge serves one try.
func (s *server) login(_ http.ResponseWriter, r *http.Request) (any, error) {
	form, err := readJSON[struct {
		Envelope string `json:"envelope"`
	}](r)
	if err != nil {
		return nil, err
	}
	challenge := s.deskSessions.PopString(r.Context(), keyChallenge)
	if challenge == "" {
		return nil, scrip.Unreadable
	}
	vendor, err := s.Openings.Login(r.Context(), form.Envelope, challenge)
	if err != nil {
		return nil, fmt.Errorf("open a login: %w", err)
	}
	return s.enter(r.Context(), vendor)
}

// draftStall makes the keys of a new stall. Only the session that asked can finish it.
func (s *server) draftStall(_ http.ResponseWriter, r *http.Request) (any, error) {
	form, err := readJSON[StallForm](r)
	if err != nil {
		return nil, err
	}
	draft, err := s.Openings.Draft(r.Context(), form)
	if err != nil {
		return nil, fmt.Errorf("draft a stall: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyDraft, draft.Draft)
	return draft, nil
}

// finishStall opens the stall with the certificate the wallet got from the broker (protocol R4).
func (s *server) finishStall(_ http.ResponseWriter, r *http.Request) (any, error) {
	form, err := readJSON[struct {
		Draft       string `json:"draft"`
		Certificate string `json:"certificate"`
	}](r)
	if err != nil {
		return nil, err
	}
	if form.Draft == "" || form.Draft != s.deskSessions.GetString(r.Context(), keyDraft) {
		return nil, scrip.Unreadable
	}
	vendor, err := s.Openings.Finish(r.Context(), form.Draft, form.Certificate)
	if err != nil {
		return nil, fmt.Errorf("finish a stall: %w", err)
	}
	return s.enter(r.Context(), vendor)
}

// deskKey lets the owner of a stand-alone stall in by the secret link, which then leaves the address bar.
func (s *server) deskKey(w http.ResponseWriter, r *http.Request) error {
	vendor, err := s.Keyring.Owner(r.Context(), chi.URLParam(r, "token"))
	if err != nil {
		return fmt.Errorf("check a desk key: %w", err)
	}
	if _, err := s.enter(r.Context(), vendor); err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// enter starts a seller's session under a new token, so that one planted before cannot follow it in.
func (s *server) enter(ctx context.Context, vendor string) (entered, error) {
	if err := s.deskSessions.RenewToken(ctx); err != nil {
		return entered{}, fmt.Errorf("renew a session: %w", err)
	}
	s.deskSessions.Put(ctx, keyVendor, vendor)
	s.deskSessions.Remove(ctx, keyDraft)
	return entered{Vendor: vendor, Desk: "/desk"}, nil
}

// leave ends a seller's session.
func (s *server) leave(w http.ResponseWriter, r *http.Request) error {
	if err := s.deskSessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// ownerPage is a page of the desk; it is told whose.
type ownerPage func(w http.ResponseWriter, r *http.Request, vendor string) error

// owner lets a page be seen by who has the stall's session; everybody else is shown how to get one.
func (s *server) owner(p ownerPage) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		vendor := s.deskSessions.GetString(r.Context(), keyVendor)
		if vendor == "" {
			http.Redirect(w, r, "/sell", http.StatusSeeOther)
			return nil
		}
		return p(w, r, vendor)
	}
}
