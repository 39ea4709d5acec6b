package cli_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"peerscrip/services/cli"
	"peerscrip/services/scrip"
)

var update = flag.Bool("update", false, "write the tables of docs/wallet.md anew")

// shapesPage is where the shapes are told, between these two lines.
const (
	shapesPage = "../../docs/wallet.md"
	tablesFrom = "<!-- tables: go test ./services/cli -run TestShapesAreTold -update -->"
	tablesTo   = "<!-- end of tables -->"
)

// commandNames are the wallet's commands, as kong spells them.
func commandNames() (names []string) {
	commands := reflect.TypeFor[cli.Command]()
	for i := range commands.NumField() {
		field := commands.Field(i)
		if _, is := field.Tag.Lookup("cmd"); is {
			names = append(names, strings.ToLower(hump.ReplaceAllString(field.Name, "$1-$2")))
		}
	}
	return names
}

// TestEveryCommandHasAShape: none is without, and none is of a command that there is not.
func TestEveryCommandHasAShape(t *testing.T) {
	names := commandNames()
	var shaped []string
	for name := range cli.Shapes {
		name, _, _ = strings.Cut(name, " ")
		shaped = append(shaped, name)
	}
	slices.Sort(names)
	slices.Sort(shaped)
	if got := slices.Compact(shaped); !slices.Equal(got, slices.DeleteFunc(names, func(name string) bool { return name == "serve" })) {
		t.Errorf("commands with a shape: got %v, want %v", got, names)
	}
}

// TestShapesAreTold: docs/wallet.md has each shape with its members, as their comments
// tell them here, each command with its shape, and each word of a failure.
func TestShapesAreTold(t *testing.T) {
	page, err := os.ReadFile(shapesPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, there := strings.Cut(string(page), tablesFrom)
	_, after, ends := strings.Cut(rest, tablesTo)
	if !there || !ends {
		t.Fatalf("%s has no place for the tables", shapesPage)
	}
	want := before + tablesFrom + "\n\n" + tables(t) + "\n" + tablesTo + after
	if *update {
		if err := os.WriteFile(shapesPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(page) != want {
		t.Errorf("%s does not tell the shapes as they are: run this test with -update", shapesPage)
	}
}

// tables are those of commands, shapes and words.
func tables(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| command | shape |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(cli.Shapes)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, reflect.TypeOf(cli.Shapes[name]).Name())
	}
	comments := membersOf(t)
	b.WriteString("\n| shape | member | type | |\n|---|---|---|---|\n")
	for _, shape := range shapesOf() {
		for i := range shape.NumField() {
			writeMember(t, &b, shape.Name(), shape, shape.Field(i), comments)
		}
	}
	b.WriteString("\nThe words of a failure: `" + strings.Join(cli.Words(), "`, `") + "`.\n")
	return b.String()
}

// writeMember writes a member's row; of what is embedded, those of its members.
func writeMember(t *testing.T, b *strings.Builder, shape string, of reflect.Type, field reflect.StructField, comments map[string]string) {
	if field.Anonymous {
		for i := range field.Type.NumField() {
			writeMember(t, b, shape, field.Type, field.Type.Field(i), comments)
		}
		return
	}
	name, missing, _ := strings.Cut(field.Tag.Get("json"), ",")
	kind := typeName(field.Type)
	if name == "" || kind == "" {
		t.Errorf("%s.%s has no name in JSON, or a type that has none: %v", shape, field.Name, field.Type)
	}
	if missing == "omitempty" {
		kind += ", or absent"
	}
	says := comments[of.String()+"."+field.Name]
	fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", shape, name, kind, strings.ReplaceAll(says, "|", "\\|"))
}

// shapesOf are the shapes and what is in them, by name.
func shapesOf() (all []reflect.Type) {
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || slices.Contains(all, t) {
			return
		}
		all = append(all, t)
		for i := range t.NumField() {
			if field := t.Field(i); field.Anonymous {
				for j := range field.Type.NumField() {
					add(field.Type.Field(j).Type)
				}
			} else {
				add(field.Type)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cli.Shapes)) {
		add(reflect.TypeOf(cli.Shapes[name]))
	}
	add(reflect.TypeFor[cli.Failure]())
	slices.SortFunc(all, func(a, b reflect.Type) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

// typeName is a type in words.
func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[scrip.Money]():
		return "money"
	case reflect.TypeFor[scrip.ID](), reflect.TypeFor[scrip.VendorID](), reflect.TypeFor[scrip.AccountID]():
		return "ID"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "number"
	case reflect.Int64:
		return "time"
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Struct:
		return t.Name()
	}
	return ""
}

// membersOf are the comments of fields in this package and that of the protocol, by
// package, type and name.
func membersOf(t *testing.T) map[string]string {
	comments := map[string]string{}
	var files []string
	for _, folder := range []string{".", "../scrip"} {
		more, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, is := n.(*ast.TypeSpec)
			if !is {
				return true
			}
			if fields, is := spec.Type.(*ast.StructType); is {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						comments[file.Name.Name+"."+spec.Name.Name+"."+name.Name] = strings.TrimSpace(f.Comment.Text())
					}
				}
			}
			return false
		})
	}
	return comments
}

// schema is of openapi.yaml what is held to the shapes.
type schema struct {
	Properties map[string]any
	Required   []string
	OneOf      []struct {
		Const  string
		Status int `yaml:"x-status"`
	} `yaml:"oneOf"`
}

// schemasOf reads the schemas of openapi.yaml.
func schemasOf(t *testing.T) map[string]schema {
	t.Helper()
	var doc struct {
		Components struct{ Schemas map[string]schema }
	}
	if err := yaml.Unmarshal(cli.Document, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas
}

// TestDocumentHasTheShapes: what a shape of the wallet's API is called in the document, and
// which members it has, is as here.
func TestDocumentHasTheShapes(t *testing.T) {
	schemas, held := schemasOf(t), 0
	for _, shape := range shapesOf() {
		declared, there := schemas[shape.Name()]
		if !there {
			continue
		}
		held++
		var names, required []string
		for _, field := range reflect.VisibleFields(shape) {
			if field.Anonymous {
				continue
			}
			name, missing, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
			if missing == "" {
				required = append(required, name)
			}
		}
		for _, list := range [][]string{names, required, declared.Required} {
			slices.Sort(list)
		}
		if got := slices.Sorted(maps.Keys(declared.Properties)); !slices.Equal(got, names) {
			t.Errorf("%s: openapi.yaml has the members %v, want %v", shape.Name(), got, names)
		}
		if shape.Name() == "Address" || shape.Name() == "Delivery" {
			continue // a request may leave out more than an answer does
		}
		if !slices.Equal(declared.Required, required) {
			t.Errorf("%s: openapi.yaml requires %v, want %v", shape.Name(), declared.Required, required)
		}
	}
	if held < 20 {
		t.Errorf("got %d shapes in the document, want most", held)
	}
}

// TestWordsAreDeclared: each word of a failure stands in the document, with the status that it has.
func TestWordsAreDeclared(t *testing.T) {
	declared := map[string]int{}
	for _, one := range schemasOf(t)["ProblemType"].OneOf {
		declared[strings.TrimPrefix(one.Const, "/problems/")] = one.Status
	}
	for _, word := range cli.Words() {
		if got, want := declared[word], cli.StatusOf(word); got != want || want == 0 {
			t.Errorf("%s: openapi.yaml has the status %d, want %d", word, got, want)
		}
	}
}

// TestBodiesAreJudgedBeforeTheyAreAsked: what may be sent a body, asked for or not, may be told that it is too large or of
// another kind than JSON.
func TestBodiesAreJudgedBeforeTheyAreAsked(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]struct {
			Post *struct {
				Responses map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	posts := 0
	for path, of := range document.Paths {
		if of.Post == nil {
			continue
		}
		posts++
		for _, status := range []string{"413", "415"} {
			if of.Post.Responses[status] == nil {
				t.Errorf("POST %s declares no %s", path, status)
			}
		}
	}
	if posts < 10 {
		t.Errorf("got %d operations by POST, want those of the document", posts)
	}
}
