package services

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// leastCompressed is the length in bytes below which an answer goes as it is: it fits a packet or two either way.
const leastCompressed = 1 << 10

// jitter is up to how many bytes, by its content, a compressed answer is longer than it had to be: whoever sees only lengths
// takes long to guess from them what stands in an answer beside text of their own (docs/threat-model.md).
const jitter = 32

// compressed serves next's answers to GET compressed, for who takes that: pages, style sheets, scripts and lists. What
// messages are answered with is sealed, and no shorter compressed; a stream of events is sent as it comes. Pictures and fonts are compressed as they are.
//
// The tag of such an answer (ETag) has to be a weak one: it names what is said, not the bytes.
func compressed(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(leastCompressed), gzhttp.RandomJitter(jitter, 0, false),
		gzhttp.SetContentType(false), gzhttp.ContentTypeFilter(isText))
	if err != nil {
		return nil, err
	}
	reading := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			reading.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

// isText reports whether what is of that type gets shorter.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml") || strings.HasSuffix(kind, "yaml")
}
