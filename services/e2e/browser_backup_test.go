package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	chromium "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// phrase makes a recovery phrase, reads it off the page and gives the words
// back that are asked for; the page then backs up.
func (p *person) phrase() string {
	p.t.Helper()
	p.click("backup-begin")
	p.see("phrase")
	words := eval[[]string](p, `[...document.querySelectorAll('`+id("phrase-shown")+`')].map(e => e.innerText)`)
	if len(words) != 12 {
		p.t.Fatalf("the phrase has %d words, want 12: %q", len(words), words)
	}
	p.click("phrase-written")
	p.answer(words)
	p.see("backup-done")
	return strings.Join(words, " ")
}

// answer writes the words that are asked for.
func (p *person) answer(words []string) {
	p.t.Helper()
	for _, at := range eval[[]int](p, `[...document.querySelectorAll('`+id("phrase-word")+`')].map(e => Number(e.dataset.at))`) {
		p.put(id("phrase-word")+`[data-at="`+strconv.Itoa(at)+`"]`, words[at-1])
	}
	p.click("phrase-check")
}

// downloads saves what this person's browser downloads in a folder of the test.
func (p *person) downloads() string {
	p.t.Helper()
	folder := p.t.TempDir()
	of := chromedp.FromContext(p.ctx).BrowserContextID
	if _, err := chromedp.Call(p.ctx, chromium.SetDownloadBehavior, chromium.SetDownloadBehaviorParams{
		Behavior: chromium.SetDownloadBehaviorBehaviorAllow, BrowserContextID: of, DownloadPath: folder,
	}); err != nil {
		p.t.Fatalf("allow downloads: %v", err)
	}
	return folder
}

// downloaded waits for so many files in a folder and returns the last by name.
func downloaded(t *testing.T, folder string, n int) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(seldom) {
		files, _ := filepath.Glob(filepath.Join(folder, "[^.]*"))
		whole := slices.DeleteFunc(files, func(file string) bool { return filepath.Ext(file) == ".crdownload" })
		if len(whole) >= n {
			return whole[len(whole)-1]
		}
	}
	t.Fatalf("no file was saved")
	return ""
}

// restore fills in the form for a backup, up to the button.
func (p *person) restore(file, phrase string) {
	p.t.Helper()
	p.open("/wallet")
	p.tap(id("restore") + " summary")
	p.do(chromedp.SetUploadFiles(chromedp.CSS(id("restore-file")), []string{file}))
	p.fill("restore-phrase", phrase)
	p.fill("restore-passphrase", passphrase)
	p.fill("restore-passphrase-again", passphrase)
	p.click("restore-start")
}

// A wallet with money and an order is backed up; another browser restores it,
// has the same, buys with it; the first is told that its scrip is spent.
func TestBrowserBackup(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	in := browser(t)
	p := newPerson(t, in, program.URL)
	folder, heard := p.downloads(), []*traffic{p.record()}
	p.makeWallet()
	p.see("backup-none")
	if !eval[bool](p, `navigator.storage.persisted()`) {
		p.see("storage-fleeting")
	}
	p.checkout(p.listed("hinge"))
	p.confirm("20.00")
	p.see("checkout-done")
	p.ordered(1)
	p.open("/wallet")
	phrase := p.phrase()
	p.waitText("backup-done", "€17.00 and 1 order.")
	p.see("backup-fresh")
	file := downloaded(t, folder, 1)
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if eval[int](p, `indexedDB.databases().then(all => all.length)`) != 1 {
		t.Error("the drill leaves its database behind")
	}

	q := newPerson(t, in, program.URL)
	heard = append(heard, q.record())
	q.restore(file, phrase)
	q.waitText("wallet-balance", "17.00")
	q.until("that every issuer was asked", `document.querySelector('`+id("restored")+`')?.dataset.searching === "false"`)
	q.waitText("restored", "€17.00 came back, changed for new.")
	q.click("restored-read")
	q.ordered(1)
	q.checkout(q.listed("hinge"))
	q.address("12 Elm Street")
	q.click("checkout-confirm")
	q.see("checkout-done")
	q.ordered(2)
	q.open("/wallet")
	q.waitText("wallet-balance", "14.00")
	q.waitText("backup-due", "Back up again")

	p.open("/wallet")
	p.click("wallet-withdraw")
	p.click("wallet-withdraw-confirm")
	p.waitText("checkout-error", "it is there now")
	p.waitText("wallet-balance", "0.00")

	// The first browser's passphrase is forgotten: the same file at its locked door. What the second browser spent is not in
	// it. What was there is put aside, and opened again.
	p.click("wallet-lock")
	p.see("wallet-locked")
	p.restore(file, phrase)
	p.waitText("restored", "€17.00 was spent or changed after this backup; it cannot be got back from it.")
	p.see("restored-blocked")
	p.click("wallet-lock")
	p.waitText("aside", "My earlier wallet")
	p.click("aside-open")
	p.unlock()
	p.ordered(1)

	s := newPerson(t, in, program.URL)
	s.restore(file, "legal winner thank year wave sausage worth useful legal winner thank yellow")
	s.waitText("wallet-error", "This backup was made under another phrase.")
	var backup struct{ Box string }
	if err := json.Unmarshal(body, &backup); err != nil || len(backup.Box) < 1000 {
		t.Fatalf("the backup holds %d characters, %v", len(backup.Box), err)
	}
	for _, h := range heard {
		h.keeps(t, "the recovery phrase", phrase, strings.ReplaceAll(phrase, " ", "+"), strings.ReplaceAll(phrase, " ", "%20"))
		h.keeps(t, "the backup", backup.Box)
	}
	auditOf(t, data)
}

// keeps wants that something was never sent, in any spelling.
func (r *traffic) keeps(t *testing.T, what string, spellings ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sent) < 20 {
		t.Errorf("%d requests were recorded, want at least those of a purchase", len(r.sent))
	}
	for i, said := range r.sent {
		for _, spelling := range spellings {
			if strings.Contains(said, spelling) && !strings.HasPrefix(r.urls[i], "blob:") {
				t.Errorf("%s goes to %s", what, r.urls[i])
			}
		}
	}
}

// The phrase is shown before it is asked back, wrong words are told, and axe
// finds nothing on the way; on paper stands the phrase alone.
func TestBrowserBackupPages(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	p := newInspector(newPerson(t, browser(t), program.URL))
	folder := p.downloads()
	p.open("/wallet")
	p.tap(id("restore") + " summary")
	p.click("restore-start")
	p.waitText("wallet-error", "Choose the backup file.")
	p.look("restore")
	p.makeWallet()
	p.click("backup-begin")
	p.see("phrase")
	p.look("backup-phrase")
	p.paper("backup-paper")
	p.click("phrase-written")
	p.answer([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"})
	p.waitText("wallet-error", "Look at your paper.")
	p.look("backup-wrong-word")
	p.click("phrase-back")
	p.see("phrase")
	p.click("backup-cancel")
	p.see("backup-none")
	phrase := p.phrase()
	p.look("backup-done")
	p.click("bank-deposit")
	p.waitText("bank-balance", "100.00")
	p.fill("wallet-load-amount", "50.00")
	p.click("wallet-load")
	p.see("backup-due")
	p.click("backup-now")
	p.waitText("backup-done", "€50.00 and 0 orders.")
	file := downloaded(t, folder, 1)
	p.look("backup-again")
	p.click("backup-try")
	p.do(chromedp.SetUploadFiles(chromedp.CSS(id("backup-saved")), []string{file}))
	p.click("backup-try-start")
	p.waitText("backup-tried", "This file is whole.")
	p.look("backup-tried")

	q := newInspector(newPerson(t, p.ctx, program.URL))
	q.restore(file, phrase)
	q.see("restored-read")
	q.look("restored")
}

// paper keeps a picture of the page as it is printed, and wants the words on it
// and nothing else.
func (p *inspector) paper(name string) {
	p.t.Helper()
	media := func(media string) {
		if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media}); err != nil {
			p.t.Fatalf("show as %q: %v", media, err)
		}
	}
	media("print")
	defer media("")
	for _, other := range eval[[]string](p.person, `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && e.innerText && !e.closest(".phrase") && !e.querySelector(".phrase")).map(e => e.outerHTML.slice(0, 80))`) {
		p.t.Errorf("on the sheet of paper stands %s", other)
	}
	if got := eval[string](p.person, `document.body.innerText`); !strings.Contains(got, "Your recovery phrase") || !strings.Contains(got, "Opens the backups of a wallet at") {
		p.t.Errorf("the sheet of paper says %q", got)
	}
	p.shot(name)
}
