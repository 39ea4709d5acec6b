package cli_test

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"peerscrip/services/cli"
	"peerscrip/services/scrip"
)

// TestIdentifiersAreNoFlags: what begins with a dash and is an identifier is one, wherever it
// stands; all else is what it was.
func TestIdentifiersAreNoFlags(t *testing.T) {
	const dashed, twice = "-BParsN_BUHgWKPgrPnAXg", "--arsN_BUHgWKPgrPnAXgQ"
	type line struct {
		Orders struct {
			Order  scrip.ID   `arg:"" optional:""`
			More   []scrip.ID `arg:"" optional:""`
			Bundle string
			JSON   bool `name:"json"`
			Long   bool `name:"allow-what-strangerg"`
			Short  bool `short:"B"`
		} `cmd:""`
	}
	for _, tc := range []struct {
		args          []string
		order, bundle string
		more          []scrip.ID
		json, long    bool
	}{
		{args: []string{"orders", dashed}, order: dashed},
		{args: []string{"orders", "--json", dashed}, order: dashed, json: true},
		{args: []string{"orders", dashed, "--json"}, order: dashed, json: true},
		{args: []string{"orders", "--bundle", dashed}, bundle: dashed},
		{args: []string{"orders", "--bundle=" + dashed}, bundle: dashed},
		{args: []string{"orders", "a", dashed, twice}, order: "a", more: []scrip.ID{dashed, twice}},
		{args: []string{"orders", "--", dashed}, order: dashed},
		{args: []string{"orders", "--allow-what-strangerg"}, long: true},
	} {
		var got line
		parser, err := kong.New(&got, cli.Identifiers(), kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cli.Parse(parser, tc.args); err != nil {
			t.Errorf("%q: %v", tc.args, err)
			continue
		}
		o := got.Orders
		if string(o.Order) != tc.order || o.Bundle != tc.bundle || o.JSON != tc.json || o.Long != tc.long || !slices.Equal(o.More, tc.more) {
			t.Errorf("%q: got %+v, want %+v", tc.args, o, tc)
		}
	}
	var got line
	parser, err := kong.New(&got, cli.Identifiers(), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli.Parse(parser, []string{"orders", "--unknown"}); err == nil {
		t.Error("an unknown flag: got no error, want one")
	}
}
