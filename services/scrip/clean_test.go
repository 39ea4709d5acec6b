package scrip_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

// What people write is cleaned the same in Go and in the browser, which reads
// these vectors too.
func TestCleanVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/text.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Name, Text, Clean, Line string }
	if err := json.Unmarshal(b, &vectors); err != nil || len(vectors) < 20 {
		t.Fatalf("testdata/text.json: got %d vectors, %v, want at least 20", len(vectors), err)
	}
	for _, v := range vectors {
		if got := scrip.Clean(v.Text); got != v.Clean {
			t.Errorf("%s: Clean: got %+q, want %+q", v.Name, got, v.Clean)
		}
		if got := scrip.CleanLine(v.Text); got != v.Line {
			t.Errorf("%s: CleanLine: got %+q, want %+q", v.Name, got, v.Line)
		}
	}
}

// The same words are one passphrase on every wallet: the browser reads these
// vectors too.
func TestPassphraseVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/passphrases.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name, Passphrase string
		Typed            []string
	}
	if err := json.Unmarshal(b, &vectors); err != nil || len(vectors) == 0 {
		t.Fatalf("testdata/passphrases.json: got %d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		for _, typed := range append(v.Typed, v.Passphrase) {
			if got := scrip.CleanPassphrase(typed); got != v.Passphrase {
				t.Errorf("%s: %+q: got %+q, want %+q", v.Name, typed, got, v.Passphrase)
			}
		}
	}
}

// What was cleaned is accepted, and stays as it is.
func FuzzClean(f *testing.F) {
	f.Add("\u2068Elm\u00adStreet\u2069\r\n\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F")
	f.Add("\U0001F469\u200d\U0001F469 x\u200d \xff" + strings.Repeat("\u0301", 9))
	f.Fuzz(func(t *testing.T, text string) {
		clean := scrip.Clean(text)
		if again := scrip.Clean(clean); again != clean {
			t.Errorf("cleaned again: got %+q, want %+q", again, clean)
		}
		if err := scrip.ValidNote(clean); err != nil && err != scrip.TooMany {
			t.Errorf("ValidNote(%+q): got %v, want no refusal for its characters", clean, err)
		}
		if line := scrip.CleanLine(text); strings.ContainsAny(line, "\n\t") || scrip.CleanLine(line) != line {
			t.Errorf("CleanLine: got %+q, want one line that stays as it is", line)
		}
	})
}
