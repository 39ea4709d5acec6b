package scrip_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/jose"
)

// sealed is a request among the vectors of envelopes; their README says what it
// means.
type sealed struct {
	Name, Kind, Envelope string
	Keys                 struct {
		Envelope []struct{ D string }
	}
	Expect struct {
		Types   []string
		Aud     string
		Signers map[string]jose.VerifyKey
	}
}

// The good requests of the shared vectors, and one of every message that the
// browser's wallet sends, are good as messages too, not only as envelopes.
func TestSealedVectors(t *testing.T) {
	w, opened := newWorld(), map[string]bool{}
	for _, file := range []string{"../../jose/testdata/vectors/good.json", "../../static/wallet_test/made/messages.json"} {
		var list []sealed
		if err := json.Unmarshal(must(os.ReadFile(file)), &list); err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			if v.Kind != "request" || strings.Contains(v.Name, ":") && !strings.HasSuffix(v.Name, ": good") && !strings.Contains(v.Name, "made by") {
				continue
			}
			opened[v.Expect.Types[0]] = true
			if _, err := v.open(t, w.find(t, v.Expect.Types[0])); err != nil {
				t.Errorf("%s in %s: got %v, want it taken", v.Name, file, err)
			}
		}
	}
	for _, row := range docs.Protocol("typ", "way", "signed by", "body") {
		if strings.HasPrefix(row["way"], "C→") && !opened[row["typ"]] {
			t.Errorf("no customer's %s among the sealed vectors: static/wallet_test/make.mjs makes them", row["typ"])
		}
	}
}

func (v sealed) open(t *testing.T, k kind) (opening, error) {
	t.Helper()
	var keys []jose.EnvelopeKey
	for _, key := range v.Keys.Envelope {
		keys = append(keys, must(jose.ParseEnvelopeKey(must(base64.RawURLEncoding.DecodeString(key.D)))))
	}
	senders := func(from, kid string, _ int64) (jose.VerifyKey, error) {
		if key, ok := v.Expect.Signers[from]; ok && key.Thumbprint() == kid {
			return key, nil
		}
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
	return k.opened(v.Envelope, keys, v.Expect.Aud, senders)
}
