package rig_test

import (
	"errors"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// heal ends all faults: every wire is open, everybody lives, what was late
// arrives.
func (w *town) heal() {
	w.calm()
	w.broker.setClock(0)
	for len(w.post) > 0 {
		w.open(0)
	}
}

// calm lets everybody live and every message pass.
func (w *town) calm() {
	w.fates = map[string][]fate{}
	for _, p := range w.mortals() {
		p.doom(0)
		if p.now().isDead() {
			p.start()
		}
	}
}

// open delivers one of the late messages.
func (w *town) open(i int) {
	p := w.post[i]
	w.post = append(w.post[:i:i], w.post[i+1:]...)
	_, err := p.send(w.T.Context(), p.in)
	w.log("  %s arrives at last: %v", p.what, err)
	w.meddled = true // its sender may have gone on without it
}

var errUncovered = errors.New("the broker has yet to cover a refund")

// rounds is how many times everybody may try before all must be settled. Each
// is long enough for every deadline but those of scrip.
const rounds = 6

// settle has everybody finish what was begun.
func (w *town) settle() {
	w.T.Helper()
	var err error
	w.Clock.Advance(2 * time.Minute) // stalls ask again what has become of what is held
	for range rounds {
		if err = w.round(); err == nil {
			return
		}
		w.log("not settled: %v", err)
		w.Clock.Advance(w.pause())
	}
	w.T.Fatalf("not settled after %d rounds: %v", rounds, err)
}

// pause is how long everybody waits between attempts: for a stall that is gone a wallet
// waits a day.
func (w *town) pause() time.Duration {
	if w.gone != nil {
		return 25 * time.Hour
	}
	return 15 * time.Minute
}

// round is one attempt of everybody at everything unfinished.
func (w *town) round() error {
	ctx := w.T.Context()
	failed := w.deliver()
	for _, c := range w.wallets {
		err := c.lives.Resume(ctx)
		var confirm *wallet.Confirm
		if errors.As(err, &confirm) {
			if bank := w.Bank.Confirm(ctx, rig.Charge(confirm.Link)); bank != nil {
				w.T.Errorf("confirm %s: %v", confirm.Tx, bank)
			}
		}
		_, credit := c.lives.TakeCredit(ctx, scrip.ToScrip)
		failed = errors.Join(failed, err, credit, c.lives.Deliver(ctx), w.visit(c))
	}
	for _, s := range w.present() {
		w.cheat.collect(s)
	}
	if w.gone != nil {
		failed = errors.Join(failed, w.rescue())
	}
	return errors.Join(failed, w.deliver()) // of what the wallets have done just now
}

// visit has a wallet ask every stall for what is new.
func (w *town) visit(c *walletProcess) error {
	ctx := w.T.Context()
	if w.gone == nil {
		_, err := c.lives.CollectAll(ctx)
		return errors.Join(err, c.lives.ListenAll(ctx))
	}
	var failed error
	for _, s := range w.present() {
		_, err := c.lives.Collect(ctx, s.opened.Vendor())
		failed = errors.Join(failed, err)
	}
	list, err := c.lives.Conversations(ctx)
	failed = errors.Join(failed, err)
	for _, talk := range list {
		if talk.Vendor != w.gone.opened.Vendor() {
			_, err := c.lives.Listen(ctx, talk.Tx)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// deliver has stalls and broker do what they do in the background.
func (w *town) deliver() error {
	failed := w.broker.present().Due(w.T.Context())
	for _, s := range w.present() {
		waiting, err := s.shelf().Uncovered(w.T.Context(), 1)
		failed = errors.Join(failed, err, s.present().Deliver(w.T.Context()), s.unheard())
		if len(waiting) > 0 {
			failed = errors.Join(failed, errUncovered) // it may have passed over it, or it is collected in the next round
		}
	}
	return errors.Join(failed, w.broker.present().Deliver(w.T.Context()))
}

// check holds a settled town against what was done in it: the audit's
// invariants, and for everybody, to the unit, what they put in.
func (w *town) check() {
	w.T.Helper()
	books := w.Audit()
	sales := w.sales()
	paid, atBroker, atStalls := scrip.Money(0), w.cheat.broker(), w.cheat.stalls()+w.friend.stalls()
	for _, c := range w.wallets {
		b := c.check(sales)
		paid += c.paid() - c.refunded() - c.returned() + w.spentThere(c.lives.Account())
		atBroker += b.Broker
		atStalls += b.Total - b.Broker - c.there()
	}
	w.checkThreads()
	w.checkHolds()
	w.checkBarred()
	for tx, sale := range sales {
		if w.isGone(sale) {
			continue // its customer gave it up, and was told of it no more
		}
		w.T.Errorf("order of tx %s has no receipt", tx)
	}
	cheated := w.cheat.spent() - w.refunded(func(tx scrip.ID) bool { return w.cheat.bought[tx] }) + w.spentThere(w.cheat.Account)
	if got := w.cheat.Balance() + w.cheat.broker() + w.cheat.stalls() + cheated + w.left(w.cheat.Account); got != fortune {
		w.T.Errorf("the cheat: got %d in all, want %d", got, fortune)
	}
	if w.gone != nil {
		atStalls += w.floats(w.gone)
	}
	w.checkIssuers(books, paid+cheated, atBroker, atStalls)
}

// sales are all orders by tx, but the cheat's.
func (w *town) sales() map[scrip.ID]scrip.Sale {
	w.T.Helper()
	all := map[scrip.ID]scrip.Sale{}
	for _, s := range w.stalls {
		list, err := s.shelf().Sales(w.T.Context(), 0, 10_000)
		if err != nil {
			w.T.Fatal(err)
		}
		sold := map[scrip.ID]int{}
		for _, sale := range list {
			if sale.Refunded < sale.Price || sale.SentAt > 0 {
				for _, l := range sale.Lines {
					sold[s.listed(l.Offer)] += l.Quantity
				}
			}
			if _, again := all[sale.Tx]; again {
				w.T.Errorf("tx %s bought twice", sale.Tx)
			}
			if !w.cheat.bought[sale.Tx] {
				all[sale.Tx] = sale
			}
		}
		w.checkStock(s, sold)
	}
	return all
}

// checkStock wants on the shelf what was listed less what was sold and not taken
// back whole before it was sent.
func (w *town) checkStock(s *stallProcess, sold map[scrip.ID]int) {
	w.T.Helper()
	now, err := s.shelf().Listings(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, l := range now {
		if got, want := l.Stock, l.Quantity-sold[l.Offer.Offer]; got != want {
			w.T.Errorf("%s: got stock %d of %d, want %d", s.label, got, l.Quantity, want)
		}
	}
}

// check wants nothing unfinished in the wallet, every receipt to have its one
// order, and all it had at the beginning to be somewhere. It takes the wallet's
// orders out of sales.
func (c *walletProcess) check(sales map[scrip.ID]scrip.Sale) wallet.Balance {
	t, ctx := c.town.T, c.town.T.Context()
	t.Helper()
	b, err := c.lives.Balance(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if b.AtStake+b.Owed > c.there() || b.Doubtful != 0 && c.town.gone == nil {
		t.Errorf("%s: got %d at stake, %d owed, %d doubtful, want none", c.label, b.AtStake, b.Owed, b.Doubtful)
	}
	balance, err := c.town.Bank.Balance(ctx, c.bank)
	if err != nil {
		t.Fatal(err)
	}
	paid := c.paid() - c.refunded() - c.returned()
	account := c.lives.Account()
	purse, spent, left := b.Total-c.there(), c.town.spentThere(account), c.town.left(account)
	if got := balance + purse + paid + spent + left; got != fortune {
		t.Errorf("%s: bank %d, purse %d, paid less what came back %d, spent at a stall that is gone %d, left there %d: got %d in all, want %d",
			c.label, balance, purse, paid, spent, left, got, fortune)
	}
	c.checkReceipts(sales)
	return b
}

func (c *walletProcess) receipts() []wallet.Receipt {
	list, err := c.lives.Receipts(c.town.T.Context(), 0, 10_000)
	if err != nil {
		c.town.T.Fatal(err)
	}
	return list
}

func (c *walletProcess) paid() (sum scrip.Money) {
	for _, r := range c.receipts() {
		if c.town.gone == nil || r.Vendor != c.town.gone.opened.Vendor() {
			sum += r.Price
		}
	}
	return sum
}

// checkReceipts holds the receipts against the orders of the stalls, and
// against what Buy said: what it reported as bought was, once, and what was
// asked for n times was not bought more often.
func (c *walletProcess) checkReceipts(sales map[scrip.ID]scrip.Sale) {
	t := c.town.T
	times := map[string]int{}
	kept := map[scrip.ID]bool{}
	for _, r := range c.receipts() {
		sale, ok := sales[r.Tx]
		if !ok || sale.ID != r.OrderID || sale.Price != r.Price || sale.Quantity() != r.Quantity() {
			t.Errorf("%s: receipt %+v: got order %+v, want one of its own", c.label, r, sale)
		}
		delete(sales, r.Tx)
		kept[r.Tx] = true
		times[r.Delivery.Address.Lines[0]]++
	}
	for tx := range c.bought.receipts {
		if !kept[tx] {
			t.Errorf("%s: Buy returned receipt %s, which is not there", c.label, tx)
		}
	}
	for _, o := range c.bought.orders {
		if street := scrip.CleanLine(o.Delivery.Address.Lines[0]); times[street] > o.asked {
			t.Errorf("%s: %s was asked for %d times and bought %d times", c.label, street, o.asked, times[street])
		}
	}
}

// checkIssuers holds the issuers against all wallets together.
func (w *town) checkIssuers(report audit.Report, paid, atBroker, atStalls scrip.Money) {
	w.T.Helper()
	if report.Totals.Earned+report.Totals.Held != paid || report.Totals.Credit != 0 || report.Totals.Outstanding != atBroker || report.Totals.Floats != atStalls || report.Totals.Reserves != 0 {
		w.T.Errorf("books: got earned and held %d, credit %d, outstanding %d, floats %d, reserves %d, want %d, 0, %d, %d, 0 as in the wallets",
			report.Totals.Earned+report.Totals.Held, report.Totals.Credit, report.Totals.Outstanding, report.Totals.Floats, report.Totals.Reserves, paid, atBroker, atStalls)
	}
	live := scrip.Money(0)
	if w.gone != nil {
		live += w.floats(w.gone) // of its VendorScrip the audit knows: nothing covers what was rescued
	}
	for _, s := range w.present() {
		snap, err := s.shelf().Snapshot(w.T.Context())
		if err != nil {
			w.T.Fatal(err)
		}
		live += snap.Live.Amount
		if snap.Locked.Count+snap.Unsettled.Count+snap.Unrecorded.Count != 0 {
			w.T.Errorf("%s: got %+v, want nothing locked, unsettled or unrecorded", s.label, snap)
		}
	}
	if live != atStalls {
		w.T.Errorf("VendorScrip: got %d live at the stalls, want %d as in the wallets", live, atStalls)
	}
}

// checkThreads wants buyers and sellers to have the same of each other.
func (w *town) checkThreads() {
	ctx := w.T.Context()
	for _, c := range w.wallets {
		list, err := c.lives.Conversations(ctx)
		if err != nil {
			w.T.Errorf("the threads of %s: %v", c.label, err)
		}
		for _, here := range list {
			if w.gone != nil && here.Vendor == w.gone.opened.Vendor() {
				continue // what was told is not heard any more
			}
			// One that was over is asked about by hand alone, and a refund may come after it.
			here, err := c.lives.Listen(ctx, here.Tx)
			if err != nil {
				w.T.Errorf("Listen of %s: %v", c.label, err)
			}
			if here.Unsaid != nil {
				w.T.Errorf("%s: %s was not answered", c.label, here.Unsaid.Kind)
			}
			there, err := w.stallOf(here.Vendor).present().Conversation(ctx, here.Order)
			if err != nil || there.Thread != here.Thread {
				w.T.Errorf("a thread: %s has %+v, the stall %+v, %v", c.label, here.Thread, there.Thread, err)
			}
		}
	}
}
