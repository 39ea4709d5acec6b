package web

import (
	"context"
	"strconv"

	"peerscrip/static"
)

// Head is what the frame around a page needs to know of it.
type Head struct {
	Site        Site
	Title       string // of the page, without the site's name; empty on the home page
	Description string // one sentence for search engines and previews
	Section     string // the navigation entry that is current: browse, sell, basket, wallet, how
	Words       string // what stands in the search field
	Page        string // data-page of <main>, for the wallet's script
	News        string // data-news of <main>: ETag of what a page of the desk shows that updates by itself; empty: it does not
	Path        string // of the page, where it is the same for everybody; empty: search engines and previews are told none
	Photo       string // path of a photo for previews; empty: none
	Feed        string // path of an Atom feed of what the page lists; empty: there is none
	Offline     bool   // whether it is kept by a browser, and shown while nothing answers
}

// title is the text of <title>.
func (h Head) title(ctx context.Context) string {
	if h.Title == "" {
		return tr(ctx, "{{.Name}}: second-hand, paid like cash", "Name", h.Site.Name)
	}
	return h.Title + " · " + h.Site.Name
}

// modules are the addresses of the scripts that the page needs for certain.
func (h Head) modules(ctx context.Context) []string {
	language, _ := localeOf(ctx).Tag.Base()
	return static.Preload(language.String(), h.Page)
}

func (s Site) exponent() string { return strconv.Itoa(s.Currency.Exponent) }

// current is the value of aria-current for a navigation entry.
func (h Head) current(section string) string {
	if h.Section == section {
		return "page"
	}
	return ""
}

// Stylesheet returns the address of the site's style sheet, for pages that others make too.
func Stylesheet() string { return static.URL("css/bundle.css") }

// iconURL returns where the icon of that name in img/icons.svg is.
func iconURL(name string) string { return static.URL("img/icons.svg") + "#" + name }

// sellHref is the desk, which sends who has none open on to where one is opened.
func (s Site) sellHref() string {
	if s.hasDesk {
		return "/desk"
	}
	return "/sell"
}

func navIcon(section string) string {
	if section == "how" {
		return "help"
	}
	return section
}

func calloutIcon(kind string) string {
	switch kind {
	case "success":
		return "check"
	case "warn", "error":
		return kind
	}
	return "info"
}
