package e2e_test

import (
	"bytes"
	endian "encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
	"peerscrip/services/scrip"
)

// A person opens a stall with the wallet and lists a thing with photos, after some
// mistakes; somebody who looked out for it is told, and sees later that it is sold. The
// seller closes the desk and comes in again with the wallet.
func TestBrowserSeller(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	in := browser(t)
	seller, buyer := newPerson(t, in, program.URL), newPerson(t, in, program.URL)
	seller.openStall("Elm Street Attic")
	seller.shot("sell-desk-empty")
	seller.badForms()
	buyer.looksOutFor("brass")
	seller.listing("Brass lamp", "35.00", "4.50")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	seller.shot("sell-desk-listed")

	buyer.open("/")
	if photo := eval[string](buyer, `document.querySelector('main img[src^="/photos/"]')?.src ?? ""`); photo == "" {
		t.Error("the home page shows no picture of the new listing")
	}
	buyer.isTold("Brass lamp")
	lamp := buyer.listed("brass")
	buyer.hasPicture()
	buyer.open(lamp)
	buyer.press("Save")
	buyer.reads("Saved in this browser alone.")
	buyer.shot("sell-listing")
	for _, at := range []string{"/thumb", ""} {
		noExif(t, eval[string](buyer, `document.querySelector('main img[src^="/photos/"]').src`), at)
	}
	other := newBuyer(t, program.URL, 50_00, nil)
	other.buys(other.offers(program.URL, scrip.VendorID(strings.Split(lamp, "/")[2]))["Brass lamp"].jws, "what somebody else looks at")
	eventually(t, patience, "the search to show what is sold no more", func() bool { // the market hears of it a moment later
		buyer.open("/search?q=brass")
		return !eval[bool](buyer, `document.querySelector('main a[href="`+lamp+`"]') !== null`)
	})
	buyer.open(lamp)
	buyer.reads("Sold")
	buyer.until("that the page remembers it", `document.querySelector("[data-save]:not([hidden] *)")?.getAttribute("aria-pressed") === "true"`)
	newInspector(buyer).look("listing-sold")
	buyer.open("/saved")
	buyer.reads("Sold")
	buyer.shot("saved")
	buyer.click("finds-forget")
	buyer.until("all is forgotten", `document.querySelector('`+id("finds-card")+`') === null && !Object.keys(localStorage).some(name => /^peerscrip-finds-(saved|seen|search)/.test(name))`)

	seller.open("/desk")
	seller.press("Close the desk in this browser")
	seller.until("the desk is left", `location.pathname !== "/desk"`)
	seller.open("/wallet")
	seller.click("wallet-lock")
	seller.see("wallet-locked")
	seller.open("/desk")
	seller.until("the closed desk sends to where it is opened", `location.pathname === "/sell"`)
	seller.see("wallet-locked")
	seller.shot("sell-back")
	if eval[bool](seller, `document.querySelector("[data-stall-form]") !== null`) {
		t.Error("who comes back to a stall is offered a second one")
	}
	seller.fill("wallet-passphrase", passphrase)
	seller.click("wallet-unlock")
	seller.until("the wallet leads to the desk", `location.pathname === "/desk"`)
	seller.reads("Elm Street Attic")
	auditOf(t, data)
}

// looksOutFor saves the search for a word.
func (p *person) looksOutFor(word string) {
	p.t.Helper()
	p.open("/search?q=" + word)
	p.reads("Nothing found")
	p.click("save-search")
	p.reads("You are told of what is new")
}

// isTold looks at a page as who saved a search ten minutes ago: the header says that there is something new, and the
// page of what is saved what it is.
func (p *person) isTold(title string) {
	p.t.Helper()
	eval[bool](p, `localStorage.setItem("peerscrip-finds-asked", "1") === undefined`)
	p.open("/")
	p.until("something new", `document.querySelector("header [data-finds-new]")?.textContent === "1 new"`)
	p.open("/saved")
	p.waitText("finds-news", title)
	p.shot("saved-search")
	p.open("/")
	p.until("nothing new any more", `document.querySelector("header [data-finds-new]")?.hidden`)
}

// openStall makes a wallet on the sell page and opens a stall with it.
func (p *person) openStall(name string) {
	p.t.Helper()
	p.open("/sell")
	p.shot("sell-no-wallet")
	p.fill("wallet-passphrase", passphrase)
	p.fill("wallet-passphrase-again", passphrase)
	p.click("wallet-make")
	p.put("#stall-name", name)
	p.put("#stall-about", "Odds and ends, posted within two days.")
	p.shot("sell-form")
	p.tap("[data-stall-form] .btn--primary")
	p.until("the desk", `location.pathname === "/desk"`)
	p.reads(name)
}

// listing fills in the desk's form, comes back to it as it was left, and sends it off.
func (p *person) listing(title, price, postage string) {
	p.t.Helper()
	p.open("/desk/new")
	p.describe(title, price, postage)
	p.manyPhotos(title)
	p.press("List it")
}

// manyPhotos adds a picture that is none and two photos at once, removes the
// first, moves, turns and describes the others; the draft with them survives a
// reload, and they are there without being sent again.
func (p *person) manyPhotos(title string) {
	p.t.Helper()
	letter := p.file("letter.jpg", strings.NewReader("Dear all, this is no picture."))
	panorama := p.file("panorama.png", thinPhoto(p.t))
	p.do(chromedp.SetUploadFiles("#new-photos", []string{letter, panorama, exifPhoto(p.t)}))
	p.photosAre("failed there there")
	p.reads("letter.jpg: This file is not a photo we can read.")
	p.shot("sell-form-photos")
	p.nth("photo-remove", 0)
	p.nth("photo-earlier", 1)
	p.put("#alt-0", "A lamp on a table")
	p.nth("photo-turn", 1)
	p.photosAre("there there")
	p.until("the panorama stands upright", `(e => e.naturalHeight > e.naturalWidth)(document.querySelectorAll('`+id("photo")+` img')[1])`)
	if !eval[bool](p, draftKept) {
		p.t.Error("the draft does not keep both photos")
	}
	digests := p.digests()
	p.open("/desk/new")
	p.see("draft-drop")
	p.photosAre("there there")
	if got := p.digests() + eval[string](p, `" " + document.querySelector("#title").value + " " + document.querySelector("#alt-0").value`); got != digests+" "+title+" A lamp on a table" {
		p.t.Errorf("after a reload: got %q, want %q with what was typed", got, digests+" "+title)
	}
	p.shot("sell-form-draft")
}

// draftKept waits for a draft of two photos that were sent.
const draftKept = `(async () => {
	const read = () => new Promise(done => {
		indexedDB.open("peerscrip-drafts", 1).onsuccess = ({ target: { result: db } }) => {
			db.transaction("photos").objectStore("photos").getAll().onsuccess = ({ target: { result } }) => (db.close(), done(result))
		}
	})
	for (let i = 0; i < 100; i++) {
		const [draft] = await read()
		if (draft?.rows.length === 2 && draft.rows.every(photo => photo.digest && photo.blob)) return true
		await new Promise(done => setTimeout(done, 50))
	}
	return false
})()`

// photosAre waits until the photos in the form are in these states.
func (p *person) photosAre(states string) {
	p.t.Helper()
	p.until("photos that are "+states, `[...document.querySelectorAll('`+id("photo")+`')].map(e => e.dataset.state).join(" ") === "`+states+`"`)
}

func (p *person) digests() string {
	p.t.Helper()
	return eval[string](p, `[...document.querySelectorAll('input[name^="photo-"]')].map(e => e.value).join(" ")`)
}

// nth presses one of several buttons.
func (p *person) nth(testid string, n int) {
	p.t.Helper()
	eval[bool](p, `document.querySelectorAll('`+id(testid)+`')[`+strconv.Itoa(n)+`].click() === undefined`)
}

// thinPhoto is a panorama, 30 times as wide as it is high.
func thinPhoto(t testing.TB) io.Reader {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 3000, 100))); err != nil {
		t.Fatal(err)
	}
	return &b
}

func (p *person) describe(title, price, postage string) {
	p.t.Helper()
	p.put("#title", title)
	p.put("#description", "From my grandmother. Works; one small dent.")
	p.choose("#category", "tools-garden")
	p.choose("#condition", "good")
	p.put("#price", price)
	p.put("#price-0", postage)
}

// badForms sends forms with one mistake each: a sentence says which, what was
// typed stays, and nothing is listed.
func (p *person) badForms() {
	p.t.Helper()
	for _, c := range []struct{ name, title, price, want string }{
		{"no-title", " ", "35.00", "Write something here."},
		{"bad-price", "Brass lamp", "a lot", "Write an amount like"},
		{"price-zero", "Brass lamp", "0", "Ask for more than nothing."},
	} {
		p.open("/desk/new")
		p.describe(c.title, c.price, "4.50")
		p.press("List it")
		p.reads("Not saved yet")
		p.until("all of the page", `document.readyState !== "loading"`)
		p.shot("sell-form-" + c.name)
		if text := p.say(); !strings.Contains(text, c.want) {
			p.t.Errorf("%s: the form says %q, want %q", c.name, text, c.want)
		}
		got := eval[string](p, `["title", "description", "category", "price", "price-0"].map(name => document.getElementById(name).value).join("|")`)
		want := strings.TrimSpace(c.title) + "|From my grandmother. Works; one small dent.|tools-garden|" + c.price + "|4.50"
		if got != want {
			p.t.Errorf("%s: the form keeps %q, want %q", c.name, got, want)
		}
	}
	p.open("/desk")
	p.reads("Nothing listed yet")
}

// file writes a file to upload.
func (p *person) file(name string, from io.Reader) string {
	p.t.Helper()
	b, err := io.ReadAll(from)
	path := filepath.Join(p.t.TempDir(), name)
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

// hasPicture wants a listing's photo on the page, and loaded.
func (p *person) hasPicture() {
	p.t.Helper()
	p.until("a picture", `[...document.querySelectorAll('main img[src^="/photos/"]')].some(e => e.complete && e.naturalWidth > 0)`)
}

// exifPhoto writes a JPEG that tells where it was taken.
func exifPhoto(t testing.TB) string {
	t.Helper()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, pattern(), nil); err != nil {
		t.Fatal(err)
	}
	le := endian.LittleEndian
	tiff := append([]byte("II*\x00"), 8, 0, 0, 0)
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(tiff, tag), kind), count), value)
	}
	tiff = le.AppendUint16(tiff, 1)
	entry(0x8825, 4, 1, 26) // GPS data at 26
	tiff = le.AppendUint32(tiff, 0)
	tiff = le.AppendUint16(tiff, 2)
	entry(1, 2, 2, 'N')
	entry(2, 5, 3, 56) // degrees, minutes, seconds at 56
	tiff = le.AppendUint32(tiff, 0)
	for _, n := range []uint32{52, 1, 31, 1, 12, 1} {
		tiff = le.AppendUint32(tiff, n)
	}
	app1 := append([]byte("Exif\x00\x00"), tiff...)
	out := endian.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(app1)+2))
	out = append(append(out, app1...), picture.Bytes()[2:]...)
	path := filepath.Join(t.TempDir(), "IMG_4711.jpg")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// noExif fetches a photo as it is served and wants no word of the camera in it.
func noExif(t testing.TB, url, suffix string) {
	t.Helper()
	url = strings.TrimSuffix(url, "/thumb") + suffix
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || len(b) < 100 {
		t.Fatalf("GET %s: %s, %d bytes, %v", url, answer.Status, len(b), err)
	}
	for _, word := range []string{"Exif", "II*\x00", "MM\x00*", "GPS"} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("GET %s: %s is in it", url, strconv.Quote(word))
		}
	}
}
