package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/stripe/stripetest"
)

// payer is somebody with a browser who pays where the wallet says.
type payer struct {
	t      *testing.T
	client *http.Client
}

// page gets a page, or sends a form to it, and returns what it says and the address that it is sent on to.
func (p payer) page(address string, form url.Values) (text, onward string) {
	p.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, body)
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: got %s, %v\n%s", method, address, answer.Status, err, b)
	}
	_, onward, _ = strings.Cut(answer.Header.Get("Refresh"), "url=")
	return string(b), onward
}

// TestRealMoney: a broker that takes money by Stripe, as processes: the wallet waits with a link, its owner pays on Stripe's page and comes
// back, Stripe tells of it, the wallet has its money; it goes back where it came from, once, though the broker is killed between Stripe's
// answer and its record. Stripe's list and the books agree.
func TestRealMoney(t *testing.T) {
	there := stripetest.New(t)
	keys := t.TempDir()
	files := []string{filepath.Join(keys, "key"), filepath.Join(keys, "webhook")}
	for i, secret := range []string{stripetest.Key, stripetest.Webhook} {
		if err := os.WriteFile(files[i], []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	money := []string{"--stripe-key-file=" + files[0], "--stripe-webhook-file=" + files[1], "--stripe-url=" + there.URL}
	b := startProcess(t, "broker", append(money, "--card-fee=0.25+1.5%")...)
	w := newCommands(t, b.url)
	out, err := w.command("load", "20.00").CombinedOutput()
	link := regexp.MustCompile(`http://\S+/bank/confirm/[\w-]+`).FindString(string(out))
	if err == nil || link == "" {
		t.Fatalf("load: got %v\n%s\nwant a link to pay at", err, out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := payer{t, &http.Client{Jar: jar}}
	if text, _ := p.page(link, nil); !strings.Contains(text, "You pay a fee of") || !strings.Contains(text, "20.55") {
		t.Errorf("got %s, want a page that says the fee, and 20.55 in all", text)
	}
	_, atStripe := p.page(link, url.Values{"way": {"card"}})
	if !strings.HasPrefix(atStripe, there.URL) {
		t.Fatalf("to pay: got sent on to %q, want a page of Stripe's", atStripe)
	}
	p.page(atStripe, url.Values{}) // pays, and is led back
	payload, signature := there.Notice("evt_1", "checkout.session.completed", there.Session())
	if status := notify(t, b.url, payload, signature); status != http.StatusNoContent {
		t.Errorf("a notice: got %d, want %d", status, http.StatusNoContent)
	}
	if status := notify(t, b.url, payload, "t=1,v1=00"); status != http.StatusBadRequest {
		t.Errorf("a forged notice: got %d, want %d", status, http.StatusBadRequest)
	}
	eventually(t, 20*time.Second, "paid", func() bool {
		text, _ := p.page(link, nil)
		return strings.Contains(text, "The money is there")
	})
	if got := w.money(w.run("balance")); got != 20_00 {
		t.Errorf("balance: got %d, want 2000", got)
	}
	release := there.Hold("/v1/refunds")
	w.run("withdraw")
	eventually(t, 20*time.Second, "given back at Stripe", func() bool { _, refunds, _ := there.Made(); return refunds == 1 })
	b.kill() // the answer is on its way
	release()
	b.start()
	account := b.url + "/bank?account=" + w.bank
	eventually(t, 30*time.Second, "given back in the books", func() bool {
		text, _ := p.page(account, nil)
		return strings.Contains(text, "Paid out</") || regexp.MustCompile(`(?s)scope="row"[^>]*>\s*Paid out`).MatchString(text)
	})
	if _, refunds, _ := there.Made(); refunds != 1 {
		t.Errorf("refunds at Stripe: got %d, want 1", refunds)
	}
	reconciled := exec.Command(program(t), append([]string{"bank", "reconcile", "--data", b.data}, money...)...)
	if out, err := reconciled.CombinedOutput(); err != nil {
		t.Errorf("reconcile: %v\n%s", err, out)
	}
	b.stop()
	refused := exec.Command(program(t), "broker", "--listen", b.listen, "--data", b.data)
	if out, err := refused.CombinedOutput(); err == nil || !strings.Contains(string(out), "another bank takes a data folder of its own") {
		t.Errorf("the sandbox on books of real money: got %v\n%s, want that it does not start", err, out)
	}
	if totals := auditOf(t, b.data); totals.CameIn != 0 {
		t.Errorf("came in minus went out: got %d, want 0", totals.CameIn)
	}
	for _, said := range []string{b.stdout.String(), b.stderr.String()} {
		if strings.Contains(said, "51peerscrip") || strings.Contains(said, "whsec_") {
			t.Errorf("a key is in what the broker said: %s", said)
		}
	}
}

// notify sends a notice of Stripe's, and returns the status of the answer.
func notify(t *testing.T, broker string, payload []byte, signature string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, broker+"/v1/bank/stripe/events", strings.NewReader(string(payload)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", signature)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// statement writes a camt.053 of one entry into a folder, and returns its name.
func statement(t *testing.T, folder, message, iban, direction, amount, details string) string {
	t.Helper()
	name := filepath.Join(folder, message+".xml")
	text := `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>` + message + `</MsgId></GrpHdr><Stmt><Acct><Id><IBAN>` + iban +
		`</IBAN></Id></Acct><Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + direction + `</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-30</Dt></BookgDt><NtryDtls><TxDtls>` + details +
		`</TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestBankFiles: money comes in and goes out by a bank's files, with the commands, beside the running broker: a statement credits a transfer,
// what is for nobody known is settled, a withdrawal is exported, refused, ordered anew, exported, and has left; a wallet is told what to do
// where there is no test money; and the books close.
func TestBankFiles(t *testing.T) {
	t.Parallel()
	const house, customer = "DE02120300000000202051", "DE75512108001245126199"
	b := startProcess(t, "broker", "--bank-iban="+house, "--bank-name=Market Ltd")
	folder := t.TempDir()
	bank := func(want string, args ...string) string {
		t.Helper()
		command := append([]string{"bank", args[0], "--data", b.data, "--bank-iban=" + house, "--bank-name=Market Ltd"}, args[1:]...)
		out, err := exec.Command(program(t), command...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("bank %s: got %v\n%s\nwant %q", strings.Join(args, " "), err, out, want)
		}
		return string(out)
	}
	w := newCommands(t, b.url)
	if out, err := w.command("fund", "10.00").CombinedOutput(); err == nil || !strings.Contains(string(out), "peerscrip wallet load AMOUNT") {
		t.Errorf("fund: got %v\n%s, want to be told of load", err, out)
	}
	out, _ := w.command("load", "20.00").CombinedOutput() // waits for the transfer
	link := regexp.MustCompile(`http://\S+/bank/confirm/[\w-]+`).FindString(string(out))
	p := payer{t, http.DefaultClient}
	page, _ := p.page(link, nil)
	code := regexp.MustCompile(`data-copy="(RF\w+)"`).FindStringSubmatch(page)
	if code == nil {
		t.Fatalf("the page where it is paid: got %s, want a creditor reference", page)
	}
	from := `<RltdPties><Dbtr><Pty><Nm>Ada Lovelace</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>` + customer + `</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>`
	bank("1 credited", "import", statement(t, folder, "IN-1", house, "CRDT", "20.00", from+code[1]+`</Ref></CdtrRefInf></Strd></RmtInf>`))
	bank("1 for nobody known", "import", statement(t, folder, "IN-2", house, "CRDT", "5.00", from+`HELLO</Ref></CdtrRefInf></Strd></RmtInf>`))
	if got := w.money(w.run("balance")); got != 20_00 {
		t.Errorf("balance: got %d, want 2000", got)
	}
	id := strings.Fields(bank("unknown-reference", "suspense"))[0]
	bank("credited "+w.bank, "settle", id, "--credit="+w.bank)
	bank("nothing waits", "suspense")
	for range 2 { // an answer may be lost
		bank("the house holds 7.50 EUR", "house", "--put=7.50", "--reference=own money")
	}
	for want, args := range map[string][]string{
		`7.50 EUR were put in under "own money" before`: {"--put=8.00", "--reference=own money"},
		"give a name that was not used":                 {"--take=7.50", "--reference=own money"},
		"give --put or --take with it":                  {"--reference=own money"},
	} {
		command := append([]string{"bank", "house", "--data", b.data, "--bank-iban=" + house, "--bank-name=Market Ltd"}, args...)
		if out, err := exec.Command(program(t), command...).CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("bank house %q: got %v\n%s, want it refused with %q", args, err, out, want)
		}
	}

	w.run("withdraw")
	exported := func() (message, name string) {
		t.Helper()
		file := ""
		eventually(t, 20*time.Second, "a payment waits to be exported", func() bool {
			file = strings.TrimSpace(bank("", "export", "--to="+folder))
			return strings.HasSuffix(file, ".xml")
		})
		content, err := os.ReadFile(file)
		names := regexp.MustCompile(`<EndToEndId>([^<]+)<`).FindStringSubmatch(string(content))
		if err != nil || names == nil || !strings.Contains(string(content), customer) {
			t.Fatalf("the exported file: got %s, %v, want a payment to %s", content, err, customer)
		}
		again := strings.TrimSpace(bank("", "export", "--again="+strings.TrimSuffix(filepath.Base(file), ".xml"), "--to="+t.TempDir()))
		if same, err := os.ReadFile(again); err != nil || string(same) != string(content) {
			t.Errorf("exported again: got %s, %v, want the same file", same, err)
		}
		return strings.TrimSuffix(filepath.Base(file), ".xml"), names[1]
	}
	message, _ := exported()
	report := filepath.Join(folder, "status.xml")
	text := `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>ST-1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>` + message +
		`</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>`
	if err := os.WriteFile(report, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bank("1 refused", "import", report)
	account := b.url + "/bank?account=" + w.bank
	page, _ = p.page(account, nil)
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)
	if key == nil || !strings.Contains(page, "The bank did not take the order for it.") {
		t.Fatalf("the account: got %s, want that it came back, and a form", page)
	}
	p.page(b.url+"/bank/payouts", url.Values{"reference": {w.bank}, "key": {key[1]}})
	second, name := exported()
	if second == message {
		t.Errorf("ordered anew: got the message ID %s again, want another", second)
	}
	bank("1 left", "import", statement(t, folder, "OUT-1", house, "DBIT", "25.00", `<Refs><EndToEndId>`+name+`</EndToEndId></Refs>`))
	bank("0 refused", "refused", second)
	bank("the house holds 0.00 EUR", "house", "--take=7.50", "--reference=own money back")
	if page, _ = p.page(account, nil); !regexp.MustCompile(`(?s)scope="row"[^>]*>\s*Paid out`).MatchString(page) {
		t.Errorf("the account: got %s, want that it is paid out", page)
	}
	b.stop()
	if totals := auditOf(t, b.data); totals.CameIn != 0 || totals.Bank != 0 || totals.House != 0 {
		t.Errorf("in the end: got %+v, want that all that came in has left", totals)
	}
}
