package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestClaims holds docs/claims.md to the tree: every test it names is there, and
// every claim has a row.
func TestClaims(t *testing.T) {
	page, err := os.ReadFile("claims.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testsIn(t, "..")
	named := regexp.MustCompile("`([a-z0-9]+\\.(?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 50 {
		t.Errorf("tests named: got %d, want those of every claim", len(named))
	}
	for _, name := range named {
		if !there[name[1]] {
			t.Errorf("%s is named and not there", name[1])
		}
	}
	for _, claim := range strings.Fields("C1 C3 C4 C5 C6 C7 C8 C9 C10 C11 C13 C15 C17 C18 C19 C22 C23 C24 C25 C26 C28 C29") {
		row := regexp.MustCompile(`(?m)^\| ` + claim + ` \|[^|]+\|.*(Test|Benchmark)`)
		if !row.Match(page) {
			t.Errorf("%s has no row with a test", claim)
		}
	}
}

// TestRecipes: every test that architecture.md's recipes send to is there.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for name := range testsIn(t, "..") {
		_, name, _ = strings.Cut(name, ".")
		names[name] = true
	}
	sent := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)[`/]").FindAllStringSubmatch(string(page), -1)
	if len(sent) < 15 {
		t.Errorf("tests named: got %d, want those of every recipe", len(sent))
	}
	for _, name := range sent {
		if !names[name[1]] {
			t.Errorf("%s is named and not there", name[1])
		}
	}
}

// testsIn lists all tests below a folder as package.Name, where those of a package's
// world are the package's.
func testsIn(t *testing.T, root string) map[string]bool {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, f := range function.FindAllStringSubmatch(string(text), -1) {
			absolute, _ := filepath.Abs(filepath.Dir(path))
			found[filepath.Base(strings.TrimSuffix(absolute, "/world"))+"."+f[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
