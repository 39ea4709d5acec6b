package cli

import (
	"testing"

	"peerscrip/services/scrip"
)

// Every kind of event is told in words, with what it brings.
func TestThreadWords(t *testing.T) {
	for _, k := range scrip.Kinds() {
		if did[k.Kind] == "" {
			t.Errorf("%s: got no word for it", k.Kind)
		}
	}
	for want, e := range map[string]Saying{
		"":                 {},
		": Hello\n    you": {Text: "Hello\nyou"},
		" (Post RB 1)":     {Carrier: "Post", Tracking: "RB 1"},
		" (RB 1): By noon": {Tracking: "RB 1", Text: "By noon"},
	} {
		if got := e.words(); got != want {
			t.Errorf("%+v: got %q, want %q", e, got, want)
		}
	}
}

// What came of comparing is one sentence for each way it can end.
func TestCompared(t *testing.T) {
	for want, r := range map[string]Comparison{
		"the same 2 events, 1 of them fetched now":                                          {Here: 2, There: 2, Fetched: 1},
		"the stall has nothing of it; here are 2 events, each signed by whoever said it":    {Here: 2, Lost: true},
		"the two differ: in one place the stall shows another event than was signed before": {Here: 2, There: 2, Ours: "a", Theirs: "b"},
		"the stall has 1 of 2 events":                                                       {Here: 2, There: 1, Ours: "a"},
		"the stall shows 1 events more, which do not follow":                                {Here: 2, There: 3},
	} {
		if got := r.words(); got != want {
			t.Errorf("%+v: got %q, want %q", r, got, want)
		}
	}
}
