package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"peerscrip/docs"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// atDesk is a visitor at the desk of the first stall.
func atDesk(t *testing.T, s *shop) *visitor {
	t.Helper()
	return atDeskOf(t, s.config())
}

func atDeskOf(t *testing.T, c Config) *visitor {
	t.Helper()
	v := visit(t, pagesOf(t, c))
	got := v.enter()
	got.want(t, 200, "Attic &amp; Sons", "Okafor", "To send", "Sold")
	if got.path != "/desk" {
		t.Fatalf("desk key: got to %s, want /desk", got.path)
	}
	return v
}

// upload posts a listing's form with photos, in the order of their names.
func (v *visitor) upload(path string, form map[string]string, files map[string]string) seen {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range form {
		if err := w.WriteField(name, value); err != nil {
			v.t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		field := "photos"
		if name == "picture" || name == "photo" {
			field = name
		}
		part, err := w.CreateFormFile(field, name+".jpg")
		if err != nil {
			v.t.Fatal(err)
		}
		if _, err := part.Write([]byte(files[name])); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	return v.do(v.request("POST", path, w.FormDataContentType(), body.String()))
}

func goodListing() map[string]string {
	return map[string]string{
		"title": "Brass reading lamp", "description": "Works.\r\nNew cable.", "category": "home/lighting", "condition": "like-new",
		"price": "12,5", "quantity": "2", "attribute-0": "Material", "value-0": "Brass", "attribute-1": "Colour", "value-1": " ",
		"town": " Utrecht", "country": "NL", "way-0": "post", "price-0": "4,9", "label-0": "Parcel", "countries-0": "nl, BE", "least-0": "1", "most-0": "3",
		"way-1": "collect", "price-1": "7", "send-within": "2", "check-within": "0", "alt-new-0": "A lamp", "alt-new-1": "Its switch", "cover": "new-1",
	}
}

func TestListSomething(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": string(aPhoto(t, 5)), "file-1": string(aPhoto(t, 6))}).
		want(t, 200, "“\u2068Brass reading lamp\u2069” is for sale.")
	l := s.listed()
	if l.Price != 1250 || l.Stock != 2 || l.Condition != "like new" || l.Description != "Works.\nNew cable." {
		t.Errorf("listed: got %+v, want price 1250, 2 of them, like new", l)
	}
	want := scrip.Offer{
		Sub: "Lighting", Attributes: []scrip.Attribute{{Name: "Material", Value: "Brass"}}, Place: scrip.Place{Country: "NL", Town: "Utrecht"},
		Delivery: []scrip.Way{
			{Way: scrip.WayPost, Label: "Parcel", Price: 4_90, Countries: []string{"NL", "BE"}, Days: []int{1, 3}},
			{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}},
		}, SendWithin: 2,
	}
	got := scrip.Offer{Sub: l.Sub, Attributes: l.Attributes, Place: l.Place, Delivery: l.Delivery, SendWithin: l.SendWithin, CheckWithin: l.CheckWithin}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("listed: got %+v, want %+v", got, want)
	}
	v.get("/desk/new").want(t, 200, `value="4.90"`, `value="Utrecht"`, `value="NL, BE"`, `value="Parcel"`)
	v.get("/desk/listings/"+string(l.Offer.Offer)).want(t, 200, `value="Brass"`, `<option value="home/lighting" selected>Lighting</option>`, `<option value="NL" selected>Netherlands</option>`)
	if len(l.Photos) != 2 || l.Photos[0].Alt != "Its switch" {
		t.Fatalf("photos: got %+v, want two, the chosen cover first", l.Photos)
	}
}

// TestPhotosBeforeTheForm: a photo is taken by itself, and the form names it; what is none is refused in words. The desk and
// the forms then say which drafts are done with.
func TestPhotosBeforeTheForm(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	got := v.do(v.request("POST", "/desk/photos", "image/jpeg", string(aPhoto(t, 5))))
	taken := regexp.MustCompile(`^{"digest":"([\w-]{43})"}$`).FindStringSubmatch(got.body)
	if got.status != 200 || taken == nil {
		t.Fatalf("a photo: got %d %s, want its digest", got.status, got.body)
	}
	v.get("/desk/photos/"+taken[1]).want(t, 200)
	form := goodListing()
	form["photo-0"], form["alt-0"], form["draft"] = taken[1], "A lamp", "vendor/new#1"
	delete(form, "cover")
	v.upload("/desk/new", form, nil).want(t, 200, `data-draft-done="vendor/new#1"`)
	v.get("/desk/new").want(t, 200, `data-draft-done="vendor/new#1"`) // the desk may have been left at once
	if l := s.listed(); len(l.Photos) != 1 || l.Photos[0].Digest != taken[1] || l.Photos[0].Alt != "A lamp" {
		t.Errorf("photos: got %+v, want the one that was sent before", l.Photos)
	}
	v.do(v.request("POST", "/desk/photos", "image/jpeg", "no photo")).want(t, 422, merchant.ErrPhotoUnreadable.Error())
	v.do(v.request("POST", "/desk/photos", "image/jpeg", strings.Repeat("x", merchant.MaxUpload+1))).want(t, 422, merchant.ErrPhotoTooLarge.Error())
}

// atTwoDesks has two desks open, that of the attic in use.
func atTwoDesks(t *testing.T, s *shop) *visitor {
	t.Helper()
	c := s.config()
	c.DeskLink = func(token string) (scrip.VendorID, error) { return scrip.VendorID(token), nil }
	v := visit(t, pagesOf(t, c))
	v.get("/desk/key/"+string(s.stalls[1].Vendor())).want(t, 200, "!stays open")
	v.post("/desk/key/"+string(s.stalls[1].Vendor()), nil).want(t, 200, "Your desk", "!Also open in this browser")
	v.get("/desk/key/"+string(s.attic.Vendor())).want(t, 200, "stays open")
	v.post("/desk/key/"+string(s.attic.Vendor()), nil).want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>", "Also open in this browser")
	return v
}

// TestShowPhotoAtAnotherDesk: a photo finds the thread that it is for, however large it is, though another desk is in use.
func TestShowPhotoAtAnotherDesk(t *testing.T) {
	s := newShop(t)
	v := atTwoDesks(t, s)
	v.post("/desk/switch", url.Values{"desk": {string(s.stalls[1].Vendor())}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	large := string(aPhoto(t, 1)) + strings.Repeat("x", 2*formMemory) // of which the rest waits in a temporary file
	v.upload("/desk/orders/"+string(s.order)+"/photo", map[string]string{"shows": "The back."}, map[string]string{"photo": large}).want(t, 200, "You showed a photo", `alt="The back."`)
	v.get("/desk").want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>")
}

// TestCollected: of what is collected a seller reads that it is handed over, not sent, and is not asked for a parcel's number.
func TestCollected(t *testing.T) {
	s := newShop(t)
	l, err := s.attic.Stall.List(t.Context(), merchant.Item{
		Title: "Wardrobe", Category: "Home", Condition: "good", Price: 5_00, Quantity: 1, SendWithin: 2, CheckWithin: 4,
		Place: scrip.Place{Country: "DE", Town: "Kiel"}, Delivery: []scrip.Way{scrip.Posted(0), {Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	here := "/desk/orders/" + string(s.sell(l, scrip.Delivery{Way: scrip.WayCollect}))
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "Hand over", ">To hand over<")
	v.get(here).want(t, 200, ">Hand it over<", "What to hand over", "Mark as handed over", "!Tracking number", "!Mark as sent")
	v.post(here+"/sent", url.Values{"note": {"At the door."}}).want(t, 200, "Marked as handed over.", "How it was handed over", "You handed it over", "!sent it")
	v.get("/desk").want(t, 200, ">Handed over<")
}

// TestDeliveryPresets: a form offers how other listings are delivered, each way once, and a listing takes it over without scripts.
func TestDeliveryPresets(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	list := func(title, town string, price scrip.Money) scrip.Listing {
		s.Clock.Advance(time.Second) // the last one is the newest
		l, err := s.attic.Stall.List(t.Context(), merchant.Item{
			Title: title, Category: "Home", Condition: "good", Price: 5_00, Quantity: 1, SendWithin: 2, CheckWithin: 4,
			Place: scrip.Place{Country: "BE", Town: town}, Delivery: []scrip.Way{{Way: scrip.WayPost, Price: price, Countries: []string{"BE", "NL"}, Days: []int{2, 3}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	bulky, twin := list("Chest", "Ghent", 45_00), list("Table", "Ghent", 45_00)
	list("Ring", "Bruges", 2_00)
	page := v.get("/desk/new")
	page.want(t, 200, `<select class="input" id="delivery" name="delivery"`, "Posted for €45.00 from Ghent; sent within 2 days, 4 days to check</option>", "!>Posted for €2.00 from Bruges; sent within 2 days, 4 days to check</option>", `&#34;price-0&#34;:&#34;45.00&#34;`)
	if n := strings.Count(page.body, "Posted for €45.00 from Ghent"); n != 1 {
		t.Errorf("two listings that are delivered alike are offered %d times, want once", n)
	}
	form := map[string]string{"title": "Wardrobe", "category": "home", "condition": "good", "price": "80", "quantity": "1", "send-within": "9", "check-within": "0", "way-0": "collect"}
	form["delivery"] = string(bulky.Offer.Offer)
	v.upload("/desk/new", form, nil).want(t, 200, "is for sale.")
	form["title"], form["delivery"] = "Shelf", "gone"
	v.upload("/desk/new", form, nil).want(t, 200, "is for sale.")
	now, err := s.attic.Desk(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range now.Listings {
		switch l.Title {
		case "Wardrobe":
			if !reflect.DeepEqual(l.Delivery, twin.Delivery) || l.Place != twin.Place || l.SendWithin != 2 || l.CheckWithin != 4 {
				t.Errorf("taken over: got %+v", l.Offer)
			}
		case "Shelf":
			if l.Delivery[0].Way != scrip.WayCollect || l.SendWithin != 9 {
				t.Errorf("of a listing that is gone: got %+v, want what was typed", l.Offer)
			}
		}
	}
}

// TestDesksStayApart: entering or closing a desk leaves the others of a browser open; what a page's form makes, and what a
// page reads, is of the stall whose page it is, whichever desk is in use by then.
func TestDesksStayApart(t *testing.T) {
	s := newShop(t)
	v := atTwoDesks(t, s)
	attic, other := string(s.attic.Vendor()), string(s.stalls[1].Vendor())
	v.post("/desk/switch", url.Values{"desk": {other}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>", `value="`+attic+`"`)
	v.post("/desk/switch", url.Values{"desk": {"nobody"}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/news?desk="+attic).want(t, 200, "to_send")
	v.get("/desk?desk="+attic).want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk").want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>") // reading switches nothing
	v.post("/desk/name?desk="+attic, url.Values{"name": {""}}).want(t, 422, `action="/desk/name?desk=`+attic)
	v.get("/desk").want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>") // sending does
	v.post("/desk/switch", url.Values{"desk": {other}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/orders/"+string(s.order)).want(t, 200, "Hafenstraße 14") // of the desk that is not in use
	v.get("/desk/orders/none").want(t, 404)
	v.post("/desk/orders/none/sent", url.Values{}).want(t, 404)
	v.get("/desk").want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.post("/desk/orders/"+string(s.order)+"/sent", url.Values{"note": {"Parcel 123"}}).want(t, 200, "Marked as sent.", "Parcel 123")
	v.get("/desk").want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/news?desk=nobody").want(t, 200, "Your wallet opens it")
	v.post("/desk/leave", url.Values{"desk": {other}}).want(t, 200, "That desk is closed in this browser. This one is still open.", "<h1 dir=\"auto\">Attic", "!Also open")
	v.post("/desk/name?desk="+other, url.Values{"name": {"Mine"}}).want(t, 200, "Your wallet opens it")
	for range 2 {
		v.post("/desk/leave", nil).want(t, 200)
	}
	v.get("/desk").want(t, 200, "Your wallet opens it")
}

// TestAnotherLikeIt: the form begins with what another listing says, as a new one.
func TestAnotherLikeIt(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	from := "/desk/new?from=" + string(s.typewriter.Offer.Offer)
	v.get(from).want(t, 200, `value="`+s.typewriter.Title+`"`, `action="/desk/new?desk=`+string(s.attic.Vendor())+`"`, `data-draft="`+string(s.attic.Vendor())+`/like/`, "!name=\"version\"")
	v.get("/desk/new?from=nothing").want(t, 404)
	v.get("/desk/new").want(t, 200, "!"+s.typewriter.Title)
}

// TestPhotosOfADesk: its seller sees a photo before anybody else does, nobody sees it through another desk, and the browser keeps it
// no longer than the session.
func TestPhotosOfADesk(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.upload("/desk/new", map[string]string{"title": ""}, map[string]string{"file-0": string(aPhoto(t, 5))}).want(t, 422, "Your photos are kept.")
	photo, err := merchant.Develop(bytes.NewReader(aPhoto(t, 5)))
	if err != nil {
		t.Fatal(err)
	}
	got := v.get(deskThumbPath(photo.Digest))
	got.want(t, 200)
	if kind, caches := got.header.Get("Content-Type"), got.header.Get("Cache-Control"); kind != "image/jpeg" || caches != "no-store" {
		t.Errorf("photo on the desk: got %s, cached %s, want a JPEG that is not kept", kind, caches)
	}
	v.get(thumbPath(photo.Digest)).want(t, 404)
	visit(t, pagesOf(t, s.config())).noRedirect().get(deskThumbPath(photo.Digest)).want(t, 303)
}

func TestListingFormKeepsWhatWasTyped(t *testing.T) {
	cases := []struct {
		name, field, value string
		fragments          []string
	}{
		{"no title", "title", "  ", []string{"Title: Write something here.", "New cable."}},
		{"long title", "title", strings.Repeat("ä", 121), []string{"Use at most 120 characters."}},
		{"no category", "category", "weapons", []string{"Choose a category."}},
		{"no condition", "condition", "", []string{"Choose a condition."}},
		{"price in words", "price", "twelve", []string{`value="twelve"`, "Write an amount like 12.50.", `aria-invalid="true"`}},
		{"price of nothing", "price", "0", []string{"Ask for more than nothing."}},
		{"negative price", "price", "-5", []string{"Write an amount like 12.50."}},
		{"another category's sub", "category", "clothing/lighting", []string{"Choose a category."}},
		{"postage in words", "price-0", "little", []string{`value="little"`, `<a href="#price-0">Postage: Write an amount like 12.50.</a>`}},
		{"a way that flies", "way-1", "fly", []string{"Delivery: Choose one of the two."}},
		{"a country that is none", "countries-0", "NL, XX", []string{`value="NL, XX"`, "Write countries by their two letters"}},
		{"more at least than at most", "least-0", "5", []string{"At most: This is less than at least."}},
		{"a town in no country", "country", "", []string{"Country: Choose the country.", `value="Utrecht"`}},
		{"sent never", "send-within", "15", []string{"Sent within: Write a number of days from 1 to 14."}},
		{"a value of no name", "attribute-0", "", []string{"Name of a detail: Write something here.", `value="Brass"`}},
		{"no quantity", "quantity", "0", []string{"Write a number from 1 to 1000."}},
		{"markup", "title", "", []string{"!<b>bold</b>"}},
	}
	s := newShop(t)
	v := atDesk(t, s)
	before := s.listed().Offer.Offer
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			form := goodListing()
			form[c.field] = c.value
			got := v.upload("/desk/new", form, map[string]string{"file-0": string(aPhoto(t, 5))})
			got.want(t, 422, append(c.fragments, "Your photos are kept.", `name="photo-0" value="`, "A lamp")...)
		})
	}
	if got := s.listed(); got.Offer.Offer != before {
		t.Errorf("got a listing of %q, want none", got.Title)
	}
}

func TestPhotosThatAreNone(t *testing.T) {
	v := atDesk(t, newShop(t))
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": "#!/bin/sh"}).
		want(t, 422, "file-0.jpg: This file is not a photo we can read.", "Brass reading lamp")
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": ""}).
		want(t, 422, "file-0.jpg: This file is empty.", "Brass reading lamp")
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": string(aPhoto(t, 5)) + strings.Repeat("x", merchant.MaxUpload)}).
		want(t, 422, "This photo is too large.", "You described it as “A lamp”.")
	v.post("/desk/new", url.Values{"title": {"x"}}).want(t, 403)
}

// TestManyPhotos: they come by one field, in the order in which they were chosen, to those that are there; one that is none
// keeps no other out, and what is too many is named.
func TestManyPhotos(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	files := map[string]string{}
	for i := range 10 {
		files[fmt.Sprintf("p%d", i)] = string(aPhoto(t, byte(20+i)))
	}
	files["p3"] = "no photo"
	got := v.upload("/desk/new", goodListing(), files)
	got.want(t, 422, "p3.jpg: This file is not a photo we can read.", "A listing has at most 8 photos. Left out: p9.jpg.", "Your photos are kept.")
	form := goodListing()
	for i, digest := range regexp.MustCompile(`name="photo-[0-7]" value="([^"]*)"`).FindAllStringSubmatch(got.body, -1) {
		form[fmt.Sprintf("photo-%d", i)] = digest[1]
		form[fmt.Sprintf("alt-%d", i)] = fmt.Sprintf("Photo %d", i)
	}
	form["drop-0"], form["cover"] = "yes", "2"
	v.upload("/desk/new", form, map[string]string{"last": string(aPhoto(t, 40))}).want(t, 200, "is for sale.")
	var alts []string
	for _, p := range s.listed().Photos {
		alts = append(alts, p.Alt)
	}
	if want := []string{"Photo 2", "Photo 1", "Photo 3", "Photo 4", "Photo 5", "Photo 6", "Photo 7", "A lamp"}; !slices.Equal(alts, want) {
		t.Errorf("photos: got %q, want %q", alts, want)
	}
}

func TestReviseAndEnd(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	offer := s.typewriter.Offer.Offer
	here := "/desk/listings/" + string(offer)
	page := v.get(here)
	page.want(t, 200, "Portable typewriter", `value="85.00"`, "End this listing", "Show photo 1 first")
	kept := s.typewriter.Photos
	form := page.hidden(goodListing())
	form["photo-0"], form["photo-1"], form["drop-0"], form["price"] = kept[0].Digest, kept[1].Digest, "yes", "70"
	v.upload(here, form, nil).want(t, 200, "is saved.")
	l, err := s.attic.Listing(t.Context(), offer)
	if err != nil || l.Price != 7000 || len(l.Photos) != 1 || l.Photos[0].Digest != kept[1].Digest {
		t.Errorf("revised: got %v with photos %v (%v), want 7000 with the second photo only", l.Price, l.Photos, err)
	}
	v.post(here+"/end", nil).want(t, 200, "The listing has ended.")
	s.read(t)
	v.get(listingPath(l)).want(t, 200, "taken this listing back")
	v.get(here).want(t, 200, "List it again", "!End this listing")
	v.get("/desk/listings/none").want(t, 404)
}

// TestReviseWhatHasChanged: a form that was opened before somebody bought is shown again with what was typed, and can be
// saved then.
func TestReviseWhatHasChanged(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/listings/" + string(s.typewriter.Offer.Offer)
	form := v.get(here).hidden(goodListing())
	s.sell(s.typewriter, rig.To("Elm Street 3"))
	again := v.upload(here, form, nil)
	again.want(t, 422, "Somebody has bought from it", "Brass reading lamp")
	v.upload(here, again.hidden(form), nil).want(t, 200, "is saved.")
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="(version|stock)" value="([^"]*)"`)

// hidden adds to a form what the page's own holds unseen.
func (s seen) hidden(form map[string]string) map[string]string {
	for _, m := range hiddenField.FindAllStringSubmatch(s.body, -1) {
		form[m[1]] = m[2]
	}
	return form
}

func TestMarkAsSent(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get(here).want(t, 200, "Hafenstraße 14", ">Send it<", "Mark as sent", "Tracking number", "Report on its way", "6.90")
	v.post(here+"/sent", url.Values{"note": {"Parcel 123"}}).want(t, 200, "Marked as sent.", "Parcel 123", ">Save</button>")
	v.post(here+"/sent", url.Values{"note": {strings.Repeat("x", 501)}}).want(t, 422, "Use at most 500 characters.")
	v.post(here+"/sent", url.Values{"carrier": {strings.Repeat("x", 61)}}).want(t, 422, "Use at most 60 characters")
	v.post(here+"/sent", url.Values{"note": {"\u2068Parcel\u00ad 123\u2069"}}).want(t, 200, "Marked as sent.", "Parcel 123")
	v.post(here+"/sent", url.Values{"carrier": {"Post"}, "tracking": {"RB 1"}, "note": {"Parcel 123"}}).want(t, 200, `value="Post"`, `value="RB 1"`, "<bdi>Post</bdi> <bdi>RB 1</bdi>")
	if sale, err := s.attic.Sale(t.Context(), s.order); err != nil || sale.Note != "Parcel 123" {
		t.Errorf("note: got %q (%v), want the first", sale.Note, err)
	}
	v.get("/desk/orders/none").want(t, 404)
	v.post("/desk/leave", nil).want(t, 200)
	v.get(here).want(t, 200, "!Hafenstraße")
}

func TestRefund(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get(here).want(t, 200, "You have refunded nothing of this order", "up to €91.90", `value="91.90"`)
	key := string(s.ID())
	for typed, problem := range map[string]string{
		"91.91": "That is more than is left of this order.", "twelve": "Write an amount like 12.50.", "0": "Write an amount above 0.",
	} {
		v.post(here+"/refund", url.Values{"key": {key}, "refund": {typed}}).
			want(t, 422, problem, `value="`+typed+`"`, `aria-invalid="true"`, "<details class=\"stack\" open")
	}
	part := url.Values{"key": {key}, "refund": {"11,90"}}
	v.post(here+"/refund", part).want(t, 200, "€11.90 goes back to the buyer.", "Reported", "up to €80.00", "To send")
	v.post(here+"/refund", part).want(t, 200, "up to €80.00") // sent twice, counted once
	part.Set("refund", "12")
	v.post(here+"/refund", part).want(t, 422, "This form was sent before with another amount.", `value="12"`)
	if err := s.attic.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.get(here).want(t, 200, "Ready", "collects it the next time", "Payment recorded")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"80.00"}}).want(t, 200, "There is nothing left to give back.", "!Refund the buyer")
	v.post("/desk/orders/none/refund", url.Values{"key": {key}, "refund": {"1"}}).want(t, 404)
}

// TestRefundedOrder: an order that was taken back whole is not to be sent, on the desk as on its own page, nor counted
// among what is.
func TestRefundedOrder(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.get("/desk").want(t, 200, "<dt>Orders to send</dt><dd>2</dd>", "146.80")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"91.90"}}).want(t, 200, ">Refunded</span>", "!To send", "!What to send", "It is for sale again, 1 piece")
	v.get("/desk").want(t, 200, "<dt>Orders to send</dt><dd>1</dd>", ">Refunded</span>", "54.90")
	v.post(here+"/sent", nil).want(t, 409, "This has changed meanwhile")
	v.get("/desk").want(t, 200, ">Refunded</span>")
}

// TestSentAndRefunded: what was sent and then taken back whole says both.
func TestSentAndRefunded(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(s.order)
	v.post(here+"/sent", nil).want(t, 200, "Marked as sent.")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"91.90"}}).want(t, 200, ">Sent, refunded</span>")
	v.get("/desk").want(t, 200, ">Sent, refunded</span>")
}

// TestHolds: the seller reads in words how the money of a protected order stands, whatever becomes of it, and what to do first.
func TestHolds(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	one, two, three := s.protect(s.attic.List(5_00, 3)), s.protect(s.attic.List(5_00, 3)), s.protect(s.attic.List(5_00, 3))
	at := func(p rig.Purchase) string { return "/desk/orders/" + string(s.attic.Sold(p.Tx).ID) }
	v.get("/desk").want(t, 200, "To do first", `href="`+at(one)+`">To send`)
	v.get(at(one)).want(t, 200, "Held until the buyer could look at it.", "What to send", "Packing slip", "!The dispute")
	v.get(at(one)+"/slip").want(t, 200, "In this parcel", "12 Elm Street", "Attic &amp; Sons", "1 × ")
	v.get("/desk/orders/none/slip").want(t, 404)
	v.post(at(one)+"/sent", nil).want(t, 200, "The market hears next that it is sent", "What was ordered")
	s.deliver()
	v.get(at(one)).want(t, 200, "Held, and yours unless the buyer says")
	if _, err := s.SendHold(one.Buyer.Pseudonymous(s.attic, scrip.ReleaseRequest(one.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get(at(one)).want(t, 200, "Yours since")

	s.Clock.Advance(5*24*time.Hour + 12*time.Hour)
	v.get("/desk").want(t, 200, "Less than a day is left")
	s.Clock.Advance(24 * time.Hour)
	v.get("/desk").want(t, 200, "Late: the buyer can take the money back")
	if _, err := s.SendHold(two.Buyer.Pseudonymous(s.attic, scrip.ReclaimRequest(two.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get("/desk").want(t, 200, "Cancelled", "!"+at(two)+`">To send`)
	v.get(at(two)).want(t, 200, "Cancelled: it was not sent in time", "It is for sale again.", "What was ordered", "!What to send", "!Mark as sent", "!12 Elm Street")

	s.disputes(three, "It came broken.")
	s.deliver()
	v.get("/desk").want(t, 200, "Answer the dispute", "The market decides")
	page := v.get(at(three))
	page.want(t, 200, "The dispute", "It came broken.", "Disputed since", "What you offered", "The buyer’s signed order")
	v.post(at(three)+"/defend", url.Values{"answer": {" "}, "show": {"x"}}).want(t, 422, "Say what you have to say to it.")
	v.post(at(three)+"/defend", url.Values{"key": {string(s.ID())}, "answer": {strings.Repeat("x", 2001)}}).want(t, 422, "That is too much at once.", strings.Repeat("x", 2001))
	form := url.Values{"key": {string(s.ID())}, "answer": {"It was whole."}, "show": regexp.MustCompile(`name="show" value="([^"]*)" checked`).FindStringSubmatch(page.body)[1:]}
	v.post(at(three)+"/defend", form).want(t, 200, "Your answer goes to the market.", "It was whole.", "Not with the market yet, with 1 thing shown.")
	v.post(at(three)+"/defend", form).want(t, 200) // sent twice, said once
	form.Set("answer", "It was new.")
	v.post(at(three)+"/defend", form).want(t, 422, "This form was sent before with another answer.", "It was new.")
	s.deliver()
	s.deliver()
	v.get("/desk").want(t, 200, "!Answer the dispute", "Disputed")
	v.get(at(three)).want(t, 200, "The market has it, with 1 thing shown.", "!The market has it, with 1 thing shown.</p> <p")
	if _, err := s.Judge().Decide(t.Context(), s.attic.Vendor(), three.Tx, 3_00, "A dent was not told of."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	v.get(at(three)).want(t, 200, "The market decided: €2.00 for you, €3.00 for the buyer", "A dent was not told of.", "!Send the answer")
	v.post(at(three)+"/defend", url.Values{"key": {string(s.ID())}, "answer": {"More."}}).want(t, 409)
	v.post("/desk/orders/none/defend", url.Values{"key": {string(s.ID())}, "answer": {"More."}}).want(t, 404)
}

// TestEarnings: the seller reads what is held, free and paid out, over time and as a file, also while the market is away.
func TestEarnings(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	one := s.protect(s.attic.List(5_00, 3))
	s.protect(s.attic.List(7_00, 3))
	if _, err := s.SendHold(one.Buyer.Pseudonymous(s.attic, scrip.ReleaseRequest(one.Bought(false)))); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.list(s.attic, sample{0, "=1+1", "Home", "good", 100, 1, 0})
	s.sell(s.listed(), rig.To("Elm Street 3"))
	v.get("/desk").want(t, 200, `href="/desk/earnings"`)
	// the typewriter and the vase were not protected, and their reports have come: 91.90 and 54.90
	v.get("/desk/earnings").want(t, 200, ">€7.00<", ">€151.80<", "Paid out so far", "Earned each week", "Week of 11\u00a0Jan\u00a02027", "!cannot be reached")
	file := v.get("/desk/earnings.csv")
	file.want(t, 200, "order,paid,what,pieces,price", ",A thing,1,5.00,0.00,0.00,5.00,0.00,EUR,released,2027-", ",A thing,1,7.00,0.00,0.00,0.00,7.00,EUR,held,2027-",
		",'=1+1,1,7.90,6.90,0.00,0.00,7.90,EUR,not reported yet,\n", `,"Portable typewriter, green, 1962",1,91.90,6.90,0.00,91.90,0.00,EUR,not protected,2027-`)
	if got := file.header.Get("Content-Disposition"); !strings.Contains(got, "earnings.csv") {
		t.Errorf("the file: got %q, want it to be saved", got)
	}
	s.Clock.Advance(300 * 24 * time.Hour)
	v = atDesk(t, s)
	v.get("/desk/earnings").want(t, 200, "Earned each month", "January 2027", "November 2027")
	off := s.attic.Config
	off.Broker = away{}
	c := s.config()
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return merchant.Open(off), nil }
	atDeskOf(t, c).get("/desk/earnings").want(t, 200, "cannot be reached", ">€14.90<", "!Paid out so far")
}

// openDesk is a Desk under another name, since a Desk has a method of that one.
type openDesk interface{ Desk }

// busy is a desk at which something is sold behind each reading of its orders.
type busy struct {
	openDesk
	sell func()
}

func (b busy) Orders(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error) {
	list, err := b.openDesk.Orders(ctx, after, limit)
	b.sell()
	return list, err
}

// TestOrdersWhileOneIsSold: of orders that are read a part at a time, each is told once, whatever is sold meanwhile.
func TestOrdersWhileOneIsSold(t *testing.T) {
	s := newShop(t)
	for range 2 {
		s.protect(s.attic.List(5_00, 3))
	}
	d := busy{s.attic.Stall, func() { s.protect(s.attic.List(5_00, 3)) }}
	before, err := s.attic.Shelf.Sales(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	first, err := d.Orders(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []scrip.ID
	for sale, err := range ordersFrom(t.Context(), d, first, 1) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, sale.ID)
	}
	var want []scrip.ID
	for _, sale := range before {
		want = append(want, sale.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want each once: %v", got, want)
	}
}

// away is a broker that is off.
type away struct{}

func (away) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}

// TestRatingsToAnswer: what a buyer said of the stall waits on the desk until it is answered.
func TestRatingsToAnswer(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "!Answer a rating")
	s.rated(2, "Slow.")
	s.Clock.Advance(2 * time.Minute)
	v.get("/desk").want(t, 200, "Answer a rating", "2 of 5 stars")
	digest := regexp.MustCompile(`name="rating" value="([^"]*)"`).FindStringSubmatch(v.get("/desk/ratings").body)[1]
	purchase := regexp.MustCompile(`/desk/ratings/([^/]*)/answer`).FindStringSubmatch(v.get("/desk/ratings").body)[1]
	v.post("/desk/ratings/"+purchase+"/answer", url.Values{"rating": {digest}, "words": {"I was ill."}}).want(t, 200, "Your answer is published.")
	v.get("/desk").want(t, 200, "!Answer a rating")
}

// TestAnswer: a seller reads what buyers asked and answers, in a conversation and in an order, without scripts.
func TestAnswer(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it \u202eblue?")
	v := atDesk(t, s)
	here := "/desk/talks/" + string(talk)
	v.get("/desk").want(t, 200, "Waiting for your answer", here, "1 message", "Conversations about listings")
	v.get(here).want(t, 200, "Is it blue?", "The buyer asked", ">Your answer<", ">Send</button>", ">Block this buyer</button>", "!It is packed")
	v.post(here+"/say", nil).want(t, 422, "Write something first.")
	v.post(here+"/say", url.Values{"text": {strings.Repeat("x", 2001)}}).want(t, 422, "That has 2001 characters.")
	v.post(here+"/say", url.Values{"text": {"Green,\r\nI think."}, "kind": {"message"}}).want(t, 200, "You wrote", "Green,\nI think.")
	v.get("/desk").want(t, 200, "!Waiting for your answer", "Conversations about listings")
	v.post(here+"/say", url.Values{"kind": {"packed"}}).want(t, 409, "This has changed meanwhile")

	order := "/desk/orders/" + string(s.order)
	v.get("/desk/talks/"+string(s.order)).want(t, 404)
	v.get("/desk/talks/none").want(t, 404)
	v.post(order+"/say", url.Values{"kind": {"packed"}, "text": {"Tomorrow."}}).want(t, 200, "You packed it", "Tomorrow.", ">Packed</span>")
	v.get("/desk").want(t, 200, ">Packed</span>")
	v.post(order+"/say", url.Values{"kind": {"received"}}).want(t, 409)
}

// TestBlock: a seller blocks the buyer of a conversation or an order, sees whom it has blocked, and takes it back.
func TestBlock(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	v := atDesk(t, s)
	v.get("/desk/blocked").want(t, 200, "Nobody is blocked", "can come back under a new one")
	v.post("/desk/block", url.Values{"thread": {"none"}}).want(t, 404)
	v.post("/desk/block", url.Values{"thread": {string(talk)}}).want(t, 200, "The buyer is blocked.", "/desk/talks/"+string(talk), "Portable typewriter", "!Nobody is blocked")
	page := v.get("/desk/talks/" + string(talk))
	page.want(t, 200, "You blocked this buyer.", ">Unblock</button>", "!>Block this buyer</button>")
	v.get("/desk").want(t, 200, "!Waiting for your answer", ">Blocked</span>")
	v.post("/desk/block", url.Values{"thread": {string(s.order)}}).want(t, 200, "/desk/orders/"+string(s.order))
	buyer := regexp.MustCompile(`name="buyer" value="([^"]*)"`).FindStringSubmatch(page.body)[1]
	v.post("/desk/unblock", url.Values{"buyer": {buyer}}).want(t, 200, "The buyer can write to you and order again.", "!/desk/talks/"+string(talk))
	v.get("/desk").want(t, 200, "Waiting for your answer", "!>Blocked</span>")
}

// TestReturn: a seller decides on a return without scripts, reads what came of it, and gives the money back, which ends it.
func TestReturn(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	p := s.protect(s.attic.List(5_00, 3))
	here := "/desk/orders/" + string(p.Paid.Body.OrderID)
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {"To Anna."}, "pays": {"M"}}).want(t, 409)
	v.post(here+"/sent", url.Values{}).want(t, 200, "!Return</h2>")
	th := p.Buyer.Listen(s.attic, p.Thread())
	th = p.Buyer.Say(s.attic, th, scrip.Event{Kind: "return", Text: "It does not fit."})
	v.get("/desk").want(t, 200, "Decide on a return", here+"#return", "Return asked", "!Waiting for your answer")
	v.get(here).want(t, 200, "The buyer would like to send it back.", "It does not fit.", ">Take it back</button>", ">Decline the return</button>")
	v.post(here+"/return", url.Values{"answer": {"decline"}, "why": {" "}}).want(t, 422, "Say why not.")
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {""}, "pays": {"C"}}).want(t, 422, "Say where it is to be sent, and how.", `value="C" checked`)
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {strings.Repeat("x", 1001)}, "pays": {"C"}}).want(t, 422, "Use at most 1,000.", strings.Repeat("x", 1001))
	v.post(here+"/return", url.Values{"answer": {"decline"}, "why": {"It was worn."}}).want(t, 200, "The buyer reads why not.", "It was worn.", ">Received</span>")
	th = p.Buyer.Say(s.attic, p.Buyer.Listen(s.attic, th), scrip.Event{Kind: "return", Text: "It was not."})
	v.post(here+"/return", url.Values{"answer": {"agree"}, "where": {"To Anna,\r\nUtrecht."}, "pays": {"C"}}).want(t, 200, "The buyer reads where to send it.", "To Anna,\nUtrecht.", "The buyer pays for the way back.", "Change where it is sent", ">To come back</span>")
	v.get("/desk").want(t, 200, "!Decide on a return", "To come back")
	p.Buyer.Say(s.attic, p.Buyer.Listen(s.attic, th), scrip.Event{Kind: "returned", Carrier: "PostNL", Tracking: "3SABC1234567"})
	v.get("/desk").want(t, 200, "Refund when it is back", "Sent back")
	v.get(here).want(t, 200, "It is on its way back to you.", "3SABC1234567", "Give the money back")
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"5.00"}}).want(t, 200, "goes back to the buyer.", "!It is for sale again", "!Return</h2>", "Sent, refunded")
	v.get("/desk").want(t, 200, "!Refund when it is back")
	s.deliver()
}

// TestHaggle: a seller sees what was proposed, and accepts or declines it, without scripts; what is wrong with the terms stands
// beside them, and they keep what was typed.
func TestHaggle(t *testing.T) {
	s := newShop(t)
	before, err := s.attic.Offers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	talk := s.begins(scrip.Event{Kind: "propose", Price: 70_00, Quantity: 1, Text: "For my son."})
	v := atDesk(t, s)
	here := "/desk/talks/" + string(talk)
	v.get(here).want(t, 200, "The buyer would pay", "70.00", "For my son.", ">Accept</button>", `name="price" value="70.00"`, `name="quantity" value="1"`, "Everybody else pays", "85.00", ">Decline</button>")
	terms := func(price, quantity, hours, text string) url.Values {
		return url.Values{"price": {price}, "quantity": {quantity}, "hours": {hours}, "text": {text}}
	}
	v.post(here+"/offer", terms("lots", "none", "73", "Mind the w.")).want(t, 422, `value="lots"`, "Write a price like", "Write a number from 1 to 1000.", "Choose up to 3 days.", "Mind the w.</textarea>")
	v.post(here+"/offer", terms("70", "9", "72", "")).want(t, 422, "So many are not left.", `value="70"`)
	v.post(here+"/offer", terms("70", "1", "72", strings.Repeat("x", 501))).want(t, 422, "Use at most 500 characters.")
	v.post(here+"/offer", terms("72,50", "1", "24", "Mind the w.")).want(t, 200, "You offered it for", "72.50", " until ", "Mind the w.", "Offer it for another price", "!>Decline</button>", "!>Accept</button>")
	if after, err := s.attic.Offers(t.Context()); err != nil || len(after) != len(before) {
		t.Errorf("offers: %d, %v, want the %d there were", len(after), err, len(before))
	}
	v.get("/desk").want(t, 200, "!72.50")

	accepted := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 60_00, Quantity: 1}))
	v.get("/desk").want(t, 200, "Decide on what a buyer would pay")
	v.get(accepted).want(t, 200, "The buyer would pay", `action="`+accepted+`/offer" aria-labelledby="accept-title"`, `name="hours" value="72"`)
	v.post(accepted+"/offer", terms("60.00", "1", "72", "")).want(t, 200, "You offered it for", "60.00", "!>Accept</button>")
	more := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 50_00, Quantity: 1}))
	declined := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 1, Quantity: 1}))
	v.post(declined+"/say", url.Values{"kind": {"declined"}, "text": {"No."}}).want(t, 200, "You declined", "No.", "!>Decline</button>")
	v.post("/desk/listings/"+string(s.typewriter.Offer.Offer)+"/end", nil).want(t, 200)
	v.get(more).want(t, 200, "!>Accept</button>") // not for sale any more
	v.post(declined+"/offer", terms("70", "1", "72", "")).want(t, 422, "is not for sale any more", "!Offer it for another price")
	v.post("/desk/talks/"+string(s.order)+"/offer", terms("70", "1", "72", "")).want(t, 404)
}

// TestShowPhoto: a seller shows a buyer a photo, in a conversation and in an order, without scripts, and sees it there; what is
// none is said beside it, and the words that were typed stay.
func TestShowPhoto(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	for _, here := range []string{"/desk/talks/" + string(s.asks("Is it blue?")), "/desk/orders/" + string(s.order)} {
		v.get(here).want(t, 200, "Show a photo", `action="`+here+`/photo"`)
		form := map[string]string{"shows": "The \u202eback."}
		v.upload(here+"/photo", form, nil).want(t, 422, "Choose a photo first.", `value="The back."`)
		v.upload(here+"/photo", form, map[string]string{"photo": "none"}).want(t, 422, "This file is not a photo we can read.", `value="The back."`)
		v.upload(here+"/photo", map[string]string{"shows": strings.Repeat("x", 501)}, map[string]string{"photo": string(aPhoto(t, 1))}).want(t, 422, "Use at most 500 characters.")
		page := v.upload(here+"/photo", form, map[string]string{"photo": string(aPhoto(t, 1))})
		page.want(t, 200, "You showed a photo", `alt="The back."`)
		src := regexp.MustCompile(`<img src="(/desk/talks/[^"]+/photos/[^"]+)"`).FindStringSubmatch(page.body)
		if src == nil {
			t.Fatalf("%s: no photo on the page", here)
		}
		if got := v.get(src[1]); got.status != 200 || got.header.Get("Content-Type") != "image/jpeg" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the photo: %d, %v", got.status, got.header)
		}
		v.get(src[1]+"x").want(t, 404)
	}
}

// TestRefundRow: how far a refund got, and what to do.
func TestRefundRow(t *testing.T) {
	s, err := newServer(Config{Sessions: sessions(t), Site: Site{Currency: scrip.Currency{Code: "EUR", Exponent: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		refund      scrip.Refund
		attempt     merchant.Attempt
		state, text string
	}{
		{scrip.Refund{}, merchant.Attempt{}, "Reported", "On its way"},
		{scrip.Refund{}, merchant.Attempt{Why: merchant.Unreachable}, "Reported", "cannot be reached now"},
		{scrip.Refund{}, merchant.Attempt{Why: "bank-declined"}, "Reported", "Put money into it"},
		{scrip.Refund{}, merchant.Attempt{Why: "float-short"}, "Reported", "declined for now (float-short)"},
		{scrip.Refund{}, merchant.Attempt{Link: "https://bank.example"}, "Reported", "It waits for your word"},
		{scrip.Refund{CoveredAt: 1}, merchant.Attempt{}, "Ready", "collects it the next time"},
		{scrip.Refund{CoveredAt: 1, CollectedAt: 2}, merchant.Attempt{}, "Collected", "The buyer has had it since"},
	} {
		got := s.refundRow(t.Context(), merchant.OrderRefund{Refund: c.refund, Attempt: c.attempt})
		if got.State != c.state || !strings.Contains(got.Text, c.text) || got.Link != c.attempt.Link {
			t.Errorf("%+v, %+v: got %s, %q, want %s, %q", c.refund, c.attempt, got.State, got.Text, c.state, c.text)
		}
	}
}

// TestUnderway: what waits for the broker stands on the desk, with why.
func TestUnderway(t *testing.T) {
	s := newShop(t)
	c := s.config()
	waiting := []merchant.Underway{
		{Message: "T12", ID: s.order, Amount: 9190, Attempt: merchant.Attempt{Times: 3, Last: 1_800_000_000, Why: merchant.Unreachable}},
		{Message: "REFUND", ID: s.order, Amount: 100, Attempt: merchant.Attempt{Link: "https://bank.example/confirm"}},
		{Message: "REFUND", ID: s.order, Amount: 100, Attempt: merchant.Attempt{Link: "javascript:alert(1)"}},
		{Message: "T12", ID: s.order, Amount: 9190, Attempt: merchant.Attempt{Why: "value-mismatch"}, Aside: 1_800_000_000},
	}
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return waitingDesk{s.attic.Stall, waiting}, nil }
	v := visit(t, pagesOf(t, c))
	v.enter().want(t, 200, "Waiting for the market", "Report of an order", "The market cannot be reached now.",
		"15\u00a0Jan\u00a02027, 08:00 UTC", "Refund of an order", `href="https://bank.example/confirm"`, "!javascript:",
		"declined this for good (value-mismatch)", `value="`+string(s.order)+`"`, "Tell the market again")
	c.Desk = func(context.Context, scrip.VendorID) (Desk, error) { return waitingDesk{s.attic.Stall, nil}, nil }
	v = visit(t, pagesOf(t, c))
	v.enter().want(t, 200, "!Waiting for the market")
}

// TestTellAgain: a report that was set aside goes again at a press of its button.
func TestTellAgain(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	aside := scrip.Aside{Message: "T12", ID: s.ID(), Amount: 9190, Since: 1, Reason: "value-mismatch", At: 1}
	if err := s.attic.Shelf.Apply(s.T.Context(), scrip.Change{Stall: &scrip.StallChange{SetAside: []scrip.Aside{aside}}}); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "declined this for good (value-mismatch)", string(aside.ID))
	v.post("/desk/again", url.Values{"id": {"nonsense"}}).want(t, 404)
	v.post("/desk/again", url.Values{"id": {string(aside.ID)}}).want(t, 200, "The market is told again.", "!"+string(aside.ID))
}

// TestReconcile: a seller compares with the market at a press of a button, and is told what differs.
func TestReconcile(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.post("/desk/reconcile", nil).want(t, 200, "No order of yours is protected")
	s.protect(s.attic.List(5_00, 1))
	v.post("/desk/reconcile", nil).want(t, 200, "1 protected order.", "Both say the same.")
	if got, want := reconciled(t.Context(), merchant.Reconciled{Orders: 3, Waiting: 1, Fetched: 2}), "Of 1 it has yet to hear. Of 2 it knew more: it stands here now. Both say the same."; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for want, d := range map[string]merchant.Difference{
		"of which there is no order here": {Purchase: "p", Theirs: scrip.HoldSent}, "holds nothing of order o": {Order: "o", Ours: scrip.HoldSent},
		"Order o is sent here and released there.": {Order: "o", Ours: scrip.HoldSent, Theirs: scrip.HoldReleased},
	} {
		if got := reconciled(t.Context(), merchant.Reconciled{Orders: 1, Differ: []merchant.Difference{d}}); !strings.Contains(got, want) {
			t.Errorf("%+v: got %q, want %q", d, got, want)
		}
	}
}

// waitingDesk is a desk with something else underway.
type waitingDesk struct {
	*merchant.Stall
	underway []merchant.Underway
}

func (w waitingDesk) Desk(ctx context.Context, offset, limit int) (merchant.Desk, error) {
	d, err := w.Stall.Desk(ctx, offset, limit)
	d.Underway = w.underway
	return d, err
}

// TestOrdersInPages: a desk with more orders than a page leads to all of them, and counts them all.
func TestOrdersInPages(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "Hafenstraße 14", "!Page 1 of")
	for i := range perPage {
		s.sale(i)
	}
	v.get("/desk").want(t, 200, "Page 1 of 2", "!Hafenstraße 14", fmt.Sprintf("<dd>%d</dd>", perPage+2))
	v.get("/desk?page=2").want(t, 200, "Page 2 of 2", "Hafenstraße 14")
}

// sale puts an order on the attic's shelf as if it was bought, without the money: the books stay as they are.
func (s *shop) sale(i int) {
	s.T.Helper()
	sale := scrip.Sale{
		ID: s.ID(), Tx: s.ID(), Pseudonym: scrip.Pseudonym(s.SigningKey().Thumbprint()), Lines: []scrip.SaleLine{s.vase.Sold(1)},
		Price: scrip.Money(1 + i), OrderDigest: "digest", Mandate: "a.b.c", Recorded: true,
	}
	if err := s.attic.Shelf.Apply(s.T.Context(), scrip.Change{Stall: &scrip.StallChange{Sale: &sale}}); err != nil {
		s.T.Fatal(err)
	}
}

func TestOpenAStall(t *testing.T) {
	s := newShop(t)
	h := pagesOf(t, s.config())
	v := visit(t, h)
	key, err := json.Marshal(s.SigningKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	finish, account := `{"draft":"`+draftID+`","certificate":"a.b.c"}`, `"about":"","account":"a","key":`+string(key)
	v.postJSON("/desk/stall/finish", `{"draft":"another","certificate":"a.b.c"}`).want(t, 404, "/problems/not-found")
	v.postJSON("/desk/stall", `{"name":"Full",`+account+`}`).want(t, 422, "/problems/too-many", "Open yours at another market")
	v.postJSON("/desk/stall", `{"name":"",`+account+`}`).want(t, 422, "/problems/name-invalid", "Write the name that buyers are to see.")
	v.postJSON("/desk/stall", `{"name":"`+strings.Repeat("W", 61)+`",`+account+`}`).want(t, 422, "/problems/name-invalid", "Make it shorter.")
	v.postJSON("/desk/stall", `{"name":"x","about":"","account":"a","key":{}}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"x",`+account+`,"more":1}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"x",`+account+`}{}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"Attic",`+account+`}`).want(t, 200, `"possession":"a.b.c"`, `"draft":"`+draftID+`"`,
		`"base_url"`, `"signing":{"`, `"envelope":{"`)
	v.postJSON("/desk/stall/finish", finish).want(t, 200, `"vendor":"`+string(s.attic.Vendor()))
	v.get("/desk").want(t, 200, "Open a stall", "!Your desk")
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200, `"desk":"/desk"`)
	v.get("/").want(t, 200, `href="/desk"`) // where "Sell" leads
	v.get("/desk").want(t, 200, "Your desk")
	v.post("/desk/leave", nil)
	v.get("/desk").want(t, 200, "Your wallet opens it", "data-back", "Open another stall", "!data-stall-form")
	v.get("/sell?another").want(t, 200, "data-stall-form", "!data-back")
}

func TestLogin(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403, "/problems/unreadable")
	v.get("/desk/challenge").want(t, 200, `{"challenge":"`)
	v.postJSON("/desk/login", `{"envelope":"broken"}`).want(t, 403)
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403) // the challenge is used up
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200, `"vendor":"`+string(s.attic.Vendor()))
	v.get("/desk").want(t, 200, "Your desk")
}

// TestDeskClosesWithItsKey: a desk that was opened with a key which its owner has replaced since is closed.
func TestDeskClosesWithItsKey(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200)
	v.get("/desk").want(t, 200, "Your desk")
	s.attic.Owner.Key = s.SigningKey()
	v.noRedirect().get("/desk").want(t, 303)
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200)
	v.get("/desk").want(t, 200, "Your desk")
}

// TestHostingIsAsDocumented follows docs/protocol.md's table of what a host of stalls is asked: it takes the members that
// the table names and gives those.
func TestHostingIsAsDocumented(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	key, err := json.Marshal(s.SigningKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"name": `"Attic"`, "about": `""`, "account": `"a"`, "key": string(key), "draft": `"` + draftID + `"`,
		"certificate": `"a.b.c"`, "envelope": `"sealed"`,
	}
	rows := docs.Protocol("host's path", "takes", "gives")
	for _, row := range append(rows[:3:3], rows[0], rows[3]) { // a challenge serves one LOGIN
		method, path, _ := strings.Cut(docs.Words(row["host's path"])[0], " ")
		got := v.get(path)
		if method == http.MethodPost {
			var members []string
			for _, name := range docs.Words(row["takes"]) {
				members = append(members, `"`+name+`":`+values[name])
			}
			got = v.postJSON(path, "{"+strings.Join(members, ",")+"}")
		}
		got.want(t, 200)
		var answer map[string]any
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatalf("%s: %v in %s", path, err, got.body)
		}
		want := docs.Words(row["gives"])
		slices.Sort(want)
		if names := slices.Sorted(maps.Keys(answer)); !slices.Equal(names, want) {
			t.Errorf("%s: gives %q, docs/protocol.md says %q", path, names, want)
		}
	}
}

func TestLoginChangesTheSession(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config()))
	before := v.get("/desk/challenge").header.Get("Set-Cookie")
	after := v.postJSON("/desk/login", `{"envelope":"sealed"}`).header.Get("Set-Cookie")
	if before == "" || after == "" || strings.Split(before, ";")[0] == strings.Split(after, ";")[0] {
		t.Errorf("session: got %q before and %q after, want two different tokens", before, after)
	}
	if !strings.Contains(after, "HttpOnly") || !strings.Contains(after, "SameSite=Lax") {
		t.Errorf("cookie: got %q, want HttpOnly and SameSite=Lax", after)
	}
}

// TestDeskAndBankShareNoCookie: a browser that has a desk open and a sandbox account in use sends each the cookie of its
// own pages, so that no request carries both.
func TestDeskAndBankShareNoCookie(t *testing.T) {
	sent := map[string][]string{} // path -> the names of the cookies that came with it
	pages := pagesOf(t, newShop(t).config())
	v := visit(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent[r.URL.Path] = nil
		for _, c := range r.Cookies() {
			sent[r.URL.Path] = append(sent[r.URL.Path], c.Name)
		}
		pages.ServeHTTP(w, r)
	}))
	for path, want := range map[string]string{"/desk/challenge": "Path=/desk;", "/bank": "Path=/bank;"} {
		got := v.get(path).header.Get("Set-Cookie")
		if path == "/bank" {
			got = v.noRedirect().post("/bank/accounts", nil).header.Get("Set-Cookie")
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got cookie %q, want %s", path, got, want)
		}
	}
	v.enter()
	v.get("/desk/new")
	v.get("/bank").want(t, 200, "data-bank-reference")
	for _, path := range []string{"/", "/search", "/sell", "/wallet", "/stalls"} {
		v.get(path)
	}
	for path, names := range sent {
		want := ""
		switch {
		case strings.HasPrefix(path, "/desk"):
			want = "peerscrip-desk"
		case strings.HasPrefix(path, "/bank"):
			want = "peerscrip-bank"
		case path == "/sell": // says that somebody sold here, and not what
			want = sellerTrace
		}
		for _, name := range names {
			if name != want {
				t.Errorf("%s: got cookie %q, want %q alone", path, name, want)
			}
		}
	}
	if len(sent["/desk/new"]) != 1 || len(sent["/bank"]) != 1 {
		t.Errorf("cookies: got %v at the desk and %v at the bank, want one each", sent["/desk/new"], sent["/bank"])
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	shop := newShop(t)
	v := atDesk(t, shop)
	r := v.request("POST", "/desk/listings/"+string(shop.typewriter.Offer.Offer)+"/end", "application/x-www-form-urlencoded", "")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	v.do(r).want(t, 403, "That did not open")
	v.get("/desk").want(t, 200, "For sale", "!has ended")
}

// TestUploadsAtOnce: while a stall has as many forms with photos under way as it may, the next is told to come back, and
// other stalls' are read. Whatever stalls there are, the number of all is bounded.
func TestUploadsAtOnce(t *testing.T) {
	u := &uploads{}
	for i := range maxUploadsOfStall {
		if !u.begin("attic") {
			t.Errorf("form %d of a stall: got no place, want one", i+1)
		}
	}
	if u.begin("attic") {
		t.Error("one more of the same stall: got a place, want none")
	}
	free := maxUploads - maxUploadsOfStall
	for i := range free {
		if !u.begin(strconv.Itoa(i)) {
			t.Errorf("another stall: got no place, want one")
		}
	}
	if u.begin("cellar") {
		t.Errorf("form %d: got a place, want none", maxUploads+1)
	}
	u.done("attic")
	if !u.begin("cellar") {
		t.Error("after one is done: got no place, want one")
	}
}

func TestBusyWithUploads(t *testing.T) {
	shop := newShop(t)
	s, err := newServer(shop.config())
	if err != nil {
		t.Fatal(err)
	}
	for range maxUploadsOfStall {
		s.uploads.begin(string(shop.attic.Vendor()))
	}
	v := visit(t, s.routes())
	v.enter()
	got := v.upload("/desk/new", goodListing(), nil)
	got.want(t, 503, "Please try again in a moment")
	if got.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
}

// TestDeskFormsAreDocumented: the forms of the desk have the fields that docs/protocol.md tells, for programs that send them.
func TestDeskFormsAreDocumented(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	disputed := s.protect(s.attic.List(5_00, 1))
	s.disputes(disputed, "It is broken.")
	s.deliver()
	order := s.attic.Sold(disputed.Tx).ID
	returning := s.protect(s.attic.List(5_00, 1))
	th := returning.Buyer.Say(s.attic, returning.Thread(), scrip.Event{Kind: "received"})
	returning.Buyer.Say(s.attic, th, scrip.Event{Kind: "return", Text: "It does not fit."})
	link := s.asksFor(scrip.PaidOnce).Offer.Offer
	v := atTwoDesks(t, s)
	listing := "/desk/listings/" + string(s.typewriter.Offer.Offer)
	pages := map[string]string{"/desk/new": "/desk/new", "/desk/listings/{offer}": listing, "/desk/listings/{offer}/end": listing,
		"/desk/orders/{order}/say": "/desk/orders/" + string(order), "/desk/talks/{conversation}/say": "/desk/talks/" + string(talk), "/desk/talks/{conversation}/offer": "/desk/talks/" + string(talk),
		"/desk/talks/{conversation}/photo": "/desk/talks/" + string(talk), "/desk/orders/{order}/photo": "/desk/orders/" + string(order),
		"/desk/orders/{order}/sent": "/desk/orders/" + string(order), "/desk/orders/{order}/defend": "/desk/orders/" + string(order), "/desk/orders/{order}/refund": "/desk/orders/" + string(order), "/desk/orders/{order}/return": "/desk/orders/" + string(th.Order), "/desk/leave": "/desk", "/desk/switch": "/desk", "/desk/reconcile": "/desk", "/desk/block": "/desk/orders/" + string(order), "/desk/unblock": "/desk/blocked", "/desk/listings": "/desk", "/desk/listings/file": "/desk/listings/file",
		"/desk/page": "/desk/page", "/desk/name": "/desk/page", "/desk/ratings/{purchase}/answer": "/desk/ratings", "/desk/payment-links": linksPath, "/desk/payment-links/{link}/end": payLinkPath(link)}
	purchase := s.rated(3, "Slow.")
	if err := s.attic.Block(t.Context(), th.Order); err != nil {
		t.Fatal(err)
	}
	picture, err := s.attic.AddPhoto(t.Context(), bytes.NewReader(aPhoto(t, 1)))
	if err == nil {
		err = s.attic.SetPage(t.Context(), scrip.StallPage{Picture: picture})
	}
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	for _, row := range docs.Protocol("host's form", "fields", "for") {
		action := strings.TrimPrefix(docs.Words(row["host's form"])[0], "POST ")
		told[action] = docs.Words(row["fields"])
		if strings.HasPrefix(row["fields"], "the same") {
			told[action] = append(told[action], told["/desk/new"]...)
		}
	}
	for action, page := range pages {
		path := strings.NewReplacer("{offer}", string(s.typewriter.Offer.Offer), "{order}", strings.TrimPrefix(page, "/desk/orders/"), "{conversation}", string(talk), "{link}", string(link), "{purchase}", string(purchase)).Replace(action)
		body := v.get(page).body
		fields, there := formFields(body, path)
		if !there {
			fields, there = formFields(body, ofDesk(path, string(s.attic.Vendor())))
		}
		want := slices.Clone(told[action])
		slices.Sort(want)
		if !there || !slices.Equal(fields, want) {
			t.Errorf("%s: the page has %q, the document tells %q", action, fields, want)
		}
	}
	if len(told) != len(pages) {
		t.Errorf("got %d forms in the document, want %d", len(told), len(pages))
	}
}

// TestReadingsOfADeskAreDocumented: a seller's program reads of its orders and threads what docs/protocol.md tells, and
// who has no session reads nothing.
func TestReadingsOfADeskAreDocumented(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	s.protect(s.attic.List(5_00, 1))
	s.deliver()
	v := atDesk(t, s)
	rows := docs.Protocol("host's reading", "gives")
	if len(rows) != 7 {
		t.Fatalf("got %d readings in the document, want 7", len(rows))
	}
	names := func(row int, of map[string]any) {
		t.Helper()
		want := docs.Words(rows[row]["gives"])
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(of)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, docs/protocol.md says %q", rows[row]["host's reading"], got, want)
		}
	}
	first := func(of map[string]any, list string) map[string]any {
		t.Helper()
		all, _ := of[list].([]any)
		if len(all) == 0 {
			t.Fatalf("%s: got %v, want some", list, of[list])
		}
		one, _ := all[0].(map[string]any)
		return one
	}
	orders := v.readDesk(docs.Words(rows[0]["host's reading"])[0], talk)
	names(0, orders)
	order := first(orders, "orders")
	names(1, order)
	names(2, first(order, "lines"))
	hold, _ := order["hold"].(map[string]any)
	names(3, hold)
	if order["state"] != "paid" || hold["state"] != "held" || !reflect.DeepEqual(orders["talks"], []any{string(talk)}) {
		t.Errorf("got an order %v, its hold %v, talks %v; want paid, held, %s", order["state"], hold["state"], orders["talks"], talk)
	}
	thread := v.readDesk(docs.Words(rows[4]["host's reading"])[0], talk)
	names(4, thread)
	asked := first(thread, "events")
	delete(asked, "offer") // of this kind alone
	names(5, asked)
	if asked["by"] != "C" || asked["text"] != "Is it blue?" {
		t.Errorf("got the event %v, want the buyer's question", asked)
	}
	names(6, v.readDesk(docs.Words(rows[6]["host's reading"])[0], talk))
	v.get("/desk/threads/"+string(s.order)+"x").want(t, 404, "/problems/not-found")
	visit(t, pagesOf(t, s.config())).noRedirect().get("/desk/orders").want(t, 303)
}

// readDesk reads what a row of the document names: "GET /desk/threads/{order}".
func (v *visitor) readDesk(reading string, order scrip.ID) map[string]any {
	v.t.Helper()
	got := v.get(strings.NewReplacer("GET ", "", "{order}", string(order)).Replace(reading))
	got.want(v.t, 200)
	var read map[string]any
	if err := json.Unmarshal([]byte(got.body), &read); err != nil {
		v.t.Fatalf("%s: %v in %s", reading, err, got.body)
	}
	return read
}

var (
	formTag  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)".*?</form>`)
	fieldTag = regexp.MustCompile(`<(?:input|select|textarea|button)[^>]* name="([^"]+)"`)
	slotOf   = regexp.MustCompile(`-[0-9]+$`)
)

// formFields are the names of a form's fields, each once, with N for the number of a row or a photo.
func formFields(page, action string) (names []string, there bool) {
	for _, form := range formTag.FindAllStringSubmatch(page, -1) {
		if form[1] != action {
			continue
		}
		there = true
		for _, field := range fieldTag.FindAllStringSubmatch(form[0], -1) {
			names = append(names, slotOf.ReplaceAllString(field[1], "-N"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), there
}

// TestNews: a page of the desk says how far the stall has come; who asks is told 304 until something changes, and then how much
// waits. Parts that change have names.
func TestNews(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	page := v.get("/desk")
	page.want(t, 200, `id="live-orders"`, `id="live-todo"`, `data-news="&#34;`)
	ask := func(tag string) seen {
		r := v.request("GET", "/desk/news", "", "")
		r.Header.Set("If-None-Match", tag)
		return v.do(r)
	}
	tag := ask("").header.Get("ETag")
	if !strings.Contains(page.body, `data-news="`+html.EscapeString(tag)+`"`) {
		t.Errorf("the page says another than %s", tag)
	}
	if got := ask(tag); got.status != 304 || got.body != "" {
		t.Errorf("nothing new: got %d %q, want 304", got.status, got.body)
	}
	before := ask("").body
	s.protect(s.attic.List(10_00, 3))
	got := ask(tag)
	if got.status != 200 || got.header.Get("ETag") == tag || got.body == before {
		t.Errorf("an order more: got %d %s, ETag %s, want another than %s, %s", got.status, got.body, got.header.Get("ETag"), before, tag)
	}
	v.get("/desk/orders/"+string(s.order)).want(t, 200, `id="live-said"`, `id="live-dispute"`, `id="live-sent"`)
	stranger := visit(t, pagesOf(t, s.config()))
	if got := stranger.do(stranger.request("GET", "/desk/news", "", "")); got.path != "/sell" {
		t.Errorf("without a session: got to %s, want /sell", got.path)
	}
}

// TestRefundThatWasOvertaken: a seller gives all of it back at the moment in which the market decides that the buyer gets a part. The
// refund that is too much by then is declined for good and counts no more, and the rest can still be given back.
func TestRefundThatWasOvertaken(t *testing.T) {
	s := newShop(t)
	p := s.protect(s.attic.List(10_00, 1))
	s.disputes(p, "It is broken.")
	s.deliver()
	sale := s.attic.Sold(p.Tx)
	v := atDesk(t, s)
	here := "/desk/orders/" + string(sale.ID)
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"10.00"}}).want(t, 200, "goes back to the buyer.")
	if _, err := s.Judge().Decide(t.Context(), s.attic.Vendor(), p.Tx, 4_00, "It was worn."); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.deliver()
	stock := s.listed().Stock
	if now := s.attic.Sold(p.Tx); now.Refunded != 4_00 {
		t.Errorf("taken back: got %d, want 400, what was decided", now.Refunded)
	}
	v.get(here).want(t, 200, "Not taken back", "What is left you can still give back.", `value="6.00"`)
	v.post(here+"/refund", url.Values{"key": {string(s.ID())}, "refund": {"6.00"}}).want(t, 200, "goes back to the buyer.")
	s.deliver()
	list, err := s.attic.Shelf.Refunds(t.Context(), []scrip.ID{sale.ID})
	if err != nil || len(list) != 2 || !list[0].Overtaken || list[1].CoveredAt == 0 {
		t.Errorf("refunds: got %d, %v, want the first overtaken, the second covered", len(list), err)
	}
	if now, listed := s.attic.Sold(p.Tx), s.listed(); now.Refunded != now.Price || listed.Stock != stock {
		t.Errorf("got %d of %d taken back and %d for sale, want all of it and %d, as it was", now.Refunded, now.Price, listed.Stock, stock)
	}
}

// TestHiddenAtTheDesk: a seller sees what the market does not show, and where to ask.
func TestHiddenAtTheDesk(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	vendor, offer := s.typewriter.Vendor, s.typewriter.Offer.Offer
	v.get("/desk").want(t, 200, "!Not shown", "!does not show all")
	if err := s.Market.Hide(t.Context(), vendor, offer, "counterfeit"); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "Not shown", "does not show all of your listings", `href="/contact"`, "!counterfeit")
	if err := s.Market.Unhide(t.Context(), vendor, offer); err != nil {
		t.Fatal(err)
	}
	if err := s.Market.Hide(t.Context(), vendor, "", "a thief"); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "Not shown", "does not show all", "!thief")
}
