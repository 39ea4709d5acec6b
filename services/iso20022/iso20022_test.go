package iso20022_test

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/iso20022"
)

const house = "DE02120300000000202051"

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func euros(digits int64, places int) iso20022.Decimal {
	return iso20022.Decimal{Digits: digits, Places: places}
}

// TestRead: an old version and a newer one say the same in the same words, and what is not booked does not count.
func TestRead(t *testing.T) {
	of := func(servicer, amount string) string { return house + " " + servicer + " " + amount + " EUR 0" }
	paid := iso20022.Entry{
		Account: house, Of: of("B1", "true 20.0"), Items: 1, Servicer: "B1", Booked: "2026-11-30", Valued: "2026-12-01", Credit: true, Amount: euros(20, 0), Currency: "EUR",
		Reference: "RF18539007547034", Party: "Ada Lovelace", IBAN: "DE75512108001245126199",
	}
	got, err := iso20022.Read([]byte(file(t, "camt.054.001.02.xml")))
	if want := (iso20022.Statement{Kind: "camt.054", Message: "NTF-1", Entries: []iso20022.Entry{paid}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("camt.054: got %+v, %v, want %+v", got, err, want)
	}
	got, err = iso20022.Read([]byte(file(t, "camt.053.001.08.xml")))
	want := iso20022.Statement{Kind: "camt.053", Message: "STMT-2026-11-30", Entries: []iso20022.Entry{
		paid,
		{Account: house, Of: of("B2", "false 75.1"), Items: 1, Servicer: "B2", Amount: euros(75, 1), Currency: "EUR", Batch: "PSFILE", Whole: 3},
		{Account: house, Of: of("B3", "true 5.0"), Items: 1, Servicer: "B3", Credit: true, Amount: euros(5, 0), Currency: "EUR", EndToEnd: "+ours", Returned: "AC04"},
		{Account: house, Of: of("B4", "true 3.0"), Items: 2, Servicer: "B4", Credit: true, Amount: euros(1, 0), Currency: "EUR", Reference: "RF18539007547034", Text: "thanks rf18539007547034 for all"},
		{Account: house, Of: of("B4", "true 3.0"), Items: 2, Servicer: "B4", N: 1, Credit: true, Amount: euros(2, 0), Currency: "EUR"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("camt.053: got %+v, %v, want %+v", got, err, want)
	}
}

// TestNames: a transaction has one name in every file that tells of it, and no other transaction has it: by the bank's references, or,
// where the bank gives none, by all that it says of it and how often that was said of the day before.
func TestNames(t *testing.T) {
	statement, notice := file(t, "camt.053.001.08.xml"), file(t, "camt.054.001.02.xml")
	names := func(text string, edits ...string) (all []string) {
		t.Helper()
		s, err := iso20022.Read([]byte(strings.NewReplacer(edits...).Replace(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Entries {
			all = append(all, e.Name())
		}
		return all
	}
	none := []string{"<AcctSvcrRef>B1</AcctSvcrRef>", ""}
	with, without := names(notice), names(notice, none...)
	if got := names(statement)[0]; got != with[0] {
		t.Errorf("with a reference: got %q and %q, want one name", got, with[0])
	}
	if got := names(statement, none...)[0]; got != without[0] || got == with[0] {
		t.Errorf("without a reference: got %q and %q, want one name", got, without[0])
	}
	entry := regexp.MustCompile(`(?s)<Ntry>.*?</Ntry>`).FindString(notice)
	twice := names(notice, append(none, entry, strings.Repeat(strings.Replace(entry, none[0], "", 1), 2))...)
	if len(twice) != 2 || twice[0] != without[0] || twice[1] == twice[0] {
		t.Errorf("the same twice in a day: got %q, want the name of the first, and another", twice)
	}
	for what, edit := range map[string][2]string{
		"another day": {"<BookgDt><Dt>2026-11-30", "<BookgDt><Dt>2026-11-29"}, "another value date": {"2026-12-01", "2026-12-02"}, "another amount": {">20<", ">21<"},
		"another payer": {"Ada Lovelace", "Ada"}, "another account": {"DE75512108001245126199", "GB82WEST12345698765432"}, "another reference": {"RF18539007547034", "RF99"},
	} {
		if !strings.Contains(notice, edit[0]) {
			t.Fatalf("%s: nothing is changed", what)
		}
		if got := names(notice, append(none, edit[0], edit[1])...); got[0] == without[0] {
			t.Errorf("%s: got the same name %q", what, got[0])
		}
	}
}

// TestItemsThatDiffer: where the transactions of an entry do not come to what was booked, it is told whole, and so.
func TestItemsThatDiffer(t *testing.T) {
	good := file(t, "camt.053.001.08.xml")
	for name, of := range map[string]struct{ old, new, words string }{
		"less than booked":     {`<Amt Ccy="EUR">2.00</Amt>`, `<Amt Ccy="EUR">1.99</Amt>`, "its 2 transactions come to 2.99 EUR"},
		"more than booked":     {`<Amt Ccy="EUR">2.00</Amt>`, `<Amt Ccy="EUR">2.001</Amt>`, "its 2 transactions come to 3.001 EUR"},
		"one the other way":    {`>2.00</Amt><CdtDbtInd>CRDT`, `>2.00</Amt><CdtDbtInd>DBIT`, "its 2 transactions come to -1.00 EUR"},
		"one of another money": {`<Amt Ccy="EUR">2.00</Amt>`, `<Amt Ccy="USD">2.00</Amt>`, "of its 2 transactions one is in USD"},
	} {
		bad := strings.Replace(good, of.old, of.new, 1)
		if bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		s, err := iso20022.Read([]byte(bad))
		last := s.Entries[len(s.Entries)-1]
		if err != nil || len(s.Entries) != 4 || !last.Differs || last.Text != of.words || last.Amount != euros(3, 0) || !last.Credit {
			t.Errorf("%s: got %+v, %v, want the whole entry of 3.00: %q", name, last, err, of.words)
		}
	}
}

// TestReadStatus: what a bank refuses of a file, all of it or single payments, by code or in words.
func TestReadStatus(t *testing.T) {
	part := file(t, "pain.002.001.10.xml")
	got, err := iso20022.ReadStatus([]byte(part))
	want := iso20022.Status{Message: "STATUS-1", Of: "PSFILE", Refusals: []iso20022.Refusal{{"a+1", "AC01"}, {"b", "no such thing"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a part: got %+v, %v, want %+v", got, err, want)
	}
	whole := iso20022.Status{Message: "STATUS-1", Of: "PSFILE", Refused: true, Reason: "DU01", Refusals: want.Refusals}
	for name, edit := range map[string]string{"<GrpSts>PART</GrpSts>": "<GrpSts>RJCT</GrpSts>", "<PmtInfSts>PART</PmtInfSts>": "<PmtInfSts>RJCT</PmtInfSts>"} {
		why := edit + "<StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>"
		if got, err := iso20022.ReadStatus([]byte(strings.Replace(part, name, why, 1))); err != nil || !reflect.DeepEqual(got, whole) {
			t.Errorf("%s: got %+v, %v, want %+v", edit, got, err, whole)
		}
	}
	for name, edit := range map[string][2]string{
		"a statement": {"pain.002.001.10", "camt.053.001.08"}, "of nothing": {"<OrgnlMsgId>PSFILE</OrgnlMsgId>", ""}, "of a debit": {"pain.001.001.09", "pain.008.001.08"},
		"no message ID": {"<MsgId>STATUS-1</MsgId>", ""}, "cut off": {"</Document>", ""}, "an entity": {"STATUS-1", "&xxe;"},
	} {
		bad := strings.ReplaceAll(part, edit[0], edit[1])
		if bad == part {
			t.Fatalf("%s: nothing was changed", name)
		}
		if got, err := iso20022.ReadStatus([]byte(bad)); !errors.Is(err, iso20022.ErrFile) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, iso20022.ErrFile)
		}
	}
}

// TestReadRefuses: what is not of the form of its schema is no statement.
func TestReadRefuses(t *testing.T) {
	good := file(t, "camt.053.001.08.xml")
	for name, edit := range map[string][2]string{
		"another message":              {"camt.053.001.08", "camt.052.001.08"},
		"no message ID":                {"<MsgId>STMT-2026-11-30</MsgId>", ""},
		"a long message ID":            {"STMT-2026-11-30", strings.Repeat("x", 36)},
		"another account's form":       {"<IBAN>DE02120300000000202051</IBAN>", "<IBAN>DE02120300000000202052</IBAN>"},
		"no amount":                    {`<Amt Ccy="EUR">7.50</Amt>`, `<Amt Ccy="EUR"></Amt>`},
		"a negative amount":            {">7.50<", ">-7.50<"},
		"six places":                   {">7.50<", ">7.500001<"},
		"a long amount":                {">7.50<", ">12345678901234.00<"},
		"an exponent":                  {">7.50<", ">7e3<"},
		"no currency":                  {`<Amt Ccy="EUR">7.50`, `<Amt>7.50`},
		"no direction":                 {"<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>BOTH</CdtDbtInd>"},
		"one of several has no amount": {`<TxDtls><Amt Ccy="EUR">2.00</Amt>`, "<TxDtls>"},
		"cut off":                      {"</Document>", ""},
		"two documents":                {"</Document>", "</Document><Document/>"},
		"another encoding":             {`encoding="UTF-8"`, `encoding="ISO-8859-1"`},
		"no statement":                 {"BkToCstmrStmt>", "Other>"},
		"an entity":                    {"STMT-2026-11-30", "&xxe;"},
	} {
		bad := strings.ReplaceAll(good, edit[0], edit[1])
		if bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if got, err := iso20022.Read([]byte(bad)); !errors.Is(err, iso20022.ErrFile) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, iso20022.ErrFile)
		}
	}
}

func TestMinor(t *testing.T) {
	for _, of := range []struct {
		d      iso20022.Decimal
		places int
		want   int64
		ok     bool
	}{{euros(75, 1), 2, 750, true}, {euros(20, 0), 2, 2000, true}, {euros(1999, 2), 2, 1999, true}, {euros(19995, 3), 2, 0, false}, {euros(20, 0), 0, 20, true}, {euros(5, 1), 0, 0, false}} {
		if got, ok := of.d.Minor(of.places); got != of.want || ok != of.ok {
			t.Errorf("%+v with %d places: got %d, %v, want %d, %v", of.d, of.places, got, ok, of.want, of.ok)
		}
	}
}

func TestIBAN(t *testing.T) {
	for text, want := range map[string]string{
		"de75 5121 0800 1245 1261 99": "DE75512108001245126199", "GB82 WEST 1234 5698 7654 32": "GB82WEST12345698765432",
		"DE75512108001245126198": "", "DE75": "", "": "", "DE7551210800124512619Ä": "", "75DE512108001245126199": "",
	} {
		if got, err := iso20022.ParseIBAN(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	if got := iso20022.GroupIBAN("DE75512108001245126199"); got != "DE75 5121 0800 1245 1261 99" {
		t.Errorf("in groups: got %q", got)
	}
}

// TestWrite: a pain.001 is what stands in the file, letter by letter, and the same each time.
func TestWrite(t *testing.T) {
	order := iso20022.Order{
		Message: "PSFILE", At: time.Unix(1_800_000_000, 0), Name: "Café Größe & Co", IBAN: house, Currency: "EUR", Places: 2,
		Pays: []iso20022.Pay{
			{EndToEnd: "a+1", Amount: 7_05, Name: "Łukasz O’Neil/Šimek", IBAN: "DE75512108001245126199", Text: "Payout ABC"},
			{EndToEnd: "b", Amount: 5, Name: strings.Repeat("n", 99), IBAN: "GB82WEST12345698765432"},
		},
	}
	var got strings.Builder
	if err := order.Write(&got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/pain.001.001.09.xml"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := file(t, "pain.001.001.09.xml"); got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
