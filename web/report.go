package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// reasonWords are why a listing is reported, in a person's words.
var reasonWords = map[string]string{
	"forbidden":  phrase("It may not be sold: weapons, drugs, animals, what is dangerous or recalled"),
	"fake":       phrase("It is a fake, or pretends to be a brand"),
	"misleading": phrase("The text or the photos are of something else"),
	"stolen":     phrase("It may be stolen"),
	"offensive":  phrase("It insults or threatens somebody, or shows what nobody wants to see"),
	"spam":       phrase("It is an advertisement, or stands here many times"),
	"other":      phrase("Something else"),
}

// reportView is the form that reports a listing.
type reportView struct {
	Title, Stall, Href string
	Action             string
	Reasons            []option
	Words              string
	Problem            string // of the reason
	WordsProblem       string
	Done               bool
}

// report is where a listing is reported to whoever runs the market.
func (s *server) report(w http.ResponseWriter, r *http.Request) error {
	return s.showReport(w, r, http.StatusOK, func(v *reportView) { v.Done = r.URL.Query().Has("done") })
}

func (s *server) showReport(w http.ResponseWriter, r *http.Request, status int, edit func(*reportView)) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	v := reportView{Title: i.Title, Stall: i.Stall.Name, Href: listingPath(i.Listing), Action: listingPath(i.Listing) + "/report"}
	for _, reason := range market.Reasons() {
		v.Reasons = append(v.Reasons, option{Slug: reason, Name: tr(r.Context(), reasonWords[reason])})
	}
	edit(&v)
	return s.render(w, r, status, reportPage(s.head("browse", tr(r.Context(), "Report a listing")), v))
}

// sendReport notes what the form says.
func (s *server) sendReport(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	i, err := s.item(r)
	if err != nil {
		return err
	}
	reason, words := r.PostForm.Get("reason"), scrip.Clean(r.PostForm.Get("words"))
	refused := func(problem, wordsProblem string) error {
		return s.showReport(w, r, http.StatusUnprocessableEntity, func(v *reportView) {
			v.Words, v.Problem, v.WordsProblem = words, problem, wordsProblem
			for n := range v.Reasons {
				v.Reasons[n].Chosen = v.Reasons[n].Slug == reason
			}
		})
	}
	if n := utf8.RuneCountInString(words); n > market.MaxReportWords {
		return refused("", tr(r.Context(), "That has {{.Count}} characters. Use at most {{.Most}}.", "Count", n, "Most", market.MaxReportWords))
	}
	err = s.Reports.Report(r.Context(), i.Vendor, i.Offer.Offer, reason, words)
	switch {
	case errors.Is(err, scrip.Unreadable):
		return refused(tr(r.Context(), "Choose what is wrong."), "")
	case err != nil:
		return fmt.Errorf("report a listing: %w", err)
	}
	http.Redirect(w, r, listingPath(i.Listing)+"/report?done", http.StatusSeeOther)
	return nil
}

// reportedRow is a listing that was reported, for the operator.
type reportedRow struct {
	Title, Stall, Vendor, Offer string
	Text                        string // the listing's own
	Href                        string // the listing in the market; empty: this process has no address
	Photos                      []reportedPhoto
	Said                        []reportSaid
}

// reportedPhoto is a photo of the listing: where it is, and its small copy, with what it shows by its seller's words.
type reportedPhoto struct{ Href, Thumb, Alt string }

type reportSaid struct {
	Reason, Words string
	At            stamp
}

// hiddenRow is what the market does not show.
type hiddenRow struct {
	What, Why, Vendor, Offer string
	At                       stamp
}

// reportsView is what was reported, and what is hidden.
type reportsView struct {
	Reported []reportedRow
	Hidden   []hiddenRow
	Flash    string
	Problem  string
	Vendor   string // as it was typed into the form that hides a stall
	Why      string
}

// reports lists what people reported, and what is hidden.
func (c *console) reports(w http.ResponseWriter, r *http.Request) error {
	return c.showReports(w, r, http.StatusOK, func(v *reportsView) { v.Flash = c.sessions.PopString(r.Context(), keyFlash) })
}

func (c *console) showReports(w http.ResponseWriter, r *http.Request, status int, edit func(*reportsView)) error {
	reported, err := c.operator.Market.Reported(r.Context())
	if err != nil {
		return fmt.Errorf("list what was reported: %w", err)
	}
	hidden, err := c.operator.Market.Hidden(r.Context())
	if err != nil {
		return fmt.Errorf("list what is hidden: %w", err)
	}
	v := reportsView{}
	for _, of := range reported {
		row := reportedRow{Title: of.Item.Title, Stall: of.Item.Stall.Name, Vendor: string(of.Item.Stall.Vendor), Offer: string(of.Item.Offer.Offer), Text: of.Item.Description}
		if c.Site.URL != "" {
			row.Href = c.Site.URL + listingPath(of.Item.Listing)
		}
		for _, p := range of.Item.Photos {
			here := "/reports" + photoPath(p.Digest)
			row.Photos = append(row.Photos, reportedPhoto{here, here + "/thumb", shownAlt(r.Context(), p.Alt)})
		}
		for _, said := range of.Reports {
			reason, _, _ := strings.Cut(tr(r.Context(), reasonWords[said.Reason]), ":")
			row.Said = append(row.Said, reportSaid{reason, said.Words, moment(said.At)})
		}
		v.Reported = append(v.Reported, row)
	}
	for _, h := range hidden {
		row := hiddenRow{What: tr(r.Context(), "{{.Title}} of {{.Stall}}", "Title", quote(r.Context(), apart(h.Title)), "Stall", apart(h.Stall)), Why: h.Why, Vendor: string(h.Vendor), Offer: string(h.Offer), At: day(h.At)}
		if h.Offer == "" {
			row.What = tr(r.Context(), "All of {{.Stall}}", "Stall", apart(h.Stall))
		}
		v.Hidden = append(v.Hidden, row)
	}
	edit(&v)
	return c.render(w, r, status, reportsPage(c.frame(r.Context(), "reports", tr(r.Context(), "Reports")), v))
}

func (c *console) reportedPhoto(w http.ResponseWriter, r *http.Request) error {
	return c.photoOfMarket(w, r, false)
}

func (c *console) reportedThumb(w http.ResponseWriter, r *http.Request) error {
	return c.photoOfMarket(w, r, true)
}

// photoOfMarket serves a photo of a listing to the operator.
func (c *console) photoOfMarket(w http.ResponseWriter, r *http.Request, thumb bool) error {
	body, err := c.operator.Market.Photo(r.Context(), chi.URLParam(r, "digest"), thumb)
	if err != nil {
		return fmt.Errorf("look up a photo of a listing: %w", err)
	}
	return c.servePhoto(w, r, body)
}

// hide takes a listing, or a stall, out of the market.
func (c *console) hide(w http.ResponseWriter, r *http.Request) error {
	vendor, offer, why := scrip.VendorID(scrip.CleanLine(r.PostFormValue("vendor"))), scrip.ID(r.PostFormValue("offer")), scrip.Clean(r.PostFormValue("why"))
	if r.PostFormValue("whole") != "" {
		offer = "" // the stall, with all that it sells
	}
	err := c.operator.Market.Hide(r.Context(), vendor, offer, why)
	problem := ""
	switch {
	case errors.Is(err, scrip.TooMany):
		problem = tr(r.Context(), "Say why, in at most 500 characters: it stands in the list of what is hidden.")
	case errors.Is(err, scrip.NotFound) && offer == "":
		problem = tr(r.Context(), "There is no such stall in this market. Its ID is in the address of its page.")
	case err != nil:
		return fmt.Errorf("hide a listing: %w", err)
	}
	if problem != "" {
		return c.showReports(w, r, http.StatusUnprocessableEntity, func(v *reportsView) { v.Problem, v.Vendor, v.Why = problem, string(vendor), why })
	}
	return c.reported(w, r, tr(r.Context(), "It is hidden. It can be shown again below."), c.operator.Market.Dismiss(r.Context(), vendor, offer))
}

// unhide shows again what was hidden.
func (c *console) unhide(w http.ResponseWriter, r *http.Request) error {
	vendor, offer := scrip.VendorID(r.PostFormValue("vendor")), scrip.ID(r.PostFormValue("offer"))
	return c.reported(w, r, tr(r.Context(), "It is shown again."), c.operator.Market.Unhide(r.Context(), vendor, offer))
}

// dismiss forgets what was reported of a listing.
func (c *console) dismiss(w http.ResponseWriter, r *http.Request) error {
	vendor, offer := scrip.VendorID(r.PostFormValue("vendor")), scrip.ID(r.PostFormValue("offer"))
	return c.reported(w, r, tr(r.Context(), "The reports are done with."), c.operator.Market.Dismiss(r.Context(), vendor, offer))
}

// reported goes back to the reports, unless something went wrong.
func (c *console) reported(w http.ResponseWriter, r *http.Request, done string, err error) error {
	if err != nil {
		return fmt.Errorf("settle a report: %w", err)
	}
	c.sessions.Put(r.Context(), keyFlash, done)
	http.Redirect(w, r, "/reports", http.StatusSeeOther)
	return nil
}

// revokeView asks whether a stall's certificate is to be taken back.
type revokeView struct {
	Name, Vendor, Typed, Problem string
}

// revoking asks whether a stall's certificate is to be taken back, for good.
func (c *console) revoking(w http.ResponseWriter, r *http.Request) error {
	return c.showRevoke(w, r, http.StatusOK, "", "")
}

func (c *console) showRevoke(w http.ResponseWriter, r *http.Request, status int, typed, problem string) error {
	name, err := c.stallName(r)
	if err != nil {
		return err
	}
	return c.render(w, r, status, revokePage(c.frame(r.Context(), "overview", tr(r.Context(), "Revoke {{.Name}}", "Name", apart(name))), revokeView{name, vendorOf(r), typed, problem}))
}

func vendorOf(r *http.Request) string { return chi.URLParam(r, "vendor") }

// stallName is the name of the stall that the address names, as the books have it.
func (c *console) stallName(r *http.Request) (string, error) {
	standing, err := c.operator.Standing(r.Context())
	if err != nil {
		return "", fmt.Errorf("look up a stall: %w", err)
	}
	for _, t := range standing.Stalls {
		if string(t.Vendor) == vendorOf(r) && t.Name != "" {
			return t.Name, nil
		}
	}
	return "", scrip.NotFound
}

// revoke takes it back, if the name is typed.
func (c *console) revoke(w http.ResponseWriter, r *http.Request) error {
	name, err := c.stallName(r)
	if err != nil {
		return err
	}
	if typed := scrip.CleanLine(r.PostFormValue("name")); typed != name {
		return c.showRevoke(w, r, http.StatusUnprocessableEntity, typed, tr(r.Context(), "Type the name as it stands above: it cannot be undone."))
	}
	if _, err := c.operator.Revoke(r.Context(), scrip.VendorID(vendorOf(r))); err != nil && !errors.Is(err, scrip.StallRevoked) {
		return fmt.Errorf("revoke a stall: %w", err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
