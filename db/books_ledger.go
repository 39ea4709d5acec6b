package db

import (
	"fmt"
	"strings"

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
	return each(c.Broker.Post, "post", func(p scrip.Posting) error {
		if p.Amount <= 0 {
			return fmt.Errorf("an amount of %d", p.Amount)
		}
		err := c.must(short(p.From), `UPDATE ledger SET balance = balance - ?
			WHERE account = ? AND (balance >= ? OR account = ?)`, p.Amount, p.From, p.Amount, scrip.World)
		if err != nil {
			return err
		}
		return c.credit(p)
	})
}

// credit opens accounts as they are needed, but for the bank's: those are
// opened by name.
func (c change) credit(p scrip.Posting) error {
	if isBank(p.To) {
		return c.must(scrip.BankDeclined, `UPDATE ledger SET balance = balance + ? WHERE account = ?`, p.Amount, p.To)
	}
	_, err := c.exec(`INSERT INTO ledger (account, balance) VALUES (?, ?)
		ON CONFLICT (account) DO UPDATE SET balance = ledger.balance + excluded.balance`, p.To, p.Amount)
	return err
}

func isBank(l scrip.Ledger) bool { return strings.HasPrefix(string(l), string(scrip.BankOf(""))) }

// short is the refusal of a posting that an account does not cover. For most
// accounts it is no refusal but a fault: nobody should have asked.
func short(l scrip.Ledger) error {
	switch {
	case isBank(l):
		return scrip.BankDeclined
	case strings.HasPrefix(string(l), string(scrip.FloatOf(""))):
		return scrip.FloatShort
	case strings.HasPrefix(string(l), string(scrip.EarnedOf(""))):
		return scrip.EarnedShort
	}
	return fmt.Errorf("account %s does not cover it", l)
}
