package scrip

// maxJWS bounds, in bytes, the JWS of a message of any type that longest does not
// name, its header and signature with it. A mandate (T10) is one of these.
const maxJWS = 2048

// longest bounds the types that hold what people write, lists, or other JWS. Each
// has room for the largest body of its form, so that nothing that was taken is too
// long for the message that carries it on: R3 for any POSSESSION, T12 for
// MaxReports of any mandates, and T12 itself for an envelope.
var longest = map[string]int{
	"R3": 8192, "R4": 4096, "PENDING": 4096, "T6": 4096, "CLAIM": 4096, "OFFER": 49_152, "EVENT": 12_288, "RATE": 4608, "ANSWER": 4608, "TELL": 18_432, "TOLD": 188_416, "T12": 188_416, "COLLECTED": 61_440, "STATED": 61_440,
	"RELEASE": 8192, "RECLAIM": 8192, "DISPUTE": 188_416, "DEFEND": 188_416, "DECIDED": 4096, "HELD": 8192, "WATCHED": 188_416,
}

// MaxJWS is the longest JWS of a type, in bytes (protocol section 3, Limits). A
// longer one does not open.
func MaxJWS(typ string) int {
	if most, ok := longest[typ]; ok {
		return most
	}
	return maxJWS
}
