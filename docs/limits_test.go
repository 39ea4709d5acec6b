package docs_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

// limits are where the numbers of protocol.md's table of limits stand in the
// code: a file and a constant.
var limits = map[string][2]string{
	"an envelope, a reply or evidence, in bytes":              {"jose/doc.go", "MaxEnvelope"},
	"an envelope that is passed on or kept unopened":          {"services/scrip/message.go", "MaxPassed"},
	"the body of a request on HTTP, in bytes":                 {"api/body.go", "maxBody"},
	"attachments of a message":                                {"jose/doc.go", "MaxAttachments"},
	"the name of an attachment, in bytes":                     {"jose/doc.go", "MaxAttachmentName"},
	"a key set, in bytes":                                     {"jose/doc.go", "MaxJWKS"},
	"keys of a key set, known or not":                         {"jose/doc.go", "MaxKeys"},
	"KEYS of a broker":                                        {"services/scrip/succession.go", "MaxSerial"},
	"KEYS that a broker shows at once":                        {"services/scrip/succession.go", "MaxKeysPage"},
	"signing keys of one KEYS":                                {"services/scrip/succession.go", "maxSigningKeys"},
	"stalls of an account, revoked ones too":                  {"db/books_stalls.go", "maxStallsOfAccount"},
	"T15 of an account that wait for their merchants":         {"db/books_extensions.go", "maxExtensions"},
	"T26 that are not due, granted a holder in 24 hours":      {"services/scrip/renew.go", "EarlyRenewals"},
	"settled exchanges of a pseudonym that a stall remembers": {"services/scrip/change_stall.go", "SettledKept"},
	"an entry of the log, in bytes":                           {"services/tree/doc.go", "MaxEntry"},
	"messages of an entry":                                    {"services/tree/doc.go", "MaxMessages"},
	"a signed head, in bytes":                                 {"services/tree/doc.go", "MaxHead"},
	"hashes of a proof":                                       {"services/tree/doc.go", "MaxPath"},
	"a receipt bundle, in bytes":                              {"services/receipt/bundle.go", "MaxBundle"},
	"COLLECTED of a receipt bundle":                           {"services/receipt/bundle.go", "maxCollected"},
	"a backup of the browser's wallet, in bytes":              {"static/wallet/backupfile.js", "maxSize"},
	"stalls that a broker's directory shows at once":          {"services/scrip/broker_info.go", "MaxStallsPage"},
	"stalls of the directory that are read at once, revoked ones too; the next reading goes on after them": {"services/scrip/broker_info.go", "MaxDirectory"},
	"stalls of the directory that a market reads":                                                          {"services/market/market.go", "MaxStalls"},
	"offers that a market reads of a stall":                                                                {"services/market/market.go", "MaxOffers"},
	"where a stall says that it is, in characters":                                                         {"services/scrip/stall_page.go", "MaxPlace"},
	"seconds ahead until which a stall may be away":                                                        {"services/scrip/stall_page.go", "MaxAway"},
	"seconds in which a rating may be replaced":                                                            {"services/scrip/rating.go", "RatingChanges"},
	"ratings that a broker shows at once":                                                                  {"services/scrip/rating.go", "MaxRatingsPage"},
	"seconds for which a stall keeps a name that it had":                                                   {"services/scrip/stall_page.go", "NameKept"},
	"names that a stall keeps in that way":                                                                 {"services/scrip/stall_page.go", "MaxOldNames"},
	"what a stall says of itself, in characters":                                                           {"services/scrip/stall_page.go", "MaxAbout"},
	"a photo, in bytes":                                                                                    {"services/market/market.go", "MaxPhoto"},
	"events of a thread":                                                                                   {"services/scrip/event.go", "MaxEvents"},
	"events of a thread, with one as its last that leaves the order as it is and is no refund":             {"services/scrip/event.go", "MaxUnmoved"},
	"events of a thread, with a message as its last":                                                       {"services/scrip/event.go", "MaxTalked"},
	"events of one TOLD":                                                                                   {"services/scrip/event.go", "MaxTold"},
	"events of one TOLD, in bytes together":                                                                {"services/scrip/event.go", "MaxTelling"},
	"conversations without an order, of a pseudonym":                                                       {"services/scrip/event.go", "MaxTalks"},
	"events that a pseudonym leaves unanswered":                                                            {"services/scrip/event.go", "MaxUnheard"},
	"events that a buyer leaves unanswered in an order; what moves it to another state is taken all the same": {"services/scrip/event.go", "MaxUnanswered"},
	"a photo in a thread, in bytes":            {"services/scrip/event.go", "MaxTalkPhoto"},
	"a photo in a thread, in pixels":           {"services/scrip/event.go", "MaxTalkSide"},
	"photos of a thread":                       {"services/scrip/event.go", "MaxTalkPhotos"},
	"photos of conversations without an order": {"services/scrip/event.go", "MaxAskPhotos"},
	"conversations without an order that wait for one stall, where more are begun by those alone who have exchanged there": {"services/scrip/event.go", "MaxAsking"},
	"seconds for which a private offer stands at most":                                                                     {"services/scrip/offer.go", "MaxPrivate"},
	"seconds by which an EVENT's time may be ahead of the clock of who hears it":                                           {"services/scrip/event.go", "MaxAhead"},
	"signed messages that one DISPUTE or DEFEND shows, in bytes together":                                                  {"services/scrip/holding.go", "MaxShowing"},
	"DISPUTEs of a purchase that bring no photo, and DEFENDs":                                                              {"services/scrip/holding.go", "MaxShowings"},
	"DISPUTEs of a purchase that bring one, and DEFENDs":                                                                   {"services/scrip/holding.go", "MaxExhibits"},
	"pseudonyms that one stall has blocked":                                                                                {"services/scrip/change_stall.go", "MaxBlocked"},
	"listings for sale at one stall":                                                                                       {"services/merchant/bounds.go", "MaxForSale"},
	"payment links at one stall that can be paid":                                                                          {"services/merchant/bounds.go", "MaxPaymentLinks"},
	"days for which a payment link can be paid":                                                                            {"services/merchant/bounds.go", "MaxLinkDays"},
	"listings shown at one stall though they are sold out":                                                                 {"services/merchant/bounds.go", "MaxSoldOut"},
	"what one T1, or one T13, may ask for (a broker's setting,":                                                            {"services/config.go", "defaultMaxCharge"},
}

// TestLimits holds the numbers in protocol.md to the code's.
func TestLimits(t *testing.T) {
	euro := scrip.Currency{Code: "EUR", Exponent: 2}
	sandbox, unit := bank.New(bank.Config{Currency: euro}).Limits, int64(euro.Units(1))
	told := map[string]int64{
		"one deposit": int64(sandbox.Deposit) / unit, "what an account may hold": int64(sandbox.Balance) / unit,
		"deposits into an account in 24 hours":                        int64(sandbox.Daily),
		"a payment from which on the customer must confirm (PENDING)": int64(sandbox.Confirm) / unit,
	}
	for label, where := range limits {
		told[label] = valueOf(t, where[0], where[1])
	}
	rows := append(docs.Protocol("limit", "value"), docs.Protocol("bound of the sandbox bank", "value")...)
	if len(rows) != len(told) {
		t.Errorf("got %d rows, want %d", len(rows), len(told))
	}
	for label, value := range told {
		if got := rowOf(rows, label); got != value {
			t.Errorf("%s: protocol.md says %d, the code %d", label, got, value)
		}
	}
}

// rowOf is the number of the row whose label begins so; 0 where there is none.
func rowOf(rows []docs.Row, label string) int64 {
	for _, row := range rows {
		if strings.HasPrefix(row["limit"]+row["bound of the sandbox bank"], label) {
			number, _ := constant.Int64Val(constant.MakeFromLiteral(strings.ReplaceAll(row["value"], " ", ""), token.INT, 0))
			return number
		}
	}
	return 0
}

// valueOf is the whole number that a constant of a file is declared as.
func valueOf(t *testing.T, file, name string) int64 {
	t.Helper()
	path := filepath.Join("..", file)
	if strings.HasSuffix(file, ".js") {
		return evaluated(t, jsConstant(t, path, name))
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found ast.Expr
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, id := range spec.Names {
				if id.Name == name && i < len(spec.Values) {
					found = spec.Values[i]
				}
			}
		}
		return true
	})
	if call, ok := found.(*ast.CallExpr); ok {
		found = call.Args[0] // a conversion
	}
	if found == nil {
		t.Fatalf("%s declares no %s", file, name)
	}
	return evaluated(t, types.ExprString(found))
}

// evaluated is what an expression of literals comes to.
func evaluated(t *testing.T, expression string) int64 {
	t.Helper()
	value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	number, exact := constant.Int64Val(value.Value)
	if !exact {
		t.Fatalf("%s: no whole number", expression)
	}
	return number
}

// jsConstant is how a constant of a module is written.
func jsConstant(t *testing.T, path, name string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^(?:export )?const ` + name + ` = (.+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s declares no %s", path, name)
	}
	return string(m[1])
}
