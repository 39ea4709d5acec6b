package db

import (
	"fmt"

	"peerscrip/services/scrip"
)

// openBank opens a sandbox bank account with nothing in it. A reference that
// is taken is declined.
func openBank(c change) error {
	if c.Broker.Bank == "" {
		return nil
	}
	return c.must(scrip.BankDeclined, `INSERT INTO ledger (account, balance) VALUES (?, 0)
		ON CONFLICT (account) DO NOTHING`, scrip.BankOf(c.Broker.Bank))
}

// post moves money between accounts of the books, one posting after another.
func post(c change) error {
	return each(c.Broker.Post, "post", c.post)
}

func (c change) post(p scrip.Posting) error {
	if p.Amount <= 0 {
		return fmt.Errorf("an amount of %d", p.Amount)
	}
	if err := c.frozen(p); err != nil {
		return err
	}
	if c.pipe.hot(p.From) {
		c.pipe.post(p.From, -p.Amount)
		return c.credit(p)
	}
	err := c.must(short(p.From), `UPDATE ledger SET balance = balance - ?
		WHERE account = ? AND (balance >= ? OR account = ?)`, p.Amount, p.From, p.Amount, scrip.World)
	if err != nil {
		return err
	}
	if err := c.closed(p.From); err != nil {
		return err
	}
	return c.credit(p)
}

// frozen keeps what a stall that was revoked has earned where it is, but for its
// buyers, until each of its holds is over.
func (c change) frozen(p scrip.Posting) error {
	v, earned := p.From.Earned()
	if _, refund := p.To.Float(); !earned || refund {
		return nil
	}
	var n int
	err := c.get(&n, `SELECT count(*) FROM stall s JOIN hold h ON h.vendor = s.vendor WHERE s.vendor = ? AND s.revoked = 1 AND h."left" > 0`, v)
	if err == nil && n > 0 {
		err = scrip.StallRevoked
	}
	return err
}

// closed forgets a float, a reserve or a credit in which nothing is left, so that the books hold those of
// customers who have something there, and not of all who ever had.
func (c change) closed(l scrip.Ledger) error {
	if !isShare(l) {
		return nil
	}
	err := c.do(`DELETE FROM ledger WHERE account = ? AND balance = 0`, l)
	return err
}

func isShare(l scrip.Ledger) bool {
	_, float := l.Float()
	_, reserve := l.Reserve()
	_, credit := l.Credit()
	return float || reserve || credit || l.Payout()
}

// credit opens accounts as they are needed, but for the bank's: those are
// opened by name.
func (c change) credit(p scrip.Posting) error {
	if c.pipe.hot(p.To) {
		c.pipe.post(p.To, p.Amount)
		return nil
	}
	if isBank(p.To) {
		return c.must(scrip.BankDeclined, `UPDATE ledger SET balance = balance + ? WHERE account = ?`, p.Amount, p.To)
	}
	err := c.do(`INSERT INTO ledger (account, balance) VALUES (?, ?)
		ON CONFLICT (account) DO UPDATE SET balance = ledger.balance + excluded.balance`, p.To, p.Amount)
	return err
}

func isBank(l scrip.Ledger) bool { _, is := l.Bank(); return is }

// short is the refusal of a posting that an account does not cover. For most
// accounts it is no refusal but a fault: nobody should have asked.
func short(l scrip.Ledger) error {
	if isBank(l) || l == scrip.House {
		return scrip.BankDeclined
	}
	if _, float := l.Float(); float {
		return scrip.FloatShort
	}
	_, earned := l.Earned()
	if _, credit := l.Credit(); earned || credit {
		return scrip.EarnedShort
	}
	return fmt.Errorf("account %s does not cover it", l)
}
