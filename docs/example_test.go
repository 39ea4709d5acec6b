package docs_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// TestExample holds the message that protocol.md shows whole to the rules beside it:
// its body is a T1's, and its attachment is the one that it names by digest.
func TestExample(t *testing.T) {
	page, err := os.ReadFile("protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "A T1, for example, has this payload,")
	blocks := regexp.MustCompile("(?s)```json\n(.+?)\n```").FindAllStringSubmatch(example, 2)
	disclosure := regexp.MustCompile("`(WyJ[A-Za-z0-9_-]+)`").FindStringSubmatch(example)
	if len(blocks) != 2 || disclosure == nil {
		t.Fatalf("got %d blocks and the disclosure %q, want two and one", len(blocks), disclosure)
	}
	var claims struct {
		Type     string            `json:"typ"`
		From     string            `json:"iss"`
		To       scrip.ID          `json:"aud"`
		Tx       scrip.ID          `json:"tx"`
		At       int64             `json:"iat"`
		Attached map[string]string `json:"attached"`
		Body     scrip.Acquire     `json:"body"`
	}
	if err := jose.Decode([]byte(blocks[0][1]), &claims); err != nil {
		t.Fatal(err)
	}
	if err := claims.Body.Valid(); err != nil || claims.Type != claims.Body.Type() || claims.From != string(claims.Body.Account) || !claims.To.Valid() || !claims.Tx.Valid() {
		t.Errorf("got %+v, %v, want a T1", claims, err)
	}
	name, value, err := jose.ReadDisclosure(disclosure[1])
	if err != nil || claims.Attached[name] != jose.Digest([]byte(disclosure[1])) {
		t.Errorf("the disclosure of %q, %v: got the digest %s, want %s", name, err, jose.Digest([]byte(disclosure[1])), claims.Attached[name])
	}
	var shown []string
	var key string
	if err := json.Unmarshal([]byte(blocks[1][1]), &shown); err != nil || json.Unmarshal(value, &key) != nil || len(shown) != 3 || shown[1] != name || shown[2] != key {
		t.Errorf("got %q shown, %v, want the disclosure's parts: %s, %s", shown, err, name, value)
	}
}
