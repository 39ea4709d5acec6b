package scrip

import "net/url"

// Bounds on webhooks.
const (
	MaxWebhooks   = 5    // of a stall
	MaxWebhookURL = 500  // characters
	MaxDeliveries = 1000 // that wait for one webhook; what is told beyond waits in the feed
	KeptTold      = 200  // deliveries of one webhook that are over and still listed: the newest
)

// WebhookSecret is what a webhook's messages are signed with: 32 bytes.
type WebhookSecret []byte

// String hides the secret from logs.
func (WebhookSecret) String() string { return "redacted" }

// GoString hides the secret from logs.
func (WebhookSecret) GoString() string { return "redacted" }

// Webhook is an address at which a seller's own server is told of the stall's events.
type Webhook struct {
	ID       ID
	URL      string
	MadeAt   int64 // unix seconds
	OffAt    int64 // unix seconds: since when it is not told any more; 0: it is
	After    int64 // the number of the last event that has a delivery
	Secret   WebhookSecret
	Old      WebhookSecret // the one before, good until OldUntil; zeros: none
	OldUntil int64         // unix seconds
}

// ValidWebhookURL reports whether an address can be told of events: absolute, http or https, with
// a host, and without credentials and fragment.
func ValidWebhookURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= MaxWebhookURL && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.Fragment == "" && u.String() == s
}

// WebhookDelivery is one event on its way to a webhook.
type WebhookDelivery struct {
	Webhook ID
	Event   int64  // its number; 0 for the last test
	Kind    string // of the event; "test"
	Body    string // JSON, as it is sent
	MadeAt  int64  // unix seconds
	Tries   int
	TriedAt int64  // unix seconds: the last try; 0: none yet
	NextAt  int64  // unix seconds: not before; 0: it is over
	Done    bool   // it was taken
	Status  int    // HTTP's, of the last try; 0: no answer came
	Why     string // a word for why no answer came
}

// WebhookChange is what becomes of a stall's webhooks: one of these.
type WebhookChange struct {
	Add    *Webhook // TooMany beyond MaxWebhooks
	Drop   ID       // NotFound
	Rotate *Webhook // ID, Secret, and OldUntil for the one it takes the place of: NotFound, and TxConflict unless that has OldUntil Was
	Was    int64
	Turn   *Webhook // ID, and OffAt: since when it is off, or 0
	// Spread makes deliveries of events, up to the number To; ErrAnswered unless it was spread up to After.
	Spread *WebhookSpread
	// Try takes a delivery that waits, to send it now: ErrAnswered unless it was tried so often. It waits until NextAt, should
	// nothing be heard of it.
	Try *WebhookDelivery
	// Tried says what came of it, if it was not tried since.
	Tried *WebhookDelivery
	// Again has a delivery sent again: NotFound.
	Again *WebhookDelivery
	// Tested is the test that was sent last.
	Tested *WebhookDelivery
}

// WebhookSpread is what was told since, for one webhook.
type WebhookSpread struct {
	Webhook    ID
	After, To  int64
	Deliveries []WebhookDelivery
}
