package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// listingView is one listing.
type listingView struct {
	Title            string
	Paragraphs       []string
	Photos           []picture
	Icon             string
	Price            sum
	Ways             []way
	Protection       protection
	Facts            [][2]string // attributes
	Place            string      // empty: not told
	Sub              string      // of the category; may be empty
	Condition        string
	ConditionMeans   string
	Category         option
	Listed           stamp
	ValidUntil       stamp
	Stall            stallCard
	Offer, BasketURL string
	CheckoutURL      string
	AskURL           string
	ReportURL        string
	ProposeURL       string
	Quantities       []int // what can be chosen; empty: no choice
	Stock            string
	State            market.State
	Beside           besideView
	Keep             keepView
	Schema           templ.Component // the listing in the words of schema.org
}

func (s *server) listing(w http.ResponseWriter, r *http.Request) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	h := s.head("browse", i.Title)
	h.Description, h.Path = firstSentence(i.Description), listingPath(i.Listing)
	if len(i.Photos) > 0 {
		h.Photo = photoPath(i.Photos[0].Digest)
	}
	view := s.listingView(r.Context(), i)
	view.Keep, view.Schema = s.keepView(i), s.schemaOf(i)
	if view.Beside, err = s.beside(r.Context(), i); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, listingPage(h, view))
}

// item looks up the listing that an address names.
func (s *server) item(r *http.Request) (market.Item, error) {
	i, err := s.Catalogue.Listing(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "offer")))
	if err != nil {
		return market.Item{}, fmt.Errorf("look up a listing: %w", err)
	}
	return i, nil
}

func (s *server) listingView(ctx context.Context, i market.Item) listingView {
	v := listingView{
		Title: i.Title, Paragraphs: paragraphs(i.Description), Photos: pictures(i.Photos), Icon: slug(i.Category),
		Price: s.sum(i.Price), Ways: s.ways(ctx, i.Offer), Protection: protectionOf(ctx, i.Offer), Place: placeName(ctx, i.Place), Condition: tr(ctx, capital(i.Condition)), ConditionMeans: capital(conditionMeans(ctx, i.Condition)), Category: category(ctx, i.Category), Sub: tr(ctx, i.Sub),
		Listed: day(i.ListedAt), ValidUntil: day(i.ValidUntil), Stall: s.stallCard(ctx, i.Stall),
		Offer: string(i.Offer.Offer), BasketURL: basketPath(i.Vendor), CheckoutURL: checkoutPath(i.Listing), AskURL: askPath(i.Listing), ProposeURL: proposePath(i.Listing), ReportURL: listingPath(i.Listing) + "/report", State: i.State,
	}
	for _, a := range i.Attributes {
		v.Facts = append(v.Facts, [2]string{tr(ctx, a.Name), a.Value})
	}
	v.Stock, v.Quantities = stockWords(ctx, i.Stock), choicesOf(i.Stock)
	return v
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
	return cut(text, 160)
}
