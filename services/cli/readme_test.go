package cli_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"peerscrip/services/cli"
)

var hump = regexp.MustCompile(`([a-z])([A-Z])`)

// TestCommandsAreInTheReadme: each of the wallet's commands stands in README.md,
// where people learn of it.
func TestCommandsAreInTheReadme(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## The wallet on the command line")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := reflect.TypeFor[cli.Command]()
	known := 0
	for i := range commands.NumField() {
		field := commands.Field(i)
		if _, is := field.Tag.Lookup("cmd"); !is {
			continue
		}
		known++
		name := field.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(hump.ReplaceAllString(field.Name, "$1-$2")) // as kong does
		}
		if !regexp.MustCompile(`(?m)^peerscrip wallet .*\b` + name + `\b`).MatchString(section) {
			t.Errorf("README.md does not tell of the command %q", name)
		}
	}
	if known < 15 {
		t.Errorf("commands: got %d, want all of the wallet's", known)
	}
}
