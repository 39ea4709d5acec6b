package wallet

import (
	"context"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// rescue is what a RESCUE item keeps.
type rescue struct {
	Request request    `json:"request"`
	Scrip   []scrip.ID `json:"scrip"` // the VendorScrip there was: worth nothing once it is rescued
}

// Rescue has what the account put in at a merchant that is gone paid back to its
// bank (RESCUE), and returns what the broker said. The VendorScrip is set aside, and
// what waited for that merchant ends. Refusals: scrip.StallInForce while the broker
// stands behind the merchant, scrip.FloatShort when nothing is there. Interrupted,
// the same call or Resume goes on.
func (w *Wallet) Rescue(ctx context.Context, vendor scrip.VendorID) (scrip.Rescued, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return scrip.Rescued{}, err
	}
	defer release()
	return w.rescueAt(ctx, vendor)
}

// rescueAt is Rescue for who has the turn.
func (w *Wallet) rescueAt(ctx context.Context, vendor scrip.VendorID) (scrip.Rescued, error) {
	if err := w.Deliver(ctx); err != nil {
		return scrip.Rescued{}, err // a merchant that was paid is to find the money
	}
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return scrip.Rescued{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	w.rescued = scrip.Rescued{}
	if i := slices.IndexFunc(list, func(it Item) bool { return it.Transaction == "RESCUE" && it.Vendor == vendor }); i >= 0 {
		err = w.finish(ctx, list[i])
		return w.rescued, err
	}
	of, err := w.scripOf(ctx, vendor)
	if err != nil {
		return scrip.Rescued{}, err
	}
	_, err = w.run(ctx, Leg{"RESCUE", sumOf(of), ""}, purpose{vendor: vendor})
	return w.rescued, err
}

// scripOf lists the VendorScrip of a merchant, what is at stake and what is in doubt
// among it, but for what was rescued.
func (w *Wallet) scripOf(ctx context.Context, vendor scrip.VendorID) ([]Holding, error) {
	all, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up money of a stall: %w", err)
	}
	return slices.DeleteFunc(all, func(h Holding) bool { return h.Vendor != vendor || h.Doubt == scrip.StallRevoked }), nil
}

func sumOf(list []Holding) (sum scrip.Money) {
	for _, h := range list {
		sum += h.Value
	}
	return sum
}

// beginRescue signs RESCUE, and holds what is free of the merchant's VendorScrip,
// so that none of it is spent meanwhile.
func (w *Wallet) beginRescue(ctx context.Context, leg Leg, of purpose) (outcome[rescue], error) {
	list, err := w.scripOf(ctx, of.vendor)
	if err != nil {
		return outcome[rescue]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[rescue]{}, err
	}
	o := outcome[rescue]{item: Item{Tx: tx, Transaction: "RESCUE", Vendor: of.vendor, Amount: leg.Amount, Stake: scrip.ID(of.vendor)}}
	for _, h := range list {
		o.kept.Scrip = append(o.kept.Scrip, h.ScripID)
		if h.Tx == "" && h.Doubt == "" {
			o.changes.Hold = append(o.changes.Hold, Hold{h.ScripID, tx})
		}
	}
	o.kept.Request, err = w.sign(w.toBroker(tx, scrip.RescueRequest{Account: w.account, Vendor: of.vendor}, scrip.Attachments{}), w.Key())
	return o, err
}

func (w *Wallet) sendRescue(ctx context.Context, it Item, r rescue) (answer[scrip.Rescued], error) {
	got, err := askBroker[scrip.Rescued](ctx, w, it, r.Request)
	if got.said != nil {
		w.rescued = got.said.Body
	}
	return got, err
}

// settleRescue sets the VendorScrip aside that RESCUED says is paid back, and ends
// what waited for the merchant. That nothing is there may be because an earlier
// RESCUE, which was refused, was granted since; or because the merchant reported what
// the wallet does not know that it bought. Unless it is kept for a notice, what the
// wallet has there is worth nothing then too.
func (w *Wallet) settleRescue(ctx context.Context, it Item, r rescue, got answer[scrip.Rescued]) outcome[rescue] {
	if got.no != nil {
		o := denied(w, it, r, got.no)
		if o.revive = got.no.Reason == scrip.FloatShort; !o.revive {
			return o
		}
		kept, err := w.noticedLately(ctx, it.Vendor)
		if err == nil && !kept {
			o.changes, err = w.worthless(ctx, it, r, 0, scrip.FloatShort)
		}
		if err != nil {
			return waits(it, r, unfinished("keep the answer to RESCUE", err))
		}
		return o
	}
	said := got.said.Body
	if said.Account != w.account || said.Vendor != it.Vendor {
		return wrong(it, r, "RESCUED", errAnswer)
	}
	c, err := w.worthless(ctx, it, r, said.Announced, scrip.StallRevoked)
	if err != nil {
		return waits(it, r, unfinished("keep RESCUED", err))
	}
	return done(it, r, c)
}

// worthless sets the VendorScrip aside that a RESCUE was about, for a reason, and ends
// what waited for its merchant.
func (w *Wallet) worthless(ctx context.Context, it Item, r rescue, announced scrip.Money, why scrip.Refusal) (PurseChange, error) {
	c := PurseChange{Release: it.Tx}
	for _, id := range r.Scrip {
		c.Aside = append(c.Aside, Doubt{id, why})
	}
	list, err := w.cfg.Purse.Unfinished(ctx)
	for _, other := range list {
		if other.Vendor == it.Vendor && other.Tx != it.Tx && w.isOver(other, announced) {
			c.GiveUp = append(c.GiveUp, Advance{Tx: other.Tx, From: other.Phase, To: PhaseRefused, Reason: scrip.StallRevoked, At: w.now()})
		}
	}
	return c, err
}

// noticed is longer, in seconds, than the broker keeps for a merchant that is gone what
// was announced to be bought there: 90 days.
const noticed = 92 * 24 * 60 * 60

// historyPage is how much of the history is read at once.
const historyPage = 200

// noticedLately reports whether the wallet announced a purchase at a merchant so lately
// that the broker may keep money for it.
func (w *Wallet) noticedLately(ctx context.Context, vendor scrip.VendorID) (bool, error) {
	for offset := 0; ; offset += historyPage {
		list, err := w.cfg.Purse.History(ctx, offset, historyPage)
		if err != nil {
			return false, fmt.Errorf("look for purchases: %w", err)
		}
		for _, it := range list {
			if it.Transaction == "6.3" && it.Vendor == vendor && w.now()-it.StartedAt < noticed {
				return true, nil
			}
		}
		if len(list) < historyPage {
			return false, nil
		}
	}
}

// isOver reports whether nothing can come any more of what waits for a merchant
// whose money was rescued. A purchase that was announced may have been made; of a
// 6.5, and of a 6.2 that was not blessed, the broker tells the end.
func (w *Wallet) isOver(it Item, announced scrip.Money) bool {
	switch it.Transaction {
	case "6.7", "6.8":
		return true
	case "6.3":
		return announced == 0
	case "6.2":
		var x exchange
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		return err == nil && x.T6 && !x.T8
	}
	return false
}
