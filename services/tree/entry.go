package tree

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
)

// entryTag is the first line of every entry.
const entryTag = "peerscrip log 1"

// Entry is what the log's tree holds of one record. It is told to whoever asks
// for one of its messages by digest.
type Entry struct {
	Kind     string   // the message it records: "T12"
	At       int64    // unix seconds, by the broker's clock
	Record   Hash     // commits to the broker's record: see Commit
	Messages []string // digests of the signed messages kept with it
}

// Commit commits to a record that stays with the broker. Without the salt, 16
// random bytes, nobody can try out what the record might say.
func Commit(salt [16]byte, record []byte) Hash {
	return Hash(sha256.Sum256(append(salt[:], record...)))
}

// Text is the entry as the tree hashes it: lines, each ended by a line feed.
func (e Entry) Text() string {
	lines := append([]string{entryTag, e.Kind, strconv.FormatInt(e.At, 10), e.Record.String()}, e.Messages...)
	return strings.Join(lines, "\n") + "\n"
}

// ParseEntry reads what Text writes, and nothing else.
func ParseEntry(text string) (Entry, error) {
	body, ended := strings.CutSuffix(text, "\n")
	lines := strings.Split(body, "\n")
	if len(text) > MaxEntry || !ended || len(lines) < 4 || len(lines) > 4+MaxMessages || lines[0] != entryTag {
		return Entry{}, ErrProof
	}
	at, err := strconv.ParseInt(lines[2], 10, 64)
	if err != nil || at <= 0 || at > MaxSize || !validKind(lines[1]) {
		return Entry{}, ErrProof
	}
	record, err := ParseHash(lines[3])
	if err != nil {
		return Entry{}, err
	}
	for _, digest := range lines[4:] {
		if !jose.ValidDigest(digest) {
			return Entry{}, ErrProof
		}
	}
	e := Entry{Kind: lines[1], At: at, Record: record, Messages: lines[4:]}
	if e.Text() != text { // "+1" and "01" are 1 too
		return Entry{}, ErrProof
	}
	return e, nil
}

// validKind takes the types of messages and the words for what has none.
func validKind(kind string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	return kind != "" && len(kind) <= 32 && strings.Trim(kind, letters) == ""
}

// LeafHash is the hash of an entry's text in the tree.
func LeafHash(text []byte) Hash { return Hash(tlog.RecordHash(text)) }
