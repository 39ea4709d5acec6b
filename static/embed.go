// Package static holds what browsers load and never changes while the program runs: style sheets, pictures, fonts, the
// wallet's modules and the bundled libraries they use.
//
// Everything is embedded and addressed by one hash over the whole tree, /static/<hash>/<path>, so that an answer may be
// kept for ever and modules may import each other by relative path. Pages call URL; the server mounts Handler. What has to
// have one path in every build is served by its own handler, from Read.
//
// Pages load css/bundle.css and wallet/bundle, which are made of the sheets and modules beside them: a hundred files would be
// a hundred requests. The modules are served too, for who wants to read or to import what runs.
package static

//go:generate rm -rf wallet/bundle
//go:generate go tool esbuild wallet/app.js wallet/console.js --bundle --splitting --format=esm --target=es2022 --minify --charset=utf8 --chunk-names=[name]-[hash] --outdir=wallet/bundle --log-level=warning
//go:generate go tool esbuild css/all.css --bundle --minify --charset=utf8 --external:*.woff2 --outfile=css/bundle.css --log-level=warning

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed css img vendor wallet
var files embed.FS

// Prefix is where Handler is to be mounted, with everything below it.
const Prefix = "/static/"

// hashLength is how many hex digits of the tree's SHA-256 stand in a URL: enough to tell builds apart, not a promise of
// integrity.
const hashLength = 16

// types lists every kind of file that is served. What is not listed (a stray source map, an editor's backup) is not
// found, so nothing is ever served under a guessed type.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".ico":   "image/x-icon",
	".jpg":   "image/jpeg",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".mjs":   "text/javascript; charset=utf-8",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".wasm":  "application/wasm",
	".webp":  "image/webp",
	".woff2": "font/woff2",
}

// hash is taken when the first page asks for it, since a command without pages should not wait for it.
var hash = sync.OnceValue(func() string { return treeHash(files) })

// URL returns the path under which the file of that name ("css/base.css") is served by this build.
func URL(name string) string { return Prefix + hash() + "/" + name }

// Has reports whether this build serves a file of that name.
func Has(name string) bool {
	_, known := types[path.Ext(name)]
	info, err := fs.Stat(files, name)
	return known && err == nil && info.Mode().IsRegular()
}

// Read returns the file of that name.
func Read(name string) ([]byte, error) { return files.ReadFile(name) }

// Handler serves the embedded files below Prefix with immutable caching. Another build's hash is not found rather than
// answered with this build's bytes: a cache must never keep them under the wrong name.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, Prefix+hash()+"/")
		if !ok || !Has(name) {
			http.NotFound(w, r)
			return
		}
		body, err := files.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", `W/"`+hash()+`"`) // of all of the build, as its address is
		if short := shortestFor(r, name); len(short) > 0 {
			h.Set("Content-Encoding", "br")
			body = short
		}
		if compressible[path.Ext(name)] {
			h.Set("Vary", "Accept-Encoding")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
	})
}

// treeHash covers every name and every byte, each preceded by its length so that no two trees share an encoding. The
// walk is in lexical order, so the hash is the same on every machine. It runs once, over embedded files: an
// error here can only mean a broken build, so it is not hidden.
func treeHash(tree fs.FS) string {
	sum := sha256.New()
	write := func(b []byte) {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		sum.Write(b)
	}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		write([]byte(name))
		write(body)
		return nil
	})
	if err != nil {
		panic("static: reading the embedded files: " + err.Error())
	}
	return hex.EncodeToString(sum.Sum(nil))[:hashLength]
}
