package cli_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/cli"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/wallet"
)

// TestVerifyHeads: a file of evidence convicts the broker that signed two heads of one size,
// and nobody else; and signed heads that may be of one log convict nobody.
func TestVerifyHeads(t *testing.T) {
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	broker, err := scrip.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys, _, err := scrip.Chain{Broker: broker}.Succeed(rand.Reader, []jose.VerifyKey{key.Public()}, sealing.Public(), 1, key)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(size int64, root byte, by jose.SigningKey) string {
		signed, err := tree.Head{Size: size, Root: tree.Hash{root}}.Sign(broker, by)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	stranger, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string][]string{"keys": {keys}})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	known := filepath.Join(folder, "keys.json")
	if err := os.WriteFile(known, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		before, seen string
		convicts     bool
		says         string
	}{
		"two of one size":     {sign(7, 1, key), sign(7, 2, key), true, "PROVEN"},
		"the same twice":      {sign(7, 1, key), sign(7, 1, key), false, "the same head twice"},
		"of two sizes":        {sign(7, 1, key), sign(9, 2, key), false, "do not contradict"},
		"one of a stranger's": {sign(7, 1, key), sign(7, 2, stranger), false, "signed by the broker"},
	} {
		file := filepath.Join(folder, "evidence.txt")
		fork := wallet.Fork{Before: tc.before, Seen: wallet.ToldHead{Note: tc.seen}, Proven: true}
		if err := os.WriteFile(file, []byte(fork.Evidence("Attic")), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := cli.PrintVerified(context.Background(), &out, file, known, "")
		if tc.convicts != (err == nil) || !tc.convicts && !errors.Is(err, cli.ErrNotProven) || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%s: got %v\n%s", name, err, out.String())
		}
	}
}
