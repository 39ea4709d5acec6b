package peers

import (
	"errors"
	"fmt"
)

// Config is one simulation.
type Config struct {
	Peers   int     `json:"peers"`
	Days    float64 `json:"days"`
	Online  float64 `json:"online"`         // part of the time that a peer is online, above 0 and below 1
	Session float64 `json:"session_hours"`  // mean hours online in one go
	PerDay  float64 `json:"payments_a_day"` // that one peer makes
	Sellers float64 `json:"sellers"`        // part of the peers who sell; all buy
	// Repeat is the part of payments that go to somebody who was paid by the same peer
	// before, where one of these is online.
	Repeat   float64 `json:"repeat"`
	Lifetime float64 `json:"lifetime_days"` // of coins and scrip
	Seed     uint64  `json:"seed"`
}

// Default is what the command takes where it is told nothing.
func Default() Config {
	return Config{Peers: 1000, Days: 10, Online: 0.5, Session: 2, PerDay: 10, Sellers: 1, Repeat: 0.5, Lifetime: 3, Seed: 1}
}

var errConfig = errors.New("the simulation cannot be run")

// valid tells what cannot be simulated, and bounds the work.
func (c Config) valid() error {
	switch {
	case c.Peers < 2 || c.Peers > 100_000:
		return fmt.Errorf("%w: %d peers, which must be from 2 to 100,000", errConfig, c.Peers)
	case !(c.Online > 0 && c.Online < 1):
		return fmt.Errorf("%w: online %v of the time, which must be above 0 and below 1", errConfig, c.Online)
	case !(c.Session > 0) || !(c.Days > 0) || !(c.Lifetime > 0) || !(c.PerDay > 0):
		return fmt.Errorf("%w: session, days, lifetime and payments a day must be above 0", errConfig)
	case !(c.Repeat >= 0 && c.Repeat <= 1):
		return fmt.Errorf("%w: repeat %v, which must be from 0 to 1", errConfig, c.Repeat)
	case float64(c.Peers)*c.Sellers < 2 || c.Sellers > 1:
		return fmt.Errorf("%w: %v of the peers sell, which must be two peers at least, and 1 at most", errConfig, c.Sellers)
	case float64(c.Peers)*c.Days*c.PerDay > 1e7:
		return fmt.Errorf("%w: more than ten million payments", errConfig)
	}
	return nil
}

// Costs are processor microseconds of one operation, and bytes, as the caller has
// measured them.
type Costs struct {
	Sign   float64 `json:"sign_us"`
	Verify float64 `json:"verify_us"`
	Open   float64 `json:"open_us"`   // of an envelope, the signature in it checked
	Reply  float64 `json:"reply_us"`  // signed and sealed under a reply key
	Commit float64 `json:"commit_us"` // of one change with its log record, among others in a commit
	// Envelope and Answer are bytes of a request and of an answer that hold nothing, and
	// Growth what each byte of text in them adds.
	Envelope float64 `json:"envelope_bytes"`
	Answer   float64 `json:"answer_bytes"`
	Growth   float64 `json:"bytes_a_byte"`
	// Messages are the bytes of this protocol's messages by name, as sealed.
	Messages map[string]int `json:"message_bytes"`
}

// Group is how many times what an ordinary signature costs a group signature takes to
// be checked.
const Group = 2
