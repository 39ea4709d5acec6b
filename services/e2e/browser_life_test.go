package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"peerscrip/services"
)

// life is the whole of a trade between one buyer and one seller, with an operator who
// decides what they cannot.
type life struct {
	t                       *testing.T
	seller, buyer, operator *inspector
	data, console           string
	lamp, bear              string        // the paths of their listings
	ahead                   *atomic.Int64 // of the clocks of market and broker, in nanoseconds
}

// TestBrowserLife is what people do here, from the first photo to the last cent, in English
// on a desk, by keys alone. After each part the books close.
//
// A thing is listed with six photos. It is asked about, haggled over and bought in
// private. Three more are bought in one parcel, to another address; it is on its way with
// its number, is here, is rated, and the rating answered. What is earned is paid out. What
// comes broken is disputed with a photo and parted 60 to 40. A payment link is paid. What is not sent comes back.
func TestBrowserLife(t *testing.T) {
	t.Parallel()
	l := newLife(t, aLook{"light", 1280, allRules}, func(p *person) { p.keys = true })
	l.lists()
	l.looksOn(newPerson(t, browser(t), l.buyer.base))
	l.trades()
}

// TestBrowserLifeInGerman is the same on a phone in the dark, where no page shows a word of
// English or is wider than the phone.
func TestBrowserLifeInGerman(t *testing.T) {
	t.Parallel()
	l := newLife(t, aLook{"dark", 360, itsWords}, func(p *person) {
		p.speak("de")
		p.keepsTo()
	})
	l.lists()
	l.trades()
}

// newLife brings the three together, who all see pages so and have this about them.
func newLife(t *testing.T, look aLook, about func(*person)) *life {
	t.Helper()
	l := &life{t: t, data: t.TempDir(), ahead: &atomic.Int64{}}
	program := start(t, services.Config{
		Role: services.Serve, Data: l.data, Operator: "127.0.0.1:0",
		Clock: func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) },
	})
	l.console = strings.TrimPrefix(program.ConsoleURL, program.OperatorURL)
	come := func(url string) *inspector {
		p := newPerson(t, browser(t), url)
		p.scheme, p.width = look.scheme, look.width
		about(p)
		p.as(p.scheme, p.width)
		i := newInspector(p)
		i.looks = []aLook{look}
		return i
	}
	l.seller, l.buyer, l.operator = come(program.URL), come(program.URL), come(program.OperatorURL)
	return l
}

// trades is all that becomes of what was listed.
func (l *life) trades() {
	l.asks()
	l.haggles()
	l.buysThree()
	l.writes()
	l.sends()
	l.shows()
	l.receives()
	l.rates()
	l.earns()
	l.disputes()
	l.decides()
	l.asksForMoney()
	l.reclaims()
}

// books wants that the books close with these totals.
func (l *life) books(part string, earned, held, outstanding int64) {
	l.t.Helper()
	if got := auditOf(l.t, l.data); int64(got.Earned) != earned || int64(got.Held) != held || int64(got.Outstanding) != outstanding || got.Credit != 0 {
		l.t.Errorf("%s: earned, held, outstanding, credit = %d, %d, %d, %d, want %d, %d, %d and none", part, got.Earned, got.Held, got.Outstanding, got.Credit, earned, held, outstanding)
	}
}

// lists opens the stall and lists five things: the first with six photos that are put into order, the others from a file.
func (l *life) lists() {
	s := l.seller
	s.openStall("Elm Street Attic")
	s.look("desk-empty")
	s.open("/desk/new")
	s.describe("Brass lamp", s.sum("35.00"), "0")
	s.sixPhotos()
	s.look("desk-photos")
	s.listsIt()
	rows := "title,description,category,condition,price,quantity,way_1,postage_1\n"
	for _, thing := range []goods{{"Terracotta pots", "10.00", "2.50", "2"}, {"Silver bell", "4.00", "1.00", "1"}, {"Oak frame", "6.00", "0", "1"}, {"Teddy bear", "10.00", "0", "2"}} {
		rows += fmt.Sprintf("%s,Schlicht.,home,good,%q,%s,post,%q\n", thing.title, s.sum(thing.price), thing.quantity, s.sum(thing.postage))
	}
	s.open("/desk/listings/file")
	s.upload("#file", s.file("listings.csv", strings.NewReader(rows)))
	s.tap(`button[value="try"]`)
	s.sees(`button[value="apply"]`)
	s.look("desk-file")
	s.tap(`button[value="apply"]`)
	s.sees(`.callout--success`)
	s.open("/desk")
	s.look("desk-listed")
}

// listsIt sends the desk's form off.
func (p *person) listsIt() {
	p.t.Helper()
	p.tap(`main form[enctype="multipart/form-data"] .actions .btn--primary`)
	p.until("the desk", `location.pathname === "/desk"`)
}

// sixPhotos adds six photos as phones take them, turns one, puts one first, and says what it shows.
func (p *person) sixPhotos() {
	p.t.Helper()
	files := []string{p.file("panorama.png", thinPhoto(p.t))}
	picture, err := os.ReadFile(exifPhoto(p.t))
	if err != nil {
		p.t.Fatal(err)
	}
	for n := range 5 {
		files = append(files, p.file(fmt.Sprintf("IMG_%d.jpg", n), bytes.NewReader(picture)))
	}
	p.upload("#new-photos", files...)
	p.photosAre("there there there there there there")
	p.tap(photo(2, "earlier"))
	if p.keys {
		p.reachable(photo(6, "grip"))
		p.types(kb.ArrowLeft + kb.ArrowLeft) // two steps to the front
	}
	p.tap(photo(2, "turn"))
	p.photosAre("there there there there there there")
	p.put("#alt-0", "A lamp on a table")
}

// photo is a tool of one of the photos in a form, counted from 1.
func photo(n int, tool string) string {
	return id("photo") + `:nth-of-type(` + strconv.Itoa(n) + `) ` + id("photo-"+tool)
}

// looksOn is what can be had without scripts, and by keys alone: to search, look at a
// listing, its photos and its stall, read what is asked often, in another language, and
// report what is wrong.
func (l *life) looksOn(p *person) {
	p.keys, p.scriptless = true, true
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		l.t.Fatal(err)
	}
	p.finds("lamp")
	p.sees(".gallery__photo img")
	p.tap(`.gallery__thumb[href="#photo-3"]`)
	p.until("the third photo, from which Tab goes on", `location.hash === "#photo-3" && !(window.reached = false)`)
	p.tap(`main a[href^="/stalls/"]`)
	p.reads("Elm Street Attic")
	p.tap(`[name="language"][value="de"]`)
	p.sees(`html[lang="de"] main`)
	p.tap(`[name="language"][value="en"]`)
	p.sees(`html[lang="en"] main`)
	p.tap(`a[href="/help"]`)
	p.sees("main h2")
	p.open("/search?q=lamp")
	p.tap(`main a[href^="/l/"]`)
	p.tap(`main a[href$="/report"]`)
	p.tap(`input[value="spam"]`)
	p.put("#words", "Keine Lampe.")
	p.tap(`form:has(#words) .btn--primary`)
	p.sees(`main:not(:has(#words))`)
}

// asks a question before anything is bought, with a wallet that is made on the way, and hears the answer.
func (l *life) asks() {
	s, b := l.seller, l.buyer
	b.finds("lamp")
	l.lamp = eval[string](b.person, "location.pathname")
	b.look("listing")
	b.looksThrough()
	b.tap(`main a[href$="/ask"]`)
	b.fill("wallet-passphrase", passphrase)
	b.fill("wallet-passphrase-again", passphrase)
	b.click("wallet-make")
	b.fill("ask-text", "Geht sie?")
	b.look("ask")
	b.click("ask-send")
	b.waitText("said", "Geht sie?")
	s.open("/desk")
	s.tap(`.todo a`)
	s.put("#text", "Ja.")
	s.tap(`form:has(#text) .btn--primary`)
	s.sees(`.said__line--mine`)
	b.open("/wallet/orders")
	b.see("talk-new")
	b.look("talks")
	b.tap(id("talk-row") + ` a`)
	b.waitText("said", "Ja.")
	b.look("talk")
}

// finds a listing as people do, by the search in the page's head.
func (p *person) finds(word string) {
	p.t.Helper()
	p.open("/")
	p.put(`header input[name="q"]`, word)
	p.tap(`header .search__button`)
	p.until("what was found", `location.pathname === "/search"`)
	p.tap(`main a[href^="/l/"]`)
	p.until("the listing", `location.pathname.startsWith("/l/") && document.readyState === "complete"`)
}

// looksThrough goes through the photos of a listing, in its page and enlarged.
func (p *inspector) looksThrough() {
	p.t.Helper()
	p.until("six photos", `document.querySelectorAll(".gallery__photo img").length === 6 && document.querySelector(".gallery__steps") !== null`)
	p.tap(`.gallery__photo a`)
	p.see("zoom")
	p.click("zoom-in")
	p.click("zoom-next")
	p.look("listing-zoom")
	if p.keys {
		p.reachable(id("zoom-stage"))
		p.types("-0" + kb.ArrowRight) // smaller, whole, and the next
		p.types(kb.Escape)
	} else {
		p.click("zoom-close")
	}
	p.until("the photo is closed", `document.querySelector("dialog:modal") === null && document.activeElement.matches(".gallery__photo a")`)
}

// haggles over the price and buys for what is offered in private; it is here, and the seller is paid.
func (l *life) haggles() {
	s, b := l.seller, l.buyer
	b.open(l.lamp)
	b.tap(`main a[href$="/propose"]`)
	b.fill("propose-price", "30,00")
	b.fill("propose-text", "Ich hole sie ab.")
	b.look("propose")
	b.click("propose-send")
	b.sees(id("said") + ` [data-minor="3000"]`)
	talk := eval[string](b.person, "location.pathname")
	s.open("/desk")
	s.tap(`.todo a`)
	s.put("#word", "Gern.") // more than what one press says
	s.look("desk-haggle")
	s.tap(`form:has(#word) .btn--primary`)
	s.sees(`.said__line--mine [data-minor="3000"], .said__line--mine .money`)
	s.look("desk-haggled")
	b.do(chromedp.Reload())
	b.see("deal-buy")
	b.look("deal")
	b.click("deal-buy")
	b.see("checkout-plan")
	b.see("checkout-protection")
	b.look("checkout-private")
	b.pay("90.00")
	b.released()
	b.open(talk)
	b.see("deal-bought")
	b.look("deal-bought")
	l.books("bought in private", 30_00, 0, 60_00)
}

// released says of what was just bought that it is here and fine, so that its seller has
// the money.
func (p *inspector) released() {
	p.t.Helper()
	p.click("checkout-order")
	p.click("hold-release")
	p.look("order-release")
	p.click("hold-release-yes")
	p.see("rate-1")
}

// buysThree buys three things of the stall in one parcel: the largest postage is paid once.
func (l *life) buysThree() {
	b := l.buyer
	for _, word := range []string{"terracotta", "silver", "oak"} {
		b.open(b.eventuallyListed(word))
		b.tap(`form.buy button[name="add"]`)
		b.see("basket-added")
	}
	b.open("/wallet")
	b.see("wallet-basket")
	b.until("the basket in the header", `document.querySelector("[data-basket]").checkVisibility() && document.querySelector("[data-basket-count]").innerText.startsWith("3")`)
	b.tap("[data-basket]")
	b.costs(22_50) // 10.00 + 4.00 + 6.00, and 2.50
	b.address("12 Elm Street")
	b.fill("basket-quantity", "2\r") // of the first
	b.costs(32_50)
	b.until("the address that was written", `document.querySelector('[data-testid="address-line1"]').value === "12 Elm Street"`)
	b.fill("basket-quantity", "1\r")
	b.costs(22_50)
	b.look("basket")
	if b.keys {
		b.heard()
	}
	b.pay("")
	b.until("the reader is at what was paid", `document.activeElement.dataset.testid === "checkout-done"`)
	b.look("checkout-done")
	b.sees(id("receipt-price") + `[data-minor="2250"]`)
	b.sees(id("receipt") + ` [data-minor="600"]`)
	b.until("no basket in the header", `document.querySelector("[data-basket]").hidden`)
	eventually(l.t, patience, "T12 to be recorded", func() bool { return auditOf(l.t, l.data).Held == 22_50 })
	l.books("a basket", 30_00, 22_50, 37_50)
}

// heard wants the checkout to be whole for who hears it: one head above all and none below
// two levels of it, a name for each control and each group of choices, every control that
// Tab comes to, and what is paid in the button that pays it.
func (p *person) heard() {
	p.t.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.t.Fatal(err)
	}
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			_ = json.Unmarshal(v.Value, &s) // what is no text has none
		}
		return s
	}
	at, level, controls, last := map[accessibility.NodeID]*accessibility.Node{}, 0, 0, ""
	for _, n := range tree.Nodes {
		at[n.NodeID] = n
	}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		role, name := text(n.Role), strings.TrimSpace(text(n.Name))
		switch role {
		case "heading":
			for _, property := range n.Properties {
				if now := 0; property.Name == "level" && json.Unmarshal(property.Value.Value, &now) == nil {
					if now > level+1 {
						p.t.Errorf("after a heading of level %d comes %q, of level %d", level, name, now)
					}
					level = now
				}
			}
		case "radio", "checkbox":
			group := at[n.ParentID]
			for group != nil && (group.Ignored || !slices.Contains([]string{"group", "radiogroup", "form"}, text(group.Role))) {
				group = at[group.ParentID]
			}
			if group == nil || text(group.Role) != "form" && text(group.Name) == "" {
				p.t.Errorf("%s %q is of no group with a name", role, name)
			}
		}
		if slices.Contains([]string{"button", "link", "textbox", "searchbox", "spinbutton", "combobox", "radio", "checkbox", "DisclosureTriangle"}, role) {
			controls++
			if name == "" {
				p.t.Errorf("a %s has no name", role)
			}
			if role == "button" && strings.Contains(name, p.sum("22.50")) {
				last = name
			}
		}
	}
	if last == "" {
		p.t.Error("no button says what it pays")
	}
	if stops := eval[int](p, `[...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(e => e.tabIndex >= 0 && !e.matches(":disabled") && e.checkVisibility({ visibilityProperty: true })).length`); stops > controls {
		p.t.Errorf("Tab comes to %d controls, and %d are heard", stops, controls)
	}
}

// costs waits until the checkout has this price.
func (p *person) costs(minor int) {
	p.t.Helper()
	p.unfolded(id("checkout-price"))
	p.sees(id("checkout-price") + `[data-minor="` + strconv.Itoa(minor) + `"]`)
}

// writes has the buyer write to the seller, and give the address anew, which the seller reads.
func (l *life) writes() {
	s, b := l.seller, l.buyer
	b.click("checkout-order")
	b.see("hold-says")
	b.fill("talk-text", "Bitte gut verpacken.")
	b.click("talk-send")
	b.waitText("said", "Bitte gut verpacken.")
	b.unfolded(id("talk-address-send"))
	b.address("13 Elm Street")
	b.click("talk-address-send")
	b.waitText("said", "13 Elm Street")
	s.open("/desk")
	s.look("desk-todo")
	s.follow("Terracotta pots")
	if s.speaks() == "de" {
		s.reads("Terracotta pots und 2\u00a0weitere")
	}
	s.reads("13 Elm Street")
	s.reads("Bitte gut verpacken.")
	s.tap(`main a[href$="/slip"]`)
	s.reads("13 Elm Street")
	s.look("desk-slip")
	s.tap(`main a[href^="/desk/orders/"]`)
}

// sends says that the parcel is on its way, with its number.
func (l *life) sends() {
	s, b := l.seller, l.buyer
	s.put("#carrier", "PostNL")
	s.put("#tracking", "3S ABC 123")
	s.marksSent()
	s.look("desk-order")
	b.do(chromedp.Reload())
	b.waitText("tracking", "3S ABC 123")
}

// marksSent says that what is ordered is on its way.
func (p *person) marksSent() {
	p.t.Helper()
	p.tap(`form:has(#carrier) .btn--primary`)
	p.sees(`.callout--success`)
	p.sees(`form:has(#carrier) button:not(.btn--primary)`)
}

// shows photos of the parcel from both sides. The desk tells of what comes without a
// press, and keeps what is being typed.
func (l *life) shows() {
	s, b := l.seller, l.buyer
	b.upload(id("photo-file"), exifPhoto(l.t))
	b.fill("photo-shows", "Der Riss")
	b.look("order-photo")
	s.put("#text", "Ein halber Satz")
	b.click("photo-send")
	b.until("the photo", `document.querySelector('[data-testid="said-photo"] img')?.complete`)
	b.click("hold-problem")
	b.look("order-talk")
	s.hears("of the photo", `document.querySelector('.said__photo img[alt="Der Riss"]')?.naturalWidth > 0 && document.querySelector('[data-testid="desk-news"]').innerText !== "" &&
		document.title.startsWith("(1) ") && document.querySelector("#text").value === "Ein halber Satz"`)
	s.look("desk-news")
	s.put("#text", "")
	s.upload("#photo", exifPhoto(l.t))
	s.put("#shows", "So war es")
	s.look("desk-photo")
	s.tap(`form:has(#shows) button`)
	s.sees(`.said__line--mine img[alt="So war es"]`)
	b.do(chromedp.Reload())
	b.until("both photos", `[...document.querySelectorAll('[data-testid="said"] [data-testid="said-photo"] img')].map(e => e.alt + (e.naturalWidth > 0)).join() === "Der Risstrue,So war estrue"`)
}

// receives says that all is well, with which the seller is paid and hears of it.
func (l *life) receives() {
	s, b := l.seller, l.buyer
	b.click("talk-compare")
	b.sees(id("talk-compared") + `.callout--success`)
	b.click("hold-release")
	b.click("hold-release-yes")
	b.see("rate-4")
	b.look("order-released")
	s.hears("that it is here", `document.querySelectorAll("#said .said__line").length >= 6`) // from the buyer or the market, whoever is first
	l.books("received", 52_50, 0, 37_50)
}

// hears waits until a page of the desk that stays open shows what the seller hears.
func (p *person) hears(what, so string) {
	p.t.Helper()
	p.until("to hear "+what, `(document.dispatchEvent(new Event("visibilitychange")), `+so+`)`) // as somebody who comes back
}

// rates the purchase, and the seller answers that.
func (l *life) rates() {
	s, b := l.seller, l.buyer
	b.click("rate-4")
	b.fill("rate-words", "Kam in zwei Tagen.")
	b.click("rate-send")
	b.click("rating-check")
	b.see("rating-checked")
	b.look("order-rated")
	s.open("/desk/ratings")
	s.put(`textarea[name="words"]`, "Danke!")
	s.look("desk-rating")
	s.tap(`form:has([name="rating"]) .btn--primary`)
	s.sees(`.callout--success`)
	b.open("/wallet/orders")
	b.see("order-row")
	b.look("orders")
}

// earns has the seller move what was earned into the wallet, with the broker's answer lost once.
func (l *life) earns() {
	s := l.seller
	s.sells("52.50")
	s.look("earned")
	s.loses(func() { s.click("payout-scrip") }, "/payouts")
	s.see("payout-done")
	s.sees(id("wallet-balance") + `[data-minor="5250"]`)
	l.books("earned", 0, 0, 90_00)
}

// sells waits until the wallet's page says what its stall has earned.
func (p *person) sells(amount string) {
	p.t.Helper()
	eventually(p.t, patience, "earnings of "+amount, func() bool {
		p.open("/wallet")
		p.see("wallet-balance")
		return eval[bool](p, `new Promise(done => { // the broker is asked once for each load of the page
			const look = () => document.querySelector('`+id("earned")+`')?.innerText.includes("`+p.sum(amount)+`") ?? false
			const end = setTimeout(() => done(look()), 1000)
			new MutationObserver(() => look() && (clearTimeout(end), done(true))).observe(document, { subtree: true, childList: true })
			if (look()) done(true)
		})`)
	})
}

// disputes has a thing come broken: the buyer tells the market, with a photo, and the seller answers.
func (l *life) disputes() {
	s, b := l.seller, l.buyer
	l.bear = b.eventuallyListed("teddy")
	b.open(l.bear)
	b.tap(`form.buy button:not([name])`)
	b.see("checkout-plan")
	b.pay("")
	b.click("checkout-order")
	b.see("hold-says")
	s.open("/desk")
	s.follow("Teddy bear")
	s.marksSent()
	b.click("hold-problem")
	b.fill("problem-text", "Ein Ohr ist ab.")
	b.upload(id("problem-photos"), exifPhoto(l.t))
	b.fill("problem-caption", "Ein Ohr")
	b.look("order-report")
	b.click("problem-send")
	b.until("the photo among what was told", `document.querySelector('[data-testid="hold-both"] img[alt="Ein Ohr"]')?.complete`)
	b.look("order-disputed")

	s.hears("of the dispute", `document.querySelector("#dispute #answer") !== null && document.body.innerText.includes("Ein Ohr ist ab.")`)
	s.until("the photo on the desk", `document.querySelector('#dispute .said__photo img[alt="Ein Ohr"]')?.naturalWidth > 0`)
	s.look("desk-dispute")
	s.put("#answer", "Beide waren dran.")
	s.tap(`form:has(#answer) .btn--primary`)
	s.sees(`#dispute .said__line--mine`)
	s.look("desk-answered")
	l.books("disputed", 0, 10_00, 80_00)
}

// decides has the operator come in by the link, read the dispute, and part the money 60
// to 40: both are paid.
func (l *life) decides() {
	s, b, o := l.seller, l.buyer, l.operator
	o.open(l.console)
	o.tap(`main form .btn--primary`)
	o.sees(`nav.tabs`)
	o.look("operator-waiting")
	o.open("/disputes")
	o.look("operator-disputes")
	o.follow("Ein Ohr ist ab.")
	o.sees(`#why`)
	eventually(l.t, patience, "the seller's answer at the console", func() bool {
		if eval[bool](o.person, `document.body.innerText.includes("Beide waren dran.")`) {
			return true
		}
		o.do(chromedp.Sleep(time.Second), chromedp.Reload()) // it is on its way
		return false
	})
	o.until("the photo on the console", `document.querySelector('.said__photo img[alt="Ein Ohr"]')?.naturalWidth > 0`)
	o.unfold()
	o.look("operator-dispute")
	o.put("#to-buyer", o.sum("6.00"))
	o.put("#to-seller", o.sum("5.00"))
	o.put("#why", "Das Foto zeigt ein Ohr.")
	o.tap(`form:has(#why) .btn--primary`)
	o.sees(`#to-buyer[aria-invalid="true"]`)
	o.look("operator-decide-error")
	o.put("#to-seller", o.sum("4.00"))
	o.tap(`form:has(#why) .btn--primary`)
	o.sees(`#over`)
	o.look("operator-decided")
	b.open("/wallet/orders")
	b.follow("Teddy bear")
	b.waitText("hold-says", b.sum("6.00"))
	b.waitText("hold-decided", "Das Foto zeigt ein Ohr.")
	b.look("order-decided")
	s.open("/desk/earnings")
	s.waitText("earned", s.sum("4.00"))
	s.look("desk-earnings")
	s.loses(func() { s.click("payout-bank") }, "/payouts")
	s.see("payout-done")
	s.open("/wallet")
	s.waitText("bank-balance", s.sum("4.00"))
	s.sees(id("wallet-balance") + `[data-minor="5250"]`)
	l.books("decided", 0, 0, 86_00)
}

// asksForMoney has the seller make a payment link, which the buyer pays without an address; the desk shows it without a press, and
// the link that nothing is owed any more.
func (l *life) asksForMoney() {
	s, b := l.seller, l.buyer
	s.open("/desk")
	s.tap(`main a[href="/desk/payment-links"]`)
	s.put("#price", s.sum("3.00"))
	s.put("#title", "Zwei Stunden Gitarre")
	s.put("#reference", "2026-117")
	s.look("desk-payment-links")
	s.tap(`form:has(#reference) .btn--primary`)
	s.sees(`.callout--success`)
	s.until("the QR code", `document.querySelector("img.qr")?.naturalWidth > 0`)
	s.unfold()
	s.look("desk-payment-link")
	link := eval[string](s.person, `document.querySelector('main a[href^="/pay/"]').getAttribute("href")`)
	b.open(link)
	b.see("checkout-protection")
	b.look("pay")
	b.click("checkout-confirm")
	b.see("checkout-done")
	b.sees(id("receipt-reference"))
	b.look("pay-done")
	s.hears("that it is paid", `document.querySelector('[data-testid="link-state"]').classList.contains("badge--success") && document.querySelector("#live-payments a") !== null`)
	s.look("desk-payment-link-paid")
	s.tap(`#live-payments a`)
	s.sees(`#what`)
	s.look("desk-payment-order")
	b.click("checkout-order")
	b.see("talk")
	b.look("order-paid-for")
	b.open(link)
	b.until("that nothing is owed any more", `document.querySelector("[data-over]")?.childElementCount === 0 && document.querySelector(".callout--info") !== null`)
	b.look("pay-over")
	eventually(l.t, patience, "T12 to be recorded", func() bool { return auditOf(l.t, l.data).Earned == 3_00 })
	l.books("a payment link", 3_00, 0, 83_00)
}

// reclaims has the buyer take back the money of what was not sent in time; the broker's
// answer is lost once.
func (l *life) reclaims() {
	b := l.buyer
	b.checkout(l.bear)
	b.pay("")
	b.see("checkout-next")
	late := 6*24*time.Hour + time.Hour
	l.ahead.Store(int64(late))
	b.person.ahead(late)
	b.reopened()
	b.see("wallet-due")
	b.look("wallet-due")
	b.tap(id("wallet-due") + ` a`)
	b.loses(func() {
		b.click("hold-reclaim")
		b.click("hold-reclaim-yes")
	}, "/reclaims")
	b.waitText("hold-says", b.sum("10.00"))
	b.see("rate-1")
	b.look("order-reclaimed")
	b.open("/wallet")
	b.sees(id("wallet-balance") + `[data-minor="3050"]`)
	l.books("reclaimed", 3_00, 0, 83_00)
}
