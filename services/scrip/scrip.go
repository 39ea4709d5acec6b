package scrip

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"peerscrip/jose"
)

// Scrip is money of one issuer (protocol section 2). Spending it needs three
// things together: the scrip, its CustomerSecret, and a signature of the
// holder's key.
type Scrip struct {
	Issuer      ID     `json:"issuer"`
	Value       Money  `json:"value"`
	ScripID     ID     `json:"scrip_id"`
	CustID      ID     `json:"cust_id"`
	Expires     int64  `json:"expires"` // unix seconds
	Props       Props  `json:"props"`
	Certificate string `json:"certificate"`
}

// Props are a scrip's further properties. They never carry an identity.
type Props struct {
	Currency string `json:"currency"`
}

// Secret is a 256-bit secret in unpadded base64url. It prints as "redacted".
type Secret string

// String hides the secret from logs.
func (Secret) String() string { return "redacted" }

// GoString hides the secret from logs.
func (Secret) GoString() string { return "redacted" }

// Live is an issuer's row for one live scrip: the two master secrets, made for
// this scrip alone and erased when it dies, and who holds it. The row, not the
// scrip, is what makes it money.
type Live struct {
	ScripID              ID
	CustID               ID
	Value                Money
	Made                 int64          // unix seconds
	Expires              int64          // unix seconds
	Currency             string         // ISO 4217
	Holder               string         // account ID (BrokerScrip) or Pseudonym (VendorScrip)
	HolderKey            jose.VerifyKey // the pseudonym's key; zero for BrokerScrip
	MasterScripSecret    []byte
	MasterCustomerSecret []byte
	LockTx               ID    // the transaction that holds it; empty when free
	LockUntil            int64 // unix seconds; a lock past it is void
}

// Terms are what an issuer decides about a new scrip.
type Terms struct {
	Issuer    ID
	Value     Money
	Made      int64 // unix seconds
	Expires   int64 // unix seconds
	Currency  string
	Holder    string
	HolderKey jose.VerifyKey
}

// Issue makes a scrip on the terms: the issuer's row, and the pair the holder
// is sent. Fresh ids and master secrets are drawn from random.
func Issue(random io.Reader, t Terms) (Live, Held, error) {
	if !t.Value.Positive() {
		return Live{}, Held{}, AmountOutOfBounds
	}
	var b [96]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Live{}, Held{}, fmt.Errorf("draw master secrets: %w", err)
	}
	row := Live{
		ScripID: ID(base64.RawURLEncoding.EncodeToString(b[:16])),
		CustID:  ID(base64.RawURLEncoding.EncodeToString(b[16:32])),
		Value:   t.Value, Made: t.Made, Expires: t.Expires, Currency: t.Currency, Holder: t.Holder, HolderKey: t.HolderKey,
		MasterScripSecret: b[32:64], MasterCustomerSecret: b[64:96],
	}
	return row, row.Held(t.Issuer), nil
}

// Forever is the end of a lock that only its own transaction ends.
const Forever int64 = math.MaxInt64

// HoldBy names, in LockTx, the transaction of a message that holds scrip until
// it is answered. It is spelled as no tx can be: no other message takes what is
// held for its own, though it had the same tx.
func HoldBy(message string, tx ID) ID { return ID(message + " " + string(tx)) }

// Held is what a customer keeps: a scrip and the secret to spend it.
type Held struct {
	Scrip  Scrip
	Secret Secret
}

// Held recomputes what the holder of a live scrip was sent.
func (l Live) Held(issuer ID) Held { return Held{l.scrip(issuer), l.secret()} }

func (l Live) scrip(issuer ID) Scrip {
	s := Scrip{Issuer: issuer, Value: l.Value, ScripID: l.ScripID, CustID: l.CustID, Expires: l.Expires, Props: Props{l.Currency}}
	s.Certificate = mac(l.MasterScripSecret, s.canonical())
	return s
}

func (l Live) secret() Secret { return Secret(mac(l.MasterCustomerSecret, []byte(l.CustID))) }

// canonical is the encoding the certificate covers: every field but the
// certificate, each preceded by its length, so that no two scrips share one.
func (s Scrip) canonical() []byte {
	b := make([]byte, 0, 128) // 122 with ids and a currency as they are
	text := func(v string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	text("peerscrip scrip 1")
	text(string(s.Issuer))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Value))
	text(string(s.ScripID))
	text(string(s.CustID))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Expires))
	text(s.Props.Currency)
	return b
}

func mac(key, message []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// CheckCertificate refuses a scrip whose certificate does not recompute from
// this row (ScripInvalid). Constant time. It looks at neither lock nor expiry.
func (l Live) CheckCertificate(issuer ID, s Scrip) error {
	want := l.scrip(issuer)
	same := s.Issuer == want.Issuer && s.Value == want.Value && s.ScripID == want.ScripID &&
		s.CustID == want.CustID && s.Expires == want.Expires && s.Props == want.Props
	if !hmac.Equal([]byte(s.Certificate), []byte(want.Certificate)) || !same {
		return ScripInvalid
	}
	return nil
}

// CheckSecret refuses a CustomerSecret that does not recompute (ScripInvalid).
func (l Live) CheckSecret(secret Secret) error {
	if !hmac.Equal([]byte(secret), []byte(l.secret())) {
		return ScripInvalid
	}
	return nil
}

// CheckSpendable refuses a row that is not holder's, has expired, or is held
// by another transaction than tx at the time now (unix seconds).
func (l Live) CheckSpendable(holder string, tx ID, now int64) error {
	return l.checkUse(holder, tx, now, l.Expires)
}

// CheckRenewable is CheckSpendable but for expiry: until the grace period (in
// seconds) after it is over, scrip may be renewed.
func (l Live) CheckRenewable(holder string, tx ID, now, grace int64) error {
	return l.checkUse(holder, tx, now, l.Expires+grace)
}

func (l Live) checkUse(holder string, tx ID, now, until int64) error {
	switch {
	case l.Holder != holder:
		return ScripInvalid
	case now >= until:
		return ScripExpired
	case l.LockTx != "" && l.LockTx != tx && now < l.LockUntil:
		return ScripLocked
	}
	return nil
}

// CheckPresented refuses scrip that was presented with its secret unless both
// recompute from this row.
func (l Live) CheckPresented(issuer ID, s Scrip, secret Secret) error {
	if err := l.CheckCertificate(issuer, s); err != nil {
		return err
	}
	return l.CheckSecret(secret)
}

// Valid reports whether the fields of a scrip are well formed, which says
// nothing of whether it is money.
func (s Scrip) Valid() error {
	if !s.Issuer.Valid() || !s.ScripID.Valid() || !s.CustID.Valid() || !s.Value.Positive() ||
		!validTime(s.Expires) || len(s.Props.Currency) != 3 || !validHash(s.Certificate) {
		return ScripInvalid
	}
	return nil
}
