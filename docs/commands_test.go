package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestRolesAndCommandsAreInTheReadme: each command of the program, and each of a stall's seller, stands in README.md; those of
// the wallet are cli.TestCommandsAreInTheReadme's.
func TestRolesAndCommandsAreInTheReadme(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := commandsOf(t)
	for _, name := range commands["commandLine"] {
		if !strings.Contains(string(page), "`peerscrip "+name) {
			t.Errorf("README.md does not tell of `peerscrip %s`", name)
		}
	}
	_, row, _ := strings.Cut(string(page), "| `peerscrip seller` |")
	row, _, _ = strings.Cut(row, "\n")
	for _, name := range commands["sellerCommand"] {
		if !strings.Contains(row, "`"+name+"`") && !strings.Contains(row, "`"+name+" ") {
			t.Errorf("README.md does not tell of `peerscrip seller %s`", name)
		}
	}
	if all, sellers := len(commands["commandLine"]), len(commands["sellerCommand"]); all < 15 || sellers < 10 {
		t.Errorf("got %d commands and %d of the seller, want all", all, sellers)
	}
}

var hump = regexp.MustCompile(`([a-z])([A-Z])`)

// commandsOf are the commands that main's types name, by type, as kong spells them.
func commandsOf(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../main*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, is := n.(*ast.TypeSpec)
			if !is {
				return true
			}
			fields, is := spec.Type.(*ast.StructType)
			if !is {
				return true
			}
			for _, f := range fields.Fields.List {
				if f.Tag == nil || len(f.Names) == 0 {
					continue
				}
				tag, err := strconv.Unquote(f.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				if _, is := reflect.StructTag(tag).Lookup("cmd"); is {
					all[spec.Name.Name] = append(all[spec.Name.Name], strings.ToLower(hump.ReplaceAllString(f.Names[0].Name, "$1-$2")))
				}
			}
			return true
		})
	}
	return all
}
