package jose_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/jose"
)

// TestCosigner: a cosignature is what c2sp.org/tlog-cosignature says, made by hand here: the
// key's hash, the time, and the signature over two lines and the note's text.
func TestCosigner(t *testing.T) {
	key, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const text = "example.com/log\n7\nAAAA\n"
	signer, err := key.Cosigner("witness.example/w1", 1_800_000_000)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := key.Public().CosignerKey("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := jose.CosignerVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil || len(opened.Sigs) != 1 {
		t.Fatalf("Open: got %v, %v", opened, err)
	}
	raw, err := base64.StdEncoding.DecodeString(opened.Sigs[0].Base64)
	if err != nil || len(raw) != 4+8+64 {
		t.Fatalf("the signature: got %d bytes, %v, want 76", len(raw), err)
	}
	if at := binary.BigEndian.Uint64(raw[4:]); at != 1_800_000_000 {
		t.Errorf("the time: got %d", at)
	}
	public := ed25519.NewKeyFromSeed(key.Secret()).Public().(ed25519.PublicKey)
	if !ed25519.Verify(public, []byte("cosignature/v1\ntime 1800000000\n"+text), raw[12:]) {
		t.Error("the signature is not over the two lines and the text")
	}
	plain, err := key.NoteSigner("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	if plain.KeyHash() == verifier.KeyHash() {
		t.Error("a note's own signature and a cosignature have the same key hash")
	}
	for name, bad := range map[string]string{
		"another text": strings.Replace(string(signed), "\n7\n", "\n8\n", 1),
		"another key":  strings.Replace(string(signed), "w1 ", "w2 ", 1),
	} {
		if _, err := note.Open([]byte(bad), note.VerifierList(verifier)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	for _, bad := range []string{"", vkey + "A", strings.Replace(vkey, "witness", "other", 1), "w+00000000+" + vkey, strings.Replace(vkey, "w1", "w 1", 1)} {
		if _, err := jose.CosignerVerifier(bad); err == nil {
			t.Errorf("%q: got a key, want an error", bad)
		}
	}
}

// TestCosignerKeyOfOthers: a key of the bytes 0 to 31, hashed by another program.
func TestCosignerKeyOfOthers(t *testing.T) {
	const vkey = "witness.example/w1+7e136b5c+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	if v, err := jose.CosignerVerifier(vkey); err != nil || v.Name() != "witness.example/w1" || v.KeyHash() != 0x7e136b5c {
		t.Errorf("got %v, %v", v, err)
	}
}
