package static

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// imported finds what a module of the bundle needs before it runs: its imports, not what it may ask for later (import()).
var imported = regexp.MustCompile(`(?:from|import)"\./([\w.-]+)"`)

// parted finds in ui/pages.js from which module a page of the wallet is loaded.
var parted = regexp.MustCompile(`(\w+): \(\) => import\('\./(\w+)\.js'\)`)

// graph says which modules of the bundle need which.
type graph struct {
	needs map[string][]string // for each module that is asked for by name ("app", "buying", "active.de") its files, by name: itself, and all that it imports
	sizes map[string]int      // lengths of modules in bytes, by URL
	parts map[string]string   // the module of each page of the wallet, by the page's name, as ui/pages.js has it
}

// modules is read when the first page asks for it. It is made of embedded files: an error can only mean a broken build.
var modules = sync.OnceValue(func() graph {
	names, err := fs.Glob(files, "wallet/bundle/*.js")
	if err != nil {
		panic("static: " + err.Error()) // the pattern is a bad one
	}
	imports, sizes := map[string][]string{}, map[string]int{}
	for _, name := range names {
		body := embedded(name)
		sizes[URL(name)] = len(body)
		for _, found := range imported.FindAllSubmatch(body, -1) {
			imports[path.Base(name)] = append(imports[path.Base(name)], string(found[1]))
		}
	}
	needs := map[string][]string{}
	for _, name := range names {
		seen := map[string]bool{}
		gather(path.Base(name), imports, seen)
		asked, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".js"), "-")
		needs[asked] = slices.Sorted(maps.Keys(seen))
	}
	parts := map[string]string{}
	for _, found := range parted.FindAllSubmatch(embedded("wallet/ui/pages.js"), -1) {
		parts[string(found[1])] = string(found[2])
	}
	return graph{needs, sizes, parts}
})

func embedded(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		panic("static: the bundle is not whole: " + err.Error())
	}
	return body
}

// gather notes a module and all that it imports.
func gather(module string, imports map[string][]string, seen map[string]bool) {
	if seen[module] {
		return
	}
	seen[module] = true
	for _, name := range imports[module] {
		gather(name, imports, seen)
	}
}

// Preload returns the URLs of the modules of the bundle that a page needs for certain, each once, and of the texts of a language ("de")
// where there are some: a browser that is told of them fetches all at once, and not one after the other as it meets their names. The
// longest comes first, since what a browser has no connection left for waits.
// The page is one of the wallet's by name ("checkout"), or "" for any other, which goes without the wallet.
func Preload(language, page string) []string {
	all := modules()
	asked := []string{"app", "outside." + language}
	if page != "" {
		asked = append(asked, all.parts[page], "active."+language)
	}
	var urls []string
	for _, module := range asked {
		for _, name := range all.needs[module] {
			if url := URL("wallet/bundle/" + name); !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	slices.SortStableFunc(urls, func(a, b string) int { return all.sizes[b] - all.sizes[a] })
	return urls
}
