package jose

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// noteSigner signs notes with a SigningKey.
type noteSigner struct {
	note.Verifier
	key SigningKey
}

// Sign implements note.Signer.
func (s noteSigner) Sign(msg []byte) ([]byte, error) {
	return ed25519.Sign(*s.key.k.private, msg), nil
}

// NoteSigner signs notes (golang.org/x/mod/sumdb/note) under a name without
// spaces and plus signs. The key may sign messages too: what is signed for a
// JWS has no line break, and a note is nothing but lines, so neither signature
// can be taken for the other.
func (k SigningKey) NoteSigner(name string) (note.Signer, error) {
	if k.IsZero() {
		return nil, errNoKey
	}
	v, err := k.Public().NoteVerifier(name)
	return noteSigner{v, k}, err
}

// NoteKey is the key as tools that read notes are told it: NAME+HASH+KEY.
func (k VerifyKey) NoteKey(name string) (string, error) {
	if k.IsZero() {
		return "", errNoKey
	}
	return note.NewEd25519VerifierKey(name, k.ed25519())
}

// NoteVerifier verifies notes that NoteSigner signed under the name.
func (k VerifyKey) NoteVerifier(name string) (note.Verifier, error) {
	text, err := k.NoteKey(name)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, errNoteName
	}
	return v, nil
}

// algCosignature is the type of a key that cosigns (c2sp.org/signed-note, 0x04).
const algCosignature = 4

// cosignatureSize is a time and the signature over it.
const cosignatureSize = 8 + ed25519.SignatureSize

var errCosigner = errors.New("a witness's key has the form NAME+HASH+KEY, and is an Ed25519 key that cosigns (type 4)")

// Cosigner signs the checkpoints of other logs under the name of a witness, as of a time in
// unix seconds (c2sp.org/tlog-cosignature, Ed25519). What is signed begins with a line that
// no note of the key's own does, and has line breaks, so it stands for nothing else.
func (k SigningKey) Cosigner(name string, at int64) (note.Signer, error) {
	if k.IsZero() {
		return nil, errNoKey
	}
	text, err := k.Public().CosignerKey(name)
	if err != nil {
		return nil, err
	}
	v, err := CosignerVerifier(text)
	return cosigner{v, k, at}, err
}

type cosigner struct {
	note.Verifier
	key SigningKey
	at  int64
}

// Sign implements note.Signer.
func (c cosigner) Sign(msg []byte) ([]byte, error) {
	if c.at < 0 {
		return nil, errors.New("a cosignature is of a time since 1970")
	}
	signed := binary.BigEndian.AppendUint64(make([]byte, 0, cosignatureSize), uint64(c.at))
	return append(signed, ed25519.Sign(*c.key.k.private, cosigned(c.at, msg))...), nil
}

// cosigned is what a cosignature signs of a note's text.
func cosigned(at int64, text []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// CosignerKey is the key of a witness as tools that read notes are told it: NAME+HASH+KEY.
func (k VerifyKey) CosignerKey(name string) (string, error) {
	if k.IsZero() {
		return "", errNoKey
	}
	if !noteName(name) {
		return "", errNoteName
	}
	key := append([]byte{algCosignature}, k.ed25519()...)
	return fmt.Sprintf("%s+%08x+%s", name, cosignerHash(name, key), base64.StdEncoding.EncodeToString(key)), nil
}

// CosignerVerifier verifies what Cosigner signed, by a key as CosignerKey writes it.
func CosignerVerifier(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || !noteName(name) || len(key) != 1+ed25519.PublicKeySize || key[0] != algCosignature {
		return nil, errCosigner
	}
	told, err := strconv.ParseUint(hash, 16, 32)
	if err != nil || len(hash) != 8 || uint32(told) != cosignerHash(name, key) {
		return nil, errCosigner
	}
	return cosignerVerifier{name, uint32(told), key[1:]}, nil
}

type cosignerVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// Name implements note.Verifier.
func (v cosignerVerifier) Name() string { return v.name }

// KeyHash implements note.Verifier.
func (v cosignerVerifier) KeyHash() uint32 { return v.hash }

// Verify implements note.Verifier.
func (v cosignerVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != cosignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(v.key, cosigned(int64(at), msg), sig[8:])
}

// cosignerHash tells keys of a note apart, as signed-note says.
func cosignerHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

var errNoteName = errors.New("a note's name has no space and no plus sign")

// noteName reports whether a name is one that note takes.
func noteName(name string) bool {
	return name != "" && len(name) <= maxNoteName && strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r > '~' }) < 0
}

// maxNoteName bounds, in bytes, the name of a key.
const maxNoteName = 255
