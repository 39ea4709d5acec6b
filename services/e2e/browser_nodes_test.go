package e2e_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Broker, market and stall are processes of their own, so the wallet talks to
// three origins. The stall's money left over from the first purchase pays the
// second while the broker is dead; what the broker missed arrives by itself.
func TestBrowserNodes(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	p := newPerson(t, browser(t), m.url)
	owner := newInspector(newPerson(t, p.ctx, n.stall.url))
	owner.open("/desk/key/none")
	owner.reads("This link opens the desk once")
	owner.look("desk-link")
	p.makeWallet()
	level := p.eventuallyListed("spirit")
	p.checkout(level)
	p.click("checkout-more")
	p.fill("checkout-exchange-amount", "30.00")
	if plan := p.text("checkout-plan"); !strings.Contains(plan, "Set €30.00") || !strings.Contains(plan, "17.50") {
		t.Errorf("plan = %q, want that 30.00 is exchanged and 17.50 stays", plan)
	}
	p.shot("nodes-plan")
	p.pay("50.00")
	p.waitSteps("T1 done, T2 done, T3 done, T4 done, T5 done, T6 done, T7 done, T8 done, T9 done, T10 done, T11 done, T12 later")
	p.shot("nodes-first")

	n.broker.kill()
	p.checkout(level)
	if plan := p.text("checkout-plan"); strings.Contains(plan, "Set ") || strings.Contains(plan, "Load") {
		t.Errorf("plan = %q, want the payment alone", plan)
	}
	p.shot("nodes-plan-broker-away")
	p.pay("")
	p.waitSteps("T9 later, T10 done, T11 done, T12 later")
	p.shot("nodes-second-broker-away")
	read := func() shelf { return readShelf(t, folder.At(n.stall.data).OwnShelf()) }
	if read().recorded() {
		t.Error("a sale is recorded at a dead broker")
	}
	n.strangersAsk(m, level)

	n.broker.start()
	p.waitSteps("T9 done, T10 done, T11 done, T12 later")
	eventually(t, patience, "all T12 at the broker", func() bool { return read().recorded() })
	p.ordered(2)
	p.open("/wallet")
	p.waitText("wallet-stall", "5.00")
	p.waitText("wallet-balance", "20.00")
	p.shot("nodes-wallet")
	want := [3]scrip.Money{25_00, 5_00, 20_00}
	totals := auditOf(t, n.broker.data, n.stall.data, m.data)
	if got := [3]scrip.Money{totals.Held, totals.Floats, totals.Outstanding}; got != want {
		t.Errorf("held, floats, outstanding = %d, want %d", got, want)
	}
	n.stallAway(p)
	n.otherBooks(p)
}

// stallAway has the page of an order say, while its stall is away, that nobody answers there, and where that is below it.
func (n node) stallAway(p *person) {
	p.t.Helper()
	n.stall.stop()
	p.open("/wallet/orders")
	p.see("order-row")
	p.tap(id("order-row") + " a")
	p.see("talk-away")
	said, all := eval[string](p, `document.querySelector('`+id("talk-away")+` p').textContent`), p.text("talk-away")
	host := strings.TrimPrefix(n.stall.url, "http://")
	if !strings.Contains(said, "The stall does not answer.") || strings.Contains(said, host) || !strings.Contains(all, host) {
		p.t.Errorf("without the stall: got %q, want that the stall does not answer, and %s below that", all, host)
	}
	p.shot("nodes-stall-away")
	n.stall.start()
}

// strangersAsk has people at a market whose broker is away make a wallet: they read that the market does not answer, and where it is
// below that.
func (n node) strangersAsk(m *process, listing string) {
	n.broker.t.Helper()
	for language, says := range map[string]string{"en": "The market does not answer.", "de": "Der Markt antwortet nicht."} {
		p := newPerson(n.broker.t.(*testing.T), browser(n.broker.t.(*testing.T)), m.url)
		p.speak(language)
		p.open(listing + "/checkout?quantity=1")
		p.fill("wallet-passphrase", passphrase)
		p.fill("wallet-passphrase-again", passphrase)
		p.click("wallet-make")
		p.see("wallet-error")
		title, all := eval[string](p, `document.querySelector('`+id("wallet-error")+` .callout__title').textContent`), p.text("wallet-error")
		host := strings.TrimPrefix(n.broker.url, "http://")
		if !strings.HasPrefix(title, says) || strings.Contains(title, host) || !strings.Contains(all, host) {
			p.t.Errorf("without the broker: got %q, want that it begins with %q, and has %s below its first line", all, says, host)
		}
		p.shot("nodes-stranger-broker-away")
	}
}

// otherBooks has the stall see a head of the broker's log that the broker signed and that is not of
// the log that it shows the person: first of another size, then of the same. The wallet says so,
// with evidence that is proof by itself, and takes no more money there until its person has
// settled that; and so does the desk.
func (n node) otherBooks(p *person) {
	t := p.t
	t.Helper()
	look := newInspector(p)
	n.sees(3)
	p.open("/wallet") // which asks at once, and not after a pause that grew
	p.until("the wallet's warning", `document.querySelector('`+id("wallet-other-books")+`')?.classList.contains("callout--warn")`)
	look.look("other-books-unproven")
	_, text := p.evidence()
	n.sees(shownIn(t, text))
	p.open("/wallet")
	p.until("the wallet's word that it is proven", `document.querySelector('`+id("wallet-other-books")+`')?.classList.contains("callout--error")`)
	p.until("the warning in the header", `document.querySelector("[data-wallet-unread]").textContent.includes("warning")`)
	look.look("other-books")
	file, _ := p.evidence()
	out, err := exec.Command(program(t), "verify", file, "--broker-keys", n.broker.url).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PROVEN: the broker signed two different heads") {
		t.Errorf("verify: %v\n%s", err, out)
	}
	p.fill("wallet-load-amount", "10.00")
	p.click("wallet-load")
	p.complains("more money", "your wallet adds no money")
	p.click("wallet-settle-books")
	p.until("that it is settled", `document.querySelector('`+id("wallet-other-books")+`')?.checkVisibility() !== true`)
	p.fill("wallet-load-amount", "10.00")
	p.click("wallet-load")
	p.waitText("wallet-balance", "30.00")
	desk := newPerson(t, p.ctx, n.stall.url)
	desk.open(n.stall.newLink())
	desk.press("Enter the desk")
	desk.reads("Save the evidence")
	newInspector(desk).look("other-books-desk")
}

// shownIn is how many records the first of the two heads in the evidence has: the one that the broker showed the wallet.
func shownIn(t testing.TB, evidence string) int64 {
	t.Helper()
	heads := tree.Heads(evidence)
	if len(heads) != 2 {
		t.Fatalf("the evidence has %d heads, want 2", len(heads))
	}
	_, shown, err := tree.ParseCheckpoint(strings.SplitAfter(heads[0], "\n\n")[0][:strings.Index(heads[0], "\n\n")+1])
	if err != nil {
		t.Fatal(err)
	}
	return shown.Size
}

// sees starts the stall with a head of the broker's of so many records that are not the broker's.
func (n node) sees(size int64) {
	t := n.stall.t
	t.Helper()
	keys, err := folder.At(n.broker.data).BrokerKeys(rand.Reader, 1)
	if err != nil {
		t.Fatal(err)
	}
	head, err := tree.Head{Size: size, Root: tree.Hash{1, 2, 3}}.Sign(keys.ID, keys.Signing)
	if err != nil {
		t.Fatal(err)
	}
	n.stall.stop()
	if err := folder.At(n.stall.data).KeepHead(head); err != nil {
		t.Fatal(err)
	}
	n.stall.start()
}

// evidence is the file that the wallet's page saves.
func (p *person) evidence() (file, text string) {
	p.t.Helper()
	folder := p.downloads()
	p.click("wallet-evidence")
	file = downloaded(p.t, folder, 1)
	read, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	return file, string(read)
}

// eventuallyListed is listed, for a market that may yet have to ask the stall.
func (p *person) eventuallyListed(words string) string {
	p.t.Helper()
	path := ""
	eventually(p.t, patience, words+" in the market", func() bool {
		p.open("/search?q=" + words)
		path = eval[string](p, `document.querySelector('main a[href^="/l/"]')?.pathname ?? ""`)
		return path != ""
	})
	return path
}

// instant is a point of a checkout: before a request is sent, or when its answer
// is on the way.
type instant struct {
	path     string
	answered bool
}

// instants are those of a checkout that runs all three transactions.
var instants = []instant{
	{"/acquisitions", false}, {"/acquisitions", true}, {"/announcements", false}, {"/announcements", true},
	{"/exchanges", false}, {"/exchanges", true}, {"/purchases", false}, {"/purchases", true},
}

// few are the instants that matter most: the exchange was made and nobody knows,
// the payment is about to be sent, and it was made and nobody knows. Each
// message of each transaction fails in each way in static/wallet_test.
var few = []instant{{"/exchanges", true}, {"/purchases", false}, {"/purchases", true}}

// The server is killed in the middle of a checkout. The page tries again by
// itself, or it is loaded anew; what it buys is paid once.
func TestBrowserKilledServer(t *testing.T) {
	t.Parallel()
	server := startProcess(t, "serve")
	seller, vendor := hostStall(newBuyer(t, server.url, 1, nil), server.url, "The Ironmonger")
	seller.list(goods{"Hinge", "2.50", "0.50", "9"})
	p := newPerson(t, browser(t), server.url)
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	hit := p.interrupt(few[0].path, few[0].answered)
	p.confirm("20.00")
	for k, m := range few {
		held, anew := p.wait(hit, m.path), m.path == "/purchases" && m.answered
		server.kill()
		p.lose(held)
		at := eval[string](p, "location.href")
		if anew {
			p.do(chromedp.Navigate("about:blank"))
		}
		if k+1 < len(few) {
			hit = p.interrupt(few[k+1].path, few[k+1].answered)
		}
		server.start()
		if anew {
			p.do(chromedp.Navigate(at))
		}
	}
	p.see("checkout-done")
	p.shot("killed-server")
	p.ordered(1)
	p.open("/wallet")
	p.waitText("wallet-balance", "17.00")
	eventually(t, patience, "T12 at the broker", func() bool {
		read := readShelf(t, folder.At(server.data).Shelf(vendor))
		return len(read.sales) == 1 && read.recorded()
	})
	if totals := auditOf(t, server.data); totals.Held != 3_00 || totals.Outstanding != 17_00 || totals.Floats != 0 {
		t.Errorf("got %+v, want held 300, outstanding 1700, floats 0", totals)
	}
}

// A stall dies when the exchange is announced and stays away past the lock's
// deadline: the wallet undoes the exchange and has its money back, and buys
// when the stall is there again.
func TestBrowserUndone(t *testing.T) {
	t.Parallel()
	n := node{broker: startProcess(t, "broker", "--lock-time=5s")} // long enough to exchange in, on a slow machine
	n.stall = startProcess(t, "stall", "--broker-url="+n.broker.url, "--name=The Corner Stall")
	enterDesk(n.stall).list(goods{"Spirit level", "12.50", "0", "5"})
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	p := newPerson(t, browser(t), m.url)
	p.makeWallet()
	level := p.eventuallyListed("spirit")
	p.checkout(level)
	hit := p.interrupt("/exchanges", false)
	p.confirm("50.00")
	held := p.wait(hit, "T4")
	n.stall.kill()
	p.lose(held)
	p.see("step-T4")
	time.Sleep(5500 * time.Millisecond) // the broker's lock ends
	p.later(2 * time.Minute)            // past the allowance for clocks that disagree
	p.see("checkout-again")
	p.shot("undone")
	if text := p.text("checkout-error"); !strings.Contains(text, "undone") || !strings.Contains(text, "your money is safe") {
		t.Errorf("the wallet says %q, want that it was undone and the money is safe", text)
	}
	p.open("/wallet")
	p.waitText("wallet-balance", "50.00")
	auditOf(t, n.broker.data, n.stall.data)

	n.stall.start()
	p.checkout(level)
	p.pay("")
	p.ordered(1)
	p.open("/wallet")
	p.waitText("wallet-balance", "37.50")
	eventually(t, patience, "T12 at the broker", func() bool { return readShelf(t, folder.At(n.stall.data).OwnShelf()).recorded() })
	if totals := auditOf(t, n.broker.data, n.stall.data); totals.Held != 12_50 || totals.Outstanding != 37_50 {
		t.Errorf("got %+v, want held 1250, outstanding 3750", totals)
	}
}

// later sets the page's clock forward, until its next load.
func (p *person) later(by time.Duration) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(now => { Date.now = () => now() + %d; return true })(Date.now)`, by.Milliseconds()))
}
