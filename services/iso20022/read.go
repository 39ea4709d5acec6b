package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// MaxFile bounds a file, in bytes.
const MaxFile = 32 << 20

// Statement is what a camt.053 or a camt.054 says.
type Statement struct {
	Kind    string // "camt.053" or "camt.054"
	Message string // its ID
	Entries []Entry
}

// The names of messages that are read, in whichever version.
var spaces = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:camt\.(053|054)\.001\.(\d\d)$`)

// ErrFile is what is no file of a bank's that is read here, or is not of its form.
var ErrFile = errors.New("this is no statement (camt.053), notification (camt.054) or status report (pain.002) of a bank's")

// Read reads a statement or a notification: ErrFile where it is neither, or not of the form of its schema.
func Read(file []byte) (Statement, error) {
	var d document
	if err := decode(file, &d); err != nil {
		return Statement{}, err
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
	s.Kind = "camt." + spaces.FindStringSubmatch(d.XMLName.Space)[1]
	return s, err
}

// decode reads a file that is XML in UTF-8, and nothing behind it.
func decode(file []byte, into any) error {
	if len(file) > MaxFile {
		return fmt.Errorf("%w: it has more than %d bytes", ErrFile, MaxFile)
	}
	decoder := xml.NewDecoder(bytes.NewReader(file))
	decoder.Strict = true
	decoder.CharsetReader = charset
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if rest := bytes.TrimSpace(file[decoder.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("%w: something follows its end", ErrFile)
	}
	return nil
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
	Booked    dated     `xml:"BookgDt"`
	Valued    dated     `xml:"ValDt"`
	Code      code      `xml:"BkTxCd"`
	Details   []details `xml:"NtryDtls"`
}

// dated is a day, or a time on it.
type dated struct {
	Day  string `xml:"Dt"`
	Time string `xml:"DtTm"`
}

// day is the day alone, by the bank's clock: empty where it is not told in the form of the schemas.
func (d dated) day() string {
	text := strings.TrimSpace(d.Day + d.Time)
	if len(text) < len(time.DateOnly) {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err != nil {
		return ""
	}
	return text[:len(time.DateOnly)]
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
	alike := map[string]int{}
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
			s.Entries = append(s.Entries, numbered(entries, alike)...)
		}
	}
	return s, nil
}

// numbered are the transactions of an entry, each with which of those it is that are named alike, of which so many came before.
func numbered(entries []Entry, before map[string]int) []Entry {
	nth := func(name string) int {
		n := before[name]
		before[name]++
		return n
	}
	of := entries[0].Of
	if of != "" {
		of = fmt.Sprintf("%s %d", of, nth(of))
	}
	for i := range entries {
		e := &entries[i]
		switch e.Of = of; {
		case of != "":
			e.N = i
		case e.Servicer != "":
			e.N = nth(e.Account + " " + e.Servicer)
		default:
			e.N = nth(e.alike())
		}
	}
	return entries
}

// read is an entry's transactions. What it says of itself goes for each of them that does not say otherwise.
func (e entry) read(iban string) ([]Entry, error) {
	servicer := e.Servicer
	if servicer == "NONREF" || servicer == "NOTPROVIDED" { // what banks write that have none
		servicer = ""
	}
	whole, err := e.Amount.of(Entry{Account: iban, Servicer: servicer, Booked: e.Booked.day(), Valued: e.Valued.day(), Items: 1}, e.Direction, "")
	if err != nil {
		return nil, err
	}
	if servicer != "" {
		whole.Of = fmt.Sprintf("%s %s %t %d.%d %s", iban, servicer, whole.Credit, whole.Amount.Digits, whole.Amount.Places, whole.Currency)
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
	if words := differs(whole, all); words != "" {
		whole.Differs, whole.Text, whole.Whole = true, words, len(all)
		return []Entry{whole}, nil
	}
	for i := range all {
		all[i].Items = len(all)
	}
	return all, nil
}

// differs says in words what the transactions of an entry come to, where that is not what was booked.
func differs(whole Entry, all []Entry) string {
	sum := new(big.Rat)
	for _, one := range all {
		if one.Currency != whole.Currency {
			return fmt.Sprintf("of its %d transactions one is in %s", len(all), one.Currency)
		}
		if amount := one.Amount.rat(); one.Credit == whole.Credit {
			sum.Add(sum, amount)
		} else {
			sum.Sub(sum, amount)
		}
	}
	if sum.Cmp(whole.Amount.rat()) == 0 {
		return ""
	}
	text := sum.FloatString(5)
	for strings.HasSuffix(text, "0") && len(text)-strings.Index(text, ".") > len(".00") {
		text = text[:len(text)-1]
	}
	return fmt.Sprintf("its %d transactions come to %s %s", len(all), text, whole.Currency)
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
