package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"peerscrip/services"
	"peerscrip/services/cli"
	"peerscrip/services/scrip"
)

// speaker is a wallet of the command line that speaks JSON, in this process: its purse is
// locked with a key, since a passphrase would take each command half a second.
type speaker struct {
	t            *testing.T
	data, broker string
	ran          map[string]bool // by shape
}

// say runs a command with --json. It must print one object, of the command's shape
// or, with a word, a failure that says so; and returns what is in it.
func (c *speaker) say(shape, word string, args ...string) map[string]any {
	c.t.Helper()
	c.ran[shape] = true
	var stdout bytes.Buffer
	line := cli.Command{Out: &stdout, Key: make([]byte, 32), ForThread: services.PhotoForThread}
	parser, err := kong.New(&line, cli.Identifiers())
	if err != nil {
		c.t.Fatal(err)
	}
	parsed, err := cli.Parse(parser, append(args, "--json", "--data", c.data, "--broker-url", c.broker, "--passphrase", "correct horse"))
	if err != nil {
		c.t.Fatalf("wallet %v: %v", args, err)
	}
	parsed.BindTo(c.t.Context(), (*context.Context)(nil))
	err = parsed.Run(&line)
	var into any = &struct {
		Failure cli.Failure     `json:"failure"`
		Done    json.RawMessage `json:"done"`
	}{}
	if err == nil && shape != "receipts --bundle" {
		into = reflect.New(reflect.TypeOf(cli.Shapes[shape])).Interface()
	} else if err == nil {
		into = &map[string]any{}
	}
	reader := json.NewDecoder(bytes.NewReader(stdout.Bytes()))
	reader.DisallowUnknownFields()
	said := map[string]any{}
	if bad := reader.Decode(into); bad != nil || json.Unmarshal(stdout.Bytes(), &said) != nil || (err == nil) != (word == "") {
		c.t.Errorf("wallet %v: got %v, %v, want one object of %s, %q\n%s", args, err, bad, shape, word, stdout.String())
		return said
	}
	if word != "" {
		failure := said["failure"].(map[string]any)
		if got := failure["word"]; got != word || !slices.Contains(cli.Words(), word) || failure["sentence"] == "" {
			c.t.Errorf("wallet %v: got the failure %v, want %q", args, failure, word)
		}
		return failure
	}
	whole, err := json.Marshal(into) // what the shape has and was not said would be here
	if err != nil {
		c.t.Fatal(err)
	}
	var again map[string]any
	if err := json.Unmarshal(whole, &again); err != nil || !reflect.DeepEqual(said, again) {
		c.t.Errorf("wallet %v: got %s, want all members of its shape: %s", args, stdout.String(), whole)
	}
	return said
}

// paysLink pays what a seller asks for by a payment link, once, and has the reference signed in the receipt.
func (c *speaker) paysLink(base string, desk *seller) {
	c.t.Helper()
	made := desk.form("/desk/payment-links", url.Values{"price": {"3.00"}, "title": {"Two guitar lessons"}, "reference": {"2026-117"}, "times": {"once"}, "days": {"7"}})
	at := regexp.MustCompile(`href="(/pay/[^"]*)"`).FindStringSubmatch(made)
	if at == nil {
		c.t.Fatalf("the desk has no link:\n%s", made)
	}
	link := base + at[1]
	plan := c.say("plan", "", "plan", link)
	if line := plan["lines"].([]any)[0].(map[string]any); plan["total"] != 3_00. || line["reference"] != "2026-117" || plan["delivery"].(map[string]any)["way"] != "none" {
		c.t.Errorf("plan: got %v, want 300, the reference and no delivery", plan)
	}
	paid := c.say("pay", "", "pay", link)["receipt"].(map[string]any)
	bundle := c.say("receipts --bundle", "", "receipts", "--bundle", fmt.Sprint(paid["order"]))
	offer, err := scrip.Unchecked[scrip.Offer](bundle["offers"].([]any)[0].(string))
	if err != nil || !offer.IsRequest() || offer.Reference != "2026-117" {
		c.t.Errorf("the receipt is of %+v, %v, want the payment link", offer, err)
	}
	c.say("pay", "out-of-stock", "pay", link, "--again")
}

// TestEveryCommandAsJSON: each command of the wallet says with --json what it did, in its
// declared shape and nothing else, or why it did not.
func TestEveryCommandAsJSON(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	owner := newBuyer(t, program.URL, 1, nil)
	seller, vendor := hostStall(owner, program.URL, "The Ironmonger")
	seller.list(goods{"Lamp", "20.00", "0", "9"})
	page := fmt.Sprintf("%s/l/%s/%s", program.URL, vendor, owner.offers(program.URL, vendor)["Lamp"].Offer.Offer)
	c := &speaker{t: t, data: t.TempDir(), broker: program.URL, ran: map[string]bool{}}
	say := func(shape, word string, args ...string) map[string]any {
		t.Helper()
		return c.say(shape, word, args...)
	}
	here := []string{"--way", "post", "--name", "Ann Lee", "--street", "1 Test Lane", "--postcode", "1011", "--town", "Amsterdam", "--country", "NL"}
	picture := filepath.Join(t.TempDir(), "crack.jpg")
	var pixels bytes.Buffer
	if err := errors.Join(jpeg.Encode(&pixels, pattern(), nil), os.WriteFile(picture, pixels.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	say("balance", "no-wallet", "balance")
	say("make", "", "make")
	say("make", "wallet-exists", "make")
	say("fund", "", "fund", "500.00")
	say("fund", "invalid", "fund", "much")
	say("bank", "", "bank")
	say("cancel", "nothing-there", "cancel")
	say("load", "bank-confirmation", "load", "200.00")
	say("cancel", "", "cancel")
	say("load", "", "load", "60.00")
	if plan := say("plan", "", append([]string{"plan", page}, here...)...); plan["total"] != 20_00. || plan["loads"] != 0. {
		t.Errorf("plan: got %v, want a total of 2000 and nothing loaded", plan)
	}
	say("pay", "invalid", "pay", page, "--way", "post")
	bought, there := say("pay", "", append([]string{"pay", page}, here...)...)["receipt"].(map[string]any)
	if !there {
		t.FailNow()
	}
	order := fmt.Sprint(bought["order"])
	say("pay", "bought-lately", append([]string{"pay", page}, here...)...)
	if no := say("pay", "needs-loading", append([]string{"pay", page + "?quantity=5", "--again"}, here...)...); no["loads"] == nil {
		t.Errorf("pay for more than there is: got %v, want how much is to be loaded", no)
	}
	say("exchange", "", "exchange", page, "5.00")
	say("renew", "", "renew")
	if list := say("receipts", "", "receipts")["receipts"]; !reflect.DeepEqual(list, []any{bought}) {
		t.Errorf("receipts: got %v, want %v", list, bought)
	}
	say("receipts --bundle", "", "receipts", "--bundle", order)
	say("receipts --bundle", "not-found", "receipts", "--bundle", "nothing")
	say("message", "", "message", order, "Is it wrapped?")
	say("ask", "", "ask", page, "Is it old?")
	say("propose", "", "propose", page, "15.00")
	say("photo", "", "photo", order, picture)
	if files, _ := say("photos", "", "photos", order, t.TempDir())["files"].([]any); len(files) != 1 {
		t.Errorf("photos: got %v, want one", files)
	}
	say("address", "", append([]string{"address", order}, here[2:]...)...)
	say("call-off", "", "call-off", order)
	say("received", "", "received", order)
	say("return", "", "return", order, "It does not fit")
	say("keep", "", "keep", order)
	say("returned", "out-of-turn", "returned", order)
	say("orders", "", "orders")
	say("orders ORDER", "", "orders", order)
	say("orders --reconcile", "", "orders", "--reconcile")
	say("rate", "invalid", "rate", order)
	say("holds", "", "holds")
	if hold := say("release", "", "release", order); hold["state"] != "released" {
		t.Errorf("release: got %v, want released", hold)
	}
	say("reclaim", "", "reclaim", order)
	say("dispute", "", "dispute", order, "Broken")
	say("dispute", "not-found", "dispute", "nothing", "Broken")
	say("dispute", "not-found", "dispute", "-BParsN_BUHgWKPgrPnAXg", "Broken")
	c.paysLink(program.URL, seller)
	say("collect", "", "collect")
	say("earnings", "", "earnings")
	say("payout", "invalid", "payout", "--to", "bank")
	say("give-up", "invalid", "give-up", "Nowhere")
	say("revoke", "invalid", "revoke", "Nowhere")
	say("rekey", "", "rekey")
	say("rescue", "stall-in-force", "rescue", fmt.Sprint(bought["vendor"]))
	if whole := say("backup", "", "backup", backup); whole["total"] == 0. {
		t.Errorf("backup: got %v, want what is in the wallet", whole)
	}
	c.data = t.TempDir()
	if back := say("restore", "", "restore", backup); back["renewed"] != true {
		t.Errorf("restore: got %v, want all renewed", back)
	}
	say("withdraw", "", "withdraw")
	say("withdraw", "nothing-there", "withdraw")
	if left := say("leave", "", "leave"); left["total"] != 0. {
		t.Errorf("leave: got %v, want nothing left", left)
	}
	if heads := say("heads", "", "heads"); len(heads["forks"].([]any)) != 0 {
		t.Errorf("heads: got %v, want no fork", heads)
	}
	if balance := say("balance", "", "balance"); balance["currency"] != "EUR" || balance["digits"] != 2. {
		t.Errorf("balance: got %v, want euros and cents", balance)
	}
	for name := range cli.Shapes {
		if !c.ran[name] {
			t.Errorf("%s was not tried", name)
		}
	}
	auditOf(t, data)
}
