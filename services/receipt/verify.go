package receipt

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// State is what became of one thing that a bundle may prove.
type State string

// The states.
const (
	Proven  State = "proven"
	Missing State = "missing" // nothing in the bundle speaks of it
	False   State = "false"   // what speaks of it does not hold
)

// Parts are what a bundle may prove, in the order in which it is told.
const (
	Seller   = "seller"   // who sold: the broker certified it
	Mandate  = "mandate"  // who paid: a pseudonym gave the mandate
	Payment  = "payment"  // the seller confirms the payment
	Goods    = "goods"    // what was bought
	Recorded = "recorded" // the broker's log has it
	Refunds  = "refunds"  // the seller gave money back
)

// Finding is what a bundle says about one part.
type Finding struct {
	Part  string `json:"part"`
	State State  `json:"state"`
	Text  string `json:"text"` // a sentence for people
}

// Report is what a bundle proves, and what it does not.
type Report struct {
	Findings []Finding
}

// OK reports whether the payment to the seller is proven and nothing in the
// bundle is false. Parts that are missing do not spoil it.
func (r Report) OK() bool {
	proven := map[string]bool{}
	for _, f := range r.Findings {
		if f.State == False {
			return false
		}
		proven[f.Part] = f.State == Proven
	}
	return proven[Seller] && proven[Mandate] && proven[Payment]
}

// Limits are what no bundle proves, in sentences for people.
func Limits() []string {
	return []string{
		"Who the buyer is: the pseudonym is a key, and only the broker can tell whose.",
		"That the goods came, or that they are as described.",
		"That a time is right: each is the word of who signed it.",
		"That the broker has not taken the seller’s certificate back since.",
	}
}

// check is a verification under way. What was proven so far is set.
type check struct {
	Bundle
	keys    scrip.Chain
	known   scrip.Currency
	report  Report
	seller  *scrip.Certificate
	offers  []scrip.Offer // all, or none
	mandate *scrip.Opened[scrip.Mandate]
}

// Verify says what a bundle that Parse returned proves to who trusts this chain
// of its broker's keys: old ones prove what they signed in their time. The currency is
// the broker's, if that is known: for amounts where no offer tells theirs.
func (b Bundle) Verify(keys scrip.Chain, known scrip.Currency) Report {
	c := check{Bundle: b, keys: keys, known: known}
	for _, part := range []func(){c.checkSeller, c.checkMandate, c.checkPayment, c.checkGoods, c.checkLog, c.checkRefunds} {
		part()
	}
	return c.report
}

func (c *check) say(part string, state State, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{part, state, fmt.Sprintf(format, args...)})
}

// broker knows the keys of the bundle's broker.
func (c *check) broker() scrip.Keys { return c.keys.Signer() }

func (c *check) checkSeller() {
	m, err := scrip.Verify[scrip.Certificate](c.Certificate, string(c.Vendor), c.broker())
	if err != nil || m.Body.Vendor != c.Vendor || scrip.ValidName(m.Body.Name) != nil {
		c.say(Seller, False, "The seller’s certificate is not signed by the broker with these keys.")
		return
	}
	c.seller = &m.Body
	c.offers = c.signedBy(m.Body)
	c.say(Seller, Proven, "The broker %s certified the seller “%s” (%s), from %s until %s.",
		c.Broker, m.Body.Name, c.Vendor, when(m.Body.NotBefore), when(m.Body.NotAfter))
}

// signedBy opens the offers, if the seller signed every one of them.
func (c *check) signedBy(seller scrip.Certificate) []scrip.Offer {
	var list []scrip.Offer
	for _, jws := range c.Bundle.offers() {
		o, err := scrip.Verify[scrip.Offer](jws, string(c.Vendor), seller.Signer())
		if err != nil || o.Body.Vendor != c.Vendor {
			return nil
		}
		list = append(list, o.Body)
	}
	return list
}

func (c *check) checkMandate() {
	m, err := scrip.Verify[scrip.Mandate](c.Bundle.Mandate, string(c.Vendor), nil)
	if err != nil || m.Body.Vendor != c.Vendor {
		c.say(Mandate, False, "The mandate is not signed by a buyer for this seller.")
		return
	}
	c.mandate = &m
	c.say(Mandate, Proven, "A buyer with the pseudonym %s gave the mandate to pay %s, on %s by the buyer’s clock.",
		m.From, c.amount(m.Body.Price), when(m.At))
}

func (c *check) checkPayment() {
	if c.seller == nil || c.mandate == nil {
		c.say(Payment, False, "The seller’s receipt cannot be checked without seller and mandate.")
		return
	}
	m, err := scrip.Verify[scrip.Paid](c.Paid, c.mandate.From, c.seller.Signer())
	switch {
	case err != nil:
		c.say(Payment, False, "The receipt is not signed by this seller for this buyer.")
	case m.Tx != c.mandate.Tx || m.Body.Price != c.mandate.Body.Price || m.Body.OrderDigest != c.mandate.OrderDigest:
		c.say(Payment, False, "The seller’s receipt is for another purchase than the mandate.")
	case !c.seller.InForce(m.At):
		c.say(Payment, False, "The seller’s receipt is of %s, when the certificate was not in force.", when(m.At))
	default:
		c.say(Payment, Proven, "The seller confirms that %s was paid, as order %s, on %s by the seller’s clock.",
			c.amount(m.Body.Price), m.Body.OrderID, when(m.At))
	}
}

// checkGoods leads from the mandate through the order to the offers.
func (c *check) checkGoods() {
	switch {
	case c.offers == nil && len(c.Bundle.offers()) > 1:
		c.say(Goods, False, "Not every offer is signed by this seller.")
	case c.offers == nil:
		c.say(Goods, False, "The offer is not signed by this seller.")
	case c.mandate == nil:
		c.say(Goods, False, "What was bought cannot be checked without the mandate.")
	case c.Order == "":
		c.say(Goods, Missing, "The order was left out: the seller offered %s, but that this is what was paid for is not proven.", c.titles())
	default:
		c.checkOrder()
	}
}

func (c *check) checkOrder() {
	order, err := c.order()
	if err != nil || jose.Digest([]byte(c.Order)) != c.mandate.OrderDigest {
		c.say(Goods, False, "The order is not the one that the mandate names.")
		return
	}
	bought, ok := c.bought(order)
	if !ok {
		c.say(Goods, False, "The offer, its price and the order do not agree.")
		return
	}
	if !slices.ContainsFunc(c.offers, func(o scrip.Offer) bool { return !o.IsRequest() }) {
		c.say(Goods, Proven, "Paid for was %s, as the seller asked for it.", bought)
		return
	}
	c.say(Goods, Proven, "Bought was %s, as the seller offered it.", bought)
}

// bought says in words what was bought, if the order is of just these offers and
// comes to what was paid.
func (c *check) bought(order ordered) (string, bool) {
	if len(order.lines) != len(c.offers) {
		return "", false
	}
	var portions []scrip.Portion
	var words []string
	for i, o := range c.offers {
		if order.lines[i].digest != (jose.Signed{JWS: c.Bundle.offers()[i]}).Digest() {
			return "", false
		}
		portions = append(portions, scrip.Portion{Offer: o, Quantity: order.lines[i].quantity})
		words = append(words, worded(o, order.lines[i].quantity))
	}
	total, err := scrip.Total(portions, order.delivery)
	return strings.Join(words, "; "), err == nil && total == c.mandate.Body.Price
}

// worded is a line of an order in words.
func worded(o scrip.Offer, quantity int) string {
	switch {
	case !o.IsRequest():
		return fmt.Sprintf("%d × “%s”, condition: %s", quantity, o.Title, o.Condition)
	case o.Reference == "":
		return "“" + o.Title + "”"
	}
	return fmt.Sprintf("“%s”, reference: %s", o.Title, o.Reference)
}

// titles names what was offered.
func (c *check) titles() string {
	var words []string
	for _, o := range c.offers {
		words = append(words, "“"+o.Title+"”")
	}
	return strings.Join(words, ", ")
}

func (c *check) checkLog() {
	switch {
	case c.Logged == nil:
		c.say(Recorded, Missing, "That the broker recorded the purchase is not proven: no proof is in this file.")
		return
	case c.mandate == nil:
		c.say(Recorded, False, "The record cannot be checked without the mandate.")
		return
	}
	p := c.Logged.inclusion()
	head, err := p.Verify(c.Broker, c.keys.Ever())
	if err != nil {
		c.say(Recorded, False, "The proof does not lead to a head of the log that the broker with these keys signed.")
		return
	}
	entry, err := p.Records(c.mandate.Digest, scrip.Records{}.Type())
	if err != nil {
		c.say(Recorded, False, "The record in the broker’s log is not of this mandate.")
		return
	}
	c.say(Recorded, Proven, "The broker recorded the purchase as number %d of the %d records in its log, on %s by its clock.",
		p.Index+1, head.Size, when(entry.At))
}

func (c *check) checkRefunds() {
	if len(c.Collected) == 0 {
		c.say(Refunds, Missing, "Of a refund this file says nothing.")
		return
	}
	back, ok := c.refunded()
	if !ok {
		c.say(Refunds, False, "What is said to be paid back is not signed by this seller for this buyer, or is more than was paid.")
		return
	}
	c.say(Refunds, Proven, "The seller paid %s back to the buyer.", c.amount(back))
}

// refunded sums what was paid back of this purchase, each refund once.
func (c *check) refunded() (scrip.Money, bool) {
	if c.seller == nil || c.mandate == nil {
		return 0, false
	}
	refunds := map[scrip.ID]scrip.Money{}
	for _, jws := range c.Collected {
		m, err := scrip.Verify[scrip.CollectedRefunds](jws, c.mandate.From, c.seller.Signer())
		if err != nil || m.Body.Vendor != c.Vendor {
			return 0, false
		}
		for _, r := range m.Body.Refunds {
			if r.Purchase == c.mandate.Tx {
				refunds[r.Refund] = r.Amount
			}
		}
	}
	sum := scrip.Money(0)
	for _, amount := range refunds {
		sum += amount // at most 100 × 100 of them: no overflow
	}
	return sum, sum > 0 && sum <= c.mandate.Body.Price
}

// amount says money as people write it, in the currency of the offer or else the
// broker's.
func (c *check) amount(m scrip.Money) string {
	currency := c.known
	if len(c.offers) > 0 {
		if told, err := scrip.ParseCurrency(c.offers[0].Currency); err == nil {
			currency = told
		}
	}
	if currency.Code == "" {
		return fmt.Sprintf("%d of the smallest coins of a currency that nothing here tells", m)
	}
	return currency.Format(m) + " " + currency.Code
}

// lastTime is the last second of the year 9999.
const lastTime = 253402300799

// when is a time as everybody reads it the same.
func when(at int64) string {
	if at > lastTime {
		return "a day that never comes"
	}
	return time.Unix(at, 0).UTC().Format("2006-01-02 15:04 UTC")
}
