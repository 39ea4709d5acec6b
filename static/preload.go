package static

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// imported finds what a module of the bundle needs before it runs: its imports, not what it may ask for later (import()).
var imported = regexp.MustCompile(`(?:from|import)"\./([\w.-]+)"`)

// needs is for each module of the bundle that is asked for by name ("app", "buying", "active.de") its files, in the order of
// their names: itself, and all that it imports. It is read once, before main, from embedded files.
var needs = func() map[string][]string {
	names, err := fs.Glob(files, "wallet/bundle/*.js")
	if err != nil {
		panic("static: " + err.Error()) // the pattern is a bad one
	}
	needs := map[string][]string{}
	for _, name := range names {
		seen := map[string]bool{}
		gather(path.Base(name), seen)
		asked, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".js"), "-")
		needs[asked] = slices.Sorted(maps.Keys(seen))
	}
	return needs
}()

// sizes are the lengths of the modules of the bundle in bytes, by URL.
var sizes = func() map[string]int {
	sizes := map[string]int{}
	for _, modules := range needs {
		for _, name := range modules {
			body, err := files.ReadFile("wallet/bundle/" + name)
			if err != nil {
				panic("static: the bundle is not whole: " + err.Error())
			}
			sizes[URL("wallet/bundle/"+name)] = len(body)
		}
	}
	return sizes
}()

func gather(module string, seen map[string]bool) {
	if seen[module] {
		return
	}
	seen[module] = true
	body, err := files.ReadFile("wallet/bundle/" + module)
	if err != nil {
		panic("static: the bundle is not whole: " + err.Error())
	}
	for _, found := range imported.FindAllSubmatch(body, -1) {
		gather(string(found[1]), seen)
	}
}

// parted finds in ui/pages.js from which module a page of the wallet is loaded.
var parted = regexp.MustCompile(`(\w+): \(\) => import\('\./(\w+)\.js'\)`)

// parts is the module of each page of the wallet, by the page's name, as ui/pages.js has it.
var parts = func() map[string]string {
	source, err := files.ReadFile("wallet/ui/pages.js")
	if err != nil {
		panic("static: " + err.Error())
	}
	parts := map[string]string{}
	for _, found := range parted.FindAllSubmatch(source, -1) {
		parts[string(found[1])] = string(found[2])
	}
	return parts
}()

// Preload returns the URLs of the modules of the bundle that a page needs for certain, each once, and of the texts of a language ("de")
// where there are some: a browser that is told of them fetches all at once, and not one after the other as it meets their names. The
// longest comes first, since what a browser has no connection left for waits.
// The page is one of the wallet's by name ("checkout"), or "" for any other, which goes without the wallet.
func Preload(language, page string) []string {
	modules := []string{"app", "outside." + language}
	if page != "" {
		modules = append(modules, parts[page], "active."+language)
	}
	var urls []string
	for _, module := range modules {
		for _, name := range needs[module] {
			if url := URL("wallet/bundle/" + name); !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	slices.SortStableFunc(urls, func(a, b string) int { return sizes[b] - sizes[a] })
	return urls
}
