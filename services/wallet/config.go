package wallet

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"peerscrip/services/scrip"
)

// Config is what a wallet is built from.
type Config struct {
	Purse     Purse       // where everything is kept
	Broker    Party       // where requests to the broker go
	Directory Directory   // the same broker's directory
	Dial      StallDialer // how merchants are reached
	Heads     Heads       // the same broker's log; nil: what stalls tell of it is not compared

	// BrokerKey is the fingerprint of one of the broker's KEYS; empty believes the
	// first that the broker shows when the wallet is made.
	BrokerKey string

	// Passphrase locks the secrets in the purse.
	Passphrase string
	// Key locks them instead of a passphrase: 32 bytes. For tests, load
	// generators and demonstrations: no work protects a key that leaks.
	Key []byte

	Clock    func() time.Time // time.Now when nil
	Random   io.Reader        // crypto/rand when nil; must be cryptographic
	Log      *slog.Logger     // discards when nil
	Progress func(Event)      // told of every message; may be nil; must not block
}

// complete fills in defaults and refuses what cannot work.
func (c Config) complete() (Config, error) {
	if c.Purse == nil || c.Broker == nil || c.Directory == nil || c.Dial == nil {
		return Config{}, errors.New("wallet: purse, broker, directory and dial are all needed")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = func(Event) {}
	}
	return c, nil
}

// Direction is which way a message goes, seen from the wallet.
type Direction string

// Messages are sent or received.
const (
	Sent     Direction = "sent"
	Received Direction = "received"
)

// Event is a message on its way, for whoever watches.
type Event struct {
	Tx          scrip.ID
	Transaction string // "6.2"; empty for what belongs to none (R1, T9)
	Message     string // "T3", or "REFUSE"
	Direction   Direction
	Vendor      scrip.VendorID // empty when only the broker is concerned
	Amount      scrip.Money    // what the message is about; 0 when not money
}
