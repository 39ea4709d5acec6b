package bank_test

import (
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/iso20022"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// house is the account to which customers transfer, ada one of a customer's.
const house, ada, bob = "DE02120300000000202051", "DE75512108001245126199", "GB82WEST12345698765432"

// files is a rig whose broker takes transfers, and gives and takes files.
type files struct {
	*rig.Rig
	gate     *bank.Gateway
	n        int
	doubtful []string // of the last file
}

func newFiles(t *testing.T) *files {
	t.Helper()
	w := &files{}
	w.Rig = rig.New(t, func(c *broker.Config) {
		w.gate = bank.NewGateway(bank.GatewayConfig{
			Till: c.Books.(bank.Till), Kind: scrip.RealBank, House: &bank.HouseAccount{Name: "Market Ltd", IBAN: house},
			TransferWay: scrip.PayWay{Way: scrip.ByTransfer, Fixed: 10}, Clock: c.Clock, Random: rand.Reader, BaseURL: "http://broker.test", Currency: c.Identity.Currency,
		})
		c.Bank = w.gate
	})
	return w
}

// booked is an entry of a file.
type booked struct {
	servicer, amount, currency, direction, details string
}

// came is money that came in with a reference.
func came(servicer, amount, reference string) booked {
	return booked{servicer, amount, "EUR", "CRDT", `<RltdPties><Dbtr><Pty><Nm>Ada Lovelace</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>` + ada + `</IBAN></Id></DbtrAcct></RltdPties>` +
		`<RmtInf><Strd><CdtrRefInf><Ref>` + reference + `</Ref></CdtrRefInf></Strd></RmtInf>`}
}

// file is a camt.053 with a message ID of its own.
func (w *files) file(entries ...booked) []byte {
	w.n++
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M%d</MsgId></GrpHdr><Stmt><Acct><Id><IBAN>%s</IBAN></Id></Acct>`, w.n, house)
	for _, e := range entries {
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>%s</AcctSvcrRef><NtryDtls><TxDtls>%s</TxDtls></NtryDtls></Ntry>`,
			e.currency, e.amount, e.direction, e.servicer, e.details)
	}
	return []byte(b.String() + `</Stmt></BkToCstmrStmt></Document>`)
}

func (w *files) take(file []byte, want bank.Imported) {
	w.T.Helper()
	got, err := w.gate.Import(w.T.Context(), file)
	w.doubtful = got.Doubtful
	got.Message, got.Foreign, got.Doubtful = "", nil, nil
	if err != nil || !reflect.DeepEqual(got, want) {
		w.T.Errorf("import: got %+v, %v, want %+v", got, err, want)
	}
}

func (w *files) holds(reference string, want scrip.Money) {
	w.T.Helper()
	if got, err := w.gate.Balance(w.T.Context(), reference); err != nil || got != want {
		w.T.Errorf("balance: got %d, %v, want %d", got, err, want)
	}
}

// asked sends a T1 that is to be paid by transfer, and returns its reference.
func (w *files) asked(c *rig.Customer, t1 rig.Sealed) string {
	w.T.Helper()
	m, err := rig.Send[scrip.Pending](c, w.Broker.Acquire, t1)
	if err != nil {
		w.T.Fatalf("T1: got %v, want PENDING", err)
	}
	asked, err := w.gate.Asked(w.T.Context(), rig.Charge(m.Body.Link))
	if err != nil || asked.House.IBAN != house || !iso20022.ValidReference(asked.Code) {
		w.T.Fatalf("asked: got %+v, %v, want where to transfer to, with a good reference", asked, err)
	}
	return asked.Code
}

// A transfer is matched by its reference, once, whichever files tell of it; what is not what was asked for is suspended, and settled.
func TestTransfersIn(t *testing.T) {
	w := newFiles(t)
	c := w.Customer(0)
	t1 := c.Acquisition(20_00)
	code := w.asked(c, t1)
	first := w.file(came("B1", "20.10", code))
	w.take(first, bank.Imported{Credited: 1})
	if _, err := w.gate.Import(t.Context(), first); err == nil || !strings.Contains(err.Error(), "taken before") {
		t.Errorf("the same file: got %v, want that it was taken", err)
	}
	w.n--
	if _, err := w.gate.Import(t.Context(), w.file(came("B9", "20.10", code))); err == nil || !strings.Contains(err.Error(), "taken before") {
		t.Errorf("another file with its message ID: got %v, want that it was taken", err)
	}
	w.take(w.file(came("B1", "20.10", code)), bank.Imported{Known: 1}) // a statement of what a notification told
	w.holds(c.Bank, 20_00)
	if _, err := rig.Send[scrip.Acquired](c, w.Broker.Acquire, t1); err != nil {
		t.Errorf("T1 that is paid: %v", err)
	}
	d := w.Customer(0)
	other := w.asked(d, d.Acquisition(30_00))
	dollars := came("B5", "5.00", other)
	dollars.currency = "USD"
	w.take(w.file(came("B2", "20.10", code), came("B3", "7.00", "RF18539007547034"), came("B4", "30.00", other), dollars), bank.Imported{Suspended: 4})
	waits, err := w.gate.Till.Suspended(t.Context(), 9)
	if err != nil || len(waits) != 4 {
		t.Fatalf("suspended: got %+v, %v, want four", waits, err)
	}
	for _, s := range waits {
		to := map[string]string{scrip.PaidTwice: c.Bank, scrip.OtherAmount: other, scrip.UnknownReference: "", scrip.OtherCurrency: ""}[s.Why]
		if _, err := w.gate.Settle(t.Context(), s.ID, "PANOBODY"); !errors.Is(err, scrip.NotFound) {
			t.Errorf("to nobody's account: got %v, want %v", err, scrip.NotFound)
		}
		settled, err := w.gate.Settle(t.Context(), s.ID, to)
		want := map[string]string{scrip.PaidTwice: bank.Credited, scrip.OtherAmount: bank.Credited, scrip.UnknownReference: bank.SentBack, scrip.OtherCurrency: bank.Noted}[s.Why]
		if err != nil || settled.Outcome != want {
			t.Errorf("%s: got %+v, %v, want it %s", s.Why, settled, err, want)
		}
		if _, err := w.gate.Settle(t.Context(), s.ID, to); !errors.Is(err, scrip.NotFound) {
			t.Errorf("%s, settled again: got %v, want %v", s.Why, err, scrip.NotFound)
		}
	}
	w.holds(c.Bank, 20_10)
	w.holds(d.Bank, 30_00)
	if _, err := w.gate.Import(t.Context(), []byte(strings.ReplaceAll(string(w.file(came("B6", "1.00", ""))), house, bob))); err == nil {
		t.Error("a file of another account: got no error")
	}
}

// exported is what a pain.001 orders: amounts by IBAN, and our names of them.
func exported(t *testing.T, file []byte) (amounts map[string]string, names []string) {
	t.Helper()
	var d struct {
		Transfers []struct {
			Name   string `xml:"PmtId>EndToEndId"`
			Amount string `xml:"Amt>InstdAmt"`
			IBAN   string `xml:"CdtrAcct>Id>IBAN"`
		} `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf"`
	}
	if err := xml.Unmarshal(file, &d); err != nil {
		t.Fatal(err)
	}
	amounts = map[string]string{}
	for _, transfer := range d.Transfers {
		amounts[transfer.IBAN] = transfer.Amount
		names = append(names, transfer.Name)
	}
	return amounts, names
}

// What leaves goes out by a file, once, to where it was paid from or where its owner says; it has left when the bank says so, and what
// comes back is in the account with why.
func TestTransfersOut(t *testing.T) {
	w := newFiles(t)
	c, d := w.Customer(0), w.Customer(0)
	for i, customer := range []*rig.Customer{c, d} {
		t1 := customer.Acquisition(20_00)
		w.take(w.file(came(fmt.Sprint("B", i), "20.10", w.asked(customer, t1))), bank.Imported{Credited: 1})
		m, err := rig.Send[scrip.Acquired](customer, w.Broker.Acquire, t1)
		if err != nil {
			t.Fatal(err)
		}
		t20 := customer.Seal(rig.Message{Body: scrip.Withdraw{Account: customer.Account, Value: 20_00}, Attach: scrip.Attachments{Scrip: m.Scrip, Secret: m.Secret}})
		if _, err := rig.Send[scrip.Withdrawn](customer, w.Broker.Withdraw, t20); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range [][2]string{{"", bob}, {"Bob", "GB82WEST12345698765433"}} {
		if err := w.gate.SetPayee(t.Context(), d.Bank, bad[0], bad[1]); err == nil {
			t.Errorf("payee %v: got no error", bad)
		}
	}
	if err := w.gate.SetPayee(t.Context(), d.Bank, "Bob", "gb82 west 1234 5698 7654 32"); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	if err := w.gate.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	message, file, err := w.gate.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	amounts, names := exported(t, file)
	if len(amounts) != 2 || amounts[ada] != "20.00" || amounts[bob] != "20.00" {
		t.Errorf("ordered: got %v, want 20.00 to each", amounts)
	}
	if _, none, err := w.gate.Export(t.Context()); none != nil || err != nil {
		t.Errorf("ordered again: got %s, %v, want nothing", none, err)
	}
	if _, again, err := w.gate.ExportAgain(t.Context(), message); err != nil || string(again) != string(file) {
		t.Errorf("the same file again: got %s, %v, want the same bytes", again, err)
	}
	fee := booked{"F1", "1.50", "EUR", "DBIT", "<RmtInf><Ustrd>account fee</Ustrd></RmtInf>"}
	whole := booked{"P1", "40.00", "EUR", "DBIT", "<Refs><PmtInfId>" + message + "</PmtInfId></Refs>"}
	w.take(w.file(fee, whole), bank.Imported{Left: 2})
	back := booked{"R1", "20.00", "EUR", "CRDT", "<Refs><EndToEndId>" + names[0] + "</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"}
	twice := back
	twice.servicer = "R2"
	w.take(w.file(back), bank.Imported{Returned: 1})
	w.take(w.file(back, twice), bank.Imported{Known: 1, Suspended: 1})
	first := c
	if list, err := w.gate.Till.Disbursements(t.Context(), c.Bank, 9); err != nil || list[0].State != scrip.OutFailed {
		first = d
	}
	list, err := w.gate.Till.Disbursements(t.Context(), first.Bank, 9)
	if err != nil || len(list) != 1 || list[0].State != scrip.OutFailed || list[0].Reason != "AC04" {
		t.Errorf("came back: got %+v, %v, want AC04", list, err)
	}
	w.holds(first.Bank, 20_00)
	first.Acquire(20_00)
}

// told is a file of a kind (camt.053, camt.054), with a message ID of its own, of entries as they stand in it.
func (w *files) told(kind string, entries ...string) []byte {
	w.n++
	message, report := "BkToCstmrStmt", "Stmt"
	if kind == "camt.054" {
		message, report = "BkToCstmrDbtCdtNtfctn", "Ntfctn"
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:%[1]s.001.08"><%[2]s><GrpHdr><MsgId>T%[3]d</MsgId></GrpHdr><%[4]s><Acct><Id><IBAN>%[5]s</IBAN></Id></Acct>%[6]s</%[4]s></%[2]s></Document>`,
		kind, message, w.n, report, house, strings.Join(entries, ""))
}

// credited is an entry of a day, with a reference of the bank's or without, and its transactions, each as details of an amount.
func credited(day, servicer, amount string, transactions ...string) string {
	e := `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>` + day + `</Dt></BookgDt><AcctSvcrRef>` + servicer + `</AcctSvcrRef>`
	if len(transactions) > 0 {
		e += `<NtryDtls><TxDtls>` + strings.Join(transactions, `</TxDtls><TxDtls>`) + `</TxDtls></NtryDtls>`
	}
	return e + `</Ntry>`
}

func transaction(amount, reference string) string {
	return `<Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + came("", "", reference).details
}

// The same entry in a notification and in a statement is booked once, be it that the bank gives it no reference, or that one of the two
// has its sum alone; two that are alike on one day are two; and what cannot be told apart is told.
func TestEntriesOfTwoFiles(t *testing.T) {
	w := newFiles(t)
	c, d := w.Customer(0), w.Customer(0)
	code, other := w.asked(c, c.Acquisition(20_00)), w.asked(d, d.Acquisition(30_00))
	paid := credited("2026-11-30", "NONREF", "20.10", transaction("20.10", code))
	w.take(w.told("camt.054", paid), bank.Imported{Credited: 1})
	w.take(w.told("camt.053", paid), bank.Imported{Known: 1})
	if len(w.doubtful) > 0 {
		t.Errorf("a statement of what a notification told: got %q in doubt, want nothing", w.doubtful)
	}
	w.take(w.told("camt.054", paid), bank.Imported{Known: 1})
	if len(w.doubtful) != 1 || !strings.Contains(w.doubtful[0], "did it come twice that day?") {
		t.Errorf("another notification of the like: got %q in doubt, want it", w.doubtful)
	}
	w.take(w.told("camt.053", paid, paid), bank.Imported{Known: 1, Suspended: 1}) // paid twice
	w.take(w.told("camt.053", strings.ReplaceAll(paid, "11-30", "11-29")), bank.Imported{Suspended: 1})
	w.holds(c.Bank, 20_00)

	sum := credited("2026-12-01", "G1", "31.10")
	each := credited("2026-12-01", "G1", "31.10", transaction("30.10", other), transaction("1.00", ""))
	first := w.told("camt.054", each)
	w.take(first, bank.Imported{Credited: 1, Suspended: 1})
	w.take(w.told("camt.053", sum), bank.Imported{Known: 1})
	w.take(w.told("camt.053", each), bank.Imported{Known: 2})
	w.holds(d.Bank, 30_00)
	w.take(w.told("camt.053", strings.ReplaceAll(sum, "G1", "G2")), bank.Imported{Suspended: 1})
	w.take(w.told("camt.054", strings.ReplaceAll(each, "G1", "G2")), bank.Imported{Known: 2})

	w.take(w.told("camt.053", credited("2026-12-01", "G3", "5.00", transaction("2.00", code), transaction("2.00", other))), bank.Imported{Suspended: 1})
	waits, err := w.gate.Suspended(t.Context(), 9)
	if err != nil || len(waits) != 5 {
		t.Fatalf("suspended: got %+v, %v, want five", waits, err)
	}
	found := false
	for _, s := range waits {
		if s.Why == scrip.ItemsDiffer {
			found = s.Amount == 5_00 && s.Named == "its 2 transactions come to 4.00 EUR"
		}
	}
	if !found {
		t.Errorf("suspended: got %+v, want 5.00 whose transactions differ, with what they come to", waits)
	}
}

// paidOut is customers whose money is in an exported file, and the file.
func (w *files) paidOut(customers ...*rig.Customer) (message string, names map[string]string) {
	w.T.Helper()
	for i, c := range customers {
		t1 := c.Acquisition(20_00)
		w.take(w.file(came(fmt.Sprint("P", w.n, i), "20.10", w.asked(c, t1))), bank.Imported{Credited: 1})
		if err := w.gate.SetPayee(w.T.Context(), c.Bank, "Customer", []string{ada, bob}[i]); err != nil {
			w.T.Fatal(err)
		}
		if err := w.gate.PayOut(w.T.Context(), c.Bank, w.ID()); err != nil {
			w.T.Fatal(err)
		}
	}
	return w.export()
}

// export has what waits exported, and returns our names of it by IBAN.
func (w *files) export() (message string, names map[string]string) {
	w.T.Helper()
	w.Clock.Advance(time.Minute)
	if err := w.gate.Deliver(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	message, file, err := w.gate.Export(w.T.Context())
	if err != nil || file == nil {
		w.T.Fatalf("export: got %q, %v, want a file", message, err)
	}
	var d struct {
		Transfers []struct {
			Name string `xml:"PmtId>EndToEndId"`
			IBAN string `xml:"CdtrAcct>Id>IBAN"`
		} `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf"`
	}
	if err := xml.Unmarshal(file, &d); err != nil {
		w.T.Fatal(err)
	}
	names = map[string]string{}
	for _, transfer := range d.Transfers {
		names[transfer.IBAN] = transfer.Name
	}
	return message, names
}

// status is a status report of a file: of all of it, or of single payments.
func status(id, of, group string, refused ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>%s</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>%s</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>%s</OrgnlPmtInfId>`, id, of, group, of)
	for _, name := range refused {
		fmt.Fprintf(&b, `<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>`, name)
	}
	return []byte(b.String() + `</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`)
}

// What a bank refuses of a file, or all of it, is back in the accounts once, with why, and can be ordered anew; a file of which nothing
// was heard can be had again, the same, and no other.
func TestRefusedByBank(t *testing.T) {
	w := newFiles(t)
	c, d := w.Customer(0), w.Customer(0)
	message, names := w.paidOut(c, d)
	w.Clock.Advance(48 * time.Hour)
	_, again, err := w.gate.ExportAgain(t.Context(), message)
	if _, twice, failed := w.gate.ExportAgain(t.Context(), message); err != nil || failed != nil || string(again) != string(twice) {
		t.Errorf("the same file again: got %v, %v, want the same bytes", err, failed)
	}
	w.take(status("S0", message, "ACCP"), bank.Imported{})
	w.take(status("S1", message, "PART", names[ada], "nobody"), bank.Imported{Refused: 1})
	if len(w.doubtful) != 1 || !strings.Contains(w.doubtful[0], "nobody") {
		t.Errorf("a payment of no file: got %q in doubt, want it", w.doubtful)
	}
	w.holds(c.Bank, 20_00)
	w.holds(d.Bank, 0)
	if _, _, err := w.gate.ExportAgain(t.Context(), message); !errors.Is(err, bank.ErrHad) {
		t.Errorf("a file that the bank had, again: got %v, want %v", err, bank.ErrHad)
	}
	if _, err := w.gate.Import(t.Context(), status("S1", message, "PART", names[ada])); err == nil || !strings.Contains(err.Error(), "taken before") {
		t.Errorf("a status report twice: got %v, want that it was taken", err)
	}
	w.take(status("S2", message, "RJCT", names[ada]), bank.Imported{Refused: 1})
	w.holds(d.Bank, 20_00)
	for customer, want := range map[*rig.Customer]string{c: "AC01", d: scrip.RefusedByBank} {
		if out, err := w.gate.Till.Disbursements(t.Context(), customer.Bank, 9); err != nil || len(out) != 1 || out[0].State != scrip.OutFailed || out[0].Reason != want {
			t.Errorf("refused: got %+v, %v, want it back for %s", out, err, want)
		}
	}
	if err := w.gate.PayOut(t.Context(), c.Bank, w.ID()); err != nil {
		t.Fatal(err)
	}
	second, fresh := w.export()
	if len(fresh) != 1 || fresh[ada] == "" || second == message {
		t.Errorf("ordered anew: got %v in %s, want one payment in another file", fresh, second)
	}
	for n, want := range []int{1, 0} {
		if i, err := w.gate.Refuse(t.Context(), second, "The account is in another name."); err != nil || i.Refused != want {
			t.Errorf("refused by hand, time %d: got %+v, %v, want %d taken back", n+1, i, err, want)
		}
	}
	w.holds(c.Bank, 20_00)
	if _, err := w.gate.Refuse(t.Context(), "PSNOTHING", ""); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a file that there is not: got %v, want %v", err, scrip.NotFound)
	}
	c.Acquire(20_00)
}

// A batch that the bank books without what it refused of the file has left; one that comes to something else is told, and books nothing.
func TestPartOfAFileLeaves(t *testing.T) {
	w := newFiles(t)
	c, d := w.Customer(0), w.Customer(0)
	message, names := w.paidOut(c, d)
	batch := func(servicer, amount string) booked {
		return booked{servicer, amount, "EUR", "DBIT", "<Refs><PmtInfId>" + message + "</PmtInfId></Refs>"}
	}
	w.take(w.file(batch("B1", "20.00")), bank.Imported{})
	if len(w.doubtful) != 1 || !strings.Contains(w.doubtful[0], "20.00 EUR left for "+message+", of which 40.00 EUR") {
		t.Errorf("a batch of another sum: got %q in doubt, want it", w.doubtful)
	}
	w.take(status("S1", message, "PART", names[ada]), bank.Imported{Refused: 1})
	w.take(w.file(batch("B1", "20.00")), bank.Imported{Left: 1}) // the same, now that it is known what was refused
	if len(w.doubtful) > 0 {
		t.Errorf("what was not refused: got %q in doubt, want nothing", w.doubtful)
	}
	for customer, want := range map[*rig.Customer]scrip.DisbursementState{c: scrip.OutFailed, d: scrip.OutDone} {
		if out, err := w.gate.Till.Disbursements(t.Context(), customer.Bank, 9); err != nil || len(out) != 1 || out[0].State != want {
			t.Errorf("got %+v, %v, want %s", out, err, want)
		}
	}
	w.holds(c.Bank, 20_00)
	w.holds(d.Bank, 0)
}

// What comes with a name of ours that no file had, as a payer may give it, is no payment of a file that came back.
func TestNamedAsOthers(t *testing.T) {
	w := newFiles(t)
	c := w.Customer(0)
	_, names := w.paidOut(c)
	list, err := w.gate.Till.Disbursements(t.Context(), c.Bank, 9)
	if err != nil || len(list) != 1 {
		t.Fatalf("disbursements: got %+v, %v, want one", list, err)
	}
	byCard := list[0]
	byCard.Means, byCard.Version = scrip.ByRefund, byCard.Version+1
	if err := w.gate.Till.Apply(t.Context(), scrip.Change{At: byCard.Changed, Broker: &scrip.BrokerChange{Banking: &scrip.Banking{Disburse: []scrip.Disbursement{byCard}}}}); err != nil {
		t.Fatal(err)
	}
	w.take(w.file(booked{"R1", "20.00", "EUR", "CRDT", "<Refs><EndToEndId>" + names[ada] + "</EndToEndId></Refs>"}), bank.Imported{Suspended: 1})
	w.holds(c.Bank, 0)
}

// What left by a statement is not taken back for a late refusal, and what was taken back and left all the same is told.
func TestRefusedAndLeft(t *testing.T) {
	w := newFiles(t)
	c, d := w.Customer(0), w.Customer(0)
	message, names := w.paidOut(c, d)
	leaves := func(servicer, name string) booked {
		return booked{servicer, "20.00", "EUR", "DBIT", "<Refs><EndToEndId>" + name + "</EndToEndId></Refs>"}
	}
	w.take(w.file(leaves("L1", names[ada])), bank.Imported{Left: 1})
	w.take(status("S1", message, "RJCT"), bank.Imported{Refused: 1})
	if len(w.doubtful) != 1 || !strings.Contains(w.doubtful[0], "said that it left") {
		t.Errorf("refused after it left: got %q in doubt, want it", w.doubtful)
	}
	w.holds(c.Bank, 0)
	w.holds(d.Bank, 20_00)
	w.take(w.file(leaves("L2", names[bob])), bank.Imported{})
	if len(w.doubtful) != 1 || !strings.Contains(w.doubtful[0], "is back in its account") {
		t.Errorf("left after it was refused: got %q in doubt, want it", w.doubtful)
	}
	w.holds(d.Bank, 20_00)
}

// Money of the operator's own is booked once under its name, also by those who ask at one instant; another amount under it, or the
// other way, is refused.
func TestHouseOnce(t *testing.T) {
	w := newFiles(t)
	var before atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			known, err := w.gate.MoveHouse(t.Context(), "TRANSFER-17", 500_00, true)
			if err != nil {
				t.Errorf("put in: %v", err)
			}
			if known {
				before.Add(1)
			}
		})
	}
	all.Wait()
	if got := before.Load(); got != 3 {
		t.Errorf("told that it was booked before: got %d, want 3 of 4", got)
	}
	for _, other := range []struct {
		amount scrip.Money
		in     bool
	}{{400_00, true}, {500_00, false}} {
		if _, err := w.gate.MoveHouse(t.Context(), "TRANSFER-17", other.amount, other.in); !errors.Is(err, scrip.TxConflict) || !errors.Is(err, bank.OtherMove{In: true, Amount: 500_00}) {
			t.Errorf("%+v under the same name: got %v, want %v, with the 50000 that were put in", other, err, scrip.TxConflict)
		}
	}
	if known, err := w.gate.MoveHouse(t.Context(), "TRANSFER-18", 100_00, false); err != nil || known {
		t.Errorf("taken out: got %v, %v, want false, nil", known, err)
	}
	if got, err := w.gate.HouseHolds(t.Context()); err != nil || got != 400_00 {
		t.Errorf("the house: got %d, %v, want 40000", got, err)
	}
}
