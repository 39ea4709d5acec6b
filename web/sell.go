package web

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// sell is where a stall is opened and where its owner comes in again. Who is in is led from /desk past it. Who was at a desk
// in this browser is asked to unlock the wallet, unless they say that they want another stall.
func (s *server) sell(w http.ResponseWriter, r *http.Request) error {
	h := s.head("sell", tr(r.Context(), "Sell"))
	if s.Openings != nil {
		h.Page = "sell"
		w.Header().Set("Cache-Control", "no-store")
	}
	if s.Openings != nil && wasSeller(r) && !r.URL.Query().Has("another") {
		h.Title = tr(r.Context(), "Your desk")
		return s.render(w, r, http.StatusOK, backPage(h))
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

// login lets an owner in by a sealed LOGIN that answers the challenge. A challenge serves one try.
func (s *server) login(w http.ResponseWriter, r *http.Request) (any, error) {
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
	vendor, key, err := s.Openings.Login(r.Context(), form.Envelope, challenge)
	if err != nil {
		return nil, fmt.Errorf("open a login: %w", err)
	}
	return s.enter(r.Context(), w, vendor, key)
}

// openingForm is what an owner's wallet says about a new stall: account will sign R3, and its key open the desk.
type openingForm struct {
	Name    string          `json:"name"`
	About   string          `json:"about"`
	Account scrip.AccountID `json:"account"`
	Key     jsontext.Value  `json:"key"` // public JWK
}

// openingDraft is what the wallet needs for R3. The member names are the wallet's contract.
type openingDraft struct {
	Draft      scrip.ID       `json:"draft"`
	Signing    jose.VerifyKey `json:"signing"`
	Envelope   jose.SealKey   `json:"envelope"`
	BaseURL    string         `json:"base_url"`
	Possession string         `json:"possession"`
}

// draftStall makes the keys of a new stall. Asked again in the same session, it is the same draft.
func (s *server) draftStall(_ http.ResponseWriter, r *http.Request) (any, error) {
	form, err := readJSON[openingForm](r)
	if err != nil {
		return nil, err
	}
	key, err := jose.ParseVerifyKey(form.Key)
	if err != nil {
		return nil, scrip.Unreadable
	}
	draft, err := s.Openings.Draft(r.Context(), merchant.Opening{
		Name: form.Name, About: form.About, Account: form.Account, Key: key,
		Again: scrip.ID(s.deskSessions.GetString(r.Context(), keyDraft)),
	})
	if err != nil {
		return nil, fmt.Errorf("draft a stall: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyDraft, string(draft.ID))
	return openingDraft{
		Draft: draft.ID, Signing: draft.Signing, Envelope: draft.Envelope, BaseURL: draft.BaseURL, Possession: draft.Possession,
	}, nil
}

// finishStall opens the stall once the wallet has the broker's certificate (protocol R4). The certificate that comes with
// it decides, if it is the broker's and for this draft; else the broker's directory does. It lets nobody in: that takes LOGIN.
func (s *server) finishStall(_ http.ResponseWriter, r *http.Request) (any, error) {
	form, err := readJSON[struct {
		Draft       string `json:"draft"`
		Certificate string `json:"certificate"`
	}](r)
	if err != nil {
		return nil, err
	}
	vendor, err := s.Openings.Finish(r.Context(), scrip.ID(form.Draft), form.Certificate)
	if err != nil {
		return nil, fmt.Errorf("finish a stall: %w", err)
	}
	return finished{vendor}, nil
}

// finished tells the wallet whose desk it may enter now.
type finished struct {
	Vendor scrip.VendorID `json:"vendor"`
}
