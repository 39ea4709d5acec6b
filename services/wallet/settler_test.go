package wallet

import (
	"errors"
	"slices"
	"testing"

	"peerscrip/services/scrip"
)

// IDs of a settler's world.
const (
	theTx     = scrip.ID("AAAAAAAAAAAAAAAAAAAAAA")
	theBroker = scrip.ID("BBBBBBBBBBBBBBBBBBBBBA")
	theVendor = scrip.VendorID("VVVVVVVVVVVVVVVVVVVVVA")
	cash      = scrip.ID("CCCCCCCCCCCCCCCCCCCCCA") // BrokerScrip at stake
	money     = scrip.ID("MMMMMMMMMMMMMMMMMMMMMA") // VendorScrip at stake
	another   = scrip.ID("XXXXXXXXXXXXXXXXXXXXXA")
)

// settler asks a wallet what one vector's answer means.
type settler struct {
	t   *testing.T
	v   vectorSettle
	w   *Wallet
	it  Item
	req request // any request that was signed
}

func newSettler(t *testing.T, v vectorSettle) *settler {
	s := &settler{t: t, v: v}
	s.w = newDeafWallet(t, v)
	s.it = Item{Tx: theTx, Transaction: v.Transaction, Phase: PhaseAsked, Amount: v.Item.Amount, Vendor: s.vendor(), Stake: s.stake(), StartedAt: now}
	if v.Item.Has != nil {
		s.it.Phase = PhaseHalf
	}
	if v.Transaction == "6.5" {
		s.it.Beside = money
	}
	var err error
	if s.req, err = s.w.sign(s.w.toBroker(theTx, scrip.Statement{Account: s.w.account}, scrip.Attachments{}), s.w.key); err != nil {
		t.Fatal(err)
	}
	return s
}

// vendor is whom the item concerns beside the broker.
func (s *settler) vendor() scrip.VendorID {
	switch s.v.Transaction {
	case "6.1", "6.4", "6.6":
		return ""
	case "6.8":
		if s.v.Item.Broker > 0 {
			return ""
		}
	}
	return theVendor
}

func (s *settler) stake() scrip.ID {
	switch {
	case s.v.Transaction == "6.1", s.v.Item.To == scrip.ToScrip && s.v.Item.Broker == 0:
		return scrip.ID(s.w.account)
	case s.v.Item.To == scrip.ToBank, s.v.Transaction == "RESCUE":
		return scrip.ID(theVendor)
	case s.v.Transaction == "6.2", s.v.Transaction == "6.5", s.v.Item.Broker > 0:
		return cash
	}
	return money
}

// settle gives the answer to the transaction's settle function; silence, and
// what nobody signed, to its send function too, of parties that say that.
func (s *settler) settle() verdict {
	switch s.v.Transaction {
	case "6.1":
		kept := acquisition{s.req, another, 1}
		return settles(s, kept, (*Wallet).settleAcquire, bankAnswer(s, "T2", func(m said) scrip.Opened[scrip.Acquired] {
			nonce := kept.Nonce
			if m.Wrong == "nonce" {
				nonce = theTx
			}
			return opened(s, m, "", s.it.Amount, scrip.Acquired{Nonce: nonce, Value: s.it.Amount + off(m, "value")})
		}))
	case "6.2":
		return s.exchange()
	case "6.3":
		kept := purchase{T10: s.req, OrderDigest: "digest", Had: s.v.Item.Vendor}
		change := kept.Had - s.it.Amount
		return settles(s, kept, (*Wallet).settlePurchase, answerOf(s, "T11", func(m said) scrip.Opened[scrip.Paid] {
			paid := scrip.Paid{Price: s.it.Amount + off(m, "price"), Change: change + off(m, "change"), OrderID: another, OrderDigest: kept.OrderDigest}
			if m.Wrong == "digest" {
				paid.OrderDigest = "another"
			}
			return opened(s, m, theVendor, change, paid)
		}))
	case "6.4":
		kept := presented{s.req, s.v.Item.Broker}
		return settles(s, kept, (*Wallet).settleTopUp, bankAnswer(s, "T14", func(m said) scrip.Opened[scrip.ToppedUp] {
			return opened(s, m, "", s.it.Amount, scrip.ToppedUp{Value: s.it.Amount + off(m, "value")})
		}))
	case "6.5":
		return s.extension()
	case "6.6":
		kept := presented{s.req, s.v.Item.Broker}
		return settles(s, kept, (*Wallet).settleWithdraw, answerOf(s, "T21", func(m said) scrip.Opened[scrip.Withdrawn] {
			return opened(s, m, "", 0, scrip.Withdrawn{Value: s.it.Amount + off(m, "value")})
		}))
	case "6.7":
		kept := pair{s.req, s.req}
		return settles(s, kept, (*Wallet).settleGiveBack, answerOf(s, "T25", func(m said) scrip.Opened[scrip.GivenBack] {
			return opened(s, m, "", 0, scrip.GivenBack{Vendor: s.vendorIn(m), Value: s.it.Amount + off(m, "value")})
		}))
	case "6.8":
		kept := presented{s.req, s.it.Amount}
		return settles(s, kept, (*Wallet).settleRenew, answerOf(s, "T27", func(m said) scrip.Opened[scrip.Renewed] {
			return opened(s, m, s.it.Vendor, s.it.Amount, scrip.Renewed{Value: s.it.Amount + off(m, "value")})
		}))
	case "PAYOUT":
		return s.payout()
	case "RESCUE":
		kept := rescue{s.req, []scrip.ID{money}}
		return settles(s, kept, (*Wallet).settleRescue, answerOf(s, "RESCUED", func(m said) scrip.Opened[scrip.Rescued] {
			return opened(s, m, "", 0, scrip.Rescued{Account: s.w.account, Vendor: s.vendorIn(m), Amount: s.it.Amount, Announced: m.Announced})
		}))
	case "COLLECT":
		return s.collect()
	}
	s.t.Fatalf("%s: no such transaction", s.v.Transaction)
	return verdict{}
}

func (s *settler) payout() verdict {
	asked := scrip.Payout{Account: s.w.account, Vendor: theVendor, Amount: s.it.Amount, To: s.v.Item.To}
	kept := payout{s.req, asked, s.v.Item.Broker}
	value := scrip.Money(0)
	if asked.To == scrip.ToScrip {
		value = kept.Had + asked.Amount
	}
	return settles(s, kept, (*Wallet).settlePayout, answerOf(s, "PAID_OUT", func(m said) scrip.Opened[scrip.PaidOut] {
		body := scrip.PaidOut{
			Account: asked.Account, Vendor: s.vendorIn(m), Amount: asked.Amount + off(m, "amount"), To: asked.To, Value: value + off(m, "value"),
		}
		if m.Wrong == "to" {
			body.To = scrip.ToBank
		}
		return opened(s, m, "", value, body)
	}))
}

func (s *settler) exchange() verdict {
	has := func(half string) bool { return slices.Contains(s.v.Item.Has, half) }
	kept := exchange{
		pair: pair{s.req, s.req}, T3: s.req, Pseudonym: "me", Had: max(s.v.Item.Broker, s.it.Amount),
		T6: has("T6"), T8: has("T8"), noted: s.v.Item.Asked == "T4",
	}
	if kept.T6 {
		kept.Claim = &s.req
	}
	a := exchangeAnswer{asked: s.v.Item.Asked}
	if m, ok := s.message("NOTED"); ok {
		noted := opened(s, m, "", 0, scrip.Noted{Deadline: m.Deadline})
		noted.At = m.At
		a.noted = &noted
	}
	if m, ok := s.message("T6"); ok {
		change := kept.Had - s.it.Amount
		t6 := opened(s, m, "", change, scrip.Exchanged{
			Vendor: s.vendorIn(m), Value: s.it.Amount + off(m, "value"), Change: change + off(m, "change"), Receipt: "a.b.c",
		})
		receipt := opened(s, m, "", 0, scrip.Receipt{Vendor: theVendor, Value: s.it.Amount + off(m, "receipt"), Pseudonym: kept.Pseudonym, Possession: kept.Proof})
		a.t6, a.receipt = &t6, &receipt
	}
	if m, ok := s.message("T8"); ok {
		t8 := opened(s, m, theVendor, s.it.Amount, scrip.Issued{Value: s.it.Amount + off(m, "value")})
		a.t8 = &t8
	}
	if no := s.refused(); a.asked == "T4" && no != nil {
		a.silent = no
	} else {
		a.no = no
	}
	if s.v.Answer["nothing"] != nil && a.asked == "T4" {
		a.silent = unfinished("send T4", errDeaf)
		return judged(s, kept, (*Wallet).settleExchange(s.w, s.t.Context(), s.it, kept, a))
	}
	return settles(s, kept, (*Wallet).settleExchange, a)
}

func (s *settler) extension() verdict {
	has := func(half string) bool { return slices.Contains(s.v.Item.Has, half) }
	kept := extension{
		pair: pair{s.req, s.req}, Had: max(s.v.Item.Broker, s.v.Item.Had), Grows: s.v.Item.Vendor, T17: has("T17"), T19: has("T19"),
	}
	var a extendAnswer
	if m, ok := s.message("NOTED"); ok {
		noted := opened(s, m, "", 0, scrip.Noted{Deadline: m.Deadline})
		noted.At = m.At
		a.noted = &noted
	}
	if m, ok := s.message("T17"); ok {
		t17 := opened(s, m, theVendor, kept.Grows+s.it.Amount, scrip.Extended{Value: kept.Grows + s.it.Amount + off(m, "value")})
		a.t17 = &t17
	}
	if m, ok := s.message("T19"); ok {
		rest := kept.Had - s.it.Amount
		t19 := opened(s, m, "", rest, scrip.ExtendChange{Value: rest + off(m, "value"), Returned: m.Returned + off(m, "returned")})
		a.t19 = &t19
	}
	if m, ok := s.message("REFUSE"); ok && m.By == "vendor" {
		a.silent = s.refused() // only the broker can say so
	} else {
		a.no = s.refused()
	}
	return settles(s, kept, (*Wallet).settleExtend, a)
}

func (s *settler) collect() verdict {
	c := Collection{Vendor: theVendor, Tx: theTx, Counter: 1, Sealed: []byte("request")}
	if s.v.Answer["nothing"] != nil {
		var err error
		if c.Sealed, err = s.w.vault.put(placeOfCollection(c.Tx), s.req); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.w.finishCollect(s.t.Context(), c); !errors.Is(err, ErrUnfinished) {
			s.t.Errorf("COLLECT: got %v, want %v", err, ErrUnfinished)
		}
		return verdict{Received: []vectorScrip{}}
	}
	a := answerOf(s, "COLLECTED", func(m said) scrip.Opened[scrip.CollectedRefunds] {
		return opened(s, m, theVendor, m.Amount, scrip.CollectedRefunds{Vendor: s.vendorIn(m), Amount: m.Amount})
	})
	change, err := s.w.settleCollect(s.t.Context(), c, a)
	phase := PhaseDone
	switch {
	case err != nil && !errors.Is(err, ErrUnfinished):
		s.t.Errorf("COLLECT: %v", err)
	case err != nil:
		return verdict{Received: []vectorScrip{}}
	case a.no != nil:
		phase = PhaseRefused
		return verdict{Ends: &phase, Reason: string(a.no.Reason), Received: received(change)}
	}
	return verdict{Ends: &phase, Received: received(change)}
}
