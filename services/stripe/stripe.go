// Package stripe is the door to Stripe, a payment provider: [Stripe] is a bank.Provider over its API. It speaks for the broker
// alone, and knows nothing of accounts, scrip or books.
//
// A payment is a Checkout Session, on Stripe's own page. Money goes back as a refund of what was paid, or as a transfer to the
// account of who is paid (Connect). What is made carries our ID as its idempotency key and in its metadata, so that a call whose
// answer was lost is found again, even when Stripe has forgotten the key.
package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

// Config is what a Stripe is made of.
type Config struct {
	Key     Key    // of the API: sk_test_…, sk_live_…, or restricted (rk_…)
	Webhook Key    // of the webhook endpoint: whsec_…
	URL     string // of the API; default is Stripe's
	Clock   func() time.Time
}

// Stripe is an account at Stripe. Safe for concurrent use.
type Stripe struct {
	config Config
	client *api.Client
}

var _ bank.Provider = (*Stripe)(nil)

// callWithin bounds one call.
const callWithin = 20 * time.Second

// New returns an account at Stripe, and calls nobody.
func New(c Config) (*Stripe, error) {
	if !c.Key.Live() && !c.Key.test() {
		return nil, errors.New("a key of Stripe's API begins with sk_test_, sk_live_, rk_test_ or rk_live_")
	}
	if !strings.HasPrefix(c.Webhook.secret(), "whsec_") {
		return nil, errors.New("the secret of a webhook endpoint of Stripe's begins with whsec_")
	}
	backend := &api.BackendConfig{
		HTTPClient: &http.Client{Timeout: callWithin}, MaxNetworkRetries: api.Int64(1), EnableTelemetry: api.Bool(false), LeveledLogger: silent{},
	}
	if c.URL != "" {
		backend.URL = api.String(c.URL)
	}
	return &Stripe{c, api.NewClient(c.Key.secret(), api.WithBackends(api.NewBackendsWithConfig(backend)))}, nil
}

// silent logs nothing: what went wrong comes back as an error, without what was sent.
type silent struct{}

func (silent) Debugf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// least is the least that Stripe takes at once, in minor units, where that is not usualLeast.
var least = map[string]scrip.Money{
	"GBP": 30, "DKK": 250, "NOK": 300, "SEK": 300, "CZK": 1500, "PLN": 200, "RON": 200, "HKD": 400, "MXN": 1000, "AED": 200, "THB": 1000, "MYR": 200,
}

const usualLeast = 50

// Least is the least that Stripe takes at once. What else it refuses, it refuses when a page is opened. The error says that Stripe
// does not count the currency as we do.
func Least(c scrip.Currency) (scrip.Money, error) {
	if c.Exponent != 0 && c.Exponent != 2 || slices.Contains([]string{"ISK", "UGX", "HUF", "TWD"}, c.Code) {
		return 0, fmt.Errorf("payments by Stripe are not taken in %s: it counts that in other units", c.Code)
	}
	if m, other := least[c.Code]; other {
		return m, nil
	}
	return usualLeast, nil
}

// The keys of metadata: ours.
const (
	ofAttempt      = "attempt"
	ofDisbursement = "disbursement"
	ofAccount      = "account"
)

// key is the idempotency key of a call that makes something of ours.
func key(what string, id scrip.ID) *string { return api.String("peerscrip-" + what + "-" + string(id)) }

// told is what an error of a call means: bank.Rejected where Stripe will never do it. It says nothing of what was sent.
func told(err error) error {
	var e *api.Error
	if err == nil || !errors.As(err, &e) {
		return unsaid(err)
	}
	final := e.HTTPStatusCode == http.StatusBadRequest || e.HTTPStatusCode == http.StatusPaymentRequired || e.HTTPStatusCode == http.StatusNotFound
	if !final || e.Type == api.ErrorTypeIdempotency || e.Code == api.ErrorCodeBalanceInsufficient || e.Code == api.ErrorCodeLockTimeout || e.Code == api.ErrorCodeRateLimit {
		return unsaid(err)
	}
	reason := string(e.Code)
	if reason == "" {
		reason = string(e.Type)
	}
	return bank.Rejected{Reason: reason}
}

// unsaid is an error after which it is not known what Stripe did, or will do, without what was sent.
func unsaid(err error) error {
	var e *api.Error
	if errors.As(err, &e) {
		return fmt.Errorf("Stripe answers %d %s %s (request %s)", e.HTTPStatusCode, e.Type, e.Code, e.RequestID)
	}
	if err != nil {
		err = fmt.Errorf("reach Stripe: %w", err)
	}
	return err
}
