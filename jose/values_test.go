package jose_test

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"peerscrip/jose"
)

// A value is one of the smaller things: a key, a key set, an ID, a text in
// base64url or strict JSON. testdata/vectors/README.md describes the members.
type value struct {
	Name   string `json:"name"`
	About  string `json:"about,omitempty"`
	Kind   string `json:"kind"`
	Input  string `json:"input"`
	Result string `json:"result"`

	Thumbprint string          `json:"thumbprint,omitempty"` // keys
	Signing    []string        `json:"signing,omitempty"`    // key sets: thumbprints
	Envelope   []string        `json:"envelope,omitempty"`   // key sets: thumbprints
	Digest     string          `json:"digest,omitempty"`     // disclosures
	Attachment string          `json:"attachment,omitempty"` // disclosures: name
	Value      json.RawMessage `json:"value,omitempty"`      // disclosures, JSON
}

// strictSample is what the input of kind "json" is read into.
type strictSample struct {
	Text string   `json:"text"`
	Int  int64    `json:"int"`
	List []string `json:"list"`
	Sub  struct {
		Text string `json:"text"`
	} `json:"sub"`
}

// read gives v with what its input holds.
func (v value) read() (value, error) {
	var err error
	switch v.Kind {
	case "verify-key":
		var k jose.VerifyKey
		k, err = jose.ParseVerifyKey([]byte(v.Input))
		v.Thumbprint = k.Thumbprint()
	case "seal-key":
		var k jose.SealKey
		k, err = jose.ParseSealKey([]byte(v.Input))
		v.Thumbprint = k.Thumbprint()
	case "reply-key":
		_, err = jose.ParseReplyKey(v.Input)
	case "key-set":
		var set jose.JWKS
		set, err = jose.ParseJWKS([]byte(v.Input))
		v.Signing, v.Envelope = nil, nil
		for _, k := range set.Signing {
			v.Signing = append(v.Signing, k.Thumbprint())
		}
		for _, k := range set.Envelope {
			v.Envelope = append(v.Envelope, k.Thumbprint())
		}
	case "id":
		err = refuseUnless(jose.ValidID(v.Input))
	case "digest":
		err = refuseUnless(jose.ValidDigest(v.Input))
	case "disclosure":
		var raw []byte
		v.Attachment, raw, err = jose.ParseDisclosure(v.Input)
		v.Digest, v.Value = jose.Digest([]byte(v.Input)), raw
	case "json":
		var sample strictSample
		err = jose.Decode([]byte(v.Input), &sample)
		v.Value = must(marshal(sample))
	default:
		panic("unknown kind " + v.Kind)
	}
	return v, err
}

func refuseUnless(ok bool) error {
	if ok {
		return nil
	}
	return jose.ErrOpen
}

func TestValues(t *testing.T) {
	file := filepath.Join(*vectors, "values.json")
	if *update {
		writeJSON(t, file, makeValues(t))
	}
	var all []value
	readJSON(t, file, &all)
	for _, v := range all {
		t.Run(v.Kind+"/"+v.Name, func(t *testing.T) {
			got, err := v.read()
			switch {
			case v.Result == "refused" && err == nil:
				t.Errorf("accepted, want it refused: %s", v.About)
			case v.Result == "ok" && err != nil:
				t.Errorf("got %v, want it accepted: %s", err, v.About)
			case v.Result == "ok" && !reflect.DeepEqual(normal(got), normal(v)):
				t.Errorf("got %+v, want %+v", got, v)
			}
		})
	}
}

func makeValues(t *testing.T) []value {
	t.Helper()
	w := newWorld()
	all := slices.Concat(keyValues(w), keySetValues(w), encodedValues(), jsonValues())
	for i, v := range all {
		if v.Result == "ok" {
			got, err := v.read()
			noError(t, v.Kind+"/"+v.Name, err)
			all[i] = got
		}
	}
	return all
}
