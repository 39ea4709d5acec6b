package scrip_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

const successionFile = "testdata/succession.json"

// succession is one line of testdata/succession.json: what a reader knows, and
// what it is shown.
type succession struct {
	Name     string   `json:"name"`
	Broker   string   `json:"broker"`
	Known    []string `json:"known"`    // KEYS, from the first; none when nothing was pinned
	Page     []string `json:"page"`     // KEYS, as shown
	Follows  bool     `json:"follows"`  // whether they do
	Serial   int64    `json:"serial"`   // of the last KEYS that are believed then
	Envelope string   `json:"envelope"` // thumbprint of the key that is sealed to then; empty for none
}

// keyring makes KEYS that are the same on every run.
type keyring struct{ broker scrip.ID }

func (keyring) signing(name string) jose.SigningKey { return must(jose.NewSigningKey(seeded(name))) }

// sign makes KEYS of any kind: with the key named by, and edits.
func (k keyring) sign(by, key string, serial int, previous string, at int64, edits ...func(*scrip.BrokerKeys, *jose.Message)) string {
	body := scrip.BrokerKeys{
		Broker: k.broker, Serial: serial, Signing: []jose.VerifyKey{k.signing(key).Public()},
		Envelope: must(jose.NewEnvelopeKey(seeded("envelope " + key))).Public(), NotBefore: at, Previous: previous,
	}
	signer := k.signing(by)
	m := scrip.Compose(signer.Thumbprint(), string(k.broker), id("tx "+key), at, body, scrip.Attachments{})
	for _, edit := range edits {
		edit(&body, &m)
	}
	m.Body = body
	return must(jose.Sign(seeded("salt"), m, signer)).JWS
}

func digestOf(signed string) string { return jose.Signed{JWS: signed}.Digest() }

func successions() []succession {
	k := keyring{id("broker")}
	other := keyring{id("another broker")}
	first := k.sign("one", "one", 1, "", now)
	second := k.sign("one", "two", 2, digestOf(first), now+100)
	third := k.sign("two", "three", 3, digestOf(second), now+200)
	fork := k.sign("one", "fork", 2, digestOf(first), now+150)
	foreign := k.sign("thief", "thief", 2, digestOf(first), now+100)
	stranger := k.sign("thief", "thief", 1, "", now)
	long, pages := []string{first}, first
	for serial := 2; serial <= 17; serial++ {
		pages = k.sign("one", "one", serial, digestOf(pages), now+int64(serial))
		long = append(long, pages)
	}
	toOther := func(b *scrip.BrokerKeys, m *jose.Message) { b.Broker = other.broker }
	list := []succession{
		{Name: "right: the first", Page: []string{first}, Follows: true, Serial: 1},
		{Name: "right: all, by who pinned nothing", Page: []string{first, second, third}, Follows: true, Serial: 3},
		{Name: "right: nothing new", Known: []string{first}, Page: []string{first}, Follows: true, Serial: 1},
		{Name: "right: the next", Known: []string{first}, Page: []string{first, second}, Follows: true, Serial: 2},
		{Name: "right: the next two", Known: []string{first, second}, Page: []string{second, third}, Follows: true, Serial: 3},
		{Name: "right: in force at the same time", Known: []string{first}, Page: []string{first, k.sign("one", "two", 2, digestOf(first), now)}, Follows: true, Serial: 2},
		{Name: "forked: other keys of the last serial", Known: []string{first, second}, Page: []string{fork}},
		{Name: "forked: what follows another", Known: []string{first, fork}, Page: []string{fork, third}},
		{Name: "skipped", Known: []string{first}, Page: []string{first, third}},
		{Name: "skipped by number alone", Known: []string{first}, Page: []string{first, k.sign("one", "two", 3, digestOf(first), now+100)}},
		{Name: "begins behind what is known", Known: []string{first}, Page: []string{second}},
		{Name: "foreign: signed by a key that was never the broker's", Known: []string{first}, Page: []string{first, foreign}},
		{Name: "foreign: another's first keys under the known name", Known: []string{first}, Page: []string{stranger}},
		{Name: "foreign: another's whole chain under the known name", Known: []string{first}, Page: []string{stranger, k.sign("thief", "two", 2, digestOf(stranger), now+1)}},
		{Name: "foreign: signed by its own new key", Known: []string{first}, Page: []string{first, k.sign("two", "two", 2, digestOf(first), now+100)}},
		{Name: "foreign: the first by a key it does not name", Page: []string{k.sign("thief", "one", 1, "", now)}},
		{Name: "by a key of before the last", Known: []string{first, second}, Page: []string{second, k.sign("one", "three", 3, digestOf(second), now+200)}},
		{Name: "replayed: the same again", Known: []string{first}, Page: []string{first, first}},
		{Name: "replayed: an older one", Known: []string{first, second}, Page: []string{second, first}},
		{Name: "gone back", Known: []string{first, second}, Page: []string{first}},
		{Name: "gone", Known: []string{first}, Page: []string{}},
		{Name: "of another broker", Known: []string{first}, Page: []string{first, other.sign("one", "two", 2, digestOf(first), now+100)}},
		{Name: "of another broker, the first", Page: []string{other.sign("one", "one", 1, "", now)}},
		{Name: "of another broker in the body alone", Known: []string{first}, Page: []string{first, k.sign("one", "two", 2, digestOf(first), now+100, toOther)}},
		{Name: "too early: in force before those they follow", Known: []string{first}, Page: []string{first, k.sign("one", "two", 2, digestOf(first), now-1)}},
		{Name: "changed after it was signed", Known: []string{first}, Page: []string{first, second[:len(second)-4] + "AAAA"}},
		{Name: "not KEYS", Known: []string{first}, Page: []string{first, "a.b.c"}},
		{Name: "a page that is full", Page: long[:16], Follows: true, Serial: 16},
		{Name: "a page that is too long", Page: long},
	}
	for i := range list {
		s := &list[i]
		s.Broker = string(k.broker)
		if s.Known == nil {
			s.Known = []string{}
		}
		if !s.Follows {
			s.Serial = int64(len(s.Known))
		}
		believed := s.Known
		if s.Follows {
			believed = s.Page
		}
		if len(believed) > 0 {
			m := must(scrip.Verify[scrip.BrokerKeys](believed[len(believed)-1], s.Broker, nil))
			s.Envelope = m.Body.Envelope.Thumbprint()
		}
	}
	return list
}

// TestSuccessionVectors: of each line of testdata/succession.json, what follows is
// believed and what does not changes nothing. The browser is held to the same file.
func TestSuccessionVectors(t *testing.T) {
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetIndent("", " ")
	if err := e.Encode(successions()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(successionFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept := must(os.ReadFile(successionFile))
	if !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("%s is not what this test makes: go test ./services/scrip -run SuccessionVectors -update", successionFile)
	}
	var list []succession
	if err := json.Unmarshal(kept, &list); err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		known := must(scrip.ReadChain(scrip.ID(v.Broker), v.Known))
		got, err := known.Follow(v.Page)
		if v.Follows != (err == nil) || (err != nil && !errors.Is(err, scrip.ErrSuccession)) {
			t.Errorf("%s: got %v, want follows %t", v.Name, err, v.Follows)
		}
		envelope := ""
		if got.Serial() > 0 {
			envelope = got.Envelope.Thumbprint()
		}
		if got.Serial() != v.Serial || envelope != v.Envelope {
			t.Errorf("%s: got serial %d and envelope key %q, want %d and %q", v.Name, got.Serial(), envelope, v.Serial, v.Envelope)
		}
	}
}

// TestLearn: a chain is followed page by page to its end, from nothing or from
// where it is known; and a fingerprint is that of any of its KEYS.
func TestLearn(t *testing.T) {
	chain, all := scrip.Chain{Broker: id("broker")}, []string{}
	key := must(jose.NewSigningKey(seeded("0")))
	for range 40 {
		next := must(jose.NewSigningKey(seeded(key.Thumbprint())))
		signed, longer, err := chain.Succeed(seeded("tx"), []jose.VerifyKey{next.Public()}, must(jose.NewEnvelopeKey(seeded("e"))).Public(), now, pick(chain, key, next))
		if err != nil {
			t.Fatal(err)
		}
		chain, key, all = longer, next, append(all, signed)
	}
	asked := 0
	ask := func(_ context.Context, after int64) ([]string, error) {
		asked++
		return all[after:min(int(after)+scrip.MaxKeysPage, len(all))], nil
	}
	learnt, err := scrip.Chain{Broker: id("broker")}.Learn(t.Context(), ask)
	if err != nil || learnt.Fingerprint() != chain.Fingerprint() || asked != 3 {
		t.Fatalf("from nothing: got %d, %v in %d questions, want %d in 3", learnt.Serial(), err, asked, chain.Serial())
	}
	if again, err := learnt.Learn(t.Context(), ask); err != nil || again.Serial() != 40 {
		t.Errorf("again: got %d, %v, want 40", again.Serial(), err)
	}
	for _, signed := range []string{all[0], all[39]} {
		if err := learnt.Pinned(digestOf(signed)); err != nil {
			t.Errorf("a fingerprint of the chain: got %v", err)
		}
	}
	if err := learnt.Pinned(hash("none")); !errors.Is(err, scrip.ErrSuccession) {
		t.Errorf("a fingerprint of none: got %v, want %v", err, scrip.ErrSuccession)
	}
	if ever := learnt.Ever(); len(ever) != 40 || !slices.ContainsFunc(ever, key.Public().Equal) || !ever[0].Equal(key.Public()) {
		t.Errorf("Ever: got %d keys, want 40 with the newest first", len(ever))
	}
	down := errors.New("down")
	if _, err := learnt.Learn(t.Context(), func(context.Context, int64) ([]string, error) { return nil, down }); !errors.Is(err, down) || errors.Is(err, scrip.ErrSuccession) {
		t.Errorf("a broker that is away: got %v, want %v and no more", err, down)
	}
}

// pick is who signs the next KEYS of a chain: the key of the last, or its own.
func pick(c scrip.Chain, last, own jose.SigningKey) jose.SigningKey {
	if c.Serial() == 0 {
		return own
	}
	return last
}
