package static

import (
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// File is one file of this build, as a browser keeps it for when nothing answers.
type File struct {
	URL    string // its path
	Type   string // its Content-Type
	SHA256 string // of its bytes, base64
}

// Kept lists what the wallet's pages are made of: style sheets, fonts, icons, and the bundle without what is rare.
var Kept = sync.OnceValues(func() ([]File, error) {
	var kept []File
	for _, pattern := range []string{"css/bundle.css", "css/noscript.css", "vendor/fonts/*/*.woff2", "img/icons.svg", "img/favicon.svg", "wallet/bundle/*.js"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasPrefix(path.Base(name), "zxcvbn") { // the lists for new passphrases: large, and there is a rule without them
				continue
			}
			body, err := files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(body)
			kept = append(kept, File{URL(name), types[path.Ext(name)], base64.StdEncoding.EncodeToString(sum[:])})
		}
	}
	return kept, nil
})

// Build names this build: the hash in every URL.
func Build() string { return hash() }
