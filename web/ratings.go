package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// ratingRow is a rating as it stands on a page.
type ratingRow struct {
	Stars, InWords  string // "★★★☆☆", "3 of 5 stars"
	Words, Answer   string
	At, AnsweredAt  stamp
	Purchase, Shown string // its ID, and the digest of what is answered
	Action          string // where its answer is posted; empty: nowhere
	Typed, Fault    string // the answer as it was typed, with what is wrong with it
}

// ratingsView is a page of ratings.
type ratingsView struct {
	Rows  []ratingRow
	Older string // address of those before; empty: there are none
}

// beforeOf is the number below which ratings are asked for; 0: from the newest.
func beforeOf(q url.Values) int64 {
	n, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func ratingsOf(ctx context.Context, told []scrip.ToldRating, path string) ratingsView {
	v := ratingsView{}
	for _, r := range told {
		row := ratingRow{
			Stars: starText(r.Stars), InWords: tr(ctx, "{{.Stars}} of {{.Most}} stars", "Stars", r.Stars, "Most", scrip.MaxStars),
			Words: r.Words, Answer: r.Answer, At: day(r.At), Purchase: string(r.Purchase), Shown: r.Digest,
		}
		if r.Answer != "" {
			row.AnsweredAt = day(r.AnsweredAt)
		}
		v.Rows = append(v.Rows, row)
	}
	if len(told) > 0 && len(told) >= scrip.MaxRatingsPage {
		v.Older = path + "?before=" + strconv.FormatInt(told[len(told)-1].Number, 10)
	}
	return v
}

// starText is a rating for the eye.
func starText(stars int) string {
	return strings.Repeat("★", stars) + strings.Repeat("☆", max(scrip.MaxStars-stars, 0))
}

func (s *server) deskRatings(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showDeskRatings(w, r, http.StatusOK, d, ratingRow{})
}

// showDeskRatings shows what buyers said of the stall, with a form below each that has no answer. typed is the answer that
// was wrong, if one was.
func (s *server) showDeskRatings(w http.ResponseWriter, r *http.Request, status int, d Desk, typed ratingRow) error {
	told, err := d.Rated(r.Context(), beforeOf(r.URL.Query()))
	if err != nil {
		return fmt.Errorf("read the ratings: %w", errors.Join(scrip.Unavailable, err))
	}
	v := ratingsOf(r.Context(), told, "/desk/ratings")
	for i := range v.Rows {
		row := &v.Rows[i]
		if row.Answer == "" {
			row.Action = "/desk/ratings/" + row.Purchase + "/answer"
		}
		if row.Purchase == typed.Purchase {
			row.Typed, row.Fault = typed.Typed, typed.Fault
		}
	}
	flash := s.deskSessions.PopString(r.Context(), keyFlash)
	return s.render(w, r, status, deskRatingsPage(s.head("sell", tr(r.Context(), "What buyers say")), v, flash))
}

func (s *server) answerRating(w http.ResponseWriter, r *http.Request, d Desk) error {
	purchase, words := chi.URLParam(r, "purchase"), scrip.Clean(r.PostFormValue("words"))
	err := d.AnswerRating(r.Context(), scrip.ID(purchase), r.PostFormValue("rating"), words)
	fault := ""
	switch {
	case errors.Is(err, scrip.TooMany):
		fault = tr(r.Context(), "Write something, in at most 500 characters.")
	case errors.Is(err, scrip.NotFound):
		fault = tr(r.Context(), "The buyer has changed this rating meanwhile. Read it again before you answer.")
	case err != nil && !errors.Is(err, scrip.AlreadyRecorded): // an answer that came through before is as good
		return fmt.Errorf("answer a rating: %w", err)
	}
	if fault != "" {
		return s.showDeskRatings(w, r, http.StatusUnprocessableEntity, d, ratingRow{Purchase: purchase, Typed: words, Fault: fault})
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your answer is published."))
	http.Redirect(w, r, "/desk/ratings", http.StatusSeeOther)
	return nil
}
