package web

import (
	"encoding/xml"
	"fmt"
	"net/http"

	"peerscrip/services/market"
	"peerscrip/static"
)

// hidden are the pages that no search engine is to read: those of one person, and the same listings in every order.
var hidden = []string{"/desk", "/bank", "/wallet", "/saved", "/search?", atomPath + "?", "/pay/", "/l/*/checkout", "/l/*/report"}

// robots tells crawlers what to leave alone.
func (s *server) robots(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := "User-agent: *\n"
	for _, path := range hidden {
		text += "Disallow: " + path + "\n"
	}
	if s.Site.URL != "" && s.Site.hasShop {
		text += "Sitemap: " + s.Site.URL + "/sitemap.xml\n"
	}
	return s.send(w, r, []byte(text))
}

// favicon leads programs that ask for the icon by its old name to it.
func (s *server) favicon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.Redirect(w, r, static.URL("img/favicon.svg"), http.StatusFound)
	return nil
}

// mappedPages bounds the listings of the sitemap, in pages of market.MaxPerPage: the newest.
const mappedPages = 10

// sitemap lists the pages that do not change with who looks: the site's own, stalls, and the newest listings.
func (s *server) sitemap(w http.ResponseWriter, r *http.Request) error {
	type location struct {
		Loc string `xml:"loc"`
	}
	var set struct {
		XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []location `xml:"url"`
	}
	add := func(path string) { set.URLs = append(set.URLs, location{s.Site.URL + path}) }
	for _, path := range []string{"/", "/search", "/stalls", "/sell", "/how-it-works", "/about"} {
		add(path)
	}
	stalls, err := s.Catalogue.Stalls(r.Context())
	if err != nil {
		return fmt.Errorf("list the stalls: %w", err)
	}
	for _, stall := range stalls {
		add(stallPath(stall.Vendor))
	}
	for page := 1; page <= mappedPages; page++ {
		found, err := s.Catalogue.Search(r.Context(), market.Query{Page: page, PerPage: market.MaxPerPage})
		if err != nil {
			return fmt.Errorf("list the newest listings: %w", err)
		}
		for _, item := range found.Items {
			add(listingPath(item.Listing))
		}
		if page >= found.Pages {
			break
		}
	}
	body, err := xml.Marshal(set)
	if err != nil {
		return fmt.Errorf("write the sitemap: %w", err)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	return s.send(w, r, append([]byte(xml.Header), body...))
}
