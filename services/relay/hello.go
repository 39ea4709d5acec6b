package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/yamux"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Path is where a relay takes the connections of nodes, and says who it is to whoever asks
// without one.
const Path = "/relay"

// About is what a relay says of itself.
type About struct {
	BaseURL string   `json:"base_url"` // which the certificates of its stalls name
	Broker  scrip.ID `json:"broker"`   // whose stalls it carries to
}

// challenge is the relay's first word: an ID that the proof must have as its tx.
type challenge struct {
	Challenge scrip.ID `json:"challenge"`
}

// proof shows that a node is a stall's: its certificate, and a POSSESSION by the
// certificate's key with the challenge for a tx, the digest of the relay's base URL for an audience and
// the vendor ID in place of an account. No relay can use it at another.
type proof struct {
	Certificate string `json:"certificate"`
	Possession  string `json:"possession"`
}

// welcome is the relay's second word: the stall is reached from here on.
type welcome struct {
	Vendor scrip.VendorID `json:"vendor"`
}

// Bounds on a connection.
const (
	helloTimeout = 10 * time.Second // until the welcome
	maxHello     = 16 << 10         // bytes of one of its texts
	quiet        = 20 * time.Second // between two signs of life where nothing else is said
	openTimeout  = 15 * time.Second // until the other side takes up a stream
	writeTimeout = 15 * time.Second // of anything: a connection that takes nothing for so long is dead
)

// prove is a node's answer to a challenge, at the relay that its own certificate names.
func (n *Node) prove(c challenge) (proof, error) {
	if !c.Challenge.Valid() {
		return proof{}, errors.New("the relay's challenge is none")
	}
	certificate, signed := n.Certificate()
	body := scrip.Possession{Account: scrip.AccountID(certificate.Vendor), Envelope: certificate.Envelope.Thumbprint()}
	m := scrip.Compose(n.Signing.Thumbprint(), audience(certificate.BaseURL), c.Challenge, n.Clock().Unix(), body, scrip.Attachments{})
	possession, err := jose.Sign(n.Random, m, n.Signing)
	return proof{signed, possession.JWS}, err
}

// check returns whose node gave a proof.
func (r *Relay) check(c challenge, p proof) (scrip.Certificate, error) {
	claimed, err := scrip.Unchecked[scrip.Certificate](p.Certificate)
	if err != nil {
		return scrip.Certificate{}, err
	}
	certificate, err := scrip.ReadCertificate(p.Certificate, claimed.Vendor, r.Keys)
	if err != nil {
		return scrip.Certificate{}, err
	}
	if err := certificate.CheckTime(r.Clock().Unix()); err != nil {
		return scrip.Certificate{}, err
	}
	if certificate.BaseURL != r.BaseURL {
		return scrip.Certificate{}, fmt.Errorf("the certificate is for %s", certificate.BaseURL)
	}
	m, err := scrip.Verify[scrip.Possession](p.Possession, audience(r.BaseURL), nil)
	if err != nil {
		return scrip.Certificate{}, err
	}
	if m.Tx != c.Challenge || !m.Key.Equal(certificate.Signing) || string(m.Body.Account) != string(certificate.Vendor) ||
		m.Body.Envelope != certificate.Envelope.Thumbprint() {
		return scrip.Certificate{}, scrip.PartyMismatch
	}
	return certificate, nil
}

func say(ctx context.Context, conn *websocket.Conn, word any) error {
	text, err := json.Marshal(word)
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, text)
}

// hear reads one text as T, whose form is exact.
func hear[T any](ctx context.Context, conn *websocket.Conn) (word T, err error) {
	kind, text, err := conn.Read(ctx)
	if err == nil && kind != websocket.MessageText {
		err = errors.New("not a text")
	}
	if err == nil {
		err = jose.Decode(text, &word)
	}
	return word, err
}

// wire is how streams share a connection, at both ends.
func wire() *yamux.Config {
	c := yamux.DefaultConfig()
	c.LogOutput = io.Discard // of what ends a connection whoever uses it hears
	c.KeepAliveInterval, c.StreamOpenTimeout, c.ConnectionWriteTimeout = quiet, openTimeout, writeTimeout
	c.StreamCloseTimeout = time.Minute
	return c
}

// audience is a relay as the addressee of a proof.
func audience(base string) string { return jose.Digest([]byte(base)) }
