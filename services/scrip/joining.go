package scrip

import (
	"errors"
	"net/url"
	"strings"

	"peerscrip/jose"
)

// Bounds on what people write.
const (
	MaxName = 60  // characters of a stall's or a seller's name
	MaxURL  = 200 // bytes of a base URL
)

// AccountRequest is R1: a peer asks the broker for an account. It is signed
// with the key the account will have.
type AccountRequest struct {
	Bank string `json:"bank"` // the bank's reference for the peer's bank account
	Name string `json:"name"` // shown only if it will sell; may be empty
}

// AccountOpened is R2.
type AccountOpened struct {
	Account AccountID `json:"account"`
}

// BankRequest is BANK: an account has another reference of its bank account from
// now on. What is owed to it is paid there.
type BankRequest struct {
	Account AccountID `json:"account"`
	Bank    string    `json:"bank"`
	Counter int64     `json:"counter"` // the account's: greater than in every T1 and BANK before
}

// StallRequest is R3: an account asks for a merchant's certificate.
type StallRequest struct {
	Name       string         `json:"name"`
	Signing    jose.VerifyKey `json:"signing"`
	Envelope   jose.SealKey   `json:"envelope"`
	BaseURL    string         `json:"base_url"`
	Possession string         `json:"possession"` // JWS by the stall's signing key: see Possession
}

// Possession is signed with a stall's own key, so that nobody has another's
// key certified as its own. It comes inside R3.
type Possession struct {
	Account  AccountID `json:"account"`
	Envelope string    `json:"envelope"` // thumbprint of the stall's envelope key
}

// StallOpened is R4.
type StallOpened struct {
	Certificate string `json:"certificate"` // JWS by the broker: see Certificate
}

// Certificate is the broker's word for a merchant: its name, its keys and
// where it is. Customers accept a merchant's keys and offers only under one.
type Certificate struct {
	Vendor    VendorID       `json:"vendor"`
	Name      string         `json:"name"`
	Signing   jose.VerifyKey `json:"signing"`
	Envelope  jose.SealKey   `json:"envelope"`
	BaseURL   string         `json:"base_url"`
	NotBefore int64          `json:"not_before"` // unix seconds
	NotAfter  int64          `json:"not_after"`  // unix seconds
}

// ReadCertificate reads a merchant's certificate as it was signed, under the broker's
// keys: PartyMismatch where it is another merchant's. Whether it is in force, the
// caller decides.
func ReadCertificate(jws string, vendor VendorID, broker Keys) (Certificate, error) {
	m, err := Verify[Certificate](jws, string(vendor), broker)
	if err != nil {
		return Certificate{}, err
	}
	if m.Body.Vendor != vendor {
		return Certificate{}, PartyMismatch
	}
	return m.Body, nil
}

// Refuse declines a request for one reason of the closed list.
type Refuse struct {
	Reason  Refusal `json:"reason"`
	Counter *int64  `json:"counter,omitempty"` // with CounterStale: the last one that was answered; nil for none
	Line    *int    `json:"line,omitempty"`    // with a refusal of one line of an order: which, counted from 0; nil for none
}

// refusing is the REFUSE that says err, a refusal.
func refusing(reason Refusal, err error) Refuse {
	var stale Stale
	if errors.As(err, &stale) && stale.Counter > 0 {
		return Refuse{Reason: reason, Counter: &stale.Counter}
	}
	var line AtLine
	if errors.As(err, &line) {
		return Refuse{Reason: reason, Line: &line.Line}
	}
	return Refuse{Reason: reason}
}

// refusal is what a REFUSE that was signed at a time says.
func (r Refuse) refusal(at int64) error {
	switch {
	case r.Line != nil:
		return AtLine{r.Reason, *r.Line}
	case r.Reason != CounterStale:
		return r.Reason
	case r.Counter == nil:
		return Stale{At: at}
	}
	return Stale{*r.Counter, at}
}

// Noted says that a message was taken note of: T3, with the deadline until
// which its scrip stays locked, or T9, T12, BANK, REKEY, REVOKE and CALL, with none.
type Noted struct {
	Deadline int64 `json:"deadline"` // unix seconds; 0 for none
}

// Revocation is REVOKE: the account that owns a stall takes its certificate back, for
// good. It is how an owner ends what a host does with the stall's keys.
type Revocation struct {
	Vendor VendorID `json:"vendor"`
}

// Login opens the seller's desk of a hosted stall to the account it belongs
// to. The challenge was made for one web session.
type Login struct {
	Vendor    VendorID `json:"vendor"`
	Challenge string   `json:"challenge"`
}

// Type returns the message's typ on the wire.
func (AccountRequest) Type() string { return "R1" }

// Type returns the message's typ on the wire.
func (AccountOpened) Type() string { return "R2" }

// Type returns the message's typ on the wire.
func (BankRequest) Type() string { return "BANK" }

// Type returns the message's typ on the wire.
func (StallRequest) Type() string { return "R3" }

// Type returns the message's typ on the wire.
func (Possession) Type() string { return "POSSESSION" }

// Type returns the message's typ on the wire.
func (StallOpened) Type() string { return "R4" }

// Type returns the message's typ on the wire.
func (Certificate) Type() string { return "CERTIFICATE" }

// Type returns the message's typ on the wire.
func (Refuse) Type() string { return "REFUSE" }

// Type returns the message's typ on the wire.
func (Noted) Type() string { return "NOTED" }

// Type returns the message's typ on the wire.
func (Revocation) Type() string { return "REVOKE" }

// Valid checks the form of REVOKE.
func (m Revocation) Valid() error { return valid(m.Vendor.Valid()) }

// Type returns the message's typ on the wire.
func (Login) Type() string { return "LOGIN" }

// Valid checks the form of R1.
func (r AccountRequest) Valid() error {
	if err := validReference(r.Bank); err != nil {
		return err
	}
	if r.Name != "" {
		return ValidName(r.Name)
	}
	return nil
}

// Valid checks the form of BANK.
func (r BankRequest) Valid() error {
	if !r.Account.Valid() || !validTime(r.Counter) {
		return Unreadable
	}
	return validReference(r.Bank)
}

// validReference refuses what is no bank's reference, whichever bank's.
func validReference(reference string) error {
	if reference == "" || len(reference) > 64 {
		return BankDeclined
	}
	return nil
}

// Valid checks the form of R2.
func (r AccountOpened) Valid() error { return valid(r.Account.Valid()) }

// Valid checks the form of R3.
func (r StallRequest) Valid() error {
	if r.Signing.IsZero() || r.Envelope.IsZero() || !isJWS(r.Possession) || !ValidBaseURL(r.BaseURL) {
		return Unreadable
	}
	return ValidName(r.Name)
}

// Valid checks the form of the proof inside R3.
func (p Possession) Valid() error { return valid(p.Account.Valid() && validHash(p.Envelope)) }

// Valid checks the form of R4.
func (r StallOpened) Valid() error { return valid(isJWS(r.Certificate)) }

// Valid checks the form of a certificate, not whether it is in force.
func (c Certificate) Valid() error {
	if !c.Vendor.Valid() || c.Signing.IsZero() || c.Envelope.IsZero() || !ValidBaseURL(c.BaseURL) ||
		!validTime(c.NotBefore) || !validTime(c.NotAfter) || c.NotAfter <= c.NotBefore {
		return Unreadable
	}
	return ValidName(c.Name)
}

// InForce reports whether the certificate covers the time at (unix seconds).
func (c Certificate) InForce(at int64) bool { return at >= c.NotBefore && at < c.NotAfter }

// CheckTime refuses a certificate that does not cover the time at (unix seconds):
// NotYetInForce before it, where a clock may be wrong, StallRevoked after it.
func (c Certificate) CheckTime(at int64) error {
	switch {
	case at < c.NotBefore:
		return NotYetInForce
	case !c.InForce(at):
		return StallRevoked
	}
	return nil
}

// Valid checks that the reason is on the closed list, and that what comes with it
// belongs to it.
func (r Refuse) Valid() error {
	counts := r.Counter == nil || r.Reason == CounterStale && validTime(*r.Counter)
	line := r.Line == nil || OfLine(r.Reason) && *r.Line >= 0 && *r.Line < MaxLines
	return valid(r.Reason.Valid() && counts && line)
}

// Valid checks the form of NOTED.
func (n Noted) Valid() error { return valid(n.Deadline == 0 || validTime(n.Deadline)) }

// Valid checks the form of LOGIN.
func (l Login) Valid() error { return valid(l.Vendor.Valid() && validHash(l.Challenge)) }

// validTime reports whether t is a time, or a counter: above 0, and exact in a
// browser's numbers.
func validTime(t int64) bool { return t > 0 && t <= jose.MaxTime }

func valid(ok bool) error {
	if !ok {
		return Unreadable
	}
	return nil
}

// ValidBaseURL reports whether paths can be appended to an address: absolute, http
// or https, with a host, and without credentials, query, fragment, be they empty,
// and slash at the end.
func ValidBaseURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= MaxURL && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.ContainsAny(s, "?#@\\ ") && !strings.HasSuffix(s, "/") && !strings.HasSuffix(u.Host, ":") && u.String() == s
}
