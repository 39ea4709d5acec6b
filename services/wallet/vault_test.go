package wallet

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func TestVault(t *testing.T) {
	raw := Config{Key: bytes.Repeat([]byte{7}, keySize), Random: rand.Reader}
	words := Config{Passphrase: "correct horse", Random: rand.Reader}
	for name, cfg := range map[string]Config{"key": raw, "passphrase": words} {
		t.Run(name, func(t *testing.T) {
			v, lock, err := newVault(cfg)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := v.put("here", "a secret")
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(sealed, []byte("a secret")) {
				t.Error("the sealed value shows the secret")
			}
			again, err := openVault(cfg, lock)
			if err != nil {
				t.Fatalf("open again: %v", err)
			}
			var got string
			if err := again.take("here", sealed, &got); err != nil || got != "a secret" {
				t.Errorf("take: got %q, %v, want %q", got, err, "a secret")
			}
			if err := again.take("elsewhere", sealed, &got); err == nil {
				t.Error("a value opens in a place it was not sealed for")
			}
			sealed[len(sealed)-1] ^= 1
			if err := again.take("here", sealed, &got); err == nil {
				t.Error("a changed value opens")
			}
		})
	}
}

// TestSameWords: a purse opens with the same words, however they were typed.
func TestSameWords(t *testing.T) {
	_, lock, err := newVault(Config{Passphrase: "caf\u00e9  z\u00fcrich ", Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openVault(Config{Passphrase: "cafe\u0301 zu\u0308rich"}, lock); err != nil {
		t.Errorf("with the accents apart: got %v, want it open", err)
	}
	if _, err := openVault(Config{Passphrase: "cafe zurich"}, lock); !errors.Is(err, ErrPassphrase) {
		t.Errorf("without the accents: got %v, want %v", err, ErrPassphrase)
	}
}

func TestVaultStaysShut(t *testing.T) {
	_, lock, err := newVault(Config{Key: bytes.Repeat([]byte{7}, keySize), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	slow := Lock{KDF: kdfPassphrase, Iterations: maxIterations + 1}
	for name, c := range map[string]struct {
		cfg  Config
		lock Lock
	}{
		"another key":    {Config{Key: bytes.Repeat([]byte{8}, keySize)}, lock},
		"a passphrase":   {Config{Passphrase: "x"}, lock},
		"nothing":        {Config{}, lock},
		"unknown lock":   {Config{Passphrase: "x"}, Lock{KDF: "rot13"}},
		"endless lock":   {Config{Passphrase: "x"}, slow},
		"no passphrase":  {Config{}, Lock{KDF: kdfPassphrase, Iterations: 1}},
		"no wrapped key": {Config{Passphrase: "x"}, Lock{KDF: kdfPassphrase, Iterations: 1}},
	} {
		if _, err := openVault(c.cfg, c.lock); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: got %v, want %v", name, err, ErrPassphrase)
		}
	}
}
