package tour

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"peerscrip/services/audit"
	"peerscrip/services/scrip"
)

// caption is what the tour tells of a message: the transaction it belongs to, and
// what it carries.
type caption struct {
	transaction, carries string
}

// Stops of the tour that are no transaction of the paper.
const (
	talk       = "said"  // the buyer writes to the seller
	protection = "held"  // the money of a protected purchase is let go
	opinion    = "rated" // and the purchase is rated, at a stall of the tour's own
)

// captions are the protocol's 27 messages, and those of the trade around a purchase. Who
// sends them to whom, and where, the table of the API's steps says.
var captions = map[string]caption{
	"T1":  {"6.1", "asks for an amount of the bank's money"},
	"T2":  {"6.1", "BrokerScrip and its secret"},
	"T3":  {"6.2", "announces an exchange, with the scrip's secret and the pseudonym's word"},
	"T4":  {"6.2", "an order for M; for B the scrip, without its secret"},
	"T5":  {"6.2", "asks for the exchange, and passes B's part on"},
	"T6":  {"6.2", "the change in BrokerScrip, and a receipt"},
	"T7":  {"6.2", "approval: the amount is in M's float"},
	"T8":  {"6.2", "VendorScrip and its secret, to a pseudonym"},
	"T9":  {"6.3", "a purchase is about to take place"},
	"T10": {"6.3", "the mandate, with VendorScrip, secret and order"},
	"T11": {"6.3", "the receipt, and the change in VendorScrip"},
	"T12": {"6.3", "a purchase has taken place, with the mandate"},
	"T13": {"6.4", "BrokerScrip, to be worth more"},
	"T14": {"6.4", "BrokerScrip of the new total"},
	"T15": {"6.5", "BrokerScrip for B; for M the VendorScrip that is to grow"},
	"T16": {"6.5", "approval: the amount is reserved; M's part with it"},
	"T17": {"6.5", "VendorScrip that is worth more"},
	"T18": {"6.5", "approval: it is issued"},
	"T19": {"6.5", "the change in BrokerScrip"},
	"T20": {"6.6", "BrokerScrip, to go back to the bank"},
	"T21": {"6.6", "acknowledgement: it is at the bank"},
	"T22": {"6.7", "VendorScrip for M; for B the account that is to be paid"},
	"T23": {"6.7", "asks to pay it out of M's float"},
	"T24": {"6.7", "approval: the VendorScrip is to be erased"},
	"T25": {"6.7", "approval: it is at the bank"},
	"T26": {"6.8", "scrip that is due, and its secret"},
	"T27": {"6.8", "the same value in new scrip"},

	"TELL":    {talk, "the next event of the order's signed chain: a word"},
	"TOLD":    {talk, "all that was said since, as the stall has it"},
	"RELEASE": {protection, "it is here and fine, with mandate and receipt"},
	"HELD":    {protection, "the broker's signed word: the seller has the money"},
	"RATE":    {opinion, "stars and words, for everybody to read"},
}

// numbered is how many messages have a number. Each tour has to see them; the others
// where it comes past them.
const numbered = 27

// number is the number in a message's name; 0 for a word like REFUSE.
func number(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "T"))
	if err != nil {
		return 0
	}
	return n
}

// transactions are the transactions in the order of the tour.
var transactions = []struct{ number, title string }{
	{"6.1", "BrokerScrip from the bank"},
	{"6.2", "BrokerScrip for VendorScrip"},
	{"6.4", "more BrokerScrip from the bank"},
	{"6.5", "more VendorScrip through the broker"},
	{"6.3", "purchase"},
	{talk, "buyer and seller write to each other"},
	{protection, "the price is held until the buyer lets it go"},
	{opinion, "who bought says how it was"},
	{"6.8", "scrip that is due is renewed, at each issuer"},
	{"6.7", "VendorScrip back to the bank"},
	{"6.6", "BrokerScrip back to the bank"},
}

// Message is a message that went by on a tour.
type Message struct {
	Number      string `json:"number"`
	Transaction string `json:"transaction"`
	From        string `json:"from"`
	To          string `json:"to"`
	Carries     string `json:"carries"`
	// Bytes of its envelope, or of both parts; 0 when it was not seen.
	Bytes int `json:"bytes"`
	// At is when it went by, in milliseconds from the beginning.
	At int64 `json:"at_ms"`
	// Seen is false for what passes between broker and merchant elsewhere: the
	// signed answer that comes of it shows that it did.
	Seen bool `json:"seen"`
}

// Report is the outcome of a tour.
type Report struct {
	Broker   string          `json:"broker"`
	Stall    string          `json:"stall"`
	Listing  string          `json:"listing"`
	Messages []Message       `json:"messages"`
	Missing  []string        `json:"missing"` // numbers that did not go by
	Audited  bool            `json:"audited"`
	Findings []audit.Finding `json:"findings"`
	OK       bool            `json:"ok"`
}

// print writes the messages of one transaction as people read them.
func (r *Report) print(w io.Writer, transaction string) {
	for _, t := range transactions {
		if t.number == transaction {
			fmt.Fprintf(w, "\n%-3s  %s\n", t.number, t.title)
		}
	}
	for _, m := range r.Messages {
		if m.Transaction != transaction {
			continue
		}
		size := fmt.Sprintf("%6d B  %7.3f s", m.Bytes, float64(m.At)/1000)
		if !m.Seen {
			size = "between them; its answer came"
		}
		fmt.Fprintf(w, "  %-7s %s -> %-13s  %-57s %s\n", m.Number, m.From, m.To, m.Carries, size)
	}
}

// conclude prints how it ended.
func (r *Report) conclude(w io.Writer, say func(scrip.Money) string, t audit.Totals) {
	fmt.Fprintf(w, "\n%d of %d messages", numbered-len(r.Missing), numbered)
	if len(r.Missing) > 0 {
		fmt.Fprintf(w, "; missing: %v", r.Missing)
	}
	if !r.Audited {
		fmt.Fprintln(w, "\nThe books were not looked at: --audit names the data folders of a broker and its stalls.")
		return
	}
	fmt.Fprintf(w, "\n\nbank %s, outstanding %s, floats %s, reserves %s, held %s, earned %s, credit %s: %s in all\n",
		say(t.Bank), say(t.Outstanding), say(t.Floats), say(t.Reserves), say(t.Held), say(t.Earned), say(t.Credit), say(t.Sum()))
	for _, f := range r.Findings {
		if !f.OK {
			fmt.Fprintf(w, "FAIL %s %s\n", f.Invariant, f.Text)
		}
	}
	verdict := "the books close"
	if !r.OK {
		verdict = "not all is as it must be"
	}
	fmt.Fprintln(w, verdict)
}
