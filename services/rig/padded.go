package rig

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

// Padded is a message with 60,000 spaces between its claims, signed again and sealed to
// whom it is for: what no T12 could carry on.
func Padded(c *Customer, m Sealed) Sealed {
	c.Rig.T.Helper()
	parts := strings.Split(m.Signed.JWS, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	wide := strings.Replace(string(claims), "{", "{"+strings.Repeat(" ", 60_000), 1)
	input := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(wide))
	mac := ed25519.Sign(ed25519.NewKeyFromSeed(m.By.Secret()), []byte(input))
	m.Signed.JWS = input + "." + base64.RawURLEncoding.EncodeToString(mac)
	m.Envelope = c.seal(m.Signed, m.Message.Seal)
	return m
}
