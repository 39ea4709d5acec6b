package services_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// imports lists what the product's packages import, tests apart.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "peerscrip/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	graph := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		graph[strings.TrimPrefix(fields[0], "peerscrip/")] = fields[1:]
	}
	return graph
}

// TestArrows holds docs/architecture.md to the import graph: arrows point down,
// siblings do not touch, and each foreign vocabulary has one door.
func TestArrows(t *testing.T) {
	const services = "services/"
	parties := []string{"broker", "merchant", "market", "wallet", "bank"}
	mayImport := map[string][]string{ // within the module
		"":                   {"services"},
		"jose":               nil,
		"static":             nil,
		services + "scrip":   {"jose"},
		services + "demo":    {services + "scrip"},
		services + "tree":    {"jose", services + "scrip"},
		services + "receipt": {"jose", services + "scrip", services + "tree"},
		"web":                {"static", services + "scrip"},
		"services/rig":       {"db", "jose", "services", services + "bank", services + "broker", services + "merchant", services + "scrip"},
	}
	for _, p := range parties {
		mayImport[services+p] = []string{"jose", services + "scrip"}
		mayImport["db"] = append(mayImport["db"], services+p)
		mayImport["api"] = append(mayImport["api"], services+p)
	}
	for _, name := range []string{"db", "api", services + "broker"} {
		mayImport[name] = append(mayImport[name], services+"tree")
	}
	mayImport["db"] = append(mayImport["db"], "jose", services+"scrip")
	mayImport["api"] = append(mayImport["api"], "jose", services+"scrip")
	doors := map[string][]string{ // who may import what is foreign
		"github.com/go-jose/":            {"jose"},
		"github.com/jmoiron/sqlx":        {"db"},
		"github.com/mattn/go-sqlite3":    {"db"},
		"database/sql":                   {"db"},
		"github.com/go-chi/":             {"api", "web"},
		"github.com/a-h/templ":           {"web"},
		"github.com/alecthomas/kong":     {""},
		"net/http":                       {"api", "web", "static", "services"},
		"github.com/oapi-codegen/":       {"api"},
		"github.com/getkin/kin-openapi/": {"api"},
	}
	for name, list := range imports(t) {
		name = strings.TrimPrefix(name, "peerscrip")
		for _, path := range list {
			inner, ours := strings.CutPrefix(path, "peerscrip/")
			allowed, bound := mayImport[name]
			if ours && bound && !slices.Contains(allowed, inner) {
				t.Errorf("%s imports %s, want none but %v", name, inner, allowed)
			}
			if ours && !bound && name != "services" {
				t.Errorf("package %s is not in this test: say what it may import", name)
			}
			for prefix, who := range doors {
				if strings.HasPrefix(path, prefix) && !slices.Contains(who, name) {
					t.Errorf("%s imports %s, whose door is %v", name, path, who)
				}
			}
		}
	}
}
