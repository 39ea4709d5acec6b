package jose

import (
	"crypto/ed25519"
	"errors"

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
		return nil, errors.New("a note's name has no space and no plus sign")
	}
	return v, nil
}
