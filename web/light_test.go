package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"

	"peerscrip/static"
)

var (
	// part finds what a page has browsers fetch at once.
	part = regexp.MustCompile(`<(?:link rel="(?:stylesheet|modulepreload|icon)"|script|img|use)[^>]*? (?:href|src)="([^"#]+)`)
	// font finds the fonts of the style sheet that any text in English or German has browsers fetch.
	font = regexp.MustCompile(`url\(([^)]*-latin-[^e][^)]*\.woff2)\)`)
)

// asked is what a page has browsers fetch before anybody does anything.
type asked struct {
	requests int // with the page itself
	photos   int // of them
	scripts  int // bytes, compressed
}

func askedBy(t *testing.T, html string) asked {
	t.Helper()
	a := asked{requests: 1}
	seen := map[string]bool{}
	for _, found := range part.FindAllStringSubmatch(html, -1) {
		url := found[1]
		if seen[url] || strings.HasSuffix(url, "noscript.css") { // which nobody fetches who runs scripts
			continue
		}
		seen[url] = true
		a.requests++
		name, ours := strings.CutPrefix(url, static.URL(""))
		if !ours {
			a.photos++
			continue
		}
		body, err := static.Read(name)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if strings.HasSuffix(name, ".js") {
			a.scripts += zipped(t, body)
		}
		a.requests += len(font.FindAll(body, -1))
	}
	return a
}

func zipped(t *testing.T, body []byte) int {
	t.Helper()
	var short bytes.Buffer
	w := gzip.NewWriter(&short)
	_, err := io.Copy(w, bytes.NewReader(body))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return short.Len()
}

// TestPagesAreLight: what looks around goes without the wallet, in few requests; what needs it does not get everything that others need.
func TestPagesAreLight(t *testing.T) {
	s := newShop(t)
	p := visit(t, pagesOf(t, s.config()))
	const kB = 1000
	for _, of := range []struct {
		path              string
		requests, scripts int // the most, and in German one text more and its bytes
	}{
		{"/", newestShown + 10, 26 * kB},
		{"/search?q=camera", perPage + 10, 26 * kB},
		{listingPath(s.typewriter), 24, 26 * kB},
		{"/stalls", 22, 26 * kB},
		{listingPath(s.typewriter) + "/checkout?quantity=1", 16, 114 * kB},
		{"/wallet", 16, 143 * kB},
	} {
		for language, more := range map[string]asked{"en": {}, "de": {requests: 1, scripts: 10 * kB}} {
			if language == "de" && of.scripts > 60*kB {
				more = asked{requests: 2, scripts: 39 * kB}
			}
			r := p.request("GET", of.path, "", "")
			r.Header.Set("Accept-Language", language)
			answer := p.do(r)
			answer.want(t, 200)
			got := askedBy(t, answer.body)
			if of.path == "/" {
				got.requests += newestShown - got.photos // as where there are more to show
			}
			if most := of.requests + more.requests; got.requests < 6 || got.requests > most {
				t.Errorf("%s, %s: got %d requests, want at most %d", of.path, language, got.requests, most)
			}
			if most := of.scripts + more.scripts; got.scripts < kB || got.scripts > most {
				t.Errorf("%s, %s: got %d bytes of scripts, want at most %d", of.path, language, got.scripts, most)
			}
		}
	}
}
