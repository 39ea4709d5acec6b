package web

import (
	"strconv"
	"strings"
	"time"

	"peerscrip/services/scrip"
)

// card is a listing in a grid.
type card struct {
	Href, Title string
	Thumb       string // URL; empty: no photo
	Alt         string
	Price       sum
	Meta        string // condition and stall
	Icon        string // of its category, where there is no photo
	Flag        string // a word on the photo, or empty
	Gone        bool
}

func (s *server) cards(listings []Listing, withStall bool) []card {
	cards := make([]card, 0, len(listings))
	for _, l := range listings {
		c := card{
			Href: listingPath(l), Title: l.Title, Price: s.sum(l.Price), Meta: capital(l.Condition),
			Icon: slug(l.Category), Gone: l.State != Live,
		}
		if len(l.Photos) > 0 {
			c.Thumb, c.Alt = thumbPath(l.Photos[0]), l.Photos[0].Alt
		}
		if withStall {
			c.Meta += " · " + l.Seller.Name
		}
		if c.Gone {
			c.Flag = capital(string(l.State))
		}
		cards = append(cards, c)
	}
	return cards
}

func listingPath(l Listing) string   { return "/l/" + l.Vendor + "/" + l.Offer }
func stallPath(vendor string) string { return "/stalls/" + vendor }
func photoPath(p Photo) string       { return "/photos/" + p.Digest }
func thumbPath(p Photo) string       { return photoPath(p) + "/thumb" }

// slug is how a category or a condition is written in an address, and the name of a category's icon.
func slug(word string) string {
	return strings.NewReplacer(" & ", "-", " ", "-").Replace(strings.ToLower(word))
}

// unslug finds the word of a closed list that a slug stands for, or "".
func unslug(s string, words []string) string {
	for _, word := range words {
		if s == slug(word) {
			return word
		}
	}
	return ""
}

// option is an entry of a closed list on a page: a tile, a link or a choice.
type option struct {
	Slug, Name, Href string
	Chosen           bool
}

func categories() []option {
	var all []option
	for _, name := range scrip.Categories() {
		all = append(all, option{Slug: slug(name), Name: name, Href: "/search?category=" + slug(name)})
	}
	return all
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// count writes "1 listing", "2 listings".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// day and moment write a time as every page does, the wallet's too (static/wallet/dates.js); in a <time> element the
// browser puts the reader's own time for a moment's UTC. machineTime is for machines.
func day(t time.Time) string         { return t.UTC().Format("2 Jan 2006") }
func moment(t time.Time) string      { return t.UTC().Format("2 Jan 2006, 15:04") + " UTC" }
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
