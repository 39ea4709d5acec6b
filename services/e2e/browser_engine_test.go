package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The wallet's modules take and refuse the shared message vectors in the real
// engine as they do in Node, and as the Go side does.
func TestBrowserVectors(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServer(http.Dir("../../static")))
	defer server.Close()
	p := newPerson(t, browser(t), server.URL)
	p.open("/img/")
	files, err := filepath.Glob("../../jose/testdata/vectors/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("got %d files of vectors, %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) == "values.json" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []struct {
			Name, Result, Digest string
			Claims, Attachments  any
		}
		if err := json.Unmarshal(text, &vectors); err != nil {
			t.Fatal(err)
		}
		for i, got := range eval[[]map[string]any](p, `import("/wallet_test/help/vectors.mjs").then(({ openVector }) => Promise.all(`+string(text)+`.map(v =>
			openVector(v).then(({ claims, attached, digest }) => ({ claims, attached, digest }), error => ({ error: error.name })))))`) {
			want := vectors[i]
			switch name := filepath.Base(file) + ": " + want.Name; {
			case want.Result != "ok":
				if got["error"] != "Unreadable" {
					t.Errorf("%s: got %v, want that it is Unreadable", name, got)
				}
			case !reflect.DeepEqual(got["claims"], want.Claims) || got["digest"] != want.Digest:
				t.Errorf("%s: got %v, want claims %v and digest %s", name, got, want.Claims, want.Digest)
			case want.Attachments != nil && !reflect.DeepEqual(got["attached"], want.Attachments):
				t.Errorf("%s: got attached %v, want %v", name, got["attached"], want.Attachments)
			}
		}
	}
}

// traffic is all that a tab sends.
type traffic struct {
	mu   sync.Mutex
	urls []string
	sent []string // addresses, headers and bodies
}

// record writes down what a tab sends, until the test ends.
func (p *person) record() *traffic {
	p.t.Helper()
	var r traffic
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{MaxPostDataSize: new(int64(1 << 20))}); err != nil {
		p.t.Fatal(err)
	}
	requests := chromedp.Events(p.ctx, network.RequestWillBeSent)
	go func() {
		for e, err := range requests {
			if err != nil {
				return
			}
			headers, _ := json.Marshal(e.Request.Headers)
			said := e.Request.URL + e.Request.URLFragment + "\n" + string(headers)
			for _, part := range e.Request.PostDataEntries {
				said += "\n" + string(part.Bytes)
			}
			r.mu.Lock()
			r.urls, r.sent = append(r.urls, e.Request.URL), append(r.sent, said)
			r.mu.Unlock()
		}
	}()
	return &r
}

// secretsOf opens the wallet of an unlocked tab with its own modules and
// returns everything in it that nobody but the wallet, or the issuer it is
// sealed to, may know: by kind.
func secretsOf(p *person) map[string][]string {
	p.t.Helper()
	return eval[map[string][]string](p, `(async () => {
		const base = document.querySelector('script[type="module"]').src.replace(/bundle\/app\.js$/, "")
		const [{ openDisk }, { Purse }, { Session }, { Box, unwrap }, { decode }] = await Promise.all(["disk.js", "purse.js", "session.js", "vault.js", "base64url.js"].map(name => import(base + name)))
		const disk = await openDisk()
		const dataKey = await unwrap(await disk.header(), "`+passphrase+`")
		const purse = new Purse(disk, new Box(await new Session(disk.name).recover()))
		const found = { data: [btoa(String.fromCharCode(...dataKey)).replace(/=+$/, "")] }
		const gather = (value, name) => {
			if (name === "attachments") value = value.map(text => JSON.parse(new TextDecoder().decode(decode(text)))).map(([, key, held]) => ({ [key]: held }))
			if (typeof value === "string" && ["secret", "replyKey", "reply_key", "certificate", "d"].includes(name)) (found[name] ??= []).push(value)
			if (typeof value === "object" && value !== null) for (const [key, member] of Object.entries(value)) gather(member, key)
		}
		for (const kind of ["profile", "merchants", "holdings", "works", "notices", "transcript"]) for (const row of await purse.all(kind)) gather(row, kind)
		return found
	})()`)
}

// A whole checkout sends no passphrase, no private key and no scrip to anyone
// but sealed, and asks nobody but this site.
func TestBrowserSecrets(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	p := newPerson(t, browser(t), program.URL)
	heard := p.record()
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	p.click("checkout-more")
	p.fill("checkout-exchange-amount", "10.00")
	p.confirm("20.00")
	p.see("checkout-done")
	p.ordered(1)
	secrets := secretsOf(p)
	secrets["passphrase"] = []string{passphrase, base64.StdEncoding.EncodeToString([]byte(passphrase)), strings.ReplaceAll(passphrase, " ", "%20"), strings.ReplaceAll(passphrase, " ", "+")}
	for kind, least := range map[string]int{"secret": 4, "reply_key": 5, "d": 2, "data": 1} {
		if len(secrets[kind]) < least {
			t.Errorf("got %d secrets of kind %s, want at least %d", len(secrets[kind]), kind, least)
		}
	}
	heard.mu.Lock()
	defer heard.mu.Unlock()
	posts := 0
	for i, said := range heard.sent {
		if !strings.HasPrefix(heard.urls[i], program.URL+"/") && !strings.HasPrefix(heard.urls[i], "data:") && heard.urls[i] != "about:blank" {
			t.Errorf("the browser asks %s", heard.urls[i])
		}
		if strings.Contains(said, `"envelope":`) || strings.Contains(said, `"payment":`) {
			posts++
		}
		for kind, list := range secrets {
			for _, secret := range list {
				if strings.Contains(said, secret) {
					t.Errorf("a %s is in what goes to %s", kind, heard.urls[i])
				}
			}
		}
	}
	if posts < 5 {
		t.Errorf("got %d sealed messages, want at least R1, T1, T3, T4, T9, T10", posts)
	}
}
