package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// newsPath is asked by a page of the desk that is open whether anything has changed.
const newsPath = "/desk/news"

// newsTag is the ETag of what there is at a desk, which is another whenever something has changed: it costs one row.
func newsTag(ctx context.Context, d Desk) (string, error) {
	revision, err := d.Revision(ctx)
	if err != nil {
		return "", fmt.Errorf("read how far a stall has come: %w", err)
	}
	return strconv.Quote(string(d.Current().Vendor) + "-" + strconv.FormatInt(revision, 10)), nil
}

// deskHead is the head of a page of the desk that updates by itself (static/wallet/ui/desk.js). It is to be made before the
// page is read: what changes between is then read once more.
func (s *server) deskHead(ctx context.Context, d Desk, title string) (Head, error) {
	h := s.head("sell", title)
	var err error
	h.News, err = newsTag(ctx, d)
	return h, err
}

// news tells how much waits for the seller, or 304 to who knows all that there is.
func (s *server) news(w http.ResponseWriter, r *http.Request, d Desk) error {
	tag, err := newsTag(r.Context(), d)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	n, err := d.News(r.Context())
	if err != nil {
		return fmt.Errorf("count what waits for a seller: %w", err)
	}
	s.writeJSON(w, r, http.StatusOK, "application/json", n)
	return nil
}
