package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// Scrip that lives for seconds is renewed by itself, with a countdown on the
// wallet's page; and after its end when the wallet is looked at again.
func TestBrowserCountdown(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data, ScripLifetime: 8 * time.Second})
	p := newPerson(t, browser(t), program.URL)
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `{ const every = setInterval; setInterval = (run, wait) => every(run, Math.min(wait, 200)) }`,
	}); err != nil {
		t.Fatal(err)
	}
	const until = `Date.parse(document.querySelector('[data-testid="good-until"] time')?.dateTime ?? 0)`
	p.makeWallet()
	p.click("bank-deposit")
	p.waitText("bank-balance", "100.00")
	p.fill("wallet-load-amount", "50.00")
	p.click("wallet-load")
	p.until("a countdown", `/renews by itself in \d\sseconds?/.test(document.querySelector('[data-testid="good-until"]')?.innerText)`)
	p.shot("countdown")
	first := eval[float64](p, until)
	p.until("a renewal by itself", fmt.Sprintf("%s > %f", until, first))
	p.do(chromedp.Navigate("about:blank"))
	time.Sleep(8 * time.Second)
	p.open("/wallet")
	p.until("a renewal after the end", until+" > Date.now()")
	p.waitText("wallet-balance", "50.00")
	auditOf(t, data)
}
