package docs_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packages reads the module's packages by the folders they are in; the main
// package is "". The files are read here, and not asked of the go command, so that
// the result of a test is not kept when one of them changes.
func packages(t *testing.T) map[string]*build.Package {
	t.Helper()
	all := map[string]*build.Package{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		p, err := build.ImportDir(path, 0)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		all[strings.TrimPrefix(strings.TrimPrefix(filepath.ToSlash(path), ".."), "/")] = p
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// own are the packages of the module in a list of imports.
func own(imports []string) (names []string) {
	for _, path := range imports {
		if name, ours := strings.CutPrefix(path, "peerscrip/"); ours {
			names = append(names, name)
		}
	}
	return names
}

var parties = []string{"services/broker", "services/merchant", "services/market", "services/wallet", "services/bank"}

// words are what everybody may import.
var words = []string{"jose", "services/scrip"}

// arrows are what each package may import of the module, beside the words. A
// package that is not here is told.
var arrows = map[string][]string{
	"":                       {"services", "services/audit", "services/bench", "services/cli", "services/peers", "services/storage", "services/tour"},
	"jose":                   {},
	"static":                 {},
	"docs":                   {},
	"services/scrip":         {},
	"services/tree":          {},
	"services/tree/treetest": {},
	"services/receipt":       {"services/tree"},
	"services/folder":        {},
	"services/demo":          {},
	"services/metrics":       {"api"},
	"services/relay":         {},
	"services/witness":       {"services/tree"},
	"services/broker":        {"services/tree"},
	"services/merchant":      {},
	"services/market":        {"services/market/terms"},
	"services/market/terms":  {},
	"services/market/sample": {"services/market"},
	"services/wallet":        {"services/tree"},
	"services/bank":          {"services/iso20022"},
	"db":                     append([]string{"services/tree", "services/market/terms"}, parties...),
	"jose/josetest":          {},
	"db/dbtest":              {"db"},
	"api":                    append([]string{"services/tree"}, parties...),
	"api/contract":           {},
	"api/generate":           {},
	"web":                    {"static", "services/bank", "services/broker", "services/iso20022", "services/market", "services/merchant"},
	"web/generate":           {},
	"services/storage":       {"db", "services/folder"},
	"services/audit":         {"db", "services/folder", "services/storage", "services/tree", "services/wallet"},
	"services/cli":           {"api", "db", "services/folder", "services/receipt", "services/storage", "services/tree", "services/wallet"},
	"services": append([]string{
		"api", "db", "web", "static", "services/audit", "services/demo", "services/folder", "services/metrics", "services/relay", "services/iso20022", "services/storage", "services/stripe", "services/tree", "services/witness",
	}, parties...),
	"services/tour": {"api", "db", "services", "services/audit", "services/folder", "services/merchant", "services/wallet"},
	"services/rig":  {"db", "db/dbtest", "docs", "services/audit", "services/bank", "services/broker", "services/folder", "services/merchant"},
	"services/e2e":  {},

	"services/market/world":   {},
	"services/merchant/world": {},
	"services/wallet/world":   {},

	"services/peers":         {},
	"services/bench":         {"api", "db", "services/bench/load", "services/folder", "services/market", "services/market/sample", "services/peers", "services/wallet"},
	"services/bench/history": {},
	"services/bench/load":    {"api"},

	"services/iso20022":          {},
	"services/stripe":            {"services/bank"},
	"services/stripe/stripetest": {},
}

// doors are the packages that may import what is foreign.
var doors = map[string][]string{
	"github.com/go-jose/":            {"jose"},
	"github.com/jmoiron/sqlx":        {"db"},
	"github.com/mattn/go-sqlite3":    {"db"},
	"database/sql":                   {"db"},
	"github.com/blevesearch/":        {"services/market/terms"},
	"github.com/go-chi/":             {"api", "web"},
	"github.com/a-h/templ":           {"web", "web/generate"},
	"github.com/alecthomas/kong":     {"", "services/cli"},
	"github.com/caddyserver/":        {"services"},
	"go.uber.org/zap":                {"services"},
	"go.opentelemetry.io/":           {"services"},
	"github.com/prometheus/":         {"services/metrics"},
	"net/http":                       {"", "api", "api/contract", "web", "static", "services", "services/metrics", "services/stripe", "services/stripe/stripetest", "services/tour", "services/relay", "services/witness", "services/bench", "services/bench/load"},
	"github.com/oapi-codegen/":       {"api"},
	"github.com/getkin/kin-openapi/": {"api", "api/contract", "api/generate"},
	"github.com/hashicorp/yamux":     {"services/relay"},
	"github.com/coder/websocket":     {"services/relay"},
	"github.com/santhosh-tekuri/":    {"api/contract"},
	"github.com/stripe/":             {"services/stripe"},
}

// TestArrows holds architecture.md to the import graph: arrows point down,
// siblings do not touch, and each foreign vocabulary has one door.
func TestArrows(t *testing.T) {
	for name, p := range packages(t) {
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %q is not in this test: say what it may import", name)
			continue
		}
		for _, inner := range own(p.Imports) {
			if !slices.Contains(allowed, inner) && !slices.Contains(words, inner) {
				t.Errorf("%s imports %s, want none but %v", name, inner, allowed)
			}
		}
		for _, path := range p.Imports {
			for prefix, who := range doors {
				if strings.HasPrefix(path, prefix) && !slices.Contains(who, name) {
					t.Errorf("%s imports %s, whose door is %v", name, path, who)
				}
			}
		}
	}
}

// TestArrowsOfTests: what is not above db is tested without what is, so that a
// change of the API or of a page is tried without building the parties' tests,
// and theirs without it.
func TestArrowsOfTests(t *testing.T) {
	all := packages(t)
	above := []string{"", "api", "api/contract", "web", "static", "services", "services/cli", "services/tour", "services/e2e"}
	low := append([]string{
		"jose", "db", "db/dbtest", "services/scrip", "services/tree", "services/tree/treetest", "services/receipt", "services/folder", "services/storage", "services/audit", "services/rig",
		"services/market/world", "services/merchant/world", "services/wallet/world",
	}, parties...)
	for _, name := range low {
		for _, linked := range closure(all, own(append(all[name].TestImports, all[name].XTestImports...))) {
			if slices.Contains(above, linked) {
				t.Errorf("the tests of %s link %s, want nothing above db", name, linked)
			}
		}
	}
}

// closure adds to packages all that they import, directly or not.
func closure(all map[string]*build.Package, names []string) []string {
	for i := 0; i < len(names); i++ {
		for _, inner := range own(all[names[i]].Imports) {
			if !slices.Contains(names, inner) {
				names = append(names, inner)
			}
		}
	}
	return names
}

// TestProductLinksNoTests: what the program links knows nothing of tests, though it measures
// itself.
func TestProductLinksNoTests(t *testing.T) {
	all := packages(t)
	for _, name := range closure(all, []string{""}) {
		for _, path := range all[name].Imports {
			if path == "testing" || strings.HasPrefix(path, "testing/") || strings.HasSuffix(path, "test") {
				t.Errorf("the program links %q, which imports %s, want nothing that is for tests", name, path)
			}
		}
	}
}
