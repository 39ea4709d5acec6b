package tree

import (
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Head is the whole log in two lines: how many records, and the root over them.
type Head struct {
	Size int64
	Root Hash
}

// Name is what a broker's heads are signed under, and their first line.
func Name(broker scrip.ID) string { return "peerscrip/log/" + string(broker) }

// text is the head as it is signed: a checkpoint (c2sp.org/tlog-checkpoint).
func (h Head) text(broker scrip.ID) string {
	return Name(broker) + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(h.Root[:]) + "\n"
}

// Sign makes the signed head: a note (golang.org/x/mod/sumdb/note).
func (h Head) Sign(broker scrip.ID, key jose.SigningKey) (string, error) {
	signer, err := key.NoteSigner(Name(broker))
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: h.text(broker)}, signer)
	return string(signed), err
}

// headLines are the lines of a signed head: three of text, an empty one, and one signature.
const headLines = 5

// OpenHead reads a head signed by one of a broker's keys.
func OpenHead(signed string, broker scrip.ID, keys []jose.VerifyKey) (Head, error) {
	if len(signed) > MaxHead || strings.Count(signed, "\n") != headLines {
		return Head{}, ErrProof
	}
	for _, key := range keys {
		verifier, err := key.NoteVerifier(Name(broker))
		if err != nil {
			return Head{}, err
		}
		n, err := note.Open([]byte(signed), note.VerifierList(verifier))
		if err == nil {
			return parseHead(n.Text, broker)
		}
	}
	return Head{}, ErrProof
}

// Heads finds signed heads of brokers in a text. What stands before and between them is passed
// over, and so are the cosignatures of witnesses behind a broker's own signature. Whether
// anybody signed them is for OpenHead to say.
func Heads(text string) (heads []string) {
	lines := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, Name("")) {
			heads, lines = append(heads, ""), 0
		}
		if lines++; len(heads) > 0 && lines <= headLines {
			heads[len(heads)-1] += line
		}
	}
	for i, head := range heads {
		heads[i] = strings.TrimRight(head, "\n") + "\n"
	}
	return heads
}

func parseHead(text string, broker scrip.ID) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Head{}, ErrProof
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize {
		return Head{}, ErrProof
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Head{}, ErrProof
	}
	h := Head{Size: size, Root: Hash(root)}
	if h.text(broker) != text {
		return Head{}, ErrProof
	}
	return h, nil
}
