package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
	"peerscrip/services/cli"
	"peerscrip/services/receipt"
)

// offline wants that a buyer of whom nothing answers sees the money and the order in
// the wallet, locks and unlocks it, is told what else there is, and is back on the
// server's own pages once it answers.
func (p *inspector) offline(cut *atomic.Bool, order string) {
	p.t.Helper()
	p.open("/wallet")
	p.see("wallet-balance")
	eval[bool](p.person, `navigator.serviceWorker.ready.then(() => true)`) // which the page sees to by itself
	cut.Store(true)
	defer cut.Store(false)
	p.open("/wallet")
	p.see("wallet-balance")
	p.until("that it says so", `document.querySelector("[data-offline-bar]")?.checkVisibility() === true`)
	p.look("offline-wallet")
	p.click("wallet-lock")
	p.unlock()
	p.open(order)
	p.see("receipt-download")
	p.reads("Hinge")
	p.shot("offline-order")
	p.open("/saved")
	p.reads("What you saved")
	for _, path := range []string{"/", "/desk"} {
		p.open(path)
		p.reads("This page needs a connection")
	}
	p.look("offline-page")
	p.open("/wallet/orders")
	p.see("order-row")
	cut.Store(false)
	eval[bool](p.person, `dispatchEvent(new Event("online"))`)
	p.until("the server's own page", `document.documentElement.dataset.offline === undefined && document.querySelector("[data-offline-bar]")?.checkVisibility() === false`)
	p.see("order-row")
}

// proven waits until the broker's log proves the order that the page shows: the head that
// covers T12 is signed up to a minute after it.
func (p *person) proven() {
	p.t.Helper()
	p.unfolded(id("signed-T10"))
	p.until("the proof that T12 is recorded", `(async () => {
		const base = document.querySelector('script[type="module"]').src.replace(/bundle\/app\.js$/, "")
		const { digestOf } = await import(base + "log.js")
		const name = await digestOf(document.querySelector('`+id("signed-T10")+` .code--wrap').textContent)
		return (await fetch("/v1/broker/log/messages/" + name)).ok
	})()`)
}

// A buyer downloads the receipt of an order; somebody else, without a wallet,
// has this site say what it proves, and the command says the same. A receipt that
// was changed does not hold. While nothing answers, the wallet shows what it knows.
func TestBrowserReceipt(t *testing.T) {
	t.Parallel()
	var cut atomic.Bool
	program, data := shopOf(t, services.Config{Watch: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cut.Load() {
				panic(http.ErrAbortHandler) // nothing comes back
			}
			next.ServeHTTP(w, r)
		})
	}})
	in := browser(t)
	p := newInspector(newPerson(t, in, program.URL))
	folder := p.downloads()
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	p.pay("20.00")
	eventually(t, patience, "T12 to be recorded", func() bool { return auditOf(t, data).Held == 3_00 })
	p.open("/wallet/orders")
	p.see("order-row")
	order := "/wallet/orders/" + eval[string](p.person, `document.querySelector('`+id("order-row")+`').dataset.tx`)
	p.open(order)
	p.proven()
	p.click("receipt-download")
	p.waitText("receipt-saved", "with the proof that the purchase was recorded")
	p.shot("receipt-download")
	file := downloaded(t, folder, 1)

	out := &bytes.Buffer{}
	if err := cli.PrintVerified(t.Context(), out, file, program.URL, ""); err != nil {
		t.Errorf("the command: %v\n%s", err, out)
	}

	p.click("receipt-download-bare")
	p.until("the second file", `document.querySelector('`+id("receipt-saved")+` a')?.download.endsWith("without-order.json")`)
	downloaded(t, folder, 2)
	bare, err := filepath.Glob(filepath.Join(folder, "*-without-order.json"))
	if err != nil || len(bare) != 1 {
		t.Fatalf("files without the order: got %v, %v", bare, err)
	}
	if b, err := os.ReadFile(bare[0]); err != nil || strings.Contains(unfolded(string(b)), "12 Elm Street") {
		t.Errorf("the receipt without the order tells the delivery note, or %v", err)
	}

	p.offline(&cut, order)

	q := newInspector(newPerson(t, in, program.URL))
	q.open("/verify")
	q.see("verify")
	q.shot("verify-empty")
	q.do(chromedp.SetUploadFiles(chromedp.CSS(id("verify-file")), []string{file}))
	q.waitText("verify-verdict", "The receipt holds")
	q.look("verify-holds")
	for _, part := range []string{receipt.Seller, receipt.Mandate, receipt.Payment, receipt.Goods, receipt.Recorded} {
		if said, want := q.text("verify-"+part), asPagesWrite(t, out.String()); !strings.Contains(want, strings.TrimSpace(strings.TrimPrefix(said, "Proven"))) {
			t.Errorf("%s: the page says %q, the command %q", part, said, want)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct{ name, text, shows, want string }{
		{"changed", strings.Replace(string(b), `"index": `, `"index": 1`, 1), "verify-verdict", "does not hold"},
		{"no receipt", "<html>", "verify-outcome", ""},
	} {
		name := filepath.Join(t.TempDir(), bad.name+".json")
		if err := os.WriteFile(name, []byte(bad.text), 0o600); err != nil {
			t.Fatal(err)
		}
		q.open("/verify")
		q.see("verify")
		q.do(chromedp.SetUploadFiles(chromedp.CSS(id("verify-file")), []string{name}))
		if bad.want == "" {
			q.reads("This is no receipt file")
			continue
		}
		q.waitText(bad.shows, bad.want)
	}
	q.look("verify-false")
	q.chooses(string(b))
}

var (
	commandTime   = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)
	commandAmount = regexp.MustCompile(`(\d+\.\d\d) EUR`)
)

// asPagesWrite is what the command says with amounts and times as English pages write them.
func asPagesWrite(t *testing.T, said string) string {
	t.Helper()
	said = commandTime.ReplaceAllStringFunc(said, func(text string) string {
		at, err := time.Parse("2006-01-02 15:04 MST", text)
		if err != nil {
			t.Errorf("the command's time: %v", err)
		}
		return at.Format("2\u00a0Jan\u00a02006, 15:04 UTC")
	})
	return commandAmount.ReplaceAllString(said, "€$1")
}

// chooses verifies a file of three receipts: a good one, one that was changed
// and one that cannot be read. Each is named, and says what it proves when it is
// chosen.
func (p *person) chooses(good string) {
	p.t.Helper()
	line := &bytes.Buffer{}
	if err := json.Compact(line, []byte(good)); err != nil {
		p.t.Fatal(err)
	}
	bad := strings.Replace(line.String(), `"index":`, `"index":1`, 1)
	file := p.file("all.json", strings.NewReader("{\"format\":\"peerscrip receipts\",\"version\":1}\n"+line.String()+"\n"+bad+"\n<html>\n"))
	p.open("/verify")
	p.see("verify")
	p.do(chromedp.SetUploadFiles(chromedp.CSS(id("verify-file")), []string{file}))
	p.reads("Which of the 3 receipts in this file")
	labels := eval[string](p, `[...document.querySelectorAll('`+id("verify-which")+` option')].map(e => e.textContent).join("|")`)
	if parts := strings.Split(labels, "|"); len(parts) != 3 || !strings.HasPrefix(parts[0], "Hinge, order ") || parts[2] != "a receipt that cannot be read" {
		p.t.Errorf("the choice is %q, want the two of the hinge by their orders, and one that cannot be read", labels)
	}
	for _, c := range []struct{ which, want string }{{"1", "The receipt does not hold"}, {"0", "The receipt holds"}, {"2", "This is no receipt file"}} {
		p.do(chromedp.SetValue(chromedp.CSS(id("verify-which")), c.which))
		p.click("verify-one")
		p.reads(c.want)
		p.shot("verify-which-" + c.which)
	}
	if n := p.count("verify-verdict"); n != 0 {
		p.t.Errorf("beside what cannot be read: got %d verdicts, want none of another receipt", n)
	}
}
