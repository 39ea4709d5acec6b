package stripe

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
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
