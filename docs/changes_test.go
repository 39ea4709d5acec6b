package docs_test

import (
	"os"
	"regexp"
	"testing"
)

// TestVersionIsTold: the newest version in changes.md is that of openapi.yaml.
func TestVersionIsTold(t *testing.T) {
	first := func(path, pattern string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s names no version", path)
		}
		return string(found[1])
	}
	if told, is := first("changes.md", `(?m)^## ([0-9]+\.[0-9]+\.[0-9]+)$`), first("../openapi.yaml", `(?m)^  version: (\S+)$`); told != is {
		t.Errorf("changes.md tells of %s first, want the version of openapi.yaml: %s", told, is)
	}
}
