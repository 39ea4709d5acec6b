package e2e_test

import (
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/folder"
	"peerscrip/services/tree"
)

// textAt is what a process answers.
func textAt(t testing.TB, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// witnessNamed is a witness as brokers name it, by what it shows at its address.
func witnessNamed(t testing.TB, url string) string {
	t.Helper()
	lines := strings.Split(textAt(t, url+"/"), "\n")
	if len(lines) < 2 {
		t.Fatalf("the witness shows %q", lines)
	}
	return url + " " + lines[1]
}

// cosignedBy reports whether a broker shows a head that a witness cosigned, and how many
// records are under it.
func cosignedBy(t testing.TB, brokerURL, named string) (size int64, cosigned bool) {
	t.Helper()
	_, key, _ := strings.Cut(named, " ")
	by, err := jose.CosignerVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	text := textAt(t, brokerURL+"/v1/broker/log/checkpoint")
	n, err := note.Open([]byte(text), note.VerifierList(by))
	if err != nil {
		return 0, false
	}
	_, head, err := tree.ParseCheckpoint(n.Text)
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return head.Size, true
}

// TestWitnessed: a witness that is started before its broker, and again later, cosigns heads
// as they are signed, with a key of the broker's that is new to it too.
// What it cannot do it does not start with.
func TestWitnessed(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	at, data := freePort(t), t.TempDir()
	of := services.Config{Role: services.Witness, Data: t.TempDir(), Listen: freePort(t), Logs: []string{"http://" + at}, Name: "witness.example", Clock: clock}
	first := start(t, of)
	named := witnessNamed(t, first.URL)
	broker := start(t, services.Config{Role: services.Broker, Data: data, Listen: at, Clock: clock, Witnesses: []string{named}})
	b := newBuyer(t, broker.URL, 50_00, nil)
	logHead(t, broker.URL)
	var size int64
	eventually(t, patience, "the head to be cosigned", func() (cosigned bool) {
		size, cosigned = cosignedBy(t, broker.URL, named)
		return cosigned
	})
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.At(data).Rotate(rand.Reader, clock().Unix(), folder.Rotation{Signing: true}); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(2 * time.Minute))
	eventually(t, patience, "the broker to show its new keys", func() bool {
		keys, err := b.broker.Keys(t.Context(), 0)
		return err == nil && len(keys) == 2
	})
	b.must("load", b.Load(t.Context(), 20_00))
	head := logHead(t, broker.URL)
	chain, err := folder.At(data).BrokerChain()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.OpenHead(head, chain.Broker, chain.Signing()); err != nil {
		t.Fatalf("a head after the rotation: %v", err)
	}
	again := start(t, of)
	if got := witnessNamed(t, again.URL); got != named {
		t.Fatalf("started again: got %q, want %q", got, named)
	}
	eventually(t, patience, "the next head to be cosigned", func() bool {
		now, cosigned := cosignedBy(t, broker.URL, named)
		return cosigned && now > size
	})
	if said := textAt(t, again.URL+"/"); !strings.Contains(said, head) {
		t.Errorf("the witness shows %q, want the head %q in it", said, head)
	}
	if said := textAt(t, again.URL+"/readyz"); !strings.Contains(said, "ok") {
		t.Errorf("the witness: /readyz says %q", said)
	}
	if said := textAt(t, broker.URL+"/readyz"); strings.Contains(said, "witness") {
		t.Errorf("the broker: /readyz says %q", said)
	}
	for what, bad := range map[string]services.Config{
		"no log":        {Role: services.Witness},
		"another name":  {Role: services.Witness, Data: of.Data, Logs: of.Logs, Name: "another.example"},
		"a broken key":  {Role: services.Witness, Logs: []string{"log.example+0+AA"}},
		"half a broker": {Role: services.Broker, Witnesses: []string{"https://witness.example"}},
	} {
		if bad.Data == "" {
			bad.Data = t.TempDir()
		}
		bad.Listen, bad.Document = "127.0.0.1:0", []byte("openapi: 3.1.0")
		if program, err := services.Start(t.Context(), bad); err == nil {
			t.Errorf("%s: got a program, want an error", what)
			if err := program.Stop(); err != nil {
				t.Error(err)
			}
		}
	}
}
