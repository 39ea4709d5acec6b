package jose_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"peerscrip/jose"
)

// TestOnlyTheSymmetricPartGrows is claim C19: whatever the message's size, the
// envelope has one wrapped key of the same length, and its ciphertext grows
// with the message.
func TestOnlyTheSymmetricPartGrows(t *testing.T) {
	w := newWorld()
	segments := func(text int) []string {
		m := w.announcement()
		m.Body = map[string]string{"text": strings.Repeat("x", text)}
		envelope, err := jose.Seal(rand.Reader, m, w.account, w.brokerEnvelope.Public())
		noError(t, "seal", err)
		return strings.Split(envelope, ".")
	}
	small, large := segments(700), segments(7000)
	for i, name := range []string{"header", "wrapped key", "nonce", "ciphertext", "tag"} {
		grew := len(large[i]) - len(small[i])
		if name != "ciphertext" && grew != 0 {
			t.Errorf("%s: got %d bytes more for a larger message, want none", name, grew)
		}
		if want := 6300 * 16 / 9; name == "ciphertext" && (grew < want-8 || grew > want+8) { // base64 in base64
			t.Errorf("ciphertext: got %d bytes more, want %d", grew, want)
		}
	}
}
