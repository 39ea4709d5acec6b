package static

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestHandler(t *testing.T) {
	cases := []struct {
		name, method, path string
		status             int
		contentType        string
	}{
		{"style sheet", "GET", URL("css/tokens.css"), 200, "text/css; charset=utf-8"},
		{"picture", "GET", URL("img/favicon.svg"), 200, "image/svg+xml"},
		{"head", "HEAD", URL("css/tokens.css"), 200, "text/css; charset=utf-8"},
		{"unknown file", "GET", URL("css/none.css"), 404, ""},
		{"folder", "GET", URL("css"), 404, ""},
		{"folder with slash", "GET", URL("css/"), 404, ""},
		{"another build", "GET", Prefix + "0000000000000000/css/tokens.css", 404, ""},
		{"no hash", "GET", Prefix + "css/tokens.css", 404, ""},
		{"outside", "GET", URL("../embed.go"), 404, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Handler().ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			if w.Code != c.status {
				t.Fatalf("%s %s: got %d, want %d", c.method, c.path, w.Code, c.status)
			}
			if c.status != http.StatusOK {
				return
			}
			if got := w.Header().Get("Content-Type"); got != c.contentType {
				t.Errorf("content type: got %q, want %q", got, c.contentType)
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("cache control: got %q, want it immutable", got)
			}
		})
	}
}

func TestTreeHashSeesNamesAndBytes(t *testing.T) {
	seen := map[string]string{}
	trees := map[string]fstest.MapFS{
		"one":        {"a": {Data: []byte("bc")}},
		"moved byte": {"ab": {Data: []byte("c")}},
		"changed":    {"a": {Data: []byte("bd")}},
		"two":        {"a": {Data: []byte("b")}, "c": {Data: nil}},
	}
	for name, tree := range trees {
		h := treeHash(tree)
		if len(h) != hashLength {
			t.Errorf("%s: got %d digits, want %d", name, len(h), hashLength)
		}
		if other, dup := seen[h]; dup {
			t.Errorf("%s and %s share hash %s", name, other, h)
		}
		seen[h] = name
	}
}

var addresses = regexp.MustCompile(`url\("?\.\./([^")]*)"?\)`)

// TestStyleSheetsReferToServedFiles follows every url(...) of our own style sheets: a font or picture that is not there
// shows up here and not on somebody's screen.
func TestStyleSheetsReferToServedFiles(t *testing.T) {
	sheets, err := fs.Glob(files, "css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range sheets {
		body, err := files.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range addresses.FindAllSubmatch(body, -1) {
			name := string(address[1])
			if !Has(name) {
				t.Errorf("%s refers to %q, which is not served", sheet, name)
			}
		}
	}
}

// TestBundleHasWhatIsRareApart: what a page needs before it shows the wallet stays small, and the lists of words and
// passwords, which only a new passphrase needs, are in a file of their own.
func TestBundleHasWhatIsRareApart(t *testing.T) {
	const most, mostRare = 256 << 10, 520 << 10 // bytes
	names, err := fs.Glob(files, "wallet/bundle/*.js")
	if err != nil {
		t.Fatal(err)
	}
	rare := 0
	for _, name := range names {
		info, err := fs.Stat(files, name)
		if err != nil {
			t.Fatal(err)
		}
		switch isRare := strings.Contains(name, "/zxcvbn"); {
		case isRare && info.Size() > mostRare:
			t.Errorf("%s: got %d bytes, want at most %d", name, info.Size(), mostRare)
		case isRare:
			rare++
		case info.Size() > most:
			t.Errorf("%s: got %d bytes, want at most %d", name, info.Size(), most)
		}
	}
	if rare != 1 {
		t.Errorf("got %d files of lists in %v, want 1", rare, names)
	}
}

// TestPreload: what a page needs is told whole, each file once, and what may be needed is not told; and there is a module for each page
// of the wallet.
func TestPreload(t *testing.T) {
	all := modules()
	if len(all.parts) < 10 {
		t.Errorf("got pages %v of ui/pages.js, want all of the wallet", all.parts)
	}
	told := [][]string{Preload("en", ""), Preload("de", "")}
	for page, module := range all.parts {
		if all.needs[module] == nil {
			t.Errorf("the page %q is loaded from %q, which the bundle does not have", page, module)
		}
		told = append(told, Preload("en", page), Preload("de", page))
	}
	for _, urls := range told {
		seen := map[string]bool{}
		for _, url := range urls {
			name := strings.TrimPrefix(url, Prefix+hash()+"/")
			if seen[url] || !Has(name) || strings.Contains(url, "zxcvbn") {
				t.Errorf("got %q twice, or it is not served, or only a new passphrase needs it", url)
			}
			seen[url] = true
			body, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, of := range imported.FindAllSubmatch(body, -1) {
				if want := URL("wallet/bundle/" + string(of[1])); !slices.Contains(urls, want) {
					t.Errorf("%s imports %s, which is not told", url, want)
				}
			}
		}
	}
	for language, texts := range map[string]int{"en": 0, "de": 1} {
		around, checkout := Preload(language, ""), Preload(language, "checkout")
		if !slices.Contains(around, URL("wallet/bundle/app.js")) || len(around) > 3+texts || len(checkout) <= len(around)+texts {
			t.Errorf("got %v for every page and %v for the checkout, want app.js and at most two files and texts in the first, and more in the second", around, checkout)
		}
	}
}
