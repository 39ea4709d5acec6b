package e2e_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// slow is the line of a phone: 150 ms from asking to the first byte, and 1.6 Mbit/s.
var slow = network.Conditions{Latency: 150, DownloadThroughput: 200_000, UploadThroughput: 200_000}

// usable notes when a page shows what it is for: the first element with one of these selectors.
const usable = `{
	let seen = 0
	const look = () => { seen ||= document.querySelector('SELECTOR')?.checkVisibility() ? performance.now() : 0 }
	new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
	window.usable = () => seen
}`

// timing is what a browser measured of a page, once that had loaded: milliseconds since it was asked for, and thousands of bytes
// as they travelled.
type timing struct {
	First, Usable, Loaded float64
	Requests              int
	Scripts, All          float64
}

const measured = `(async () => {
	while (!(window.usable() && performance.getEntriesByType("navigation")[0]?.loadEventEnd)) await new Promise(resolve => setTimeout(resolve, 20))
	const [page] = performance.getEntriesByType("navigation"), parts = performance.getEntriesByType("resource")
	const kB = list => list.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000
	return { First: page.responseStart, Usable: window.usable(), Loaded: page.loadEventEnd, Requests: 1 + parts.length,
		Scripts: kB(parts.filter(({ name }) => new URL(name).pathname.endsWith(".js"))), All: kB([page, ...parts]) }
})()`

// visit opens a page over a slow line with nothing kept of it, and measures that.
func (p *person) visit(path, selector string) timing {
	p.t.Helper()
	p.bypassWorker(true) // what goes by it is not counted
	_, failed := chromedp.Call(p.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	_, unheard := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: strings.Replace(usable, "SELECTOR", selector, 1)})
	_, fast := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&slow}})
	if err := errors.Join(failed, unheard, fast); err != nil {
		p.t.Fatalf("slow the line: %v", err)
	}
	p.open(path)
	return eval[timing](p, measured)
}

var preloaded = regexp.MustCompile(`<link rel="(?:modulepreload|stylesheet)" href="([^"]+)"`)

// shortened waits until the server has the files of a page in their shortest form, as it has them for all who come after the first.
func shortened(t *testing.T, base, path string) {
	t.Helper()
	body := func(url string) (string, *http.Response) {
		r, err := http.NewRequest(http.MethodGet, base+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "br")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: got %s, %v", url, answer.Status, err)
		}
		return string(text), answer
	}
	html, _ := body(path)
	for _, found := range preloaded.FindAllStringSubmatch(html, -1) {
		eventually(t, patience, found[1]+" to be compressed", func() bool {
			text, answer := body(found[1])
			return answer.Header.Get("Content-Encoding") == "br" || len(text) < 1<<10
		})
	}
}

// What somebody waits for who comes for the first time, over the line of a phone. It is told (`make timings`), and not held to a
// limit: that hangs on the machine. TestPagesAreLight (web) holds what is asked for.
func TestBrowserTimings(t *testing.T) {
	if os.Getenv("PEERSCRIP_TIMINGS") == "" {
		t.Skip("measures pages for `make timings`")
	}
	program := start(t, services.Config{Role: services.Demo, Data: t.TempDir()})
	owner := newPerson(t, browser(t), program.URL)
	owner.makeWallet()
	listing := owner.listed("lantern")
	checkout := listing + "/checkout?quantity=1"
	shortened(t, program.URL, checkout)
	t.Logf("%-34s %9s %9s %9s %9s %9s %9s", "page", "first ms", "usable", "loaded", "requests", "kB script", "kB in all")
	for _, of := range []struct{ name, path, selector, language string }{
		{"home", "/", ".heart", ""},
		{"search", "/search?q=wood", ".heart", ""},
		{"listing", listing, "[data-save]", ""},
		{"checkout, no wallet", checkout, id("wallet-make"), ""},
		{"checkout, no wallet, in German", checkout, id("wallet-make"), "de"},
		{"checkout, a wallet", checkout, id("checkout-confirm"), ""},
	} {
		p := owner
		if of.name != "checkout, a wallet" {
			p = newPerson(t, browser(t), program.URL)
		}
		if of.language != "" {
			p.speak(of.language)
		}
		got := p.visit(of.path, of.selector)
		t.Logf("%-34s %9.0f %9.0f %9.0f %9d %9.1f %9.1f", of.name, got.First, got.Usable, got.Loaded, got.Requests, got.Scripts, got.All)
		if got.Requests < 10 || got.Scripts == 0 || got.Usable < 2*slow.Latency {
			t.Errorf("%s: got %+v, want a page with its scripts, over a slow line", of.name, got)
		}
	}
}
