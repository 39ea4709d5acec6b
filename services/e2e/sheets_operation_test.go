package e2e_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// frontDoor is a proxy with a certificate that nobody vouches for, in front of an operator's address.
type frontDoor struct {
	url    string
	target atomic.Pointer[url.URL]
}

func newFrontDoor(t *testing.T) *frontDoor {
	t.Helper()
	d := &frontDoor{}
	server := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(d.target.Load())
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a browser that is yet to be told to believe it
	server.StartTLS()
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *frontDoor) leadTo(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	d.target.Store(u)
}

// operatorOf is somebody who reads a language, at the door of a console over TLS, of which the browser believes the certificate.
func operatorOf(t *testing.T, door, language string) *inspector {
	t.Helper()
	p := visitor(t, door, language)
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
		return err
	}))
	return p
}

// enters goes in by a link, which leads to a path.
func (p *inspector) enters(link, path string) {
	p.t.Helper()
	p.open(strings.TrimPrefix(link, p.base))
	p.tap("main form button")
	p.until("to be in", `location.pathname === "`+path+`"`)
}

// restoredFolder is the console of a restored folder, over TLS: who has no session, the link, that it is one, and that it is settled.
func restoredFolder(t *testing.T, language string) {
	before := startProcess(t, "serve")
	seller, _ := hostStall(newBuyer(t, before.url, 1, nil), before.url, "The Ironmonger")
	seller.list(goods{"Hinge", "2.50", "0.50", "9"})
	data := filepath.Join(t.TempDir(), "restored")
	if out, err := command(t, "restore", backedUp(t, before.data), "--data", data); err != nil {
		t.Fatalf("peerscrip restore: %v\n%s", err, out)
	}
	before.stop()
	door, address := newFrontDoor(t), freePort(t)
	door.leadTo(t, address)
	program := start(t, services.Config{Role: services.Serve, Data: data, Operator: address, OperatorURL: door.url, ClientIP: "X-Forwarded-For"})
	p := operatorOf(t, door.url, language)
	p.view("restored/closed", "/")
	p.view("restored/link", strings.TrimPrefix(program.ConsoleURL, door.url))
	p.enters(program.ConsoleURL, "/")
	p.sees(".figures")
	if eval[bool](p.person, `document.querySelector("#live-news .callout--success") !== null`) {
		t.Error("beside what is not settled the console says that the process is well")
	}
	p.look("restored/marked")
	p.view("restored/link-again", strings.TrimPrefix(program.ConsoleURL, door.url))
	p.tap("main form button")
	p.settled()
	p.look("restored/link-used")
	p.view("restored/nowhere", "/nowhere")
	if out, err := command(t, "restored", "--settled", "--data", data); err != nil {
		t.Fatalf("peerscrip restored --settled: %v\n%s", err, out)
	}
	p.comesTo("/", "#live-news .callout--success")
	p.look("restored/settled")
	p.tap(`form[action="/leave"] button`)
	p.settled()
	p.look("restored/left")
}

// forked is what is said where the broker has signed heads that are not of one log: that it has yet to prove that they are, and that
// they cannot be; to who has a wallet, to the stall's seller, and to its operator.
func forked(t *testing.T, language string) {
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	address := freePort(t)
	n.stall.args = append(n.stall.args, "--operator="+address)
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	p := visitor(t, m.url, language)
	p.makeWallet()
	p.checkout(p.eventuallyListed("spirit"))
	p.pay("20.00")
	n.sees(3)
	desk, console := visitor(t, n.stall.url, language), visitor(t, "http://"+address, language)
	link, err := command(t, "operator", "--data", n.stall.data, "--operator", address)
	if err != nil {
		t.Fatalf("peerscrip operator: %v\n%s", err, link)
	}
	desk.enters(n.stall.newLink(), "/desk")
	console.enters(strings.TrimSpace(link), "/")
	shows := func(name, tone string) {
		t.Helper()
		p.open("/wallet")
		p.until("the wallet's notice", `document.querySelector('`+id("wallet-other-books")+`')?.classList.contains("`+tone+`")`)
		p.look("fork/wallet-" + name)
		p.view("fork/header-"+name, "/")
		desk.comesTo("/desk", "."+tone+" a[download]")
		desk.look("fork/desk-" + name)
		console.comesTo("/", "."+tone+" a[download]")
		console.look("fork/console-" + name)
	}
	shows("unproven", "callout--warn")
	p.open("/wallet")
	p.until("the wallet's notice", `document.querySelector('`+id("wallet-other-books")+`') !== null`)
	_, text := p.evidence()
	n.sees(shownIn(t, text))
	shows("proven", "callout--error")
	p.open("/wallet")
	p.put(id("wallet-load-amount"), p.sum("10.00"))
	p.click("wallet-load")
	p.see("wallet-error")
	p.look("fork/load-refused")
	p.click("wallet-settle-books")
	p.until("that it is settled", `document.querySelector('`+id("wallet-other-books")+`')?.checkVisibility() !== true`)
	p.unfold()
	p.look("fork/wallet-settled")
}
