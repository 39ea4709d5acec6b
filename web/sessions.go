package web

import (
	"context"
	"fmt"
	"net/http"

	"peerscrip/services/scrip"
)

// What sessions hold.
const (
	keyVendor    = "vendor"    // desk: the stall whose desk is open
	keyChallenge = "challenge" // desk: what LOGIN has to answer; used once
	keyDraft     = "draft"     // desk: the draft this session was given
	keyAccount   = "account"   // bank: the sandbox account in use
	keyAsked     = "asked"     // desk, console: the door of a link was shown, so this browser keeps the cookie that opening it takes
	keyFlash     = "flash"     // both: a sentence for the next page
	keyListed    = "listed"    // desk: drafts whose listings were saved, the last ones: a page that is left at once did not hear of it
)

// entered tells the wallet where its desk is.
type entered struct {
	Vendor scrip.VendorID `json:"vendor"`
	Desk   string         `json:"desk"`
}

// sellerTrace says that somebody was at a desk in this browser: who comes back once the session has ended is asked to unlock,
// and not to open another stall. It goes to /sell alone.
const sellerTrace = "peerscrip-seller"

// wasSeller reports whether somebody was at a desk in this browser.
func wasSeller(r *http.Request) bool {
	_, err := r.Cookie(sellerTrace)
	return err == nil
}

// enter starts a seller's session under a new token, so that one planted before cannot follow it in.
func (s *server) enter(ctx context.Context, w http.ResponseWriter, vendor scrip.VendorID) (entered, error) {
	http.SetCookie(w, &http.Cookie{
		Name: sellerTrace, Value: "1", Path: "/sell", MaxAge: keptFor, HttpOnly: true, Secure: !s.Insecure, SameSite: http.SameSiteLaxMode,
	})
	if err := s.deskSessions.RenewToken(ctx); err != nil {
		return entered{}, fmt.Errorf("renew a session: %w", err)
	}
	s.deskSessions.Put(ctx, keyVendor, string(vendor))
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

// ownerPage is a page of the desk, for the stall whose session the request has.
type ownerPage func(w http.ResponseWriter, r *http.Request, d Desk) error

// owner lets a page be seen by who has the stall's session; everybody else is shown how to get one.
func (s *server) owner(p ownerPage) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		vendor := s.deskSessions.GetString(r.Context(), keyVendor)
		if vendor == "" {
			http.Redirect(w, r, "/sell", http.StatusSeeOther)
			return nil
		}
		d, err := s.Desk(r.Context(), scrip.VendorID(vendor))
		if err != nil {
			return fmt.Errorf("open the desk: %w", err)
		}
		return p(w, r, d)
	}
}
