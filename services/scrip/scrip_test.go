package scrip_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

func terms() scrip.Terms {
	return scrip.Terms{
		Issuer: id("broker"), Value: 12_50, Made: now - 100, Expires: now, Currency: "EUR", Holder: "ada",
		HolderKey: must(jose.NewSigningKey(seeded("ada"))).Public(),
	}
}

func issued(t testing.TB) (scrip.Live, scrip.Held) {
	t.Helper()
	row, held, err := scrip.Issue(rand.Reader, terms())
	if err != nil {
		t.Fatal(err)
	}
	return row, held
}

func TestIssue(t *testing.T) {
	row, held := issued(t)
	if err := held.Scrip.Valid(); err != nil {
		t.Errorf("scrip: got %v, want it valid", err)
	}
	want := terms()
	if row.Value != want.Value || row.Made != want.Made || row.Expires != want.Expires || row.Holder != want.Holder || row.HolderKey != want.HolderKey ||
		row.Currency != want.Currency || row.LockTx != "" || row.LockUntil != 0 {
		t.Errorf("row: got %+v, want the terms %+v and no lock", row, want)
	}
	if got := row.Held(want.Issuer); got != held {
		t.Errorf("Held: got %+v, want %+v", got, held)
	}
	other, otherHeld := issued(t)
	for what, same := range map[string]bool{
		"scrip id": row.ScripID == other.ScripID, "cust id": row.CustID == other.CustID,
		"scrip id and cust id":    string(row.ScripID) == string(row.CustID),
		"master scrip secret":     bytes.Equal(row.MasterScripSecret, other.MasterScripSecret),
		"master customer secret":  bytes.Equal(row.MasterCustomerSecret, other.MasterCustomerSecret),
		"two masters of one row":  bytes.Equal(row.MasterScripSecret, row.MasterCustomerSecret),
		"customer secret":         held.Secret == otherHeld.Secret,
		"certificate":             held.Scrip.Certificate == otherHeld.Scrip.Certificate,
		"certificate and secret":  held.Scrip.Certificate == string(held.Secret),
		"a master in the open":    len(row.MasterScripSecret) != 32 || len(row.MasterCustomerSecret) != 32,
		"holder's key in a scrip": strings.Contains(fmt.Sprintf("%+v", held.Scrip), row.Holder),
	} {
		if same {
			t.Errorf("two scrips issued on the same terms: same %s", what)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	for _, value := range []scrip.Money{0, -1, scrip.MaxMoney + 1} {
		bad := terms()
		bad.Value = value
		if _, held, err := scrip.Issue(rand.Reader, bad); err != scrip.AmountOutOfBounds || held != (scrip.Held{}) {
			t.Errorf("Issue of %d: got %v, %v, want %v", value, held, err, scrip.AmountOutOfBounds)
		}
	}
	if _, held, err := scrip.Issue(io.LimitReader(rand.Reader, 95), terms()); err == nil || held != (scrip.Held{}) {
		t.Errorf("Issue with 95 random bytes: got %v, %v, want an error", held, err)
	}
}

// Certificates and secrets are what docs/protocol.md says: the vectors were made
// by another program, from the specification.
func TestScripVectors(t *testing.T) {
	type vector struct {
		Name, Row, Canonical, Result string
		MasterScripSecret            string `json:"master_scrip_secret"`
		MasterCustomerSecret         string `json:"master_customer_secret"`
		Scrip                        scrip.Scrip
		Secret                       scrip.Secret
	}
	var list []vector
	if err := json.Unmarshal(must(os.ReadFile("testdata/scrip.json")), &list); err != nil {
		t.Fatal(err)
	}
	rows := map[string]scrip.Live{}
	issuer := list[0].Scrip.Issuer
	for _, v := range list {
		if v.Result != "ok" {
			if err := rows[v.Row].CheckPresented(issuer, v.Scrip, v.Secret); err != scrip.Refusal(v.Result) {
				t.Errorf("%s: got %v, want %s", v.Name, err, v.Result)
			}
			continue
		}
		row := scrip.Live{
			ScripID: v.Scrip.ScripID, CustID: v.Scrip.CustID, Value: v.Scrip.Value, Expires: v.Scrip.Expires, Currency: v.Scrip.Props.Currency,
			MasterScripSecret:    must(base64.RawURLEncoding.DecodeString(v.MasterScripSecret)),
			MasterCustomerSecret: must(base64.RawURLEncoding.DecodeString(v.MasterCustomerSecret)),
		}
		rows[v.Name] = row
		if got := row.Held(v.Scrip.Issuer); got.Scrip != v.Scrip || got.Secret != v.Secret {
			t.Errorf("%s: got certificate %s and secret %q, want %s and %q", v.Name, got.Scrip.Certificate, string(got.Secret), v.Scrip.Certificate, string(v.Secret))
		}
		if got := fmt.Sprintf("%x", v.Scrip.Canonical()); got != v.Canonical {
			t.Errorf("%s: canonical bytes: got %s, want %s", v.Name, got, v.Canonical)
		}
		if err := row.CheckPresented(v.Scrip.Issuer, v.Scrip, v.Secret); err != nil {
			t.Errorf("%s: got %v, want it taken", v.Name, err)
		}
	}
	if len(rows) < 4 || len(list) < 2*len(rows) {
		t.Errorf("vectors: got %d of which %d good, want several of both", len(list), len(rows))
	}
}

// C7: no field can be changed, and no other row or issuer takes the scrip.
func TestCheckCertificate(t *testing.T) {
	row, held := issued(t)
	issuer := held.Scrip.Issuer
	if err := row.CheckCertificate(issuer, held.Scrip); err != nil {
		t.Fatalf("as issued: got %v, want nil", err)
	}
	for field, change := range map[string]func(*scrip.Scrip){
		"issuer":            func(s *scrip.Scrip) { s.Issuer = id("another") },
		"value up":          func(s *scrip.Scrip) { s.Value++ },
		"value down":        func(s *scrip.Scrip) { s.Value-- },
		"scrip id":          func(s *scrip.Scrip) { s.ScripID = id("another") },
		"cust id":           func(s *scrip.Scrip) { s.CustID = id("another") },
		"expires":           func(s *scrip.Scrip) { s.Expires++ },
		"currency":          func(s *scrip.Scrip) { s.Props.Currency = "USD" },
		"certificate":       func(s *scrip.Scrip) { s.Certificate = hash("guess") },
		"no certificate":    func(s *scrip.Scrip) { s.Certificate = "" },
		"certificate's end": func(s *scrip.Scrip) { s.Certificate += "A" },
		"another's":         func(s *scrip.Scrip) { _, other := issued(t); s.Certificate = other.Scrip.Certificate },
	} {
		s := held.Scrip
		change(&s)
		if err := row.CheckCertificate(issuer, s); err != scrip.ScripInvalid {
			t.Errorf("changed %s: got %v, want %v", field, err, scrip.ScripInvalid)
		}
	}
	if err := row.CheckCertificate(id("another"), held.Scrip); err != scrip.ScripInvalid {
		t.Errorf("at another issuer: got %v, want %v", err, scrip.ScripInvalid)
	}
	other, _ := issued(t)
	if err := other.CheckCertificate(issuer, held.Scrip); err != scrip.ScripInvalid {
		t.Errorf("on another row: got %v, want %v", err, scrip.ScripInvalid)
	}
	for name, change := range map[string]func(*scrip.Live){
		"value": func(l *scrip.Live) { l.Value++ }, "expiry": func(l *scrip.Live) { l.Expires++ },
		"master secret": func(l *scrip.Live) { l.MasterScripSecret = l.MasterCustomerSecret },
	} {
		changed := row
		change(&changed)
		if err := changed.CheckCertificate(issuer, held.Scrip); err != scrip.ScripInvalid {
			t.Errorf("on a row with another %s: got %v, want %v", name, err, scrip.ScripInvalid)
		}
	}
}

func TestCheckSecret(t *testing.T) {
	row, held := issued(t)
	other, otherHeld := issued(t)
	if err := row.CheckSecret(held.Secret); err != nil {
		t.Errorf("as issued: got %v, want nil", err)
	}
	for name, secret := range map[string]scrip.Secret{
		"none": "", "a guess": scrip.Secret(hash("guess")), "another's": otherHeld.Secret, "padded": held.Secret + "=",
		"the certificate": scrip.Secret(held.Scrip.Certificate), "cut": held.Secret[:42],
	} {
		if err := row.CheckSecret(secret); err != scrip.ScripInvalid {
			t.Errorf("%s: got %v, want %v", name, err, scrip.ScripInvalid)
		}
	}
	if err := other.CheckSecret(held.Secret); err != scrip.ScripInvalid {
		t.Errorf("on another row: got %v, want %v", err, scrip.ScripInvalid)
	}
}

func TestCheckSpendable(t *testing.T) {
	const tx, rival = scrip.ID("tx"), scrip.ID("rival")
	for _, test := range []struct {
		name   string
		holder string
		lock   scrip.ID
		until  int64
		at     int64
		want   error
	}{
		{"free", "ada", "", 0, now - 1, nil},
		{"another's", "bob", "", 0, now - 1, scrip.ScripInvalid},
		{"nobody's", "", "", 0, now - 1, scrip.ScripInvalid},
		{"at its expiry", "ada", "", 0, now, scrip.ScripExpired},
		{"long after", "ada", "", 0, now + 1_000_000, scrip.ScripExpired},
		{"another's and expired", "bob", "", 0, now, scrip.ScripInvalid},
		{"locked by this tx", "ada", tx, now, now - 10, nil},
		{"locked by another", "ada", rival, now, now - 10, scrip.ScripLocked},
		{"a moment before the lock ends", "ada", rival, now - 10, now - 11, scrip.ScripLocked},
		{"as the lock ends", "ada", rival, now - 10, now - 10, nil},
		{"expired and locked", "ada", rival, now + 50, now, scrip.ScripExpired},
	} {
		row, _ := issued(t)
		row.LockTx, row.LockUntil = test.lock, test.until
		if err := row.CheckSpendable(test.holder, tx, test.at); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// No two scrips share a canonical encoding, however their texts are cut.
func TestCanonicalIsInjective(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 0, 1, 3}), 0, 4, -1)
	number := rapid.SampledFrom([]int64{0, 1, 'a', 1 << 8, 1 << 32, 1 << 56, -1})
	draw := rapid.Custom(func(t *rapid.T) scrip.Scrip {
		return scrip.Scrip{
			Issuer: scrip.ID(text.Draw(t, "issuer")), Value: scrip.Money(number.Draw(t, "value")),
			ScripID: scrip.ID(text.Draw(t, "scrip id")), CustID: scrip.ID(text.Draw(t, "cust id")),
			Expires: number.Draw(t, "expires"), Props: scrip.Props{Currency: text.Draw(t, "currency")},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if rapid.Bool().Draw(t, "shift") { // a's texts, cut at another place
			all := string(a.ScripID + a.CustID)
			cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
			b = a
			b.ScripID, b.CustID = scrip.ID(all[:cut]), scrip.ID(all[cut:])
		}
		if got, want := slices.Equal(a.Canonical(), b.Canonical()), a == b; got != want {
			t.Fatalf("%+v and %+v: same encoding %t, same scrip %t", a, b, got, want)
		}
	})
}

// The certificate does not cover itself.
func TestCanonicalLeavesTheCertificateOut(t *testing.T) {
	_, held := issued(t)
	bare := held.Scrip
	bare.Certificate = ""
	if !bytes.Equal(bare.Canonical(), held.Scrip.Canonical()) {
		t.Error("the encoding changes with the certificate")
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	_, held := issued(t)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, held); strings.Contains(got, string(held.Secret)) {
			t.Errorf("%s of a Held shows the secret: %s", format, got)
		}
	}
	if got := fmt.Sprintf("%x", held.Secret); strings.Contains(got, fmt.Sprintf("%x", string(held.Secret))) {
		t.Errorf("%%x of a Secret shows it: %s", got)
	}
}
