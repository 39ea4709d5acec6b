package web

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/go-chi/chi/v5"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// payView is a payment link as who pays sees it.
type payView struct {
	Amount               sum
	Title, Reference     string // Reference may be empty
	Note                 []string
	Ends                 stamp
	Many                 bool // it can be paid again
	Stall                stallCard
	State                market.State
	Vendor, Offer, Minor string // for the wallet
	OfferURL             string // where the stall has the signed offer
	Path, Image          string // of this page, and of its QR code
}

// payPath is the page of a payment link, at each market that knows its stall.
func payPath(vendor scrip.VendorID, offer scrip.ID) string {
	return "/pay/" + string(vendor) + "/" + string(offer)
}

// payImage is a QR code of that page's address.
func payImage(path string) string { return path + "/qr.svg" }

// errNoLink is a payment link that is not there.
var errNoLink = errors.New("no such payment link")

// pay is the page of a payment link. It is served for what was paid, too: this wallet may be in the middle of it. The stall
// decides.
func (s *server) pay(w http.ResponseWriter, r *http.Request) error {
	i, err := s.Catalogue.PaymentLink(r.Context(), scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "offer")))
	if errors.Is(err, scrip.NotFound) && !errors.Is(err, market.ErrHidden) {
		return errNoLink
	}
	if err != nil {
		return fmt.Errorf("read a payment link: %w", err)
	}
	v := s.payView(r.Context(), i)
	h := s.head("pay", tr(r.Context(), "Pay {{.Amount}} to {{.Stall}}", "Amount", v.Amount, "Stall", i.Stall.Name))
	h.Page, h.Path, h.Description = "checkout", v.Path, i.Title
	return s.render(w, r, http.StatusOK, payPage(h, v))
}

func (s *server) payView(ctx context.Context, i market.Item) payView {
	path := payPath(i.Vendor, i.Offer.Offer)
	return payView{
		Amount: s.sum(i.Price), Title: i.Title, Reference: i.Reference, Note: paragraphs(i.Description), Ends: moment(i.ValidUntil), Many: i.Times == scrip.PaidMany,
		Stall: s.stallCard(ctx, i.Stall), State: i.State, Vendor: string(i.Vendor), Offer: string(i.Offer.Offer), Minor: minor(i.Price), OfferURL: s.offerURL(i), Path: path, Image: payImage(path),
	}
}

// payCode is the address of a payment link's page as a QR code. Whether there is such a link, only its stall knows, and the
// code says nothing of it; so it can be kept.
func (s *server) payCode(w http.ResponseWriter, r *http.Request) error {
	vendor, offer := scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "offer"))
	if !vendor.Valid() || !offer.Valid() {
		return errNoLink
	}
	image, err := qrCode(s.Site.URL + payPath(vendor, offer))
	if err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	return s.send(w, r, []byte(image))
}

// quiet is the white around a QR code, in modules (ISO/IEC 18004).
const quiet = 4

// qrCode draws a text as a QR code that a camera reads with 15 % of it soiled: black on white whatever the page's colours, since
// many cameras read no other.
func qrCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && dark(code.At(x, y)) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	side := size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, side, side, path.String()), nil
}

// dark reports whether a module of a QR code is black.
func dark(c color.Color) bool {
	red, _, _, _ := c.RGBA()
	return red == 0
}
