package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// listingView is one listing.
type listingView struct {
	Title       string
	Paragraphs  []string
	Photos      []picture
	Icon        string
	Price       sum
	Postage     string // in a sentence
	Condition   string
	Category    option
	Listed      string
	ListedAt    string
	ValidUntil  string
	Stall       stallCard
	CheckoutURL string
	Quantities  []int // what can be chosen; empty: no choice
	Stock       string
	State       ListingState
}

// picture is a photo on a page.
type picture struct {
	Full, Thumb, Alt string
}

// stallCard is a stall where it is mentioned.
type stallCard struct {
	Href, Name, About, Initial, Host, Listings string
}

// maxChoice bounds the list of quantities; more than that is not bought second-hand at once.
const maxChoice = 20

func (s *server) listing(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Catalogue.Listing(r.Context(), chi.URLParam(r, "vendor"), chi.URLParam(r, "offer"))
	if err != nil {
		return fmt.Errorf("look up a listing: %w", err)
	}
	h := s.head("browse", l.Title)
	h.Description = firstSentence(l.Description)
	return s.render(w, r, http.StatusOK, listingPage(h, s.listingView(l)))
}

func (s *server) listingView(l Listing) listingView {
	v := listingView{
		Title: l.Title, Paragraphs: paragraphs(l.Description), Price: s.sum(l.Price), Postage: s.postage(l),
		Condition: capital(l.Condition), Icon: slug(l.Category),
		Category: option{Name: l.Category, Href: "/search?category=" + slug(l.Category)},
		Listed:   day(l.Listed), ListedAt: machineTime(l.Listed), ValidUntil: day(l.ValidUntil),
		Stall: stallCardOf(l.Seller), CheckoutURL: listingPath(l) + "/checkout", State: l.State,
	}
	for _, p := range l.Photos {
		v.Photos = append(v.Photos, picture{Full: photoPath(p), Thumb: thumbPath(p), Alt: p.Alt})
	}
	if l.Stock > 1 {
		v.Stock = count(l.Stock, "piece") + " left"
		for n := 1; n <= min(l.Stock, maxChoice); n++ {
			v.Quantities = append(v.Quantities, n)
		}
	}
	return v
}

func (s *server) postage(l Listing) string {
	if l.Postage == 0 {
		return "No postage"
	}
	return "plus " + s.priced(l.Postage) + " postage"
}

func stallCardOf(t Stall) stallCard {
	return stallCard{
		Href: stallPath(t.Vendor), Name: t.Name, About: t.About, Initial: initial(t.Name), Host: t.Host,
		Listings: count(t.Listings, "listing"),
	}
}

// initial is the first letter of a name, which stands where a picture would.
func initial(name string) string {
	for _, r := range strings.ToUpper(name) {
		return string(r)
	}
	return "?"
}

// paragraphs splits text at its line breaks and drops the empty ones.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.IndexAny(text, ".!?"); i >= 0 {
		text = text[:i+1]
	}
	if runes := []rune(text); len(runes) > 160 {
		return string(runes[:159]) + "…"
	}
	return text
}

func photoLabel(i, n int, alt string) string {
	return fmt.Sprintf("Photo %d of %d: %s", i+1, n, photoAlt(alt))
}

// photoAlt is what a photo shows; the seller may not have said.
func photoAlt(alt string) string {
	if alt == "" {
		return "photo by the seller, not described"
	}
	return alt
}
