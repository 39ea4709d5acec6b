package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestNewPrice: prices change by percent or amounts, to the nearest minor unit, and never to nothing.
func TestNewPrice(t *testing.T) {
	s, err := newServer(newShop(t).config())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old     scrip.Money
		how, by string
		want    scrip.Money
		ok      bool
	}{
		{1000, "percent-less", "10", 900, true}, {999, "percent-less", "10%", 899, true}, {1000, "percent-more", "12,5", 1125, true}, {1000, "less", "2.50", 750, true}, {1000, "more", "2,50", 1250, true},
		{1000, "less", "10.00", 0, false}, {1000, "percent-less", "100", 0, false}, {1000, "percent-less", "-5", 1000, false}, {1000, "percent-more", "NaN", 1000, false}, {1000, "more", "lots", 1000, false},
		{scrip.MaxMoney, "percent-more", "1", 0, false}, {1, "percent-less", "10", 1, true},
		{3000, "percent-more", "1.15", 3035, true}, {scrip.MaxMoney - 1, "percent-less", "0.01", 99_989_999_999, true}, {1000, "percent-more", "1000", 11_000, true},
		{1000, "percent-more", "1000.01", 0, false}, {1000, "percent-more", "0", 0, false}, {1000, "percent-more", "1e2", 0, false},
	} {
		got, ok := s.newPrice(c.old, c.how, c.by)
		if ok != c.ok || (ok && got != c.want) {
			t.Errorf("%d %s %s: got %d, %v, want %d, %v", c.old, c.how, c.by, got, ok, c.want, c.ok)
		}
	}
}

// TestCells: a text that a spreadsheet would reckon with is kept from it, and comes back as it was, whatever it begins with.
func TestCells(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "lamp": "lamp", "'s Gravenhage": "'s Gravenhage", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "'=1": "''=1", "''=1": "'''=1", "'": "'",
	} {
		if got := inCell(text); got != want || outOfCell(got) != text {
			t.Errorf("%q: got %q, and back %q, want %q", text, got, outOfCell(got), want)
		}
	}
}

// unread is a desk whose photos are not to be read.
type unread struct {
	openDesk
	t *testing.T
}

func (u unread) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	u.t.Errorf("photo %s is read", digest)
	return u.openDesk.Photo(ctx, digest)
}

// TestPhotosOfAFile: a row may name photos that the stall has, and no others; none is read for it.
func TestPhotosOfAFile(t *testing.T) {
	s := newShop(t)
	d := unread{s.attic.Stall, t}
	l, err := s.attic.Listing(t.Context(), s.typewriter.Offer.Offer)
	if err != nil || len(l.Photos) == 0 {
		t.Fatalf("the typewriter: got %+v, %v, want it with a photo", l, err)
	}
	for digest, want := range map[string]bool{l.Photos[0].Digest: true, "none": false} {
		f := listingForm{Faults: faults{}}
		err := checkSheetPhotos(t.Context(), d, &f, merchant.Item{Photos: []scrip.OfferPhoto{{Digest: digest}}})
		if err != nil || (f.Faults["photo"] == "") != want {
			t.Errorf("photo %s: got %q, %v, want it taken: %v", digest, f.Faults["photo"], err, want)
		}
	}
}

// TestManyListings: what is ticked is repriced after it was shown, ended, and listed again; what was bought meanwhile keeps all of it
// from being done; a change that is refused keeps every tick.
func TestManyListings(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	second := s.attic.List(10_00, 3)
	first, err := s.attic.Listing(t.Context(), s.typewriter.Offer.Offer)
	if err != nil {
		t.Fatal(err)
	}
	ticked := url.Values{"offer": {string(first.Offer.Offer), string(second.Offer.Offer)}}
	form := func(more ...string) url.Values {
		f := url.Values{"offer": ticked["offer"]}
		for i := 0; i < len(more); i += 2 {
			f.Set(more[i], more[i+1])
		}
		return f
	}
	v.post("/desk/listings", url.Values{"do": {"end"}}).want(t, 200, "Tick the listings first")
	v.post("/desk/listings", form("do", "price", "how", "less", "by", "10.00")).want(t, 422, "No price can become zero", `name="offer" value="`+string(first.Offer.Offer)+`"`, `value="10.00"`, `<option value="less" selected>`)
	v.post("/desk/listings", form("do", "price", "how", "percent-less", "by", "10")).want(t, 200, "9.00", "Change them")
	change := form("do", "prices")
	for _, l := range []scrip.Listing{first, second} {
		change.Set("seen-"+string(l.Offer.Offer), string(l.Version)+"/"+strconv.Itoa(l.Stock))
		change.Set("price-"+string(l.Offer.Offer), "900")
	}
	v.post("/desk/listings", change).want(t, 200, "2 listings were changed.")
	v.post("/desk/listings", change).want(t, 200, "bought or changed meanwhile")
	price := func(l scrip.Listing) scrip.Money {
		now, err := s.attic.Listing(t.Context(), l.Offer.Offer)
		if err != nil {
			t.Fatal(err)
		}
		return now.Price
	}
	if a, b := price(first), price(second); a != 900 || b != 900 {
		t.Errorf("got %d and %d, want 900 twice", a, b)
	}
	v.post("/desk/listings", form("do", "end")).want(t, 200, "2 listings were changed.")
	v.post("/desk/listings", form("do", "again")).want(t, 200, "2 listings were changed.")
	v.post("/desk/listings", form("do", "again")).want(t, 200, "No listing was changed")
	v.post("/desk/listings", url.Values{"do": {"end"}, "offer": {string(second.Offer.Offer)}}).want(t, 200, "1 listing was changed.")
	notForSale := "1 of the ticked listings is not for sale"
	v.post("/desk/listings", form("do", "price", "how", "percent-less", "by", "10")).want(t, 200, "8.10", notForSale)
	refused := v.post("/desk/listings", form("do", "price", "how", "percent-less", "by", "x"))
	refused.want(t, 422, "Write a number", notForSale)
	better := url.Values{"do": {"price"}, "how": {"percent-less"}, "by": {"10"}}
	for _, hidden := range hiddenOffer.FindAllStringSubmatch(refused.body, -1) {
		better.Add("offer", hidden[1])
	}
	v.post("/desk/listings", better).want(t, 200, "8.10", notForSale)
}

// hiddenOffer is a ticked listing that a form says again.
var hiddenOffer = regexp.MustCompile(`<input type="hidden" name="offer" value="([^"]+)"`)

// sheetOf reads the stall's file of listings.
func sheetOf(t *testing.T, v *visitor) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(v.get("/desk/listings.csv").body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func sheetWritten(t *testing.T, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// cells is what a page says of a cell that is wrong.
func cells(row, column, value, text string) string {
	return fmt.Sprintf(`<td data-label="Row">%s</td><th scope="row" class="row-title"><code>%s</code></th><td data-label="What stands there" class="long" dir="auto">%s</td><td data-label="What is wrong"><div><p>%s`, row, column, value, text)
}

// TestSheetFaultWords: a fault is told in a line, too, with where it is, what stands there, and what may.
func TestSheetFaultWords(t *testing.T) {
	for want, f := range map[string]SheetFault{
		"Nothing.":         {Text: "Nothing."},
		"Row 3: Too long.": {Row: 3, Text: "Too long."},
		"Row 3, state: “sold”: No. Allowed: live, ended": {3, "state", "sold", "No.", []string{"live", "ended"}},
	} {
		if got := f.Words(t.Context()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	deed := SheetDeed{2, "x", "Lamp", "changed", []SheetChange{{"price", "5.00", "6.50"}, {"photos", "a b", "a"}, {"sub", "", "Lighting"}}}
	if got, want := deed.Words(t.Context()), "Row 2: Changed “Lamp”: price 5.00 → 6.50; photos 2 photos → 1 photo; sub nothing → Lighting"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSheet: what goes out comes in as it was; a row changes, ends or adds a listing, once it was shown what will be; a fault
// anywhere is told by row and column, and nothing is done.
func TestSheet(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	if _, err := s.attic.Stall.List(t.Context(), merchant.Item{
		Title: "=1+1", Description: "-2", Category: "Home", Sub: "Lighting", Condition: "good", Price: 5_00, Quantity: 4, SendWithin: 3, CheckWithin: 2,
		Attributes: []scrip.Attribute{{Name: "Brand", Value: "A: B"}}, Delivery: []scrip.Way{scrip.Posted(2_00)},
	}); err != nil {
		t.Fatal(err)
	}
	rows := sheetOf(t, v)
	column := func(name string) int {
		for i, c := range rows[0] {
			if c == name {
				return i
			}
		}
		t.Fatalf("no column %s", name)
		return -1
	}
	if got := rows[1][column("title")]; got != "'=1+1" {
		t.Errorf("a title like a formula: got %q, want an apostrophe before it", got)
	}
	asks := func(do string, rows [][]string, status int, want ...string) {
		t.Helper()
		v.upload("/desk/listings/file", map[string]string{"do": do, "csv": sheetWritten(t, rows)}, nil).want(t, status, want...)
	}
	all := len(rows) - 1
	asks("try", rows, 200, "<dt>As they are</dt><dd>"+strconv.Itoa(all)+"</dd>", "<dt>Changed</dt><dd>0</dd>")
	rows[1][column("price")], rows[2][column("state")] = "6,50", "ended"
	fresh := make([]string, len(rows[0]))
	for name, text := range map[string]string{"title": "New thing", "category": "Home", "condition": "Like new", "price": "1", "quantity": "2", "send_within": "3", "check_within": "0", "way_1": "post"} {
		fresh[column(name)] = text
	}
	rows = append(rows, fresh)
	asks("try", rows, 200, "<dt>New listings</dt><dd>1</dd>", "<dt>Changed</dt><dd>1</dd>", "<dt>Ended</dt><dd>1</dd>",
		`<bdi>=1+1</bdi> <span class="badge">Changed</span>`, `<code>price</code> <bdi><del>5.00</del></bdi> <span aria-hidden="true">→</span> <bdi><ins>6.50</ins></bdi>`,
		`<bdi>New thing</bdi> <span class="badge">New</span>`, `<code>condition</code> <bdi>like new</bdi>`, "<del>live</del>", "<ins>ended</ins>")
	before := sheetOf(t, v)
	bad := append([][]string{}, rows...)
	bad[1] = append([]string{}, rows[1]...)
	bad[1][column("price")], bad[1][column("postage_1")] = "much", "little"
	bad[1][column("category")], bad[1][column("sub")], bad[1][column("condition")] = "Home", "Lamps", "shiny"
	asks("apply", bad, 422, cells("2", "price", "much", "Write an amount like"), cells("2", "postage_1", "little", "Write an amount like"),
		cells("2", "sub", "Lamps", "There is nothing of that name in this category."), "<code>Lighting</code>", cells("2", "condition", "shiny", "Choose a condition."), "<code>like new</code>")
	for what, text := range map[string]string{
		"There is no such column": "title,colour\nx,y\n", "1 cells, and the first line names 2": "title,price\nx\n", "There is no row in it": "title\n", "not in UTF-8": "title\n\xff\n",
		"This column is there twice.": "title,title\nx,y\n", "quotation mark": "title\n\"x\n",
		cells("2", "offer", "nothing", "Your stall has no such listing"): "offer,title\nnothing,x\n", "Choose a category.": "title;price\nx;1\n", "<code>live</code>": "title,state\nx,sold\n",
	} {
		v.upload("/desk/listings/file", map[string]string{"do": "apply", "csv": text}, nil).want(t, 422, what)
	}
	if after := sheetOf(t, v); sheetWritten(t, after) != sheetWritten(t, before) {
		t.Error("a file with a fault has changed something")
	}
	asks("apply", rows, 200, "3 listings were changed.")
	all++
	found := false
	for _, row := range sheetOf(t, v)[1:] {
		if row[column("title")] == "New thing" {
			found = row[column("condition")] == "like new" && row[column("in_stock")] == "2"
		}
	}
	if got := len(sheetOf(t, v)) - 1; got != all || !found {
		t.Errorf("got %d listings, the new one as it was written: %v; want %d with it", got, found, all)
	}
	asks("apply", rows[:2], 422, "It was changed since this file was made")
}

// TestSheetCellsAreBounded: of a cell with very many details or photos no more is looked at than it takes to refuse it.
func TestSheetCellsAreBounded(t *testing.T) {
	text := strings.Repeat("Brand: x\n", 200_000)
	if got := len(detailsOf(text)); got != scrip.MaxAttributes+1 {
		t.Errorf("details: got %d, want %d", got, scrip.MaxAttributes+1)
	}
	if got := len(photosOf(text, scrip.Listing{})); got != scrip.MaxPhotos+1 {
		t.Errorf("photos: got %d, want %d", got, scrip.MaxPhotos+1)
	}
	var wrong tradeForm
	wrong.Attributes = detailsOf(text)
	faults := faults{}
	wrong.trade(t.Context(), &merchant.Item{}, faults, scrip.Currency{})
	if got, want := faults[numbered("attribute", scrip.MaxAttributes)], "Give at most 12 details."; got != want || columnOf(numbered("attribute", scrip.MaxAttributes)) != "details" {
		t.Errorf("too many details: got %q, want %q in the column of details", got, want)
	}
}
