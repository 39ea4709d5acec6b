package web

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// atomPath is where feeds for people are (Atom, RFC 4287): of the market, with the parameters of a search of that, and below a
// stall's page of the stall. Programs that want all of the catalogue have GET /v1/market/feed.
const atomPath = "/feed.atom"

// fed is how many listings a feed has: the newest.
const fed = 50

// atomFeed is a feed as it is written. Its ID, as those of its entries, is its address.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomPerson  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Published string       `xml:"published"`
	Updated   string       `xml:"updated"`
	Author    atomPerson   `xml:"author"`
	Links     []atomLink   `xml:"link"`
	Category  atomCategory `xml:"category"`
	Summary   string       `xml:"summary"`
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

// atom is the newest of what a search finds.
func (s *server) atom(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form := readSearch(r.URL.Query())
	q := s.query(ctx, form, &searchView{})
	q.Sort, q.Page, q.PerPage, q.Facets, q.Near = market.Newest, 1, fed, false, false
	found, err := s.Catalogue.Search(ctx, q)
	if err != nil {
		return fmt.Errorf("search the newest listings: %w", err)
	}
	title := tr(ctx, "New listings")
	if len(form.values()) > 0 {
		title = heading(ctx, form)
	}
	form.Sort, form.Page = sortOf("", form.Words), 1
	return s.sendAtom(w, r, s.atomOf(ctx, title, form.feed(), form.address(), found.Items))
}

// atomOfStall is the newest of what a stall sells.
func (s *server) atomOfStall(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Catalogue.StallPage(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")))
	if err != nil {
		return fmt.Errorf("look up a stall: %w", err)
	}
	var live []market.Item
	for _, i := range p.Items {
		if i.State == market.Live && len(live) < fed {
			live = append(live, i)
		}
	}
	at := stallPath(p.Stall.Vendor)
	return s.sendAtom(w, r, s.atomOf(r.Context(), p.Stall.Name, at+atomPath, at, live))
}

// atomOf is a feed at a path, of items that a page shows, the newest first.
func (s *server) atomOf(ctx context.Context, title, path, page string, items []market.Item) atomFeed {
	f := atomFeed{
		Lang: localeOf(ctx).Tag.String(), ID: s.Site.URL + path, Title: s.head("", title).title(ctx), Updated: atomTime(0),
		Author: atomPerson{Name: s.Site.Name, URI: s.Site.URL + "/"},
		Links:  []atomLink{{"self", "application/atom+xml", s.Site.URL + path}, {"alternate", "text/html", s.Site.URL + page}},
	}
	for _, i := range items {
		f.Entries = append(f.Entries, s.atomEntryOf(ctx, i))
		f.Updated = max(f.Updated, atomTime(i.ListedAt))
	}
	return f
}

func (s *server) atomEntryOf(ctx context.Context, i market.Item) atomEntry {
	at := s.Site.URL + listingPath(i.Listing)
	e := atomEntry{
		ID: at, Title: i.Title + ", " + s.sum(i.Price).words(ctx), Published: atomTime(i.ListedAt), Updated: atomTime(i.ListedAt),
		Author:   atomPerson{Name: i.Stall.Name, URI: s.Site.URL + stallPath(i.Vendor)},
		Links:    []atomLink{{"alternate", "text/html", at}},
		Category: atomCategory{slug(i.Category), tr(ctx, i.Category)},
		Summary:  cmp.Or(i.Description, i.Title),
	}
	if len(i.Photos) > 0 {
		e.Links = append(e.Links, atomLink{"enclosure", "image/jpeg", s.Site.URL + photoPath(i.Photos[0].Digest)})
	}
	return e
}

// atomTime is a time as Atom has it: two of them compare as their texts do.
func atomTime(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }

func (s *server) sendAtom(w http.ResponseWriter, r *http.Request, f atomFeed) error {
	body, err := xml.Marshal(f)
	if err != nil {
		return fmt.Errorf("write a feed: %w", err)
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Add("Vary", "Accept-Language, Cookie")
	return s.send(w, r, append([]byte(xml.Header), body...))
}
