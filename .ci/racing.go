//go:build ignore

// Racing prints a pattern for go test -run: the tests of some packages' folders
// in which goroutines meet, because they start some, themselves or by a function
// of the package's test files.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	tests := map[string]bool{}
	for _, folder := range os.Args[1:] {
		for name := range meetings(folder) {
			if strings.HasPrefix(name, "Test") && name != "TestMain" {
				tests[name] = true
			}
		}
	}
	fmt.Printf("^(%s)$\n", strings.Join(slices.Sorted(maps.Keys(tests)), "|"))
}

// meetings are the functions of a folder's test files in which goroutines meet.
// Methods of several types that share a name count as one.
func meetings(folder string) map[string]bool {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		log.Fatalf("no test files in %s: %v", folder, err)
	}
	meet, uses := map[string]bool{}, map[string]map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			log.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				if uses[f.Name.Name] == nil {
					uses[f.Name.Name] = map[string]bool{}
				}
				if look(f, uses[f.Name.Name]) {
					meet[f.Name.Name] = true
				}
			}
		}
	}
	for known := -1; known < len(meet); {
		known = len(meet)
		for name, used := range uses {
			for callee := range used {
				if meet[callee] {
					meet[name] = true
				}
			}
		}
	}
	return meet
}

// look gathers what a function uses and reports whether it starts a goroutine:
// by go, or by a method Go, as sync.WaitGroup's.
func look(f *ast.FuncDecl, used map[string]bool) (starts bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.SelectorExpr:
			starts = starts || n.Sel.Name == "Go"
		case *ast.Ident:
			used[n.Name] = true
		}
		return true
	})
	return starts
}
