package web

import (
	"net/http"
	"strconv"
)

// party is a column of the message diagram.
type party int

const (
	brokerParty party = iota
	buyer
	seller
)

// message is one row of the protocol as the diagram tells it.
type message struct {
	Code, Label, Text string
	From, To          party
	Later             bool // delivered when the broker can be reached; nobody waits for it
}

// phase is a part of the protocol with a diagram of its own, so that each fits a phone.
type phase struct {
	ID, Title, Text string
	Messages        []message
}

func (s *server) how(w http.ResponseWriter, r *http.Request) error {
	h := s.head("how", tr(r.Context(), "How it works"))
	h.Description = tr(r.Context(), "How buying and selling works here, who learns what, and the twelve messages from money to a paid order.")
	h.Path = "/how-it-works"
	return s.render(w, r, http.StatusOK, howPage(h, phases))
}

// phases are protocol sections 6.1 to 6.3, in texts that the page puts into its language.
var phases = []phase{
	{
		ID: "fill", Title: phrase("Fill the wallet"),
		Text: phrase("The broker takes money from your bank account and issues scrip for it: BrokerScrip, one piece, good for spending at any stall."),
		Messages: []message{
			{Code: "T1", Label: phrase("amount"), From: buyer, To: brokerParty, Text: phrase("Your wallet asks for an amount. The bank pays the broker.")},
			{Code: "T2", Label: phrase("scrip, secret"), From: brokerParty, To: buyer, Text: phrase("The broker sends scrip and the secret that proves the right to spend it.")},
		},
	},
	{
		ID: "exchange", Title: phrase("Trade it for the stall’s own scrip"),
		Text: phrase("Done once for each stall, or when its scrip runs out. The secret goes straight to the broker and the scrip through the seller: neither way alone can spend it."),
		Messages: []message{
			{Code: "T3", Label: phrase("secret"), From: buyer, To: brokerParty, Text: phrase("Your wallet announces the trade to the broker, with the secret.")},
			{Code: "T4", Label: phrase("order, payment"), From: buyer, To: seller, Text: phrase("Under a name made for this stall, it sends the seller an order part to read and a payment part sealed for the broker.")},
			{Code: "T5", Label: phrase("payment part"), From: seller, To: brokerParty, Text: phrase("The seller passes the sealed part on, with its own signed figure.")},
			{Code: "T6", Label: phrase("change, receipt"), From: brokerParty, To: seller, Text: phrase("The broker compares all three figures, retires the scrip, and sends your change and a receipt, sealed for you, along with T7.")},
			{Code: "T7", Label: phrase("approval"), From: brokerParty, To: seller, Text: phrase("It tells the seller that the value is covered. It does not say by whom.")},
			{Code: "T8", Label: phrase("stall’s scrip"), From: seller, To: buyer, Text: phrase("The seller issues scrip of its own and hands over T6 with it.")},
		},
	},
	{
		ID: "pay", Title: phrase("Pay"),
		Text: phrase("Buying takes two messages between you and the seller. The broker may be switched off: what it has to know is delivered later."),
		Messages: []message{
			{Code: "T9", Label: phrase("notice"), From: buyer, To: brokerParty, Later: true, Text: phrase("Your wallet notes the coming purchase with the broker. Nobody waits for it.")},
			{Code: "T10", Label: phrase("mandate, scrip"), From: buyer, To: seller, Text: phrase("It sends a signed mandate over price and order, with the scrip and its secret.")},
			{Code: "T11", Label: phrase("change, order"), From: seller, To: buyer, Text: phrase("In one step the seller retires the scrip, takes the item from stock, makes the order and sends change. You have paid.")},
			{Code: "T12", Label: phrase("report"), From: seller, To: brokerParty, Later: true, Text: phrase("The seller reports the sale, with your mandate as evidence, and is credited. The broker learns the price, not the order.")},
		},
	},
}

// The diagram's measures, in units of its view box; at 360 wide they are a phone's pixels.
const (
	diagramWidth = 360
	firstRow     = 84
	rowHeight    = 46
)

func (p party) x() int { return 44 + int(p)*136 }

func (p party) name() string {
	return [...]string{phrase("Broker"), phrase("You"), phrase("Seller")}[p]
}

func (ph phase) height() int { return firstRow + rowHeight*len(ph.Messages) - 12 }

func (ph phase) viewBox() string {
	return "0 0 " + strconv.Itoa(diagramWidth) + " " + strconv.Itoa(ph.height())
}

func rowY(i int) int { return firstRow + i*rowHeight }

// line is the shaft of an arrow, which stops short of the lifelines at both ends.
func (m message) line(i int) string {
	from, to := m.From.x(), m.To.x()
	step := sign(to - from)
	return "M" + strconv.Itoa(from+6*step) + " " + strconv.Itoa(rowY(i)) + "H" + strconv.Itoa(to-9*step)
}

// tip is the arrow's head.
func (m message) tip(i int) string {
	to := m.To.x()
	step := sign(to - m.From.x())
	x, y := strconv.Itoa(to-6*step), strconv.Itoa(rowY(i))
	return "M" + x + " " + y + "l" + strconv.Itoa(-9*step) + " -5v10z"
}

// middle is where the arrow's words stand.
func (m message) middle() string { return strconv.Itoa((m.From.x() + m.To.x()) / 2) }

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// toward says from whom to whom a message goes.
func (m message) toward() string {
	return map[[2]party]string{
		{buyer, brokerParty}: phrase("You to the broker."), {buyer, seller}: phrase("You to the seller."),
		{brokerParty, buyer}: phrase("Broker to you."), {brokerParty, seller}: phrase("Broker to the seller."),
		{seller, brokerParty}: phrase("Seller to the broker."), {seller, buyer}: phrase("Seller to you."),
	}[[2]party{m.From, m.To}]
}
