package iso20022

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Entry is one booked transaction: of an entry with several, each.
type Entry struct {
	Account   string // the IBAN of the account it is on
	Of        string // names the entry that it is of, by the bank's reference of that; empty where it gives none
	Items     int    // how many transactions this file tells that entry to have; 1 where it tells none
	Servicer  string // the bank's reference of it; empty where it gives none
	N         int    // which of those that are named alike
	Booked    string // the day on which it was booked (2006-01-02); empty where the file does not say
	Valued    string // the day from which on it counts; likewise
	Credit    bool   // the account has more by it
	Amount    Decimal
	Currency  string // ISO 4217
	Reference string // the creditor reference that it names, without spaces; of the structured remittance, or found in the other
	EndToEnd  string // the payer's name of it
	Batch     string // of several that were ordered together: their PmtInfId; empty
	Whole     int    // of a batch that is not itemised: how many, or 0; it is one Entry then
	Party     string // the name of who paid, or was paid
	IBAN      string // and the account
	Returned  string // why it came back: the reason's code, or "returned"; empty: it did not
	Text      string // remittance that is not structured
	Differs   bool   // its transactions do not come to what was booked, as Text says: it is the whole entry
}

// Name is what a booked transaction is called in every file that tells of it, be it a notification or a statement: by the bank's
// reference of its entry and its place there, by the bank's reference of it, or, where the bank gives neither, by what it says of it
// and which of those of one day that are alike it is.
func (e Entry) Name() string {
	switch {
	case e.Of != "":
		return fmt.Sprintf("%s transaction %d", e.Of, e.N)
	case e.Servicer != "":
		return fmt.Sprintf("%s %s %d %t %d.%d", e.Account, e.Servicer, e.N, e.Credit, e.Amount.Digits, e.Amount.Places)
	}
	return fmt.Sprintf("%s\n%d", e.alike(), e.N)
}

// alike is all that tells a transaction apart for which the bank has no reference, but for another that is the same in all of it.
func (e Entry) alike() string {
	remittance := strings.Join(strings.Fields(e.Reference+" "+e.Text), " ")
	return fmt.Sprintf("%s\n%s\n%s\n%t %d.%d %s\n%s\n%s\n%s", e.Account, e.Booked, e.Valued, e.Credit, e.Amount.Digits, e.Amount.Places, e.Currency, remittance, e.Party, e.IBAN)
}

// Decimal is an amount as the schemas have it: its digits, and how many of them are behind the point.
type Decimal struct {
	Digits int64
	Places int
}

// Minor is the amount in minor units of a currency with so many decimal places; false where it has more.
func (d Decimal) Minor(places int) (int64, bool) {
	n := d.Digits
	for p := d.Places; p > places; p-- {
		if n%10 != 0 {
			return 0, false
		}
		n /= 10
	}
	for p := d.Places; p < places; p++ {
		n *= 10
	}
	return n, true
}

// rat is the amount as a number.
func (d Decimal) rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(d.Digits), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Places)), nil))
}

// decimal is an amount of the schemas: at most 18 digits, at most 5 of them behind the point. Two are kept back for Minor.
var decimal = regexp.MustCompile(`^\+?(\d{1,13})(?:\.(\d{1,5}))?$`)

func parseDecimal(text string) (Decimal, error) {
	parts := decimal.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return Decimal{}, fmt.Errorf("an amount that is none: %q", text)
	}
	fraction := strings.TrimRight(parts[2], "0")
	n, err := strconv.ParseInt(parts[1]+fraction, 10, 64)
	return Decimal{n, len(fraction)}, err
}
