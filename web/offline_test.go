package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"peerscrip/static"
)

// keptBy reads what the worker is given from its script.
func keptBy(t *testing.T, script string) (site keptSite) {
	t.Helper()
	first, _, _ := strings.Cut(script, "\n")
	data, ok := strings.CutPrefix(first, "self.site = ")
	if !ok {
		t.Fatalf("got %.80q, want what is kept first", first)
	}
	if err := json.Unmarshal([]byte(data), &site); err != nil {
		t.Fatal(err)
	}
	return site
}

// TestKeptPages: a browser is given the wallet's pages as they are, each file that they are made of with its digest, the
// headers of every page, and nothing of anybody's.
func TestKeptPages(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.enter() // who is at the desk gets the same
	got := v.get("/offline.js")
	got.want(t, 200, "navigationPreload")
	site := keptBy(t, got.body)
	if want := []string{"/offline", "/saved", "/wallet", "/wallet/envelopes", "/wallet/orders", "/wallet/orders/", "/wallet/talks/"}; !slices.Equal(slices.Sorted(maps.Keys(site.Pages)), want) {
		t.Errorf("got pages %q, want %q", slices.Sorted(maps.Keys(site.Pages)), want)
	}
	for path, page := range site.Pages {
		for _, want := range []string{`<html lang="en" data-offline>`, `role="status" data-offline-bar>`, static.URL("wallet/bundle/app.js")} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: got no %q in it", path, want)
			}
		}
		for _, part := range strings.Split(page, static.Prefix)[1:] {
			part, _, _ = strings.Cut(part, `"`)
			file, _, _ := strings.Cut(static.Prefix+part, "#")
			rare := strings.HasSuffix(file, ".png") || strings.HasSuffix(file, "noscript.css")
			if _, kept := site.Files[file]; !kept && !rare {
				t.Errorf("%s: it is made of %s, which is not kept", path, file)
			}
		}
	}
	page := v.get("/wallet")
	shown := strings.NewReplacer(" data-offline>", ">", "data-offline-bar>", "data-offline-bar hidden>").Replace(site.Pages["/wallet"])
	if shown != page.body {
		t.Errorf("/wallet: got another page than the server shows:\n%s\nwant\n%s", shown, page.body)
	}
	for path, file := range site.Files {
		sum := sha256.Sum256([]byte(v.get(path).body))
		if want := base64.StdEncoding.EncodeToString(sum[:]); file.Digest != want || v.get(path).header.Get("Content-Type") != file.Type {
			t.Errorf("%s: got %v, want the digest %s", path, file, want)
		}
	}
	for name, value := range site.Headers {
		if value == "" || value != page.header.Get(name) {
			t.Errorf("header %s: got %q, want that of a page, %q", name, value, page.header.Get(name))
		}
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"worker-src 'self'", "manifest-src 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy: got %q, want %q in it", policy, want)
		}
	}
}

// TestNothingIsCachedThatChanges: what tells a browser which build there is, and in which language, is asked for each time; and what is
// one person's is stored nowhere.
func TestNothingIsCachedThatChanges(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	for _, path := range []string{"/offline.js", manifestPath, "/wallet/keeper.js", "/wallet", "/wallet/orders", "/saved", "/"} {
		got := v.get(path)
		if cache := got.header.Get("Cache-Control"); cache != "no-cache" {
			t.Errorf("%s: got Cache-Control %q, want no-cache", path, cache)
		}
		again := v.request("GET", path, "", "")
		again.Header.Set("If-None-Match", got.header.Get("ETag"))
		if same := v.do(again); got.header.Get("ETag") == "" || same.status != http.StatusNotModified {
			t.Errorf("%s: got %d for its ETag %q, want 304", path, same.status, got.header.Get("ETag"))
		}
	}
	german := v.request("GET", "/offline.js", "", "")
	german.Header.Set("Accept-Language", "de")
	got := v.do(german)
	if site := keptBy(t, got.body); !strings.Contains(site.Pages["/offline"], `<html lang="de" data-offline>`) || !strings.Contains(site.Pages["/offline"], "Dein Geld") {
		t.Errorf("got %.200q, want it in German", site.Pages["/offline"])
	}
	if vary := got.header.Get("Vary"); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
		t.Errorf("got Vary %q, want what its language depends on", vary)
	}
	v.enter()
	if cache := v.get("/desk").header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("desk: got Cache-Control %q, want no-store", cache)
	}
}

// TestManifest: the site can be installed: its manifest is where pages say, and its icons are what it says.
func TestManifest(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.get("/").want(t, 200, `<link rel="manifest" href="`+manifestPath+`"`, `rel="apple-touch-icon"`)
	got := v.get(manifestPath)
	var m manifest
	if err := json.Unmarshal([]byte(got.body), &m); err != nil || got.header.Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("got %q and %v", got.header.Get("Content-Type"), err)
	}
	if m.Name == "" || m.StartURL != "/" || m.Display != "standalone" {
		t.Errorf("got %+v, want a name, where it starts and that it stands alone", m)
	}
	purposes := map[string][]string{}
	for _, icon := range m.Icons {
		picture := v.get(icon.Src)
		if picture.status != 200 || picture.header.Get("Content-Type") != icon.Type {
			t.Errorf("icon %s: got %d and %s, want %s", icon.Src, picture.status, picture.header.Get("Content-Type"), icon.Type)
			continue
		}
		if wide, high := sizeOf(t, picture.body); icon.Sizes != wide+"x"+high {
			t.Errorf("icon %s: got %sx%s, want %s", icon.Src, wide, high, icon.Sizes)
		}
		purposes[icon.Purpose] = append(purposes[icon.Purpose], icon.Sizes)
	}
	for _, purpose := range []string{"any", "maskable"} {
		if want := []string{"192x192", "512x512"}; !slices.Equal(purposes[purpose], want) {
			t.Errorf("icons for %s: got %v, want %v", purpose, purposes[purpose], want)
		}
	}
	for _, link := range m.Shortcuts {
		if page := v.get(link.URL); page.status != 200 {
			t.Errorf("shortcut %s: got %d, want 200", link.URL, page.status)
		}
	}
}

// sizeOf is the width and height of a PNG.
func sizeOf(t *testing.T, body string) (wide, high string) {
	t.Helper()
	c, err := png.DecodeConfig(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(c.Width), strconv.Itoa(c.Height)
}
