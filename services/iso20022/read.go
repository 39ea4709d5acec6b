package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// MaxFile bounds a file, in bytes.
const MaxFile = 32 << 20

// Statement is what a camt.053 or a camt.054 says.
type Statement struct {
	Message string // its ID
	Entries []Entry
}

// Entry is one booked transaction: of an entry with several, each.
type Entry struct {
	Account   string // the IBAN of the account it is on
	Servicer  string // the bank's name of it; empty where it gives none
	N         int    // which of those of the same name
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

// The names of messages that are read, in whichever version.
var spaces = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:camt\.(053|054)\.001\.(\d\d)$`)

// ErrFile is what is no statement.
var ErrFile = errors.New("this is no statement (camt.053) or notification (camt.054) of a bank's")

// Read reads a statement or a notification: ErrFile where it is neither, or not of the form of its schema.
func Read(file []byte) (Statement, error) {
	if len(file) > MaxFile {
		return Statement{}, fmt.Errorf("%w: it has more than %d bytes", ErrFile, MaxFile)
	}
	var d document
	decoder := xml.NewDecoder(bytes.NewReader(file))
	decoder.Strict = true
	decoder.CharsetReader = charset
	if err := decoder.Decode(&d); err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if rest := bytes.TrimSpace(file[decoder.InputOffset():]); len(rest) > 0 {
		return Statement{}, fmt.Errorf("%w: something follows its end", ErrFile)
	}
	if d.XMLName.Local != "Document" || !spaces.MatchString(d.XMLName.Space) {
		return Statement{}, ErrFile
	}
	m := d.Statement
	if m == nil {
		m = d.Notification
	}
	if m == nil || d.Statement != nil && d.Notification != nil {
		return Statement{}, ErrFile
	}
	s, err := m.read()
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrFile, err)
	}
	return s, err
}

// charset takes UTF-8 alone, whatever it is called.
func charset(label string, input io.Reader) (io.Reader, error) {
	if strings.EqualFold(label, "utf-8") || strings.EqualFold(label, "us-ascii") {
		return input, nil
	}
	return nil, fmt.Errorf("it is in %s, and not in UTF-8", label)
}

type document struct {
	XMLName      xml.Name
	Statement    *message `xml:"BkToCstmrStmt"`
	Notification *message `xml:"BkToCstmrDbtCdtNtfctn"`
}

type message struct {
	ID            string   `xml:"GrpHdr>MsgId"`
	Statements    []report `xml:"Stmt"`
	Notifications []report `xml:"Ntfctn"`
}

type report struct {
	IBAN    string  `xml:"Acct>Id>IBAN"`
	Entries []entry `xml:"Ntry"`
}

type amount struct {
	Text     string `xml:",chardata"`
	Currency string `xml:"Ccy,attr"`
}

type entry struct {
	Amount    amount    `xml:"Amt"`
	Direction string    `xml:"CdtDbtInd"`
	Reversal  string    `xml:"RvslInd"`
	Status    status    `xml:"Sts"`
	Servicer  string    `xml:"AcctSvcrRef"`
	Code      code      `xml:"BkTxCd"`
	Details   []details `xml:"NtryDtls"`
}

// status is a code of its own in versions until 06, and within Cd since.
type status struct {
	Text string `xml:",chardata"`
	Code string `xml:"Cd"`
}

func (s status) booked() bool {
	return strings.TrimSpace(s.Text) == "BOOK" || s.Code == "BOOK"
}

type code struct {
	Family string `xml:"Domn>Fmly>SubFmlyCd"`
}

type details struct {
	Batch *struct {
		ID    string `xml:"PmtInfId"`
		Count string `xml:"NbOfTxs"`
	} `xml:"Btch"`
	Transactions []transaction `xml:"TxDtls"`
}

type transaction struct {
	EndToEnd  string   `xml:"Refs>EndToEndId"`
	Servicer  string   `xml:"Refs>AcctSvcrRef"`
	Batch     string   `xml:"Refs>PmtInfId"`
	Amount    *amount  `xml:"Amt"`               // since version 03
	Before    *amount  `xml:"AmtDtls>TxAmt>Amt"` // before
	Direction string   `xml:"CdtDbtInd"`
	Code      code     `xml:"BkTxCd"`
	Debtor    party    `xml:"RltdPties>Dbtr"`
	Payer     string   `xml:"RltdPties>DbtrAcct>Id>IBAN"`
	Creditor  party    `xml:"RltdPties>Cdtr"`
	Payee     string   `xml:"RltdPties>CdtrAcct>Id>IBAN"`
	Reference string   `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
	Text      []string `xml:"RmtInf>Ustrd"`
	Return    *struct {
		Code string `xml:"Rsn>Cd"`
	} `xml:"RtrInf"`
}

// party is a name of its own until version 04, and within Pty since.
type party struct {
	Name   string `xml:"Nm"`
	Within string `xml:"Pty>Nm"`
}

func (p party) name() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Within
}

// maxID bounds an ID of the schemas (Max35Text).
const maxID = 35

func (m message) read() (Statement, error) {
	s := Statement{Message: m.ID}
	if m.ID == "" || len(m.ID) > maxID {
		return s, errors.New("its message ID is missing, or too long")
	}
	reports := append(m.Statements, m.Notifications...)
	if len(reports) == 0 {
		return s, errors.New("it has neither a statement nor a notification")
	}
	seen := map[string]int{}
	for _, r := range reports {
		iban, err := ParseIBAN(r.IBAN)
		if err != nil {
			return s, fmt.Errorf("its account: %w", err)
		}
		for i, e := range r.Entries {
			if !e.Status.booked() {
				continue
			}
			entries, err := e.read(iban)
			if err != nil {
				return s, fmt.Errorf("entry %d: %w", i+1, err)
			}
			for _, one := range entries {
				name := iban + " " + one.Servicer
				one.N = seen[name]
				seen[name]++
				s.Entries = append(s.Entries, one)
			}
		}
	}
	return s, nil
}

// read is an entry's transactions. What it says of itself goes for each of them that does not say otherwise.
func (e entry) read(iban string) ([]Entry, error) {
	servicer := e.Servicer
	if servicer == "NONREF" || servicer == "NOTPROVIDED" { // what banks write that have none
		servicer = ""
	}
	whole, err := e.Amount.of(Entry{Account: iban, Servicer: servicer}, e.Direction, "")
	if err != nil {
		return nil, err
	}
	if e.Code.Family == "RRTN" || e.Reversal == "true" || e.Reversal == "1" {
		whole.Returned = "returned"
	}
	var all []Entry
	for _, d := range e.Details {
		if d.Batch != nil {
			whole.Batch = d.Batch.ID
			whole.Whole, _ = strconv.Atoi(d.Batch.Count) // how many: told, and not trusted
		}
		for _, t := range d.Transactions {
			one, err := t.read(whole, len(e.Details) == 1 && len(d.Transactions) == 1)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return []Entry{whole}, nil
	}
	return all, nil
}

// of is an entry with an amount and a direction.
func (a amount) of(e Entry, direction, before string) (Entry, error) {
	if direction == "" {
		direction = before
	}
	if direction != "CRDT" && direction != "DBIT" {
		return e, fmt.Errorf("a direction that is neither CRDT nor DBIT: %q", direction)
	}
	if len(a.Currency) != 3 || strings.ToUpper(a.Currency) != a.Currency {
		return e, fmt.Errorf("a currency that is none: %q", a.Currency)
	}
	var err error
	e.Amount, err = parseDecimal(a.Text)
	e.Credit, e.Currency = direction == "CRDT", a.Currency
	return e, err
}

// read is one transaction of an entry. Where it is the only one its amount may be told by the entry alone.
func (t transaction) read(of Entry, only bool) (Entry, error) {
	e, direction := of, map[bool]string{true: "CRDT", false: "DBIT"}[of.Credit]
	e.Whole = 0
	sum := t.Amount
	if sum == nil {
		sum = t.Before
	}
	switch {
	case sum != nil && !only:
		var err error
		if e, err = sum.of(e, t.Direction, direction); err != nil {
			return e, err
		}
	case sum == nil && !only:
		return e, errors.New("one of several transactions has no amount")
	}
	if t.Servicer != "" {
		e.Servicer = t.Servicer
	}
	if t.Batch != "" {
		e.Batch = t.Batch
	}
	if e.EndToEnd = t.EndToEnd; e.EndToEnd == "NOTPROVIDED" {
		e.EndToEnd = ""
	}
	e.Text = strings.Join(t.Text, " ")
	e.Reference = findReference(t.Reference, e.Text)
	if e.Party, e.IBAN = t.Debtor.name(), t.Payer; !e.Credit {
		e.Party, e.IBAN = t.Creditor.name(), t.Payee
	}
	if iban, err := ParseIBAN(e.IBAN); err != nil {
		e.IBAN = ""
	} else {
		e.IBAN = iban
	}
	if t.Return != nil {
		if e.Returned = t.Return.Code; e.Returned == "" {
			e.Returned = "returned"
		}
	} else if t.Code.Family == "RRTN" {
		e.Returned = "returned"
	}
	return e, nil
}

// reference is a creditor reference (ISO 11649) in a text, spaces within it.
var reference = regexp.MustCompile(`(?i)\bRF\s*\d\s*\d(?:\s*[0-9A-Z]){1,21}`)

// findReference is the creditor reference of structured remittance, or one within what is not structured, whose check digits agree.
func findReference(structured, text string) string {
	for _, candidate := range append([]string{structured}, reference.FindAllString(text, -1)...) {
		candidate = strings.ToUpper(strings.Join(strings.Fields(candidate), ""))
		for n := min(len(candidate), 25); n > 4; n-- { // a word may follow it
			if ValidReference(candidate[:n]) {
				return candidate[:n]
			}
		}
	}
	return strings.ToUpper(strings.Join(strings.Fields(structured), ""))
}

// ValidReference reports whether a text is a creditor reference whose check digits agree.
func ValidReference(text string) bool {
	if len(text) < 5 || len(text) > 25 || text[:2] != "RF" {
		return false
	}
	remainder := 0
	for _, c := range []byte(text[4:] + text[:4]) {
		switch {
		case digit(c):
			remainder = (remainder*10 + int(c-'0')) % 97
		case letter(c):
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return remainder == 1
}
