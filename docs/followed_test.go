package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFollowedPurchase holds the functions that docs/architecture.md names on a
// purchase's way to the code: each is there, in its package.
func TestFollowedPurchase(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## A purchase, followed")
	table, _, _ := strings.Cut(section, "\nIn the browser")
	_, table, _ = strings.Cut(table, "\n|") // what is said before it names files
	named := regexp.MustCompile("`([a-z]+)\\.([A-Za-z.]+)`").FindAllStringSubmatch(table, -1)
	if len(named) < 30 {
		t.Errorf("functions named: got %d, want those of the whole way", len(named))
	}
	known := map[string]map[string]bool{}
	for _, name := range named {
		if known[name[1]] == nil {
			known[name[1]] = functionsOf(t, name[1])
		}
		if !known[name[1]][name[2]] {
			t.Errorf("%s.%s is named and not there", name[1], name[2])
		}
	}
}

// functionsOf lists a package's functions, methods as Type.Method.
func functionsOf(t *testing.T, name string) map[string]bool {
	t.Helper()
	var files []string
	for _, folder := range []string{"..", "../services"} {
		there, err := filepath.Glob(filepath.Join(folder, name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, there...)
	}
	form := regexp.MustCompile(`(?m)^func (?:\((?:\w+ )?\*?(\w+)(?:\[[^\]]*\])?\) )?(\w+)[(\[]`)
	found := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range form.FindAllStringSubmatch(string(text), -1) {
			found[strings.TrimPrefix(f[1]+"."+f[2], ".")] = true
		}
	}
	return found
}
