package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// errDeskLink is a link to the desk that lets nobody in, any more or at all.
var errDeskLink = errors.New("the link to the desk is used up")

// deskLink asks the owner of a stand-alone stall, or who tries a demo, who followed the secret link, to press a button. A GET uses nothing up:
// links are opened by mail scanners and previews before their owner does.
func (s *server) deskLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	s.deskSessions.Put(r.Context(), keyAsked, true)
	return s.deskDoor(w, r, http.StatusOK, "")
}

func (s *server) deskDoor(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	return s.render(w, r, status, deskLinkPage(s.head("sell", tr(r.Context(), "Your desk")), linkPath+chi.URLParam(r, "token"), problem, len(s.desks(r.Context())) > 0))
}

// noCookie says why a link does not open here, and is not used up.
func noCookie(r *http.Request) string {
	return tr(r.Context(), "This browser keeps no cookies for {{.Site}}, and needs one here. Allow them in its settings, or use an ordinary window, and open the link again. It was not used up.", "Site", r.Host)
}

// useDeskLink exchanges the link for a session, once.
func (s *server) useDeskLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if !s.deskSessions.GetBool(r.Context(), keyAsked) {
		return s.deskDoor(w, r, http.StatusUnprocessableEntity, noCookie(r))
	}
	vendor, err := s.DeskLink(chi.URLParam(r, "token"))
	if errors.Is(err, scrip.NotFound) {
		return errDeskLink
	}
	if err != nil {
		return fmt.Errorf("use a link to the desk: %w", err)
	}
	if _, err := s.enter(r.Context(), w, vendor, ""); err != nil {
		return err
	}
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
	return nil
}

// private keeps the link out of caches and of what is told to the next page.
func private(w http.ResponseWriter) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
}
