package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"peerscrip/api"
	"peerscrip/api/contract"
	"peerscrip/services"
)

// passphrase is every test wallet's.
const passphrase = "marble otter wanders home"

// patience is how long a page may take on a slow machine under the race
// detector before a test gives it up.
const patience = 90 * time.Second

// seldom asks a page ten times a second whether it is so far; more often, the
// tests that wait take the processor from those that work.
const seldom = 100 * time.Millisecond

// retry has chromedp ask as seldom.
var retry = chromedp.RetryInterval(seldom)

// sharedBrowser is the browser of all tests but those that kill it: every person has
// cookies and storage of its own in it.
var sharedBrowser = sync.OnceValues(func() (context.Context, error) {
	profile, err := os.MkdirTemp("", "peerscrip-chromium-")
	if err != nil {
		return nil, err
	}
	return startChromium(profile, func(end func()) {
		whenOver(end, func() { os.RemoveAll(profile) })
	}, append(headless(), light()...)...)
})

// headless chooses the browser without windows where it is installed: the same
// pages for less of the processor.
func headless() []chromedp.ExecAllocatorOption {
	shell, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		return nil
	}
	return []chromedp.ExecAllocatorOption{chromedp.ExecPath(shell)}
}

// light has the browser work less beside the page that is looked at: it keeps no page that was
// left, with its process, for Back. Where timings are taken it is as people have it.
func light() []chromedp.ExecAllocatorOption {
	if os.Getenv("PEERSCRIP_TIMINGS") != "" {
		return nil
	}
	return []chromedp.ExecAllocatorOption{chromedp.Flag("disable-features", spared+",BackForwardCache")}
}

// keeping returns a browser that keeps the pages that were left, for those who go Back.
func keeping(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	ctx, err := startChromium(t.TempDir(), func(end func()) { t.Cleanup(end) }, headless()...)
	if err != nil {
		t.Fatal(err)
	}
	return context.WithValue(ctx, hasty{}, true)
}

// atEnd is what TestMain does when all tests are over.
var atEnd struct {
	sync.Mutex
	all []func()
}

func whenOver(ends ...func()) {
	atEnd.Lock()
	defer atEnd.Unlock()
	atEnd.all = append(atEnd.all, ends...)
}

// spared are features of the browser that no test needs: a process that is made ready at every
// step for no other page is one.
const spared = "Translate,SpareRendererForSitePerProcess"

// startChromium starts a browser with its profile in a folder, and hands over
// what ends it.
func startChromium(profile string, ends func(func()), more ...chromedp.ExecAllocatorOption) (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900),
		chromedp.Flag("force-prefers-reduced-motion", true), // what turns while a test waits is drawn by the processor
		chromedp.Flag("in-process-gpu", true), chromedp.Flag("disable-software-rasterizer", true),
		chromedp.Flag("disable-threaded-compositing", os.Getenv("PEERSCRIP_SHOTS") == ""), // a page is drawn by the thread that runs it; pictures want their own
		chromedp.Flag("disable-features", spared),
	)
	allocated, end := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ends(end)
	ctx, _ := chromedp.NewContext(allocated) // ends with allocated
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return nil, fmt.Errorf("start Chromium (make test installs it): %w", err)
	}
	return ctx, nil
}

// hasty marks the tests' browser, in which passphrases are not stretched: that is for
// an attacker's sake, and takes a wallet longer than all else that it does. Who steals
// a disk or kills a browser has one of his own, without this.
type hasty struct{}

const unstretched = `{
	const derive = crypto.subtle?.deriveKey.bind(crypto.subtle)
	if (derive) crypto.subtle.deriveKey = (kdf, ...rest) => derive(kdf.name === "PBKDF2" ? { ...kdf, iterations: 1 } : kdf, ...rest)
}`

// browser returns the tests' browser.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	ctx, err := sharedBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return context.WithValue(ctx, hasty{}, true)
}

// browserOf starts a browser of its own for a test that kills it and starts it
// again with the same profile.
func browserOf(t *testing.T, profile string) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	ctx, err := startChromium(profile, func(end func()) { t.Cleanup(end) })
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// person is one user of a browser: cookies, storage and one tab of its own.
type person struct {
	t    *testing.T
	ctx  context.Context
	base string

	language string // that its browser asks for; empty: English
	scheme   string // of colours, in which it sees pages
	width    int64  // of its window
	keys     bool   // it has a keyboard alone (browser_keys_test.go)
	last     string // what it did last with it

	scriptless bool // its browser runs no scripts
}

// newPerson opens a tab for somebody who has not been here before.
func newPerson(t *testing.T, in context.Context, base string) *person {
	t.Helper()
	ctx, cancel := chromedp.NewContext(in, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return personOf(t, ctx, base)
}

// personOf opens a tab, which lives as long as ctx, for whoever has what is in that browser.
func personOf(t *testing.T, ctx context.Context, base string) *person {
	t.Helper()
	p := &person{t: t, ctx: ctx, base: base, scheme: "light", width: 1280}
	if err := chromedp.Do(p.ctx, chromedp.Navigate("about:blank")); err != nil {
		p.t.Fatalf("open a tab: %v", err)
	}
	if p.ctx.Value(hasty{}) != nil {
		if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: unstretched}); err != nil {
			p.t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: laidOut}); err != nil {
		p.t.Fatal(err)
	}
	p.watch()
	return p
}

// laidOut lays a page out now and then until it has loaded, as drawing it would. The browser
// without windows draws none, and an icon that a script put there holds up the event that a
// page has loaded until it is laid out.
const laidOut = `{
	const end = setInterval(() => document.readyState === "complete" ? clearInterval(end) : document.documentElement?.offsetHeight, 100)
}`

// watch fails the test on errors in the page's console: a blocked script, an
// uncaught exception. A request that the network refused is no such error.
func (p *person) watch() {
	messages := chromedp.Console(p.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if text := m.String(); m.IsException() || strings.Contains(text, "Content Security Policy") {
				p.t.Errorf("console: %s", text)
			}
		}
	}()
}

// do runs actions, each within the test's patience.
func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for i, step := range steps {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		err := chromedp.Do(ctx, step)
		cancel()
		if err != nil {
			p.t.Fatalf("step %d: %v\n%s", i, err, p.say())
		}
	}
}

// say tells what the page shows, for the report of a failure.
func (p *person) say() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return fmt.Sprintf("(the page does not say: %v)", err)
	}
	return text
}

// open goes to a page, again if the page that is there went elsewhere meanwhile.
func (p *person) open(path string) {
	p.t.Helper()
	p.again("go to "+path, func(ctx context.Context) error {
		return chromedp.Do(ctx, chromedp.Navigate(p.base+path))
	})
}

// id selects by data-testid.
func id(name string) string { return `[data-testid="` + name + `"]` }

func (p *person) click(name string) { p.t.Helper(); p.tap(id(name)) }

// tap clicks an element, again if the page put a new one in its place meanwhile.
func (p *person) tap(selector string) {
	p.t.Helper()
	p.hit("a click on "+selector, `document.querySelector(`+strconv.Quote(selector)+`)`)
}

// errMissed says that a page moved while it was clicked.
var errMissed = errors.New("the click went beside the element")

// hit clicks an element, which element finds in the page, until the click has
// arrived there: what a page gets to know moves it.
func (p *person) hit(what, element string) {
	p.t.Helper()
	p.again(what, func(ctx context.Context) error {
		if err := p.unfoldByKeys(ctx, element); err != nil {
			return err
		}
		listen := `(() => {
			const element = ` + p.found(element) + `
			if (!element?.checkVisibility({ visibilityProperty: true }) || element.matches(":disabled")) return null
			window.arrived = false
			removeEventListener("click", window.arriving, true)
			window.arriving = event => { window.arrived ||= ` + element + `?.contains(event.target) }
			addEventListener("click", window.arriving, true)
			element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" })
			const middles = [...element.getClientRects()].map(({ x, y, width, height }) => [x + width / 2, y + height / 2])
			return middles.find(([x, y]) => element.contains(document.elementFromPoint(x, y))) ?? middles[0] ?? null
		})()`
		at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](listen))
		switch {
		case err != nil:
			return err
		case at == nil:
			return errors.New("it is not there to be clicked")
		case p.keys:
			err = p.strike(ctx, element)
		default:
			err = chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1]))
		}
		if err != nil || p.scriptless { // which nothing hears arrive
			return err
		}
		// Where it led to another page, nothing waits to be asked.
		if missed, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.arrived === false`)); err == nil && missed {
			return errMissed
		}
		return nil
	})
}

// unfolds opens what an element is folded in, as a person does who looks for it, and
// gives the element back. There may be none yet.
const unfolds = `(e => {
	let within = e?.tagName === "SUMMARY" ? e.parentElement.parentElement : e?.parentElement
	for (let d; d = within?.closest("details:not([open])"); ) d.open = true
	return e ?? null
})`

// found is how the page finds an element, and, but for who has keys, unfolds it.
func (p *person) found(element string) string {
	if p.keys {
		return element
	}
	return unfolds + "(" + element + ")"
}

// again tries until it works.
func (p *person) again(what string, try func(context.Context) error) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(p.ctx, patience/3) // an event that the browser never told is not waited for alone
		err := try(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s: %v\n%s", what, err, p.say())
		}
		time.Sleep(seldom)
	}
}

func (p *person) see(name string) {
	p.t.Helper()
	if p.keys {
		p.unfolded(id(name))
	}
	p.sees(id(name))
}

func (p *person) fill(name, text string) { p.t.Helper(); p.put(id(name), text) }

// unfolded opens what an element is folded in, once it is there.
func (p *person) unfolded(selector string) {
	p.t.Helper()
	element := `document.querySelector(` + strconv.Quote(selector) + `)`
	p.until(selector, p.found(element)+` !== null`)
	if p.keys {
		p.again("unfold "+selector, func(ctx context.Context) error { return p.unfoldByKeys(ctx, element) })
	}
}

// put writes a text into a field in place of what is there, at once: typed key by
// key, texts take as long as pages. A text that ends with kb.Enter presses that.
func (p *person) put(selector, text string) {
	p.t.Helper()
	field := "document.querySelector('" + selector + "')"
	if p.keys {
		p.unfolded(selector)
	}
	p.until(selector+" takes text", `(e => e !== null && e.checkVisibility({ visibilityProperty: true }) && !e.matches(":disabled"))(`+p.found(field)+`)`)
	text, enter := strings.CutSuffix(text, kb.Enter)
	p.again("write into "+selector, func(ctx context.Context) error {
		if p.keys {
			if err := p.reach(ctx, field); err != nil {
				return err
			}
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](field+".focus(), "+field+".select()")); err != nil {
			return err
		}
		if text == "" {
			if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Backspace)); err != nil {
				return err
			}
		} else if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
			return err
		}
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.activeElement === "+field+" && "+field+".value.length <= "+strconv.Itoa(len(text))))
		if err == nil && !there {
			err = errors.New("the page took the focus or what was selected elsewhere meanwhile")
		}
		return err
	})
	if enter {
		p.do(chromedp.KeyEvent(kb.Enter))
	}
}

// press clicks a button or link by its words, again if the page put a new one
// in its place meanwhile, and waits for the page it leads to if it leads to
// another.
func (p *person) press(words string) {
	p.t.Helper()
	found := `//main//*[self::button or self::a][normalize-space()="` + words + `"]`
	p.hit("a press on "+words, `document.evaluate(`+strconv.Quote(found)+`, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue`)
}

// reads waits until the page shows some words.
func (p *person) reads(words string) {
	p.t.Helper()
	p.until("the words "+words, `document.body?.innerText.includes(`+strconv.Quote(words)+`) ?? false`)
}

// text returns what an element shows, once it is there.
func (p *person) text(name string) string {
	p.t.Helper()
	p.see(name)
	return eval[string](p, `document.querySelector('`+id(name)+`').innerText`)
}

// eval evaluates an expression in the page.
func eval[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate %.200s: %.500s", expression, err.Error())
	}
	return v
}

// waitText waits until an element shows a text, across the page's reloads.
func (p *person) waitText(name, want string) {
	p.t.Helper()
	p.again(name+" to show "+strconv.Quote(want), func(ctx context.Context) error {
		element := `document.querySelector('` + id(name) + `')`
		if err := p.unfoldByKeys(ctx, element); err != nil {
			return err
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](p.found(element)+`?.innerText ?? ""`))
		if err == nil && !strings.Contains(got, want) {
			err = fmt.Errorf("it shows %q", got)
		}
		return err
	})
}

// makeWallet makes a wallet on the wallet page and puts test money into its
// bank account.
func (p *person) makeWallet() {
	p.t.Helper()
	p.open("/wallet")
	p.fill("wallet-passphrase", passphrase)
	p.fill("wallet-passphrase-again", passphrase)
	p.click("wallet-make")
	p.see("wallet-balance")
}

// count is how many elements of a test id there are.
func (p *person) count(name string) int {
	p.t.Helper()
	return eval[int](p, `document.querySelectorAll('`+id(name)+`').length`)
}

// waitSteps waits until the checkout shows its messages in these states.
func (p *person) waitSteps(want string) {
	p.t.Helper()
	p.until("the steps "+want, `[...document.querySelectorAll('[data-testid^="step-"]')].map(e => e.dataset.testid.slice(5) + " " + e.dataset.state).join(", ") === `+strconv.Quote(want))
}

// until waits for an expression to be true in the page, across its reloads.
func (p *person) until(what, expression string) {
	p.t.Helper()
	p.again(what, func(ctx context.Context) error {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if err == nil && !yes {
			err = errors.New("it never came")
		}
		return err
	})
}

// interrupt breaks the next POST whose path ends so, and holds it: before it is
// sent, or answered and before the page has the answer.
func (p *person) interrupt(suffix string, answered bool) (hit <-chan fetch.RequestID) {
	p.t.Helper()
	stage := fetch.RequestStageRequest
	if answered {
		stage = fetch.RequestStageResponse
	}
	held := make(chan fetch.RequestID, 1)
	ctx, stop := context.WithCancel(p.ctx)
	events := chromedp.Events(ctx, fetch.RequestPaused)
	p.bypassWorker(true)
	if _, err := chromedp.Call(p.ctx, fetch.Enable, fetch.EnableParams{
		Patterns: []*fetch.RequestPattern{{URLPattern: "*" + suffix, RequestStage: stage}},
	}); err != nil {
		p.t.Fatalf("intercept: %v", err)
	}
	go func() {
		defer stop()
		for e, err := range events {
			if err != nil {
				return
			}
			if e.Request.Method == "POST" {
				held <- e.RequestID
				return
			}
			_, _ = chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
		}
	}()
	return held
}

// wait waits for an interrupted request.
func (p *person) wait(hit <-chan fetch.RequestID, what string) fetch.RequestID {
	p.t.Helper()
	select {
	case held := <-hit:
		return held
	case <-time.After(patience):
		p.t.Fatalf("%s was never sent\n%s", what, p.say())
		return ""
	}
}

// lose tells the page that a held request failed: it, or its answer, got lost.
func (p *person) lose(held fetch.RequestID) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: held, ErrorReason: network.ErrorReasonConnectionReset}); err != nil {
		p.t.Fatalf("lose a request: %v", err)
	}
	p.letGo()
}

// letGo ends the interception: what is held goes on.
func (p *person) letGo() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, fetch.Disable, cdp.Empty{}); err != nil {
		p.t.Fatalf("end interception: %v", err)
	}
	p.bypassWorker(false)
}

// bypassWorker has this tab's requests not go by the worker that keeps pages for when
// nothing answers: those that do cannot be held.
func (p *person) bypassWorker(bypass bool) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: bypass}); err != nil {
		p.t.Fatalf("bypass the worker: %v", err)
	}
}

// ordered wants so many orders in the wallet.
func (p *person) ordered(n int) {
	p.t.Helper()
	p.open("/wallet/orders")
	p.see("order-row")
	if rows := p.count("order-row"); rows != n {
		p.t.Errorf("%d orders, want %d", rows, n)
	}
}

// held is the contract that programs in this process are held to, as those that
// are started are.
var held = sync.OnceValues(func() (*contract.Contract, error) { return contract.Read(api.Contract) })

// start runs a role in this process until the test ends.
func start(t testing.TB, c services.Config) *services.Program {
	t.Helper()
	if c.Data == "" {
		c.Data = t.TempDir()
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	held, err := held()
	if err != nil {
		t.Fatal(err)
	}
	c.Document, c.PrivateStalls = text, true
	before := c.Watch
	c.Watch = func(next http.Handler) http.Handler {
		watched := held.Watch(next, func(misfit string) { t.Error(misfit) })
		if before != nil {
			return before(watched)
		}
		return watched
	}
	c.Log = slog.New(slog.DiscardHandler)
	program, err := services.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := program.Stop(); err != nil {
			t.Errorf("stop %s: %v", c.Role, err)
		}
	})
	return program
}

// shop starts a program that hosts a stall with some things, or hinges for 3.00.
func shop(t *testing.T, things ...goods) (program *services.Program, data string) {
	t.Helper()
	return shopOf(t, services.Config{}, things...)
}

// shopOf is a shop with a configuration of its own.
func shopOf(t *testing.T, c services.Config, things ...goods) (program *services.Program, data string) {
	t.Helper()
	if testing.Short() {
		t.Skip("serves a browser")
	}
	if things == nil {
		things = []goods{{"Hinge", "2.50", "0.50", "9"}}
	}
	data = t.TempDir()
	c.Role, c.Data = services.Serve, data
	program = start(t, c)
	seller, _ := hostStall(newBuyer(t, program.URL, 1, nil), program.URL, "The Ironmonger")
	for _, thing := range things {
		seller.list(thing)
	}
	return program, data
}

// sees waits until the page shows what a selector finds.
func (p *person) sees(selector string) {
	p.t.Helper()
	p.until("to see "+selector, p.found(`document.querySelector(`+strconv.Quote(selector)+`)`)+`?.checkVisibility() ?? false`)
}

// follow takes the first link with some words in it.
func (p *person) follow(words string) {
	p.t.Helper()
	found := `//main//a[contains(normalize-space(), "` + words + `")]`
	p.hit("a press on "+words, `document.evaluate(`+strconv.Quote(found)+`, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue`)
}

// sum is an amount as the person writes it.
func (p *person) sum(amount string) string {
	if p.speaks() == "de" {
		return strings.Replace(amount, ".", ",", 1)
	}
	return amount
}
