package stripe

import (
	"context"
	"iter"
	"strings"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

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
