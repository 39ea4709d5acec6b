package web

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"

	"peerscrip/services/scrip"
)

// Content that looks like a real market, for tests and for looking at pages.

func sampleDigest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// samplePhoto returns the demonstration picture whose name has that digest, or a picture of two bytes where the
// demonstration's pictures are not.
func samplePhoto(digest string) ([]byte, error) {
	files, err := filepath.Glob("../services/demo/samples/*.jpg")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if sampleDigest(strings.TrimSuffix(filepath.Base(file), ".jpg")) == digest {
			return os.ReadFile(file)
		}
	}
	for _, l := range sampleListings(sampleStalls()) {
		for _, p := range l.Photos {
			if p.Digest == digest {
				return []byte("\xff\xd8"), nil
			}
		}
	}
	return nil, scrip.NotFound
}

func sampleStalls() []Stall {
	return []Stall{
		{Vendor: attic, Name: "Attic & Sons", About: "Things from three generations of attics, cleaned, checked and photographed as they are. Posted every Tuesday and Friday from Lübeck.", Since: testDay.AddDate(0, -5, 0)},
		{Vendor: "dGhlLW9wZW4tc2hlZC0wMQ", Name: "The Open Shed", About: "Tools, bicycles and everything for outside. Come by and try before you buy, or have it sent.", Since: testDay.AddDate(0, -2, 0), Host: "shed.example"},
		{Vendor: "c3BpbnMtcmVjb3Jkcy0wMQ", Name: "Spin Again", About: "Records, players, guitars. All of it tested for a day before it is listed.", Since: testDay.AddDate(-1, 0, 0)},
	}
}

type sample struct {
	offer, title, category, condition string
	price                             scrip.Money
	stall                             int
	photos                            []string
	alt                               string
	stock                             int
}

func sampleListings(stalls []Stall) []DeskListing {
	samples := []sample{
		{typewriter, "Portable typewriter, green, 1962", "Home", "good", 8500, 0, []string{"attic-typewriter", "attic-sewing", "attic-lamp"}, "Green portable typewriter with paper in it", 1},
		{"", "Touring bicycle, 54 cm, steel frame", "Bicycles & Sport", "good", 24000, 1, []string{"shed-bicycle"}, "Steel touring bicycle leaning on a shed", 1},
		{"", "Film camera with 50 mm lens", "Electronics", "like new", 11900, 2, []string{"spin-camera"}, "Black and silver film camera", 1},
		{"", "Wing armchair, newly covered", "Home", "like new", 18000, 0, []string{"attic-armchair"}, "Upholstered wing armchair", 1},
		{"", "Terracotta pots, various sizes", "Tools & Garden", "fair", 400, 1, []string{"shed-pots"}, "Stack of terracotta pots", 14},
		{"", "Closed-back headphones", "Electronics", "good", 4550, 2, []string{"spin-headphones"}, "Large headphones on a table", 2},
		{"", "Globe from the fifties, lit from inside", "Art & Collectibles", "good", 6200, 0, []string{"attic-globe"}, "Globe on a wooden foot", 1},
		{"", "Wooden smoothing plane", "Tools & Garden", "good", 2800, 1, []string{"shed-plane"}, "Hand plane on a workbench", 1},
		{"", "Acoustic guitar with a hard case", "Books & Music", "good", 15500, 2, []string{"spin-guitar"}, "Acoustic guitar", 1},
		{"", "Enamel kettle, red", "Home", "good", 1900, 0, []string{"attic-kettle"}, "Red enamel kettle", 1},
		{"", "Skateboard, new bearings", "Bicycles & Sport", "fair", 3500, 1, []string{"shed-skateboard"}, "Skateboard standing on its tail", 1},
		{"", "Bundle of forty paperback crime novels", "Books & Music", "fair", 2000, 2, nil, "", 1},
		{"", "Hand-cranked sewing machine", "Home", "for parts", 3900, 0, []string{"attic-sewing"}, "Old sewing machine", 1},
		{soldVase, "Studio pottery vase, signed", "Art & Collectibles", "new", 4800, 0, []string{"attic-vase"}, "Glazed vase", 0},
	}
	var all []DeskListing
	for i, s := range samples {
		stall := stalls[s.stall]
		if s.offer == "" {
			s.offer = sampleDigest(s.title)[:22]
		}
		l := Listing{
			Vendor: stall.Vendor, Offer: s.offer, Title: s.title, Category: s.category, Condition: s.condition,
			Description: sampleText, Price: s.price, Postage: 690, Stock: s.stock, State: Live,
			Listed: testDay.AddDate(0, 0, -i), ValidUntil: testDay.AddDate(0, 2, 0),
			OfferURL: "/v1/stalls/" + stall.Vendor + "/offers/" + s.offer, StallURL: "https://market.example",
		}
		for _, name := range s.photos {
			l.Photos = append(l.Photos, Photo{Digest: sampleDigest(name), Alt: s.alt})
		}
		if s.stock == 0 {
			l.State = Sold
		}
		all = append(all, DeskListing{Listing: l, Sold: i % 3})
	}
	for i := range all {
		for j := range stalls {
			if stalls[j].Vendor == all[i].Vendor && all[i].State == Live {
				stalls[j].Listings++
			}
		}
	}
	for i := range all {
		for _, t := range stalls {
			if t.Vendor == all[i].Vendor {
				all[i].Seller = t
			}
		}
	}
	return all
}

const sampleText = `It stood in my grandmother's study until last year and was used for letters until she was ninety. Everything works; the ribbon was changed in spring.

The case has a scratch on the left side, which you can see in the second photo, and the space bar is a little louder than it should be. About 7 kg with the case.

Collect it in Lübeck or have it sent, well packed.`

func sampleOrders() []Order {
	return []Order{
		{ID: firstOrder, Offer: typewriter, Title: "Portable typewriter, green, 1962", Photo: Photo{Digest: sampleDigest("attic-typewriter")}, Quantity: 1, Price: 9190, Postage: 690, Delivery: "M. Okafor\nc/o Bakery Ruhl\nHafenstraße 14\n23568 Lübeck\nRing twice, please.", Buyer: sampleDigest("buyer one"), Placed: testDay.AddDate(0, 0, -1)},
		{ID: "b3JkZXItMDAwMDAwMDAwMg", Offer: soldVase, Title: "Studio pottery vase, signed", Quantity: 1, Price: 5490, Postage: 690, Delivery: "Packstation 112, 20359 Hamburg", Buyer: sampleDigest("buyer two"), Placed: testDay.AddDate(0, 0, -6), Sent: testDay.AddDate(0, 0, -4), Confirmed: true},
		{ID: "b3JkZXItMDAwMDAwMDAwMw", Offer: soldVase, Title: "Enamel kettle, red", Quantity: 2, Price: 3800, Buyer: sampleDigest("buyer two"), Placed: testDay.AddDate(0, 0, -9), Sent: testDay.AddDate(0, 0, -8), Confirmed: true},
	}
}
