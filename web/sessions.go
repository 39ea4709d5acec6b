package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// What sessions hold.
const (
	keyDesks     = "desks"     // desk: the stalls whose desks are open, see server.desks
	keyOwner     = "owner "    // desk, before a stall's ID: thumbprint of the key with which LOGIN opened it; empty where a link did
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

// maxDesks is how many desks one browser has open at most; the one that was not used for longest gives way.
const maxDesks = 8

// desks are the stalls whose desks are open in the session: the one in use first, then by when they were in use. One that was
// opened with a key which its owner has replaced since is closed.
func (s *server) desks(ctx context.Context) []string {
	return slices.DeleteFunc(strings.Fields(s.deskSessions.GetString(ctx, keyDesks)), func(vendor string) bool {
		opened := s.deskSessions.GetString(ctx, keyOwner+vendor)
		if opened == "" {
			return false
		}
		now, err := s.Openings.OwnerKey(ctx, scrip.VendorID(vendor))
		if err != nil {
			s.log.WarnContext(ctx, "whether a desk is still open is not known", "vendor", vendor, "error", err)
		}
		return now != opened
	})
}

// use makes a stall's desk the one in use, beside those that are open.
func (s *server) use(ctx context.Context, vendor scrip.VendorID) {
	rest := slices.DeleteFunc(s.desks(ctx), func(v string) bool { return v == string(vendor) })
	all := append([]string{string(vendor)}, rest...)
	s.deskSessions.Put(ctx, keyDesks, strings.Join(all[:min(len(all), maxDesks)], " "))
}

// enter opens a stall's desk in the seller's session, beside those that are open there, and under a new token, so that one
// planted before cannot follow it in. The key is the one that LOGIN was signed with, of which the session holds the thumbprint; a link has none.
func (s *server) enter(ctx context.Context, w http.ResponseWriter, vendor scrip.VendorID, key string) (entered, error) {
	http.SetCookie(w, &http.Cookie{
		Name: sellerTrace, Value: "1", Path: "/sell", MaxAge: keptFor, HttpOnly: true, Secure: !s.Insecure, SameSite: http.SameSiteLaxMode,
	})
	if err := s.deskSessions.RenewToken(ctx); err != nil {
		return entered{}, fmt.Errorf("renew a session: %w", err)
	}
	s.deskSessions.Put(ctx, keyOwner+string(vendor), key)
	s.use(ctx, vendor)
	s.deskSessions.Remove(ctx, keyDraft)
	return entered{Vendor: vendor, Desk: "/desk"}, nil
}

// leave closes the desk that the form names, or the one in use, and with the last one the session.
func (s *server) leave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	ctx, open := r.Context(), s.desks(r.Context())
	closed := cmp.Or(append([]string{r.PostForm.Get("desk")}, open...)...)
	rest := slices.DeleteFunc(slices.Clone(open), func(v string) bool { return v == closed })
	if len(rest) == 0 {
		if err := s.deskSessions.Destroy(ctx); err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	if err := s.deskSessions.RenewToken(ctx); err != nil { // what is under way with this desk open saves nothing any more
		return fmt.Errorf("renew a session: %w", err)
	}
	s.deskSessions.Put(ctx, keyDesks, strings.Join(rest, " "))
	return s.toDesk(w, r, tr(ctx, "That desk is closed in this browser. This one is still open."))
}

// switchDesk uses another of the desks that are open.
func (s *server) switchDesk(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	if vendor := r.PostForm.Get("desk"); slices.Contains(s.desks(r.Context()), vendor) {
		s.use(r.Context(), scrip.VendorID(vendor))
	}
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// otherDesks are the desks that are open beside the one in use. One whose stall does not open now is left out: whoever
// goes there is told why.
func (s *server) otherDesks(ctx context.Context) (all []option) {
	for i, vendor := range s.desks(ctx) {
		if i == 0 {
			continue
		}
		d, err := s.Desk(ctx, scrip.VendorID(vendor))
		if err != nil {
			s.log.WarnContext(ctx, "another desk of a session does not open", "vendor", vendor, "error", err)
			continue
		}
		all = append(all, option{Slug: vendor, Name: d.Current().Name})
	}
	return all
}

// ofDesk is the address of a form that makes something new at a stall: it names the stall, because the desk in use may be another
// by the time it is sent.
func ofDesk(path, vendor string) string { return path + "?desk=" + vendor }

// desksOf are the stalls to whose desks a request may be: the one that its address names, or those that are open, the one in
// use first; none where what it names is not open in the session.
func (s *server) desksOf(r *http.Request) []string {
	open, named := s.desks(r.Context()), r.URL.Query().Get("desk")
	switch {
	case named == "":
		return open
	case slices.Contains(open, named):
		return []string{named}
	}
	return nil
}

// ownerPage is a page of the desk, for the stall whose session the request has.
type ownerPage func(w http.ResponseWriter, r *http.Request, d Desk) error

// owner lets a page be seen by who has the stall's session; everybody else is shown how to get one. What is not there at the desk
// in use, an order say whose page was open before another desk was entered, may be at another that is open: what is sent makes
// that the one in use.
func (s *server) owner(p ownerPage) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		defer s.dropFiles(r)
		desks := s.desksOf(r)
		if len(desks) == 0 {
			http.Redirect(w, r, "/sell", http.StatusSeeOther)
			return nil
		}
		inUse := scrip.VendorID(s.desks(r.Context())[0])
		var err error
		for _, vendor := range desks {
			if err = s.atDesk(w, r, p, scrip.VendorID(vendor)); !errors.Is(err, scrip.NotFound) {
				return err
			}
		}
		s.use(r.Context(), inUse)
		return err
	}
}

func (s *server) atDesk(w http.ResponseWriter, r *http.Request, p ownerPage, vendor scrip.VendorID) error {
	d, err := s.Desk(r.Context(), vendor)
	if err != nil {
		return fmt.Errorf("open the desk: %w", err)
	}
	if r.Method == http.MethodPost && string(vendor) != s.desks(r.Context())[0] {
		s.use(r.Context(), vendor)
	}
	return p(w, r, d)
}
