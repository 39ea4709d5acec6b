package stripe

import (
	"context"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

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
