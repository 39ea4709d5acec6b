package merchant

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Tenant is a hosted stall, or the draft of one: until the broker certifies it,
// Vendor is empty.
type Tenant struct {
	ID         scrip.ID // the draft's
	Name       string
	About      string
	Account    scrip.AccountID // who may open the desk; told to nobody
	AccountKey jose.VerifyKey  // with which the account signs, as far as is known: it opens the desk
	Keys       []byte          // StallKeys, sealed: see SealKeys
	DraftedAt  int64           // unix seconds
	Vendor     scrip.VendorID  // empty for a draft
	Signed     string          // the certificate as the broker signed it; empty for a draft
	OpenedAt   int64           // unix seconds; 0 for a draft
}

// Bounds are how much one operator takes on.
type Bounds struct {
	Stalls     int   // open ones
	Drafts     int   // unfinished ones, of all accounts
	PerAccount int   // of one account: so many unfinished ones, and so many open ones
	Since      int64 // unix seconds: drafts from before do not count
	Spare      int64 // unix seconds: of drafts from before, the oldest gives way when there are too many
}

// Hosted is where an operator's tenants are kept. Each method that writes is
// one durable commit; all are safe for concurrent use. Reads return
// scrip.ErrAbsent for what is not there.
type Hosted interface {
	Tenancies
	// Draft adds a draft and returns it. The draft named again, if it is
	// unfinished and of the same account, key and name, is returned instead, with
	// its About replaced, so that trying again does not use up the bounds.
	// ErrHostFull, ErrAccountFull, ErrDrafting: a bound is reached.
	Draft(ctx context.Context, t Tenant, again scrip.ID, b Bounds) (Tenant, error)
	// Open makes the draft t.ID the stall t.Vendor, with t.Name, t.Signed and
	// t.OpenedAt. Opened for the same vendor already, it stays as it is.
	// scrip.TooMany: stalls are open already.
	Open(ctx context.Context, t Tenant, stalls int) error
	// Recertify keeps a stall's next certificate in the place of the one before; scrip.TxConflict where another is kept.
	Recertify(ctx context.Context, v scrip.VendorID, before, next string) error
	// Rekey keeps the key with which a stall's owner signs now, in the place of the one before, which may be the same;
	// scrip.TxConflict where that is not was, because another answer of the broker's was kept meanwhile.
	Rekey(ctx context.Context, v scrip.VendorID, was, key jose.VerifyKey) error
	// Reseal keeps a tenant's keys as they are sealed now in the place of those before.
	Reseal(ctx context.Context, id scrip.ID, keys []byte) error
	// Expire erases drafts with their keys. What is a stall by now stays.
	Expire(ctx context.Context, drafts []scrip.ID) error
}

// Tenancies are what is read of tenants.
type Tenancies interface {
	Tenant(ctx context.Context, id scrip.ID) (Tenant, error)
	// Opened returns the tenant that is a stall, or scrip.ErrAbsent.
	Opened(ctx context.Context, vendor scrip.VendorID) (Tenant, error)
	// Tenants lists all, drafts too, oldest first.
	Tenants(ctx context.Context) ([]Tenant, error)
}

// Directory is the broker's list of stalls.
type Directory interface {
	Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error)
}
