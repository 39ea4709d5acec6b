package web

import (
	"fmt"
	"net/http"

	"peerscrip/services/scrip"
)

// blockView is whether the buyer of a thread is blocked, and the form to change that.
type blockView struct {
	Thread, Buyer string
	Blocked       bool
}

// blockedRow is a buyer who is blocked.
type blockedRow struct {
	Href, Title string // of the order or conversation where that was done; empty: it is no longer there
	Buyer       string
	At          stamp
}

// blocked lists the buyers who are blocked.
func (s *server) blocked(w http.ResponseWriter, r *http.Request, d Desk) error {
	list, err := d.Blocked(r.Context())
	if err != nil {
		return fmt.Errorf("list blocked buyers: %w", err)
	}
	var rows []blockedRow
	for _, b := range list {
		row := blockedRow{Title: titled(r.Context(), b.Titles), Buyer: string(b.Pseudonym), At: day(b.At)}
		switch {
		case row.Title == "":
		case b.Talk:
			row.Href = "/desk/talks/" + string(b.Thread)
		default:
			row.Href = orderPath(b.Thread)
		}
		rows = append(rows, row)
	}
	return s.render(w, r, http.StatusOK, blockedPage(s.head("sell", tr(r.Context(), "Blocked buyers")), rows, s.deskSessions.PopString(r.Context(), keyFlash)))
}

// block blocks the buyer of the order or conversation that the form names.
func (s *server) block(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.changeBlocked(w, r, tr(r.Context(), "The buyer is blocked."), func() error {
		return d.Block(r.Context(), scrip.ID(r.PostForm.Get("thread")))
	})
}

// unblock takes that back.
func (s *server) unblock(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.changeBlocked(w, r, tr(r.Context(), "The buyer can write to you and order again."), func() error {
		return d.Unblock(r.Context(), scrip.Pseudonym(r.PostForm.Get("buyer")))
	})
}

// changeBlocked reads the form, makes its change, and goes on to the list of who is blocked.
func (s *server) changeBlocked(w http.ResponseWriter, r *http.Request, done string, change func() error) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	if err := change(); err != nil {
		return fmt.Errorf("block or unblock a buyer: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, done)
	http.Redirect(w, r, "/desk/blocked", http.StatusSeeOther)
	return nil
}
