package jose_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"peerscrip/jose"
)

var (
	update  = flag.Bool("update", false, "write testdata/vectors anew")
	vectors = flag.String("vectors", "testdata/vectors", "folder of the vectors to check, for instance some made by another implementation")
)

// A vector is one message, what its receiver has and expects, and what comes of
// it. testdata/vectors/README.md describes the members.
type vector struct {
	Name     string     `json:"name"`
	About    string     `json:"about,omitempty"`
	Kind     string     `json:"kind"`
	Envelope string     `json:"envelope"`
	Pad      int        `json:"pad,omitempty"`
	Keys     vectorKeys `json:"keys"`
	Expect   expected   `json:"expect"`
	Result   string     `json:"result"`

	// result "refused"
	RefusedAt string `json:"refused_at,omitempty"`

	// result "ok"
	Claims      *vectorClaims              `json:"claims,omitempty"`
	Attachments map[string]json.RawMessage `json:"attachments,omitempty"`
	Digest      string                     `json:"digest,omitempty"`
	Dual        string                     `json:"dual,omitempty"`
	Key         string                     `json:"key,omitempty"`
}

type vectorKeys struct {
	Envelope []privateJWK `json:"envelope,omitempty"`
	ReplyKey string       `json:"reply_key,omitempty"`
}

// privateJWK is a test key: RFC 7518 section 6.2.2.
type privateJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	D   string `json:"d"`
}

type expected struct {
	Types     []string                  `json:"types"`
	Aud       string                    `json:"aud"`
	Iss       string                    `json:"iss,omitempty"`
	Tx        string                    `json:"tx,omitempty"`
	SelfKeyed bool                      `json:"self_keyed"`
	Pair      bool                      `json:"pair"`
	Most      int                       `json:"most,omitempty"`
	Signers   map[string]jose.VerifyKey `json:"signers,omitempty"`
}

type vectorClaims struct {
	Typ      string            `json:"typ"`
	Iss      string            `json:"iss"`
	Aud      string            `json:"aud"`
	Tx       string            `json:"tx"`
	Iat      int64             `json:"iat"`
	Attached map[string]string `json:"attached"`
	Body     json.RawMessage   `json:"body"`
}

// want is the vector's expectation as package jose takes it.
func (e expected) want() jose.Expect {
	want := jose.Expect{Types: e.Types, Iss: e.Iss, Aud: e.Aud, Tx: e.Tx, Pair: e.Pair}
	if e.Most > 0 {
		want.Most = func(string) int { return e.Most }
	}
	if !e.SelfKeyed {
		want.Key = func(iss, kid string, at int64) (jose.VerifyKey, error) {
			if k, ok := e.Signers[iss]; ok && k.Thumbprint() == kid {
				return k, nil
			}
			return jose.VerifyKey{}, jose.ErrUnknownKey
		}
	}
	return want
}

// open gives what came of it, with the step at which it was refused, and once
// more as the package's users see it.
func (v vector) open() (o jose.Opened, step, public error) {
	envelope, want := v.Envelope+strings.Repeat("A", v.Pad), v.Expect.want()
	switch v.Kind {
	case "request":
		var keys []jose.EnvelopeKey
		for _, k := range v.Keys.Envelope {
			keys = append(keys, must(jose.ParseEnvelopeKey(must(base64Decode(k.D)))))
		}
		o, step = jose.OpenStep(envelope, keys, want)
		_, public = jose.Open(envelope, keys, want)
	case "reply":
		key := must(jose.ParseReplyKey(v.Keys.ReplyKey))
		o, step = jose.OpenReplyStep(envelope, key, want)
		_, public = jose.OpenReply(envelope, key, want)
	case "evidence":
		o, step = jose.VerifyStep(envelope, want)
		_, public = jose.Verify(envelope, want)
	default:
		panic("unknown kind " + v.Kind)
	}
	return o, step, public
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	for _, file := range vectorFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var all []vector
			readJSON(t, file, &all)
			seen := map[string]bool{}
			for _, v := range all {
				if seen[v.Name] {
					t.Errorf("two vectors are named %q", v.Name)
				}
				seen[v.Name] = true
				t.Run(v.Name, v.check)
			}
		})
	}
}

// TestPairVectorsBelongTogether: the two parts in good.json are one exchange, of
// which T5 there tells.
func TestPairVectorsBelongTogether(t *testing.T) {
	var all []vector
	readJSON(t, filepath.Join("testdata", "vectors", "good.json"), &all)
	good := map[string]vector{}
	for _, v := range all {
		good[v.Name] = v
	}
	order, payment, exchange := good["order: good"], good["payment: good"], good["exchange: good"]
	if order.Dual != payment.Digest || payment.Dual != order.Digest || order.Dual == "" || payment.Dual == "" {
		t.Errorf("duals: got %s, %s, want each the other part's digest %s, %s", order.Dual, payment.Dual, payment.Digest, order.Digest)
	}
	var body struct {
		Order   string `json:"order_digest"`
		Payment string `json:"payment_digest"`
	}
	if err := json.Unmarshal(exchange.Claims.Body, &body); err != nil || body.Order != order.Digest || body.Payment != payment.Digest {
		t.Errorf("T5: got %+v, %v, want the digests %s, %s", body, err, order.Digest, payment.Digest)
	}
}

// TestPossessionVectorsBelongTogether: the POSSESSION in good.json is the one
// inside the R3 there, and speaks of what that asks for.
func TestPossessionVectorsBelongTogether(t *testing.T) {
	var all []vector
	readJSON(t, filepath.Join("testdata", "vectors", "good.json"), &all)
	var possession, opening vector
	for _, v := range all {
		switch v.Name {
		case "possession: good":
			possession = v
		case "opening: good":
			opening = v
		}
	}
	var asks struct {
		Signing    jose.VerifyKey `json:"signing"`
		Envelope   jose.SealKey   `json:"envelope"`
		Possession string         `json:"possession"`
	}
	var proves struct {
		Account  string `json:"account"`
		Envelope string `json:"envelope"`
	}
	noFault(json.Unmarshal(possession.Claims.Body, &proves))
	noFault(json.Unmarshal(opening.Claims.Body, &asks))
	if asks.Possession != possession.Envelope || asks.Signing.Thumbprint() != possession.Key ||
		asks.Envelope.Thumbprint() != proves.Envelope || opening.Claims.Iss != proves.Account {
		t.Errorf("R3 asks for %+v, its POSSESSION by %s proves %+v", asks, possession.Key, proves)
	}
}

func (v vector) check(t *testing.T) {
	o, step, public := v.open()
	switch v.Result {
	case "ok":
		noError(t, "open", step)
		v.compare(t, o)
	case "refused":
		if step == nil {
			t.Fatalf("opened, want it refused at %s: %s", v.RefusedAt, v.About)
		}
		if public != jose.ErrOpen {
			t.Errorf("got %v, want ErrOpen", public)
		}
		if got := strings.TrimPrefix(step.Error(), "jose: refused at "); v.RefusedAt != "" && got != v.RefusedAt {
			t.Errorf("refused at %s, want %s: %s", got, v.RefusedAt, v.About)
		}
	default:
		t.Fatalf("result %q", v.Result)
	}
}

func (v vector) compare(t *testing.T, o jose.Opened) {
	got := v.filled(o)
	for _, m := range []struct {
		name      string
		got, want any
	}{
		{"claims", normal(got.Claims), normal(v.Claims)},
		{"attachments", normal(got.Attachments), normal(v.Attachments)},
		{"digest", got.Digest, v.Digest},
		{"dual", got.Dual, v.Dual},
		{"key", got.Key, v.Key},
	} {
		if !reflect.DeepEqual(m.got, m.want) {
			t.Errorf("%s: got %v, want %v", m.name, m.got, m.want)
		}
	}
}

// filled is v with what o holds.
func (v vector) filled(o jose.Opened) vector {
	v.Claims = &vectorClaims{o.Typ, o.Iss, o.Aud, o.Tx, o.Iat, o.Attached, o.Body}
	v.Attachments = map[string]json.RawMessage{}
	for name, value := range o.Attachments {
		v.Attachments[name] = value
	}
	v.Digest, v.Dual, v.Key = o.Digest, o.Dual, o.Key.Thumbprint()
	return v
}

// normal is v as JSON without regard to white space and the order of members;
// an empty object is the same as none.
func normal(v any) any {
	var out any
	noFault(json.Unmarshal(must(json.Marshal(v)), &out))
	if m, ok := out.(map[string]any); ok && len(m) == 0 {
		return nil
	}
	return out
}

func noFault(err error) { must(0, err) }

// vectorFiles are the files of messages; values.json holds smaller things.
func vectorFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, f := range must(filepath.Glob(filepath.Join(*vectors, "*.json"))) {
		if filepath.Base(f) != "values.json" {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no vectors in %s", *vectors)
	}
	return files
}

func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	noError(t, "read vectors", err)
	noError(t, "parse "+file, json.Unmarshal(b, v))
}
