package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVectorsAreTold: each file of vectors stands in the README of its folder, and
// each folder in protocol.md, so that another implementation finds them.
func TestVectorsAreTold(t *testing.T) {
	page, err := os.ReadFile("protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{"jose/testdata/vectors", "services/scrip/testdata", "services/wallet/testdata/decisions", "services/wallet/testdata/backups", "services/tree/testdata", "services/receipt/testdata"}
	for _, folder := range folders {
		if !strings.Contains(string(page), "(../"+folder+"/README.md)") {
			t.Errorf("%s is not in protocol.md", folder)
		}
		told, err := os.ReadFile(filepath.Join("..", folder, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join("..", folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: got %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			if !strings.Contains(string(told), filepath.Base(file)) {
				t.Errorf("%s: its README does not tell %s", folder, filepath.Base(file))
			}
		}
	}
}
