package world_test

import (
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// seller is the wallet of the stall's owner, after a sale of 20.00.
func (w *world) seller() customer {
	w.T.Helper()
	purse, account := w.purse(), w.stall.Owner
	w.owner = customer{must(wallet.MakeOf(w.T.Context(), w.config(purse), account.Key, account.Bank)), purse, account.Bank}
	w.bought()
	want(w.T, "the stall's T12", w.stall.Deliver(w.T.Context()), nil)
	w.earned(20_00)
	return w.owner
}

// earned wants the stall to have earned an amount.
func (w *world) earned(amount scrip.Money) {
	w.T.Helper()
	stalls, _, err := w.owner.Earnings(w.T.Context())
	want(w.T, "Earnings", err, nil)
	if len(stalls) != 1 || stalls[0].Name != "Attic" || stalls[0].Earned != amount {
		w.T.Errorf("earnings: got %+v, want %d of one stall", stalls, amount)
	}
}

func TestPayout(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	if got, credit, err := w.customer().Earnings(ctx); err != nil || len(got) != 0 || credit != 0 {
		t.Errorf("earnings of who has no stall: got %+v, %d, %v, want none", got, credit, err)
	}
	s := w.seller()
	want(t, "to the bank", s.Payout(ctx, w.vendor(), 5_00, scrip.ToBank), nil)
	w.atBank(s, 5_00)
	want(t, "into scrip", s.Payout(ctx, w.vendor(), 4_00, scrip.ToScrip), nil)
	want(t, "into more scrip", s.Payout(ctx, w.vendor(), 3_00, scrip.ToScrip), nil)
	w.pass(month)
	want(t, "into expired scrip", s.Payout(ctx, w.vendor(), 2_00, scrip.ToScrip), nil)
	if got := w.state(s); got != [3]scrip.Money{9_00, 0, 0} {
		t.Errorf("broker, vendor, owed: got %v, want 900", got)
	}
	w.earned(6_00)
	want(t, "more than was earned", s.Payout(ctx, w.vendor(), 6_01, scrip.ToBank), scrip.EarnedShort)
	want(t, "more than was earned, into scrip", s.Payout(ctx, w.vendor(), 6_01, scrip.ToScrip), scrip.EarnedShort)
	want(t, "nothing", s.Payout(ctx, w.vendor(), 0, scrip.ToBank), scrip.AmountOutOfBounds)
	want(t, "by another", w.customer().Payout(ctx, w.vendor(), 1_00, scrip.ToBank), scrip.PartyMismatch)
	want(t, "Withdraw", s.Withdraw(ctx), nil)
	w.atBank(s, 14_00)
	w.earned(6_00)
}

// TestPayoutLosesAnswers: asked for again, or resumed, it is paid once.
func TestPayoutLosesAnswers(t *testing.T) {
	for _, to := range []string{scrip.ToBank, scrip.ToScrip} {
		t.Run(to, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			s := w.seller()
			w.brokerMute.Store(true)
			for range 2 {
				want(t, "Payout", s.Payout(ctx, w.vendor(), 5_00, to), wallet.ErrUnfinished)
			}
			w.brokerMute.Store(false)
			want(t, "Payout again", s.Payout(ctx, w.vendor(), 5_00, to), nil)
			w.earned(15_00)
			w.brokerMute.Store(true)
			want(t, "Payout of more", s.Payout(ctx, w.vendor(), 6_00, to), wallet.ErrUnfinished)
			w.brokerMute.Store(false)
			want(t, "Resume", s.Resume(ctx), nil)
			w.earned(9_00)
			if to == scrip.ToScrip {
				want(t, "Withdraw", s.Withdraw(ctx), nil)
			}
			w.atBank(s, 11_00)
		})
	}
}
