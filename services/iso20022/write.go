package iso20022

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Order is what a pain.001 orders: credit transfers from one account.
type Order struct {
	Message  string // its ID, of at most 35 characters of those that Plain leaves
	At       time.Time
	Name     string // of who orders
	IBAN     string
	BIC      string // of the bank; empty: not provided
	Currency string
	Places   int // decimal places of the currency
	Pays     []Pay
}

// Pay is one credit transfer.
type Pay struct {
	EndToEnd string // our name of it
	Amount   int64  // minor units
	Name     string
	IBAN     string
	Text     string // remittance
}

// Write writes a pain.001.001.09 that orders SEPA credit transfers. The same order makes the same bytes.
func (o Order) Write(w io.Writer) error {
	sum := int64(0)
	p := paymentInfo{
		ID: o.Message, Method: "TRF", Batch: true, Count: len(o.Pays), Service: "SEPA", On: o.At.UTC().Format(time.DateOnly),
		Name: Plain(o.Name, 70), IBAN: o.IBAN, Charges: "SLEV",
	}
	if p.BIC = o.BIC; o.BIC == "" {
		p.Other = "NOTPROVIDED"
	}
	for _, pay := range o.Pays {
		sum += pay.Amount
		p.Transfers = append(p.Transfers, transfer{
			EndToEnd: pay.EndToEnd, Amount: amount{Text: money(pay.Amount, o.Places), Currency: o.Currency}, Name: Plain(pay.Name, 70), IBAN: pay.IBAN,
		})
		if text := Plain(pay.Text, 140); text != "" {
			p.Transfers[len(p.Transfers)-1].Remittance = &remittance{text}
		}
	}
	p.Sum = money(sum, o.Places)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(initiation{
		Space: "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09", Message: o.Message, Created: o.At.UTC().Format("2006-01-02T15:04:05"), Count: len(o.Pays), Sum: p.Sum,
		Name: p.Name, Payments: p,
	}); err != nil {
		return fmt.Errorf("write a pain.001: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// initiation, paymentInfo and transfer are a pain.001.001.09, in the order of its schema.
type initiation struct {
	XMLName  xml.Name    `xml:"Document"`
	Space    string      `xml:"xmlns,attr"`
	Message  string      `xml:"CstmrCdtTrfInitn>GrpHdr>MsgId"`
	Created  string      `xml:"CstmrCdtTrfInitn>GrpHdr>CreDtTm"`
	Count    int         `xml:"CstmrCdtTrfInitn>GrpHdr>NbOfTxs"`
	Sum      string      `xml:"CstmrCdtTrfInitn>GrpHdr>CtrlSum"`
	Name     string      `xml:"CstmrCdtTrfInitn>GrpHdr>InitgPty>Nm"`
	Payments paymentInfo `xml:"CstmrCdtTrfInitn>PmtInf"`
}

type paymentInfo struct {
	ID        string     `xml:"PmtInfId"`
	Method    string     `xml:"PmtMtd"`
	Batch     bool       `xml:"BtchBookg"`
	Count     int        `xml:"NbOfTxs"`
	Sum       string     `xml:"CtrlSum"`
	Service   string     `xml:"PmtTpInf>SvcLvl>Cd"`
	On        string     `xml:"ReqdExctnDt>Dt"`
	Name      string     `xml:"Dbtr>Nm"`
	IBAN      string     `xml:"DbtrAcct>Id>IBAN"`
	BIC       string     `xml:"DbtrAgt>FinInstnId>BICFI,omitempty"`
	Other     string     `xml:"DbtrAgt>FinInstnId>Othr>Id,omitempty"`
	Charges   string     `xml:"ChrgBr"`
	Transfers []transfer `xml:"CdtTrfTxInf"`
}

type transfer struct {
	EndToEnd   string      `xml:"PmtId>EndToEndId"`
	Amount     amount      `xml:"Amt>InstdAmt"`
	Name       string      `xml:"Cdtr>Nm"`
	IBAN       string      `xml:"CdtrAcct>Id>IBAN"`
	Remittance *remittance `xml:"RmtInf"`
}

type remittance struct {
	Text string `xml:"Ustrd"`
}

// money writes minor units as the schemas have amounts.
func money(amount int64, places int) string {
	text := fmt.Sprintf("%0*d", places+1, amount)
	if places == 0 {
		return text
	}
	return text[:len(text)-places] + "." + text[len(text)-places:]
}

// Plain is a text in the letters that all banks of SEPA take, of at most so many: accents go, ß and the like are spelled, and what is
// left is a full stop.
func Plain(text string, most int) string {
	spelled := strings.NewReplacer("ß", "ss", "Æ", "AE", "æ", "ae", "Ø", "O", "ø", "o", "Ł", "L", "ł", "l", "Đ", "D", "đ", "d", "œ", "oe", "Œ", "OE", "þ", "th", "Þ", "Th")
	var b strings.Builder
	for _, c := range norm.NFD.String(spelled.Replace(text)) {
		switch {
		case c < 128 && (unicode.IsLetter(c) || unicode.IsDigit(c)), strings.ContainsRune("-?:().,'+ ", c):
			b.WriteRune(c)
		case unicode.Is(unicode.Mn, c):
		case c == '/':
			b.WriteByte('-')
		default:
			b.WriteByte('.')
		}
	}
	plain := strings.Join(strings.Fields(b.String()), " ")
	if len(plain) > most {
		plain = strings.TrimSpace(plain[:most])
	}
	return plain
}
