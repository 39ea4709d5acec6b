package bench

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"peerscrip/services/scrip"
)

// What follows makes rows of the right form and length that stand for nothing, so that
// large databases can be filled without anybody's signing.

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func drawn(kind string, n int) []byte {
	sum := sha256.Sum256([]byte(kind + strconv.Itoa(n)))
	return sum[:]
}

// idOf is an ID that follows from a number.
func idOf(kind string, n int) scrip.ID { return scrip.ID(b64(drawn(kind, n)[:16])) }

// evidence has the form and size of a signed message.
func evidence(n int) string {
	return b64([]byte("{}")) + "." + b64([]byte(strings.Repeat("x", 400)+string(idOf("evidence", n)))) + "." + b64(make([]byte, 64))
}
