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

// needs is for each module of the bundle that is asked for by name ("app", "pages", "active.de") its files, in the order of
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

// Preload returns the URLs of modules of the bundle, asked for by name, and of what they import, each once, and of the texts of
// a language ("de") where there are some: a browser that is told of them fetches all at once, and not one after the other as it
// meets their names.
func Preload(language string, modules ...string) []string {
	var urls []string
	modules = append(modules, "active."+language)
	for _, module := range modules {
		for _, name := range needs[module] {
			if url := URL("wallet/bundle/" + name); !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	return urls
}
