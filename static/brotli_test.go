package static

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

// TestShortest: who takes Brotli gets a file in its shortest form once that is made, which is when many asked for it, and until then,
// like all others, as it is.
func TestShortest(t *testing.T) {
	const name = "css/bundle.css"
	shortest = best{asked: map[string]int{}, made: map[string][]byte{}}
	want, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	get := func(takes string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", URL(name), nil)
		r.Header.Set("Accept-Encoding", takes)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		if got := w.Header().Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("takes %q: varies by %q, want Accept-Encoding", takes, got)
		}
		return w
	}
	for range worthIt - 1 {
		if w := get("br"); w.Header().Get("Content-Encoding") != "" || !bytes.Equal(w.Body.Bytes(), want) {
			t.Errorf("when few asked: got %d bytes in %q, want the file's", w.Body.Len(), w.Header().Get("Content-Encoding"))
		}
	}
	for end := time.Now().Add(time.Minute); len(shortest.of(name)) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it was not made in a minute")
		}
	}
	for takes, encoding := range map[string]string{
		"gzip, deflate, br, zstd": "br", "br;q=0.5": "br", "br;q=1": "br", "br;q=0": "", "gzip, br;q=0.0": "", "gzip": "", "": "", "brotli": "",
	} {
		w := get(takes)
		if got := w.Header().Get("Content-Encoding"); got != encoding {
			t.Errorf("takes %q: got it in %q, want %q", takes, got, encoding)
		}
		got := io.Reader(w.Body)
		if encoding != "" {
			if w.Body.Len()*4 > len(want) {
				t.Errorf("takes %q: got %d bytes, want less than a quarter of %d", takes, w.Body.Len(), len(want))
			}
			got = brotli.NewReader(w.Body)
		}
		if body, err := io.ReadAll(got); err != nil || !bytes.Equal(body, want) {
			t.Errorf("takes %q: got %d bytes, %v; want the file", takes, len(body), err)
		}
	}
}
