// Generate writes the Go code of each template of the folder it is run in, x_templ.go of
// x.templ. It is the part of templ generate that a build takes: that command brings a
// language server, a proxy and a watcher too, which a new machine compiles for longer
// than SQLite.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

func main() {
	log.SetFlags(0)
	templates, err := filepath.Glob("*.templ")
	if err != nil || len(templates) == 0 {
		log.Fatalf("no templates here: %v", err)
	}
	for _, name := range templates {
		if err := generate(name); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
	}
	if err := orphan(); err != nil {
		log.Fatal(err)
	}
}

// generate writes a template's code. A template that is not as templ wants it is an
// error, and its code stays as it was.
func generate(name string) error {
	template, err := parser.Parse(name)
	if err != nil {
		return err
	}
	diagnosed, err := parser.Diagnose(template)
	if err != nil {
		return err
	}
	if len(diagnosed) > 0 {
		return fmt.Errorf("%v", diagnosed)
	}
	var code bytes.Buffer
	if _, err := generator.Generate(template, &code, generator.WithVersion(templ.Version()), generator.WithFileName(name)); err != nil {
		return err
	}
	formatted, err := format.Source(code.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(name, ".templ")+"_templ.go", formatted, 0o644)
}

// orphan tells code that is of no template any more.
func orphan() error {
	written, err := filepath.Glob("*_templ.go")
	if err != nil {
		return err
	}
	for _, name := range written {
		if _, err := os.Stat(strings.TrimSuffix(name, "_templ.go") + ".templ"); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}
