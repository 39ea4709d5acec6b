package services

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCompressed: what is read and gets shorter goes compressed to who takes that; all else goes as it is.
func TestCompressed(t *testing.T) {
	const long, short = "Old lamps for new. ", "ok"
	handler, err := compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.Header().Set("ETag", `W/"a"`)
		body := strings.Repeat(long, 1000)
		if r.URL.Path == "/short" {
			body = short
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, method, url, takes, want string }{
		{"a page", "GET", "/?type=text/html;%20charset=utf-8", "gzip, deflate", "gzip"},
		{"a page, by the better way", "GET", "/?type=text/html", "gzip, deflate, br, zstd", "zstd"},
		{"a script", "GET", "/?type=text/javascript", "gzip", "gzip"},
		{"a list", "GET", "/?type=application/json", "gzip", "gzip"},
		{"a refusal", "GET", "/?type=application/problem%2Bjson", "gzip", "gzip"},
		{"icons", "GET", "/?type=image/svg%2Bxml", "gzip", "gzip"},
		{"a photo", "GET", "/?type=image/webp", "gzip", ""},
		{"a font", "GET", "/?type=font/woff2", "gzip", ""},
		{"what is short", "GET", "/short?type=text/html", "gzip", ""},
		{"who takes none", "GET", "/?type=text/html", "", ""},
		{"who refuses it", "GET", "/?type=text/html", "gzip;q=0", ""},
		{"a message", "POST", "/?type=application/json", "gzip", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.url, nil)
			if c.takes != "" {
				r.Header.Set("Accept-Encoding", c.takes)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Encoding"); got != c.want {
				t.Errorf("encoding: got %q, want %q", got, c.want)
			}
			if got := w.Body.Len(); c.want != "" && got > 1000 {
				t.Errorf("got %d bytes, want fewer than a tenth of %d", got, 1000*len(long))
			}
			if got := w.Header().Get("ETag"); got != `W/"a"` {
				t.Errorf("tag: got %q, want it as it was", got)
			}
			if got := w.Header().Values("Vary"); c.method == "GET" && strings.Join(got, ", ") != "Accept-Encoding" {
				t.Errorf("varies: got %q, want by what is taken", got)
			}
		})
	}
}
