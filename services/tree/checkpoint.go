package tree

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Bounds on the checkpoints of any log, as witnesses read them.
const (
	MaxCheckpoint = 8192 // bytes of a signed checkpoint, cosignatures included
	maxExtensions = 16   // lines behind the root
)

// Checkpoint is the head of any log under the name that no other log has (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Head
	Note string // as its log signed it
}

// Empty is the head of a log without records.
var Empty = func() Head {
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic(err) // not before main: no hash is read for it
	}
	return Head{Root: Hash(root)}
}()

// OpenCheckpoint reads a checkpoint that one of these keys signed. Other signatures, and
// lines behind the root, are passed over: what they say is nothing to a witness.
func OpenCheckpoint(signed string, keys []note.Verifier) (Checkpoint, error) {
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, ErrProof
	}
	n, err := note.Open([]byte(signed), note.VerifierList(keys...))
	if err != nil {
		return Checkpoint{}, ErrProof
	}
	origin, head, err := ParseCheckpoint(n.Text)
	return Checkpoint{origin, head, signed}, err
}

// ParseCheckpoint reads the text of a checkpoint.
func ParseCheckpoint(text string) (origin string, h Head, err error) {
	body, ended := strings.CutSuffix(text, "\n")
	lines := strings.Split(body, "\n")
	if !ended || len(lines) < 3 || len(lines) > 3+maxExtensions {
		return "", Head{}, ErrProof
	}
	for _, line := range lines {
		if line == "" {
			return "", Head{}, ErrProof
		}
	}
	size, err := ParseSize(lines[1])
	if err != nil {
		return "", Head{}, err
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return "", Head{}, ErrProof
	}
	return lines[0], Head{Size: size, Root: Hash(root)}, nil
}

// ParseSize reads a number of records in its one spelling.
func ParseSize(text string) (int64, error) {
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 || size > MaxSize || strconv.FormatInt(size, 10) != text {
		return 0, ErrProof
	}
	return size, nil
}

// Origin is the first line of a note, under which its log is known.
func Origin(signed string) string {
	origin, _, _ := strings.Cut(signed, "\n")
	return origin
}

// Cosignature is the word of a witness that a head continues the log that it saw before
// (c2sp.org/tlog-cosignature).
type Cosignature struct {
	Line string // to be put behind the head's own signature; ends with a line feed
	At   int64  // unix seconds, by the witness's clock
}

// OpenCosignature reads what a witness answers for a signed head: lines, of which those are
// passed over that others signed.
func OpenCosignature(head, lines string, by note.Verifier) (Cosignature, error) {
	if len(lines) > MaxCheckpoint {
		return Cosignature{}, ErrProof
	}
	n, err := note.Open([]byte(head+lines), note.VerifierList(by))
	if err != nil || len(n.Sigs) != 1 {
		return Cosignature{}, ErrProof
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return Cosignature{}, ErrProof
	}
	return Cosignature{
		Line: "— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n",
		At:   int64(binary.BigEndian.Uint64(raw[4:])),
	}, nil
}

// Cosign is the line with which a witness cosigns a checkpoint.
func (c Checkpoint) Cosign(by note.Signer) (string, error) {
	text, _, whole := strings.Cut(c.Note, "\n\n")
	if !whole {
		return "", ErrProof
	}
	text += "\n"
	signed, err := note.Sign(&note.Note{Text: text}, by)
	if err != nil {
		return "", err
	}
	return string(signed[len(text)+1:]), nil
}

// OtherSize is the answer of a witness that cosigned another number of records last.
type OtherSize int64

// Error says how many.
func (s OtherSize) Error() string {
	return "the witness cosigned a head of " + strconv.FormatInt(int64(s), 10) + " records last"
}

// ErrContradicts is the answer of a witness that cosigned a head which this one does not
// continue: the log has two histories, or went back.
var ErrContradicts = errors.New("a witness cosigned another head, which this one does not continue")

// Cosigned is a checkpoint that a witness cosigned, at unix seconds, and how many it keeps
// that its log signed beside it.
type Cosigned struct {
	Checkpoint
	At          int64
	Contradicts int
}

// MaxContradictions is how many contradictions of one log a witness keeps: the first ones, as
// one is enough.
const MaxContradictions = 16

// Contradiction is two checkpoints of the same size that one log signed, with different roots.
type Contradiction struct {
	Origin string
	Seen   string // as it was signed
	Before string // the one that was cosigned last, when it came
	At     int64  // unix seconds
}
