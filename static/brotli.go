package static

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// leastCompressed is the length in bytes below which a file goes as it is.
const leastCompressed = 1 << 10

// compressible are the kinds of files that get shorter; pictures and fonts are compressed as they are.
var compressible = map[string]bool{".css": true, ".js": true, ".json": true, ".mjs": true, ".svg": true, ".txt": true}

// worthIt is how often a file is asked for before it is made shorter: two seconds of the processor for all of them are too much
// where one or two look.
const worthIt = 10

// best keeps files of this build in Brotli's shortest form. That takes up to half a second for one, in which nobody waits: who asks
// for it before gets the file as it is, which others may compress on the way. All of them are a third of a megabyte.
type best struct {
	mu    sync.Mutex
	asked map[string]int    // by name, up to worthIt
	made  map[string][]byte // by name; empty where the file would not be shorter
	next  []string          // wait to be made, by one goroutine that ends when none does
}

var shortest = best{asked: map[string]int{}, made: map[string][]byte{}}

// of returns the short form of a file, or nothing where there is none, or none yet.
func (b *best) of(name string) []byte {
	if info, err := fs.Stat(files, name); err != nil || info.Size() < leastCompressed || !compressible[path.Ext(name)] {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked[name] < worthIt {
		if b.asked[name]++; b.asked[name] == worthIt {
			if b.next = append(b.next, name); len(b.next) == 1 {
				go b.make()
			}
		}
	}
	return b.made[name]
}

// make makes what waits, one after the other.
func (b *best) make() {
	for {
		b.mu.Lock()
		name := b.next[0]
		b.mu.Unlock()
		short := compress(name)
		b.mu.Lock()
		b.made[name] = short
		b.next = b.next[1:]
		over := len(b.next) == 0
		b.mu.Unlock()
		if over {
			return
		}
	}
}

func compress(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		return []byte{}
	}
	var short bytes.Buffer
	w := brotli.NewWriterLevel(&short, brotli.BestCompression)
	_, failed := w.Write(body)
	if err := w.Close(); err != nil || failed != nil || short.Len() >= len(body) { // it goes as it is
		return []byte{}
	}
	return short.Bytes()
}

// shortestFor is the short form of a file for the client of a request, or nothing.
func shortestFor(r *http.Request, name string) []byte {
	if !takesBrotli(r) {
		return nil
	}
	return shortest.of(name)
}

// takesBrotli reports whether the client of a request says that it takes Brotli.
func takesBrotli(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			if coding, weight, _ := strings.Cut(coding, ";"); strings.TrimSpace(coding) == "br" {
				return strings.Trim(strings.ReplaceAll(weight, " ", ""), "q=0.") != "" || weight == ""
			}
		}
	}
	return false
}
