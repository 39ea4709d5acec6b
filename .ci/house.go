//go:build ignore

// House measures each package of the module it is run in: files and
// lines written by hand, of the package and of its tests, lines generated, what
// it exports, how many packages of the module it imports, and how many packages
// of other modules its tests link. docs/architecture.md keeps what it printed.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// measures are what is counted of a package, or of all together.
type measures struct {
	files, lines, testFiles, testLines, generated, exports, imports, linked int
}

func main() {
	var all measures
	fmt.Println("package | files | lines | test files | test lines | generated | exports | imports | linked by tests")
	for _, line := range list("-f", "{{.ImportPath}} {{.Dir}}", "./...") {
		path, folder, _ := strings.Cut(line, " ")
		m := measure(folder)
		m.linked = len(list("-deps", "-test", "-f", "{{if and .Module (not .ForTest)}}{{if not .Module.Main}}{{.ImportPath}}{{end}}{{end}}", path))
		row(strings.TrimPrefix(strings.TrimPrefix(path, "peerscrip"), "/"), m)
		all.files += m.files
		all.lines += m.lines
		all.testFiles += m.testFiles
		all.testLines += m.testLines
		all.generated += m.generated
		all.exports += m.exports
	}
	row("all", all)
}

// row prints a package's row.
func row(name string, m measures) {
	fmt.Println(name, "|", m.files, "|", m.lines, "|", m.testFiles, "|", m.testLines, "|", m.generated, "|", m.exports, "|", m.imports, "|", m.linked)
}

// list asks the go command for packages.
func list(args ...string) []string {
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		log.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
}

// measure reads the Go files and templates of a folder.
func measure(folder string) (m measures) {
	imports := map[string]bool{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if ext := filepath.Ext(name); ext != ".go" && ext != ".templ" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			log.Fatal(err)
		}
		lines := bytes.Count(text, []byte("\n"))
		switch {
		case strings.HasSuffix(name, "_templ.go"), strings.HasSuffix(name, ".gen.go"):
			m.generated += lines
			continue
		case strings.HasSuffix(name, "_test.go"):
			m.testFiles++
			m.testLines += lines
			continue
		}
		m.files++
		m.lines += lines
		if filepath.Ext(name) == ".go" {
			m.exports += read(text, imports)
		}
	}
	m.imports = len(imports)
	return m
}

// read counts what a file exports, methods of exported types among it, and adds
// the packages of the module that it imports.
func read(text []byte, imports map[string]bool) (exports int) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range file.Imports {
		if path := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(path, "peerscrip/") {
			imports[path] = true
		}
	}
	ast.FileExports(file)
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			exports++
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					exports++
				case *ast.ValueSpec:
					exports += len(s.Names)
				}
			}
		}
	}
	return exports
}
