package cli

import (
	"strings"
	"testing"
	"time"
)

// A receipt says on its one line when the order was sent, and the note.
func TestSentOnALine(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local).Unix()
	for _, test := range []struct {
		receipt Receipt
		want    string
	}{
		{Receipt{}, ""},
		{Receipt{Sent: at}, "\tsent 22 Nov 2026"},
		{Receipt{Sent: at, SentWords: "At the gate,\n\ton Tuesday"}, "\tsent 22 Nov 2026: At the gate, on Tuesday"},
	} {
		if got := test.receipt.sent(); got != test.want {
			t.Errorf("sent at %d with %q: got %q, want %q", test.receipt.Sent, test.receipt.SentWords, got, test.want)
		}
	}
}

// What a stall owes and does not give is told with dates, and with whom to turn to.
func TestWaits(t *testing.T) {
	since := time.Date(2026, 11, 2, 12, 0, 0, 0, time.Local).Unix()
	x := Waiting{Tx: "the-tx", Stall: "Attic", Amount: 12_50, Since: since, Ends: since + 300*24*3600}
	at := func(list []string, now int64) {
		t.Helper()
		got := x.line("12.50 EUR", now)
		for _, want := range list {
			if !strings.Contains(got, want) {
				t.Errorf("after %d hours: got %q, want %q in it", (now-since)/3600, got, want)
			}
		}
		if lines := strings.Count(got, "\n"); lines != len(list) {
			t.Errorf("after %d hours: got %d lines, want %d", (now-since)/3600, lines, len(list))
		}
	}
	at([]string{"12.50 EUR waits for Attic since 2026-11-02"}, since+3600)
	at([]string{
		"12.50 EUR waits for Attic since 2026-11-02",
		"certificate, which ends on 2027-08-29, within a week: it goes back to your bank by itself",
		"whoever runs the broker can close the stall. Name them the payment the-tx of 2026-11-02",
	}, since+24*3600)
}
