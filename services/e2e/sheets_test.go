package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/demo"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// lookOf reads how a page is to be pictured: a language, a colour scheme, a width.
var lookOf = regexp.MustCompile(`^(en|de)-(light|dark)-(\d+)$`)

// shotLooks are the looks in which pages are pictured: those of PEERSCRIP_LOOKS, such as
// "en-light-1280 de-dark-360", or these two. Only TestSheets has the languages.
func (p *person) shotLooks() []string {
	list := strings.Fields(os.Getenv("PEERSCRIP_LOOKS"))
	if len(list) == 0 {
		list = []string{"en-light-1280", "en-dark-360"}
	}
	return slices.DeleteFunc(list, func(look string) bool { return !strings.HasPrefix(look, p.speaks()+"-") })
}

// speaks is the person's language.
func (p *person) speaks() string {
	if p.language == "" {
		return "en"
	}
	return p.language
}

// pictured counts the pictures, so that their names are in the order in which they were taken.
var pictured atomic.Int64

// shot keeps pictures of the page as it is in the folder PEERSCRIP_SHOTS, for eyes: one
// for each look, in a folder named as the test, or as the name's part before a slash.
func (p *person) shot(name string) {
	p.t.Helper()
	folder := os.Getenv("PEERSCRIP_SHOTS")
	if folder == "" {
		return
	}
	sheet, state, named := strings.Cut(name, "/")
	if !named {
		sheet, state = strings.ToLower(strings.TrimPrefix(strings.Split(p.t.Name(), "/")[0], "TestBrowser")), name
	}
	if err := os.MkdirAll(filepath.Join(folder, sheet), 0o755); err != nil {
		p.t.Fatal(err)
	}
	n := pictured.Add(1)
	for _, look := range p.shotLooks() {
		of := lookOf.FindStringSubmatch(look)
		if of == nil {
			p.t.Fatalf("PEERSCRIP_LOOKS: got %q, want such as en-dark-360", look)
		}
		var width int64
		if err := json.Unmarshal([]byte(of[3]), &width); err != nil {
			p.t.Fatal(err)
		}
		p.as(of[2], width)
		p.do(chromedp.EmulateViewport(width, eval[int64](p, `Math.max(800, document.documentElement.scrollHeight)`))) // what stays at the bottom is there
		p.picture(filepath.Join(folder, sheet, fmt.Sprintf("%04d-%s-%s.png", n, state, look)))
	}
	p.as(p.scheme, p.width)
}

// picture writes a picture of the whole page into a file, when its images are there.
func (p *person) picture(file string) {
	p.t.Helper()
	eval[bool](p, `(async () => {
		for (const img of document.images) img.loading = "eager"
		const there = Promise.all([...document.images].map(img => img.complete || new Promise(on => { img.onload = img.onerror = on })))
		await Promise.race([there, new Promise(on => setTimeout(on, 5000))])
		return true
	})()`)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, picture, 0o600)
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", file, err)
	}
}

// as shows the page in a colour scheme and a width.
func (p *person) as(scheme string, width int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
	eval[bool](p, `{
		const enough = time => new Promise(resolve => setTimeout(resolve, time))
		const drawn = new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
		Promise.race([drawn, enough(100)]) // only where pictures are wanted is anything drawn
			.then(() => Promise.race([Promise.all(document.getAnimations().map(a => a.finished.catch(() => {}))), enough(1000)])).then(() => true)
	}`)
}

// speak has a person's browser ask for pages in a language.
func (p *person) speak(tag string) {
	p.t.Helper()
	p.language = tag
	agent := eval[string](p, `navigator.userAgent`)
	if _, err := chromedp.Call(p.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag}); err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: tag}); err != nil {
		p.t.Fatal(err)
	}
}

// view opens a page, looks at it and pictures it.
func (p *inspector) view(name, path string) {
	p.t.Helper()
	p.open(path)
	p.settled()
	p.look(name)
}

// views looks at pages that are of the same kind.
func (p *inspector) views(name string, paths ...string) {
	p.t.Helper()
	for i, path := range paths {
		p.view(fmt.Sprintf("%s-%d", name, i+1), path)
	}
}

// settled waits until a page has read what it shows.
func (p *person) settled() {
	p.t.Helper()
	p.until("the page", `document.readyState === "complete"`)
	time.Sleep(500 * time.Millisecond)
}

// paths are where the page's links lead whose address begins so.
func (p *person) paths(start string) []string {
	p.t.Helper()
	list := eval[[]string](p, `[...new Set([...document.querySelectorAll('main a[href^="`+start+`"]')].map(a => a.pathname))]`)
	slices.Sort(list)
	return list
}

// TestSheets pictures all that there is to be seen, in each language of PEERSCRIP_LOOKS, and has axe look at it: a demo with its people, as a
// shopper, a buyer, the sellers and the operator see it; payment links, to who asks and who pays; real money; a restored folder; books that
// contradict each other. `make sheets` lays the pictures out. Without PEERSCRIP_SHOTS there is nothing to do.
func TestSheets(t *testing.T) {
	if os.Getenv("PEERSCRIP_SHOTS") == "" {
		t.Skip("takes pictures for `make sheets`")
	}
	for _, tag := range []string{"en", "de"} {
		if !strings.Contains(" "+os.Getenv("PEERSCRIP_LOOKS"), " "+tag+"-") {
			continue
		}
		t.Run("people/"+tag, func(t *testing.T) { people(t, tag) })
		t.Run("links/"+tag, func(t *testing.T) { paymentLinks(t, tag) })
		t.Run("money/"+tag, func(t *testing.T) {
			m := startRealMoney(t, tag)
			m.comesAndGoes()
			m.waits()
		})
		t.Run("transfer/"+tag, func(t *testing.T) { transfers(t, tag) })
		t.Run("restored/"+tag, func(t *testing.T) { restoredFolder(t, tag) })
		t.Run("fork/"+tag, func(t *testing.T) { forked(t, tag) })
	}
}

// visitor is somebody who was not here before, and reads a language.
func visitor(t *testing.T, base, language string) *inspector {
	t.Helper()
	p := newPerson(t, browser(t), base)
	p.speak(language)
	return newInspector(p)
}

func people(t *testing.T, language string) {
	data := t.TempDir()
	door, address := newFrontDoor(t), freePort(t)
	door.leadTo(t, address)
	program := start(t, services.Config{Role: services.Demo, Operator: address, OperatorURL: door.url, ClientIP: "X-Forwarded-For", Data: data, People: true})
	console := operatorOf(t, door.url, language)
	console.open(strings.TrimPrefix(program.ConsoleURL, program.OperatorURL))
	console.look("operator/link")
	console.tap("main form button")
	shopper := visitor(t, program.URL, language)
	shopper.looksAround()
	shopper.buysHere()
	seller := visitor(t, program.URL, language)
	for _, key := range []string{"attic", "shed", "spin", "cupboard"} {
		seller.entersSample(data, key)
		seller.sellsHere(key)
	}
	console.operates()
}

// looksAround is all that is there for who only looks.
func (p *inspector) looksAround() {
	p.t.Helper()
	p.view("shop/home", "/")
	p.views("shop/search", "/search?q=wood", "/search?q=wooden+trian", "/search?q=zzzz", "/search?category=home&sort=price")
	p.view("shop/stalls", "/stalls")
	p.view("shop/stall", p.paths("/stalls/")[0])
	for _, shape := range [][2]string{
		{"panorama", "sideboard"}, {"dark", "lantern"}, {"tiny", "pump"}, {"german", "kassettenspieler"}, {"arabic", "حكايات"}, {"emoji", "seedlings"}, {"cluttered", "jars"},
	} {
		p.view("shop/listing-"+shape[0], p.listed(url.QueryEscape(shape[1])))
	}
	lantern := p.listed("lantern")
	for _, page := range []string{"ask", "propose", "report"} {
		p.view("shop/"+page, lantern+"/"+page)
	}
	for _, page := range []string{"saved", "how-it-works", "about", "help", "verify", "bank", "sell", "nowhere"} {
		p.view("shop/"+page, "/"+page)
	}
}

// buysHere is what a buyer's wallet shows from its making to an order.
func (p *inspector) buysHere() {
	p.t.Helper()
	p.view("wallet/none", "/wallet")
	p.view("wallet/orders-none", "/wallet/orders")
	spoons := p.listed("teaspoons")
	p.makeWallet()
	p.look("wallet/made")
	p.open(p.listed("headphones") + "/ask")
	p.fill("ask-text", "Is the cable the original one?")
	p.click("ask-send")
	p.see("said")
	p.look("wallet/asked")
	p.open(p.listed("loudspeakers") + "/propose")
	p.fill("propose-price", "200")
	p.look("wallet/propose")
	p.click("propose-send")
	p.see("said")
	p.look("wallet/proposed")
	p.checkout(spoons)
	p.look("wallet/checkout-without-money")
	p.click("bank-deposit")
	p.waitText("bank-balance", "100")
	p.fill("checkout-load-amount", "abc")
	p.address("12 Elm Street")
	p.look("wallet/checkout-filled")
	p.click("checkout-confirm")
	p.see("wallet-error")
	p.look("wallet/checkout-error")
	p.fill("checkout-load-amount", "60")
	p.click("checkout-confirm")
	p.see("checkout-done")
	p.look("wallet/checkout-done")
	p.open(p.listed("bricks"))
	p.tap(`form.buy button[name="add"]`)
	p.see("basket-added")
	p.look("wallet/basket-added")
	p.open("/wallet")
	p.tap(id("wallet-basket"))
	p.see("checkout-plan")
	p.look("wallet/basket")
	p.view("wallet/wallet", "/wallet")
	p.view("wallet/orders", "/wallet/orders")
	p.tap(id("order-row") + " a")
	p.see("signed-T11")
	p.settled()
	p.look("wallet/order")
	p.unfold()
	p.look("wallet/order-unfolded")
	p.open("/wallet/orders")
	p.tap(id("talk-row") + " a")
	p.see("said")
	p.look("wallet/talk")
	p.view("wallet/envelopes", "/wallet/envelopes")
	p.open("/wallet")
	p.see("wallet-balance")
	p.unfold()
	p.look("wallet/unfolded")
	p.click("backup-begin")
	p.see("phrase")
	p.look("wallet/backup-phrase")
	p.open("/wallet")
	p.click("wallet-lock")
	p.see("wallet-locked")
	p.look("wallet/locked")
	p.view("wallet/sell", "/sell")
}

// entersSample opens the desk of a sample stall in the person's browser.
func (p *person) entersSample(data, key string) {
	p.t.Helper()
	samples, err := demo.Stalls()
	if err != nil {
		p.t.Fatal(err)
	}
	name := samples[slices.IndexFunc(samples, func(s demo.Stall) bool { return s.Key == key })].Name
	owner, err := folder.At(data).SampleKeys(key, rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: p.base, HTTPClient: http.DefaultClient})
	if err != nil {
		p.t.Fatal(err)
	}
	vendor, to := stallNamed(p.t, peer, name)
	s := newSeller(p.t, p.base)
	s.enterAs(ownerOf(p.t, peer, owner.Signing, name), owner.Signing, vendor, to)
	at, err := url.Parse(p.base + "/desk")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range s.client.Jar.Cookies(at) {
		if _, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: at.String(), Path: "/desk", HTTPOnly: new(true)}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// brokerOf is who the broker is, with its keys.
func brokerOf(t testing.TB, peer *api.Peer) scrip.BrokerInfo {
	t.Helper()
	info, err := peer.Broker().Info(t.Context())
	if err == nil {
		info.Chain, err = scrip.Chain{Broker: info.ID}.Learn(t.Context(), peer.Broker().Keys)
	}
	if err != nil {
		t.Fatalf("ask who the broker is: %v", err)
	}
	return info
}

// stallNamed finds a stall in the broker's directory.
func stallNamed(t testing.TB, peer *api.Peer, name string) (scrip.VendorID, jose.SealKey) {
	t.Helper()
	info := brokerOf(t, peer)
	part, err := peer.Broker().Stalls(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range part.Stalls {
		c, err := scrip.ReadCertificate(s.Certificate, s.Vendor, info.Signer())
		if err != nil {
			t.Fatal(err)
		}
		if c.Name == name {
			return c.Vendor, c.Envelope
		}
	}
	t.Fatalf("there is no stall %q", name)
	return "", jose.SealKey{}
}

// ownerOf is the account that a key has at the broker, by R1 and R2 again.
func ownerOf(t testing.TB, peer *api.Peer, key jose.SigningKey, name string) scrip.AccountID {
	t.Helper()
	info := brokerOf(t, peer)
	bank, err := peer.Bank().OpenAccount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reply, err := jose.NewReplyKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tx := rig.NewID(t)
	m := scrip.Compose(key.Thumbprint(), string(info.ID), tx, time.Now().Unix(), scrip.AccountRequest{Bank: bank, Name: name}, scrip.Attachments{ReplyKey: &reply})
	envelope, err := jose.Seal(rand.Reader, m, key, info.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := peer.Broker().Send(t.Context(), "R1", scrip.Sealed{Envelope: envelope})
	if err != nil {
		t.Fatal(err)
	}
	r2, err := scrip.OpenReply[scrip.AccountOpened](answer.Envelope, reply, key.Thumbprint(), tx, info.Signer())
	if err != nil {
		t.Fatal(err)
	}
	return r2.Body.Account
}

// sells is a desk with what is on it. What is alike at every stall is pictured at the first.
func (p *inspector) sellsHere(key string) {
	p.t.Helper()
	p.view("desk/desk-"+key, "/desk")
	orders, talks, listings := p.paths("/desk/orders/"), p.paths("/desk/talks/"), p.paths("/desk/listings/")
	p.views("desk/order-"+key, orders...)
	p.views("desk/talk-"+key, talks...)
	if key != "attic" {
		return
	}
	for _, page := range []string{"earnings", "page", "ratings", "new", "payment-links"} {
		p.view("desk/"+page, "/desk/"+page)
	}
	p.view("desk/listing", listings[0])
	p.view("desk/slip", orders[0]+"/slip")
	p.open(orders[0])
	p.unfold()
	p.look("desk/order-unfolded")
	p.open("/desk/new")
	eval[bool](p.person, `document.querySelector('main form[enctype="multipart/form-data"]').noValidate = true, document.querySelector('main form[enctype="multipart/form-data"]').requestSubmit(), true`)
	p.settled()
	p.look("desk/new-refused")
}

// operates is the operator's console.
func (p *inspector) operates() {
	p.t.Helper()
	p.view("operator/overview", "/")
	p.view("operator/reports", "/reports")
	p.view("operator/disputes", "/disputes")
	p.views("operator/dispute", p.paths("/disputes/")...)
	p.open("/")
	p.views("operator/revoke", p.paths("/stalls/")[:1]...)
}
