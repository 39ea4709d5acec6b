package scrip

import "peerscrip/jose"

// Rekey is REKEY: an account signs with another key from now on. It is signed with the key
// that it has, and brings a KeyPossession of the one that it will have.
type Rekey struct {
	Account AccountID      `json:"account"`
	Signing jose.VerifyKey `json:"signing"`
	Counter int64          `json:"counter"` // the account's, as T1's and BANK's
}

// KeyPossession is the proof, attached to REKEY, that its sender has the new key too:
// signed with that key, in REKEY's tx.
type KeyPossession struct {
	Account AccountID `json:"account"`
}

// OwnerRequest is OWNER: a merchant asks whose key its owner's is now. A host asks so before it
// believes a LOGIN.
type OwnerRequest struct {
	Vendor VendorID `json:"vendor"`
}

// Owned is OWNED: the account that owns a stall, and the key with which it signs now.
type Owned struct {
	Vendor  VendorID       `json:"vendor"`
	Account AccountID      `json:"account"`
	Signing jose.VerifyKey `json:"signing"`
}

// Type returns the message's typ on the wire.
func (Rekey) Type() string { return "REKEY" }

// Type returns the message's typ on the wire.
func (KeyPossession) Type() string { return "REKEY-possession" }

// Type returns the message's typ on the wire.
func (OwnerRequest) Type() string { return "OWNER" }

// Type returns the message's typ on the wire.
func (Owned) Type() string { return "OWNED" }

// Valid checks the form of REKEY.
func (r Rekey) Valid() error {
	return valid(r.Account.Valid() && !r.Signing.IsZero() && validTime(r.Counter))
}

// Valid checks the form of the proof that comes with REKEY.
func (p KeyPossession) Valid() error { return valid(p.Account.Valid()) }

// Valid checks the form of OWNER.
func (r OwnerRequest) Valid() error { return valid(r.Vendor.Valid()) }

// Valid checks the form of OWNED.
func (o Owned) Valid() error {
	return valid(o.Vendor.Valid() && o.Account.Valid() && !o.Signing.IsZero())
}
