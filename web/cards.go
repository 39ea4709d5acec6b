package web

import (
	"context"
	"net/url"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// card is a listing in a grid.
type card struct {
	Href, Title string
	Thumb       string // URL; empty: no photo
	Alt         string
	Price       sum
	Meta        string // condition
	Stall       string // its name; empty: is told elsewhere
	Stars       string // of it, "4.6"; empty: not rated
	New         bool   // it is
	Icon        string // of its category, where there is no photo
	Flag        string // a word on the photo, or empty
	Gone        bool
	Keep        keepView
}

// stateWords are what a photo says of a listing that cannot be bought.
var stateWords = map[market.State]string{
	market.SoldOut: phrase("Sold"), market.Ended: phrase("Ended"), market.Expired: phrase("Expired"),
}

func (s *server) cards(ctx context.Context, items []market.Item, withStall bool) []card {
	cards := make([]card, 0, len(items))
	for _, i := range items {
		c := card{
			Href: listingPath(i.Listing), Title: i.Title, Price: s.sum(i.Price), Meta: tr(ctx, capital(i.Condition)),
			Icon: slug(i.Category), Gone: i.State != market.Live, Keep: s.keepView(i),
		}
		if len(i.Photos) > 0 {
			c.Thumb, c.Alt = thumbPath(i.Photos[0].Digest), i.Photos[0].Alt
		}
		if withStall {
			record := s.recordOf(ctx, i.Stall)
			c.Stall, c.Stars, c.New = i.Stall.Name, record.Stars, record.New
		}
		if c.Gone {
			c.Flag = tr(ctx, stateWords[i.State])
		} else if i.AwayUntil > 0 {
			c.Flag = tr(ctx, "Back {{.Day}}", "Day", day(i.AwayUntil))
		} else if i.Stall.Unreachable() {
			c.Flag = tr(ctx, "Seller away")
		}
		cards = append(cards, c)
	}
	return cards
}

func listingPath(l scrip.Listing) string {
	return "/l/" + string(l.Vendor) + "/" + string(l.Offer.Offer)
}
func stallPath(vendor scrip.VendorID) string { return "/stalls/" + string(vendor) }
func photoPath(digest string) string         { return "/photos/" + digest }
func thumbPath(digest string) string         { return photoPath(digest) + "/thumb" }

// stallCard is a stall where it is mentioned.
type stallCard struct {
	Href, Name, About, Initial string
	Host                       string // where it sells from; empty: here
	Listings                   string
	Place                      string
	Picture                    string // URL; empty: none
	Opening                    opening
	Record                     recordView
	Away                       bool  // it did not answer when it was last asked
	Heard                      stamp // when it last answered; zero: never
}

func (s *server) stallCard(ctx context.Context, t market.Stall) stallCard {
	c := stallCard{
		Href: stallPath(t.Vendor), Name: t.Name, About: t.About, Initial: initial(t.Name), Host: s.hostOf(t),
		Listings: tr(ctx, "{{.N}} listings", "N", t.Listings), Away: t.Unreachable(), Place: t.Place, Opening: s.openingOf(t.StallPage), Record: s.recordOf(ctx, t),
	}
	if t.Picture != "" {
		c.Picture = thumbPath(t.Picture)
	}
	if t.ReadAt > 0 {
		c.Heard = moment(t.ReadAt)
	}
	return c
}

// hostOf is the host name a stall sells from, or empty when that is here.
func (s *server) hostOf(t market.Stall) string {
	at, err := url.Parse(t.BaseURL)
	if err != nil || s.Hosts(t.Vendor) {
		return ""
	}
	return at.Host
}
