// Package stripe is the door to Stripe, a payment provider: [Stripe] is a bank.Provider over its API. It speaks for the broker
// alone, and knows nothing of accounts, scrip or books.
//
// A payment is a Checkout Session, on Stripe's own page. Money goes back as a refund of what was paid, or as a transfer to the
// account of who is paid (Connect). What is made carries our ID as its idempotency key and in its metadata, so that a call whose
// answer was lost is found again, even when Stripe has forgotten the key.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

// Key is a secret of an account at Stripe: an API key, or that of a webhook endpoint. It prints as "[secret]".
type Key struct{ text *string }

// ParseKey reads a secret as it stands in a file or in the environment: around it there may be white space.
func ParseKey(text string) Key {
	text = strings.TrimSpace(text)
	if text == "" {
		return Key{}
	}
	return Key{&text}
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.text == nil }

// Live reports whether an API key moves money, and not test money.
func (k Key) Live() bool {
	return strings.HasPrefix(k.secret(), "sk_live_") || strings.HasPrefix(k.secret(), "rk_live_")
}

func (k Key) test() bool {
	return strings.HasPrefix(k.secret(), "sk_test_") || strings.HasPrefix(k.secret(), "rk_test_")
}

func (k Key) secret() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

const redacted = "[secret]"

// Format does not show the secret, whatever the verb.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue does not show the secret.
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText does not write the secret.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

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

// openFor is how long a page waits for its payer.
const openFor = 23 * time.Hour

// Open implements bank.Provider.
func (s *Stripe) Open(ctx context.Context, a scrip.Attempt, currency scrip.Currency, back string) (session, link string, err error) {
	item := func(name string, amount scrip.Money) *api.CheckoutSessionCreateLineItemParams {
		return &api.CheckoutSessionCreateLineItemParams{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: api.String(strings.ToLower(currency.Code)), UnitAmount: api.Int64(int64(amount)),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: api.String(name)},
			},
		}
	}
	p := &api.CheckoutSessionCreateParams{
		Mode: api.String("payment"), ClientReferenceID: api.String(string(a.ID)), Metadata: map[string]string{ofAttempt: string(a.ID)},
		SuccessURL: api.String(back + "?back=paid"), CancelURL: api.String(back + "?back=no"), ExpiresAt: api.Int64(a.At + int64(openFor/time.Second)),
		LineItems:         []*api.CheckoutSessionCreateLineItemParams{item("Money for your wallet", a.Amount)},
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{Metadata: map[string]string{ofAttempt: string(a.ID)}},
		AdaptivePricing:   &api.CheckoutSessionCreateAdaptivePricingParams{Enabled: api.Bool(false)},
	}
	if a.Fee > 0 {
		p.LineItems = append(p.LineItems, item("Payment fee", a.Fee))
	}
	p.IdempotencyKey = key(ofAttempt, a.ID)
	made, err := s.client.V1CheckoutSessions.Create(ctx, p)
	if err != nil {
		return "", "", told(err)
	}
	if u, err := url.Parse(made.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", "", errors.New("Stripe made a page without an address")
	}
	return made.ID, made.URL, nil
}

// key is the idempotency key of a call that makes something of ours.
func key(what string, id scrip.ID) *string { return api.String("peerscrip-" + what + "-" + string(id)) }

// Look implements bank.Provider.
func (s *Stripe) Look(ctx context.Context, a scrip.Attempt) (bank.Seen, error) {
	p := &api.CheckoutSessionRetrieveParams{Expand: []*string{api.String("payment_intent.latest_charge")}}
	c, err := s.client.V1CheckoutSessions.Retrieve(ctx, a.Session, p)
	if err != nil {
		return bank.Seen{}, unsaid(err)
	}
	intent := c.PaymentIntent
	switch {
	case c.Status == api.CheckoutSessionStatusExpired:
		return bank.Seen{State: bank.SeenFailed, Reason: "expired"}, nil
	case c.Status != api.CheckoutSessionStatusComplete || intent == nil:
		return bank.Seen{}, nil
	case intent.Status == api.PaymentIntentStatusSucceeded:
		seen := bank.Seen{
			State: bank.SeenPaid, Charge: intent.ID, Amount: scrip.Money(intent.AmountReceived), Currency: strings.ToUpper(string(intent.Currency)),
		}
		if last := intent.LatestCharge; last != nil {
			seen.Refunded = scrip.Money(last.AmountRefunded)
		}
		if a.State == scrip.AttemptPaid {
			seen.Disputes, err = s.disputes(ctx, intent.ID)
		}
		return seen, err
	case intent.Status == api.PaymentIntentStatusCanceled || intent.Status == api.PaymentIntentStatusRequiresPaymentMethod:
		return bank.Seen{State: bank.SeenFailed, Reason: whyNot(intent)}, nil
	}
	return bank.Seen{}, nil // the payer's bank has yet to say
}

// disputes are those about a payment.
func (s *Stripe) disputes(ctx context.Context, charge string) (all []bank.Dispute, err error) {
	for d, err := range s.client.V1Disputes.List(ctx, &api.DisputeListParams{PaymentIntent: api.String(charge)}).All(ctx) {
		if err != nil {
			return nil, unsaid(err)
		}
		all = append(all, bank.Dispute{Name: d.ID, Amount: scrip.Money(d.Amount), Currency: strings.ToUpper(string(d.Currency)), State: ofDispute(d)})
	}
	return all, nil
}

// ofDispute is how a dispute stands. One that begins with "warning" is an inquiry, which takes nothing; one whose status has no name
// here yet is taken to have taken the money.
func ofDispute(d *api.Dispute) bank.DisputeState {
	switch d.Status {
	case api.DisputeStatusWarningNeedsResponse, api.DisputeStatusWarningUnderReview:
		return bank.DisputeAsked
	case api.DisputeStatusWon, api.DisputeStatusWarningClosed, api.DisputeStatusPrevented:
		return bank.DisputeWon
	case api.DisputeStatusLost:
		return bank.DisputeLost
	}
	return bank.DisputeOpen
}

func whyNot(intent *api.PaymentIntent) string {
	if e := intent.LastPaymentError; e != nil {
		if e.DeclineCode != "" {
			return string(e.DeclineCode)
		}
		return string(e.Code)
	}
	return string(intent.Status)
}

// End implements bank.Provider.
func (s *Stripe) End(ctx context.Context, a scrip.Attempt) error {
	_, err := s.client.V1CheckoutSessions.Expire(ctx, a.Session, nil)
	err = told(err)
	if errors.As(err, new(bank.Rejected)) { // it is paid, or expired
		return nil
	}
	return err
}

// forgotten is after how long Stripe may have forgotten an idempotency key: half of the day for which it keeps them at least.
const forgotten = 12 * 60 * 60

// mayBeForgotten reports whether what was made for a Disbursement has to be looked for: the key that it may have been made with is
// old.
func (s *Stripe) mayBeForgotten(d scrip.Disbursement) bool {
	return s.config.Clock().Unix()-d.Changed > forgotten
}

// Refund implements bank.Provider.
func (s *Stripe) Refund(ctx context.Context, d scrip.Disbursement, of scrip.Attempt) (bank.Given, error) {
	if s.mayBeForgotten(d) {
		for r, err := range s.client.V1Refunds.List(ctx, &api.RefundListParams{PaymentIntent: api.String(of.Charge)}).All(ctx) {
			if err != nil {
				return bank.Given{}, unsaid(err)
			}
			if r.Metadata[ofDisbursement] == string(d.ID()) {
				return ofRefund(r), nil
			}
		}
	}
	p := &api.RefundCreateParams{
		PaymentIntent: api.String(of.Charge), Amount: api.Int64(int64(d.Amount)), Metadata: map[string]string{ofDisbursement: string(d.ID())},
	}
	p.IdempotencyKey = key(ofDisbursement, d.ID())
	r, err := s.client.V1Refunds.Create(ctx, p)
	if err != nil {
		return bank.Given{}, told(err)
	}
	return ofRefund(r), nil
}

func ofRefund(r *api.Refund) bank.Given {
	switch r.Status {
	case api.RefundStatusSucceeded:
		return bank.Given{Name: r.ID, State: bank.GivenDone}
	case api.RefundStatusFailed, api.RefundStatusCanceled:
		reason := string(r.FailureReason)
		if reason == "" {
			reason = string(r.Status)
		}
		return bank.Given{Name: r.ID, State: bank.GivenBack, Reason: reason}
	}
	return bank.Given{Name: r.ID}
}

// Pay implements bank.Provider.
func (s *Stripe) Pay(ctx context.Context, d scrip.Disbursement, currency scrip.Currency) (bank.Given, error) {
	group := "peerscrip-" + string(d.ID())
	if s.mayBeForgotten(d) {
		for t, err := range s.client.V1Transfers.List(ctx, &api.TransferListParams{TransferGroup: api.String(group)}).All(ctx) {
			if err != nil {
				return bank.Given{}, unsaid(err)
			}
			return ofTransfer(t), nil
		}
	}
	p := &api.TransferCreateParams{
		Amount: api.Int64(int64(d.Amount)), Currency: api.String(strings.ToLower(currency.Code)), Destination: api.String(d.To),
		TransferGroup: api.String(group), Metadata: map[string]string{ofDisbursement: string(d.ID())},
	}
	p.IdempotencyKey = key(ofDisbursement, d.ID())
	t, err := s.client.V1Transfers.Create(ctx, p)
	if err != nil {
		return bank.Given{}, told(err)
	}
	return ofTransfer(t), nil
}

func ofTransfer(t *api.Transfer) bank.Given {
	if t.Reversed {
		return bank.Given{Name: t.ID, State: bank.GivenBack, Reason: "reversed"}
	}
	return bank.Given{Name: t.ID, State: bank.GivenDone}
}

// Track implements bank.Provider.
func (s *Stripe) Track(ctx context.Context, d scrip.Disbursement) (bank.Given, error) {
	if d.Means == scrip.ByRefund {
		r, err := s.client.V1Refunds.Retrieve(ctx, d.Given, nil)
		if err != nil {
			return bank.Given{}, unsaid(err)
		}
		return ofRefund(r), nil
	}
	t, err := s.client.V1Transfers.Retrieve(ctx, d.Given, nil)
	if err != nil {
		return bank.Given{}, unsaid(err)
	}
	return ofTransfer(t), nil
}

// Connect implements bank.Provider.
func (s *Stripe) Connect(ctx context.Context, reference, connected, back string) (account, link string, err error) {
	if connected == "" {
		p := &api.AccountCreateParams{
			Metadata: map[string]string{ofAccount: reference},
			Controller: &api.AccountCreateControllerParams{
				Fees:            &api.AccountCreateControllerFeesParams{Payer: api.String("application")},
				Losses:          &api.AccountCreateControllerLossesParams{Payments: api.String("application")},
				StripeDashboard: &api.AccountCreateControllerStripeDashboardParams{Type: api.String("express")},
			},
			Capabilities: &api.AccountCreateCapabilitiesParams{Transfers: &api.AccountCreateCapabilitiesTransfersParams{Requested: api.Bool(true)}},
		}
		p.IdempotencyKey = key(ofAccount, scrip.DerivedID(reference, "", 0))
		made, err := s.client.V1Accounts.Create(ctx, p)
		if err != nil {
			return "", "", told(err)
		}
		connected = made.ID
	}
	page, err := s.client.V1AccountLinks.Create(ctx, &api.AccountLinkCreateParams{
		Account: api.String(connected), RefreshURL: api.String(back), ReturnURL: api.String(back), Type: api.String("account_onboarding"),
	})
	if err != nil {
		return "", "", told(err)
	}
	return connected, page.URL, nil
}

// Hear implements bank.Provider. A notice of the other mode, test or live, is none.
func (s *Stripe) Hear(payload []byte, signature string) (scrip.Heard, error) {
	event, err := webhook.ConstructEventWithOptions(payload, signature, s.config.Webhook.secret(), webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil || event.ID == "" || len(event.ID) > 255 || event.Livemode != s.config.Key.Live() || event.Data == nil {
		return scrip.Heard{}, scrip.Unreadable
	}
	return scrip.Heard{Provider: "stripe", ID: event.ID, Kind: string(event.Type), About: about(string(event.Type), event.Data.Object)}, nil
}

// about is what a notice is about, by our ID if it is one of ours.
func about(kind string, object map[string]any) string {
	text := func(name string) string {
		s, _ := object[name].(string)
		return s
	}
	ours, _ := object["metadata"].(map[string]any)
	for _, name := range []string{ofAttempt, ofDisbursement} {
		if id, is := ours[name].(string); is && scrip.ID(id).Valid() {
			return id
		}
	}
	switch {
	case strings.HasPrefix(kind, "checkout.session."), strings.HasPrefix(kind, "transfer."), strings.HasPrefix(kind, "payment_intent."):
		return text("id")
	case text("payment_intent") != "": // a charge, a dispute, or a refund that somebody else made
		return text("payment_intent")
	}
	return ""
}

// List implements bank.Provider.
func (s *Stripe) List(ctx context.Context, since int64) iter.Seq2[bank.Listed, error] {
	from := &api.RangeQueryParams{GreaterThanOrEqual: since}
	return func(yield func(bank.Listed, error) bool) {
		_ = each(s.client.V1PaymentIntents.List(ctx, &api.PaymentIntentListParams{CreatedRange: from}).All(ctx), yield, func(p *api.PaymentIntent) (bank.Listed, bool) {
			return bank.Listed{
				Kind: bank.ListedPayment, Name: p.ID, ID: scrip.ID(p.Metadata[ofAttempt]), Amount: scrip.Money(p.AmountReceived),
				Currency: strings.ToUpper(string(p.Currency)), At: p.Created,
			}, p.Status == api.PaymentIntentStatusSucceeded
		}) && each(s.client.V1Refunds.List(ctx, &api.RefundListParams{CreatedRange: from}).All(ctx), yield, func(r *api.Refund) (bank.Listed, bool) {
			of := ""
			if r.PaymentIntent != nil {
				of = r.PaymentIntent.ID
			}
			return bank.Listed{
				Of: of, Kind: bank.ListedRefund, Name: r.ID, ID: scrip.ID(r.Metadata[ofDisbursement]), Amount: scrip.Money(r.Amount),
				Currency: strings.ToUpper(string(r.Currency)), At: r.Created, Failed: ofRefund(r).State == bank.GivenBack,
			}, true
		}) && each(s.client.V1Transfers.List(ctx, &api.TransferListParams{CreatedRange: from}).All(ctx), yield, func(t *api.Transfer) (bank.Listed, bool) {
			return bank.Listed{
				Kind: bank.ListedPayout, Name: t.ID, ID: scrip.ID(t.Metadata[ofDisbursement]), Amount: scrip.Money(t.Amount),
				Currency: strings.ToUpper(string(t.Currency)), At: t.Created, Failed: t.Reversed,
			}, true
		}) && each(s.client.V1Disputes.List(ctx, &api.DisputeListParams{CreatedRange: from}).All(ctx), yield, func(d *api.Dispute) (bank.Listed, bool) {
			of, state := "", ofDispute(d)
			if d.PaymentIntent != nil {
				of = d.PaymentIntent.ID
			}
			return bank.Listed{
				Of: of, Kind: bank.ListedDispute, Name: d.ID, Amount: scrip.Money(d.Amount), Currency: strings.ToUpper(string(d.Currency)), At: d.Created,
				Failed: state == bank.DisputeAsked || state == bank.DisputeWon,
			}, true
		})
	}
}

// each yields what of a list counts, until it ends or nobody wants more.
func each[T any](list api.Seq2[T, error], yield func(bank.Listed, error) bool, of func(T) (bank.Listed, bool)) (more bool) {
	more = true
	list(func(item T, err error) bool {
		if err != nil {
			yield(bank.Listed{}, unsaid(err))
			more = false
			return false
		}
		if l, counts := of(item); counts {
			more = yield(l, nil)
		}
		return more
	})
	return more
}

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
