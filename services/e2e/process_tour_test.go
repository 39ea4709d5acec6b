package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/services/tour"
)

func touring(t *testing.T) (tour.Config, *bytes.Buffer) {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("..", "..", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	return tour.Config{Out: out, Err: t.Output(), Document: document, Random: rand.Reader, JSON: true}, out
}

func readTour(t *testing.T, out *bytes.Buffer) tour.Report {
	t.Helper()
	var r tour.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("read the report: %v: %s", err, out)
	}
	return r
}

// TestTour: with a broker and a stall of its own, the tour sees all 27 messages
// go by, and those of the trade around a purchase (what is said, the price let go, a rating), each with its bytes;
// and the books close.
func TestTour(t *testing.T) {
	c, out := touring(t)
	if err := tour.Run(t.Context(), c); err != nil {
		t.Fatalf("Tour: %v", err)
	}
	r := readTour(t, out)
	if !r.OK || !r.Audited || len(r.Missing) != 0 {
		t.Errorf("got %+v, want all of it", r)
	}
	seen := map[string]int{}
	for _, m := range r.Messages {
		seen[m.Number]++
		if !m.Seen || m.Bytes < 500 || m.From == m.To {
			t.Errorf("%s: got %+v, want a message that was seen", m.Number, m)
		}
	}
	said := seen["TELL"] + seen["TOLD"] // what is said of the money by itself, too; a word that crosses with another is refused, and told again
	once := seen["RELEASE"] == 1 && seen["HELD"] == 1 && seen["RATE"] == 1 && seen["TOLD"] > 1 && seen["TOLD"] <= seen["TELL"]
	if len(seen) != 27+5 || len(r.Messages)-said != 29+3 || seen["T26"] != 2 || !once { // renewed at broker and stall
		t.Errorf("messages: got %v, want each once, 6.8 twice, and words and their answers", seen)
	}
}

// TestTourElsewhere: at a running broker and stall the customer sees its own
// messages, and what came of the others.
func TestTourElsewhere(t *testing.T) {
	t.Parallel() // it waits for the next head of the log
	n := startNode(t, goods{"Dear", "900.00", "0", "1"}, goods{"Map", "4.00", "1.00", "3"})
	c, out := touring(t)
	c.BrokerURL, c.Audit, c.JSON = n.broker.url, []string{n.broker.data, n.stall.data}, false
	if err := tour.Run(t.Context(), c); err != nil {
		t.Fatalf("Tour: %v\n%s", err, out)
	}
	for _, want := range []string{`"Map" costs 5.00 EUR`, "27 of 27 messages", "the books close", "T5      M -> B", "TELL    C -> M", "RELEASE C -> B", "between them"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the transcript: got no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "RATE ") {
		t.Errorf("the transcript: the tour rates somebody else's stall in\n%s", out)
	}
}

// TestTourFails: with nothing to buy, or nobody there, it says so.
func TestTourFails(t *testing.T) {
	broker := startProcess(t, "broker")
	for url, want := range map[string]string{broker.url: "no stall", "http://127.0.0.1:1": "unavailable"} {
		c, _ := touring(t)
		c.BrokerURL = url
		if err := tour.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("at %s: got %v, want %q", url, err, want)
		}
	}
}
