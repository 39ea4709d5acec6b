package cli

import (
	"testing"
	"time"

	"peerscrip/services/wallet"
)

// A receipt says on its one line when the order was sent, and the note.
func TestSentOnALine(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local).Unix()
	for _, test := range []struct {
		receipt wallet.Receipt
		want    string
	}{
		{wallet.Receipt{}, ""},
		{wallet.Receipt{Sent: at}, "\tsent 22 Nov 2026"},
		{wallet.Receipt{Sent: at, Note: "At the gate,\n\ton Tuesday"}, "\tsent 22 Nov 2026: At the gate, on Tuesday"},
	} {
		if got := sent(test.receipt); got != test.want {
			t.Errorf("sent at %d with %q: got %q, want %q", test.receipt.Sent, test.receipt.Note, got, test.want)
		}
	}
}
