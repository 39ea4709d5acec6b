package web

import (
	"bytes"
	"fmt"
	"maps"
	"mime/multipart"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
