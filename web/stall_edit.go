package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// pageForm is the form for a stall's page as it was typed, with what is wrong with it.
type pageForm struct {
	About, Place string
	Picture      string // digest; empty: none
	Opening      string // openNow, openLater, openNot
	Away         string // a date, 2006-01-02
	Faults       faults
}

// The opening states of the form.
const (
	openNow   = "open"
	openLater = "away"
	openNot   = "closed"
)

// stallEditView is the page on which a seller changes the stall's page, and its name.
type stallEditView struct {
	Form             pageForm
	Name, NameFault  string
	Public, Vendor   string
	Flash            string
	Earliest, Latest string // of the date until which it may be away
}

const dateLayout = "2006-01-02"

func formOfPage(p scrip.StallPage, now int64) pageForm {
	f := pageForm{About: p.About, Place: p.Place, Picture: p.Picture, Opening: openNow}
	switch {
	case p.Closed:
		f.Opening = openNot
	case p.Away(now):
		f.Opening, f.Away = openLater, time.Unix(p.AwayUntil, 0).UTC().Format(dateLayout)
	}
	return f
}

// page checks the form's own rules. What is wrong stands in f.Faults afterwards.
func (f *pageForm) page(ctx context.Context, now int64) scrip.StallPage {
	p := scrip.StallPage{About: f.About, Place: f.Place, Picture: f.Picture, Closed: f.Opening == openNot}
	f.Faults.want("about", utf8.RuneCountInString(f.About) <= scrip.MaxAbout, tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxAbout))
	f.Faults.want("place", utf8.RuneCountInString(f.Place) <= scrip.MaxPlace, tr(ctx, "Use at most {{.Most}} characters.", "Most", scrip.MaxPlace))
	if f.Opening == openLater {
		until, err := time.Parse(dateLayout, f.Away)
		p.AwayUntil = until.Unix()
		f.Faults.want("away", err == nil && p.AwayUntil > now && p.AwayUntil <= now+scrip.MaxAway,
			tr(ctx, "Choose the day on which you are back: tomorrow at the earliest, in a year at the latest."))
	}
	return p
}

func (s *server) editStall(w http.ResponseWriter, r *http.Request, d Desk) error {
	page, err := d.Page(r.Context())
	if err != nil {
		return fmt.Errorf("read a stall's page: %w", err)
	}
	v := stallEditView{Form: formOfPage(page, s.Clock().Unix())}
	v.Flash = s.deskSessions.PopString(r.Context(), keyFlash)
	return s.showStallEdit(w, r, http.StatusOK, d, v)
}

func (s *server) showStallEdit(w http.ResponseWriter, r *http.Request, status int, d Desk, v stallEditView) error {
	now, c := s.Clock().UTC(), d.Current()
	if v.NameFault == "" {
		v.Name = c.Name
	}
	v.Public, v.Vendor = stallPath(c.Vendor), string(c.Vendor)
	v.Earliest, v.Latest = now.AddDate(0, 0, 1).Format(dateLayout), now.AddDate(1, 0, 0).Format(dateLayout)
	return s.render(w, r, status, stallEditPage(s.head("sell", tr(r.Context(), "Your stall's page")), v))
}

func (s *server) savePage(w http.ResponseWriter, r *http.Request, d Desk) error {
	f, err := s.readStallForm(r, d)
	if err != nil {
		return err
	}
	page := f.page(r.Context(), s.Clock().Unix())
	if len(f.Faults) > 0 {
		return s.showStallEdit(w, r, http.StatusUnprocessableEntity, d, stallEditView{Form: f})
	}
	if err := d.SetPage(r.Context(), page); err != nil {
		return fmt.Errorf("save a stall's page: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your stall's page is saved."))
	http.Redirect(w, r, "/desk/page", http.StatusSeeOther)
	return nil
}

// readStallForm reads the form and keeps its picture at once, so that a mistake elsewhere does not cost the upload.
func (s *server) readStallForm(r *http.Request, d Desk) (pageForm, error) {
	vendor := string(d.Current().Vendor)
	if !s.uploads.begin(vendor) {
		return pageForm{}, scrip.Unavailable
	}
	defer s.uploads.done(vendor)
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return pageForm{}, scrip.Unreadable
		}
		return pageForm{}, fmt.Errorf("read the form: %w", err)
	}
	f := pageForm{
		About: scrip.Clean(r.PostForm.Get("about")), Place: scrip.CleanLine(r.PostForm.Get("place")), Picture: r.PostForm.Get("kept"),
		Opening: r.PostForm.Get("opening"), Away: r.PostForm.Get("away"), Faults: faults{},
	}
	if r.PostForm.Get("drop") != "" {
		f.Picture = ""
	}
	for _, file := range r.MultipartForm.File["picture"] {
		if file.Filename == "" && file.Size == 0 {
			continue // a browser sends one like this where none was chosen
		}
		digest, fault, err := keepPhoto(r, d, file)
		if err != nil {
			return pageForm{}, err
		}
		f.Faults.want("picture", fault == "", fault)
		if fault == "" {
			f.Picture = digest
		}
	}
	return f, nil
}

// renameStall asks the broker for the stall's certificate under another name. It is a form of its own: what is wrong with
// a name costs nothing that was typed elsewhere.
func (s *server) renameStall(w http.ResponseWriter, r *http.Request, d Desk) error {
	name := scrip.CleanLine(r.PostFormValue("name"))
	err := d.Rename(r.Context(), name)
	fault := ""
	switch {
	case errors.Is(err, scrip.NameInvalid):
		fault = tr(r.Context(), "This name cannot be used: it is empty, longer than 60 characters, or taken, or looks like one that is.")
	case errors.Is(err, scrip.TooMany):
		fault = tr(r.Context(), "Your stall had three other names in the last year, which stay its own so that nobody else sells under them. Choose one of those, or wait.")
	case errors.Is(err, scrip.Unavailable):
		fault = tr(r.Context(), "The service that looks after names does not answer right now. Try again in a few minutes.")
	case errors.Is(err, scrip.TxConflict):
		fault = tr(r.Context(), "Somebody else has just given your stall another name: {{.Name}}.", "Name", quote(r.Context(), apart(d.Current().Name)))
	case err != nil:
		return fmt.Errorf("rename a stall: %w", err)
	}
	if fault == "" {
		s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "Your stall is called {{.Name}} now.", "Name", quote(r.Context(), apart(name))))
		http.Redirect(w, r, "/desk/page", http.StatusSeeOther)
		return nil
	}
	page, err := d.Page(r.Context())
	if err != nil {
		return fmt.Errorf("read a stall's page: %w", err)
	}
	return s.showStallEdit(w, r, http.StatusUnprocessableEntity, d, stallEditView{
		Form: formOfPage(page, s.Clock().Unix()), Name: name, NameFault: fault,
	})
}

// opening is what a listing or a stall says of when it takes orders.
type opening struct {
	Closed bool
	Back   stamp // of a stall that is away: the day on which it takes orders again; zero: it does
}

func (o opening) away() bool { return o.Back.ISO != "" }

func (s *server) openingOf(p scrip.StallPage) opening {
	o := opening{Closed: p.Closed}
	if p.Away(s.Clock().Unix()) {
		o.Back = day(p.AwayUntil)
	}
	return o
}

var _ Desk = (*merchant.Stall)(nil)

// fault returns what is wrong with a field, or "".
func (v stallEditView) fault(field string) string { return v.Form.Faults[field] }
