package web

import (
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// TestPaymentLinksAtTheDesk: money is asked for by a form that keeps what was typed, the link is there to be sent, copied, scanned and
// put into a page of one's own; the desk tells that it is paid, and its page tells who comes later.
func TestPaymentLinksAtTheDesk(t *testing.T) {
	s := newShop(t)
	c := s.config()
	c.Site.URL = s.attic.Current().BaseURL
	v := atDeskOf(t, c)
	v.get("/desk").want(t, 200, `href="/desk/payment-links"`)
	v.get(linksPath).want(t, 200, "Ask for money", "There is none yet.", `value="once" checked`, `<option value="30" selected>30 days</option>`)
	at := linksPath + "?desk=" + string(s.attic.Vendor())
	form := url.Values{"price": {"sixty"}, "title": {" "}, "reference": {"2026-117"}, "note": {"Thank you."}, "times": {"twice"}, "days": {"12"}}
	v.post(at, form).want(t, 422, `value="sixty"`, "Write an amount like", "Write something here.", `value="2026-117"`, "Thank you.</textarea>", "Choose one of the two.", "Choose how long it can be paid.")
	form = url.Values{"price": {"0"}, "title": {"Two guitar lessons"}, "reference": {strings.Repeat("x", 81)}, "times": {"once"}, "days": {"30"}}
	v.post(at, form).want(t, 422, "Write an amount above 0.", "Use at most 80 characters.")
	form = url.Values{"price": {"60.00"}, "title": {"Two guitar <b>lessons</b>"}, "reference": {"2026-117"}, "note": {"Thank you."}, "times": {"once"}, "days": {"30"}}
	made := v.post(at, form)
	made.want(t, 200, "The payment link is made.", "Two guitar &lt;b&gt;lessons", "2026-117", "€60.00", "Open", "Thank you.", `id="link-paid">not yet`, "End this link", "!Nobody else can open")
	links, err := s.attic.PaymentLinks(t.Context(), "", 10)
	if err != nil || len(links) != 1 || made.path != payLinkPath(links[0].Offer.Offer) {
		t.Fatalf("the desk leads to %s, and the stall has %+v, %v", made.path, links, err)
	}
	l, path := links[0].Listing, payPath(s.attic.Vendor(), links[0].Offer.Offer)
	page := c.Site.URL + path
	made.want(t, 200, page, `src="`+path+`/qr.svg"`, "&lt;a class=&#34;peerscrip-pay&#34; href=&#34;"+page+"&#34;&gt;Pay €60.00 to Attic &amp;amp; Sons&lt;/a&gt;", "!&lt;script", "!style=&#34;")
	if l.ValidUntil != s.Clock.Now().AddDate(0, 0, 30).Unix() {
		t.Errorf("it ends at %d, want in 30 days", l.ValidUntil)
	}
	v.get(linksPath).want(t, 200, "Two guitar &lt;b&gt;lessons", "2026-117", "Open")
	for _, of := range []string{"/desk/listings/" + string(l.Offer.Offer), "/desk/new?from=" + string(l.Offer.Offer)} {
		v.get(of).want(t, 404)
	}
	order := "/desk/orders/" + string(s.sell(l, scrip.Delivery{Way: scrip.WayNone}))
	v.get(made.path).want(t, 200, `data-testid="link-state">Paid`, `id="link-paid">once`, order, "!End this link")
	v.get(order).want(t, 200, "What was paid for", "Reference: <bdi>2026-117</bdi>", `href="`+made.path+`"`, "Ring twice.", "!Deliver to", "!It is packed", "!1 × ", "!Mark as", "!Packing slip", "!Handed over", "!What to send")
	v.get("/desk").want(t, 200, "nothing (payment link)")
	v.get(path).want(t, 200, "This was paid", "data-over", "!To be paid by", "!Paying needs JavaScript")
	v.get(linksPath).want(t, 200, "Paid")
}

// TestPaymentLinkEnds: by its seller, or by time; of a stall whose pages nobody else can open only the path of it is told.
func TestPaymentLinkEnds(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	l := s.asksFor(scrip.PaidMany)
	path, at := payPath(l.Vendor, l.Offer.Offer), payLinkPath(l.Offer.Offer)
	v.get(at).want(t, 200, "Nobody else can open the pages of this machine", "<code class=\"long\">"+path, "any number of times")
	s.sell(l, scrip.Delivery{Way: scrip.WayNone})
	s.sell(l, scrip.Delivery{Way: scrip.WayNone})
	v.get(at).want(t, 200, "Open · paid 2 times")
	v.post(at+"/end", nil).want(t, 200, "The link cannot be paid any more.", "Ended by you · paid 2 times", "!End this link")
	v.get(path).want(t, 404, "There is no such payment link")
	late := s.asksFor(scrip.PaidOnce)
	s.Clock.Advance(31 * 24 * time.Hour)
	v.get(payPath(late.Vendor, late.Offer.Offer)).want(t, 200, "This payment link has ended", "data-over")
	v.get(payLinkPath(s.typewriter.Offer.Offer)).want(t, 404)
	v.post(payLinkPath(s.typewriter.Offer.Offer)+"/end", nil).want(t, 404)
	if l, err := s.attic.Listing(t.Context(), s.typewriter.Offer.Offer); err != nil || l.Ended {
		t.Errorf("a thing ended as a payment link: got %+v, %v, want it for sale", l, err)
	}
}

// TestCodesAreDrawn: a QR code is well-formed, square and with white around it, and has its three finders, each 7 modules wide.
func TestCodesAreDrawn(t *testing.T) {
	for _, text := range []string{"https://market.example/pay/sXUVUIUsQypR-ta5E-HfAw/pXs-VXf7s_gKXD74KXnSog", "http://127.0.0.1:8080" + strings.Repeat("/x", 200)} {
		image, err := qrCode(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal([]byte(image), new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s: %v in %s", text, err, image)
		}
		side := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(image)
		if side == nil || side[1] != side[2] {
			t.Fatalf("%s: got %v, want a square", text, side)
		}
		for _, finder := range []string{"M4 4h7v1h-7z", "M4 10h7v1h-7z", "M4 5h1v1h-1z"} {
			if !strings.Contains(image, finder) {
				t.Errorf("%s: %s is missing", text, finder)
			}
		}
		if _, black, _ := strings.Cut(image, `<path d="`); regexp.MustCompile(`M[0-3] |M\d+ [0-3]h`).MatchString(black) {
			t.Errorf("%s: something black in the white around it", text)
		}
	}
}
