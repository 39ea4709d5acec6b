package web

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// showView is the form that shows a photo to a buyer.
type showView struct {
	Action                  string
	Shows                   string // as it was typed
	Problem, ProblemOfShows string
}

// maxShows is how many characters say what a photo of a thread shows.
const maxShows = 500

// shownAlt is what is read of a photo to who does not see it.
func shownAlt(ctx context.Context, words string) string {
	if words == "" {
		return tr(ctx, "photo, not described")
	}
	return words
}

// talkPhotoPath is where a photo of a thread is, for its seller.
func talkPhotoPath(thread scrip.ID, digest string) string {
	return "/desk/talks/" + string(thread) + "/photos/" + digest
}

// talkPhoto serves a photo of a thread to its seller.
func (s *server) talkPhoto(w http.ResponseWriter, r *http.Request, d Desk) error {
	body, err := d.TalkPhoto(r.Context(), scrip.ID(chi.URLParam(r, "id")), chi.URLParam(r, "digest"))
	if err != nil {
		return fmt.Errorf("look up a photo of a thread: %w", err)
	}
	return s.servePhoto(w, r, body)
}

func (s *server) showInTalk(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.show(w, r, d, "/desk/talks/", func(v showView) error {
		return s.showTalk(w, r, d, http.StatusUnprocessableEntity, func(t *talkView) { t.Show.again(v) })
	})
}

func (s *server) showInOrder(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.show(w, r, d, "/desk/orders/", func(v showView) error {
		return s.showOrder(w, r, d, http.StatusUnprocessableEntity, func(o *orderView) { o.Talk.Show.again(v) })
	})
}

// again puts what was typed, and what is wrong with it, into the form, if it is there.
func (v *showView) again(typed showView) {
	if v != nil {
		typed.Action = v.Action
		*v = typed
	}
}

// show shows a photo to a buyer. refused shows the form again.
func (s *server) show(w http.ResponseWriter, r *http.Request, d Desk, page string, refused func(showView) error) error {
	vendor := string(d.Current().Vendor)
	if !s.uploads.begin(vendor) {
		return scrip.Unavailable
	}
	defer s.uploads.done(vendor)
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return scrip.Unreadable
		}
		return fmt.Errorf("read the form: %w", err)
	}
	v := showView{Shows: scrip.Clean(r.PostForm.Get("shows"))}
	if utf8.RuneCountInString(v.Shows) > maxShows {
		v.ProblemOfShows = tr(r.Context(), "Use at most {{.Most}} characters.", "Most", maxShows)
		return refused(v)
	}
	files := r.MultipartForm.File["photo"]
	if len(files) == 0 || files[0].Size == 0 {
		v.Problem = tr(r.Context(), "Choose a photo first.")
		return refused(v)
	}
	id := scrip.ID(chi.URLParam(r, "id"))
	err := sayPhoto(r, d, id, files[0], v.Shows)
	var wrong merchant.PhotoError
	switch {
	case errors.As(err, &wrong):
		v.Problem = tr(r.Context(), wrong.Error())
		return refused(v)
	case errors.Is(err, scrip.TooMany):
		v.Problem = tr(r.Context(), "There are {{.Most}} photos in this conversation, and no more fit.", "Most", scrip.MaxTalkPhotos)
		return refused(v)
	case errors.Is(err, scrip.Unavailable):
		v.Problem = tr(r.Context(), "There is no room for more photos in conversations now. Close some that are over.")
		return refused(v)
	case err != nil:
		return fmt.Errorf("show a photo: %w", err)
	}
	http.Redirect(w, r, page+string(id)+"#said", http.StatusSeeOther)
	return nil
}

func sayPhoto(r *http.Request, d Desk, id scrip.ID, header *multipart.FileHeader, words string) error {
	file, err := header.Open()
	if err != nil {
		return fmt.Errorf("open an uploaded photo: %w", err)
	}
	defer file.Close()
	return d.SayPhoto(r.Context(), id, file, words)
}
