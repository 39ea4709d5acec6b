package broker

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Books are the broker's state. Reads see every Change applied before them and
// return scrip.ErrAbsent for what is not there.
type Books interface {
	scrip.Book
	Accounts
	Stalls
	Extensions
	Tree
	Proofs
	Earnings
	Ratings
	Protected
	// Keys lists the broker's KEYS after a serial, the oldest first, as signed.
	Keys(ctx context.Context, after int64, limit int) ([]string, error)
	// Announced returns what T3 with this tx announced, while its scrip lives.
	Announced(ctx context.Context, tx scrip.ID) (scrip.Announced, error)
	// Logged lists the log's records of a transaction, of one kind.
	Logged(ctx context.Context, tx scrip.ID, kind string) ([]scrip.Record, error)
	// LiveOf returns the account's one live BrokerScrip.
	LiveOf(ctx context.Context, holder string) (scrip.Live, error)
}

// Extensions are the T15s that merchants have yet to answer.
type Extensions interface {
	Extension(ctx context.Context, tx scrip.ID) (scrip.Extension, error)
	// Extensions lists them, oldest first, but for those that are set aside; if there are more than limit, some of each
	// merchant's, and those whose change is not given before the others.
	Extensions(ctx context.Context, limit int) ([]scrip.Extension, error)
}

// Accounts are the peers the broker knows.
type Accounts interface {
	Account(ctx context.Context, id scrip.AccountID) (scrip.Account, error)
	// AccountByKey finds the account that has or had a signing key, by its thumbprint.
	AccountByKey(ctx context.Context, thumbprint string) (scrip.Account, error)
	// AccountKey returns a key that an account has or had, by its thumbprint.
	AccountKey(ctx context.Context, account scrip.AccountID, thumbprint string) (jose.VerifyKey, error)
	// Alias returns the account behind a pseudonym at a vendor.
	Alias(ctx context.Context, p scrip.Pseudonym, v scrip.VendorID) (scrip.Alias, error)
}

// Stalls are the merchants the broker certified.
type Stalls interface {
	Stall(ctx context.Context, v scrip.VendorID) (scrip.Stall, error)
	// StallByKey finds the stall of a signing key's thumbprint.
	StallByKey(ctx context.Context, thumbprint string) (scrip.Stall, error)
	// Callable lists merchants after one, in the order of their IDs, that are not
	// revoked and hold what customers put in; only those that did not answer, if silent.
	Callable(ctx context.Context, silent bool, after scrip.VendorID, limit int) ([]scrip.Stall, error)
	// Stalls lists those certified after one, or from the first, revoked ones too, the
	// oldest first. What was listed keeps its place for ever.
	Stalls(ctx context.Context, after scrip.VendorID, limit int) ([]scrip.Stall, error)
}

// Tree is the log as a Merkle tree, and what was signed of it.
type Tree interface {
	// LogHead returns the tree as it is now.
	LogHead(ctx context.Context) (tree.Head, error)
	// Root returns the root over the first size records, of which there are as many.
	Root(ctx context.Context, size int64) (tree.Hash, error)
	// SignedHead returns the last head that Apply kept.
	SignedHead(ctx context.Context) (scrip.SignedHead, error)
	// HeadAfter returns the first head of more records than so many that Apply kept.
	HeadAfter(ctx context.Context, size int64) (scrip.SignedHead, error)
	// Cosigned lists the last word of each witness, the largest head first.
	Cosigned(ctx context.Context) ([]scrip.Cosigned, error)
}

// Proofs are what the log proves of itself.
type Proofs interface {
	// Recorded finds the first record that keeps a message with this digest:
	// its number and its entry.
	Recorded(ctx context.Context, digest string) (int64, string, error)
	// Inclusion proves that record index is among the first size, but for Entry
	// and Head.
	Inclusion(ctx context.Context, index, size int64) (tree.Inclusion, error)
	// Consistency proves that the first to records begin with the first from.
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// Ratings are what buyers said of purchases, and merchants of that.
type Ratings interface {
	// Counts counts what is recorded and said of a merchant.
	Counts(ctx context.Context, v scrip.VendorID) (scrip.Counts, error)
	// Ratings lists those of a stall, the newest first.
	Ratings(ctx context.Context, page scrip.RatingPage, limit int) ([]scrip.PublicRating, error)
}

// Earnings are what merchants earned, and what they take back of it.
type Earnings interface {
	// Earned returns what a merchant has earned and was not paid out.
	Earned(ctx context.Context, v scrip.VendorID) (scrip.Money, error)
	// Stated lists an account's stalls with their balances, by name. With no
	// stalls the list is empty, not nil.
	Stated(ctx context.Context, a scrip.AccountID, limit int) ([]scrip.StatedStall, error)
	// Refundable returns what may still be taken back of a purchase, and whose it is;
	// scrip.ErrAbsent when T12 did not report it.
	Refundable(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (scrip.Refundable, error)
	// Rescuable returns what an account has at a merchant; a notice counts that was
	// logged from since to until, in unix seconds.
	Rescuable(ctx context.Context, of scrip.Share, since, until int64) (scrip.Rescuable, error)
}

// Protected are the holds of protected purchases.
type Protected interface {
	// Held returns the hold of a purchase.
	Held(ctx context.Context, v scrip.VendorID, purchase scrip.ID) (scrip.Hold, error)
	// HeldSince lists the holds of a merchant, or of one pseudonym there, that changed
	// after a place in the feed (Hold.Seq), in its order.
	HeldSince(ctx context.Context, v scrip.VendorID, p scrip.Pseudonym, after int64, limit int) ([]scrip.Hold, error)
	// HeldUntil lists holds whose time is over at a time, the first to end first, from
	// behind one of them on; the zero hold is before all.
	HeldUntil(ctx context.Context, at int64, after scrip.Hold, limit int) ([]scrip.Hold, error)
	// HeldAhead lists holds that were marked as sent later than a time, likewise.
	HeldAhead(ctx context.Context, later int64, after scrip.Hold, limit int) ([]scrip.Hold, error)
	// Disputed lists holds that wait for a decision, the oldest dispute first.
	Disputed(ctx context.Context, limit int) ([]scrip.Hold, error)
	// Decided lists holds that an operator decided, the last one first.
	Decided(ctx context.Context, limit int) ([]scrip.Hold, error)
	// Showings lists what both sides showed of a purchase, by its place in the log.
	Showings(ctx context.Context, v scrip.VendorID, purchase scrip.ID) ([]scrip.Exhibited, error)
	// ShownPhoto returns a photo that a side showed of a purchase, as it was sent:
	// scrip.ErrAbsent where none did.
	ShownPhoto(ctx context.Context, v scrip.VendorID, purchase scrip.ID, digest string) ([]byte, error)
	// Takings returns how a merchant stands.
	Takings(ctx context.Context, v scrip.VendorID) (scrip.Takings, error)
	// Credit returns what an account had back and was not paid out.
	Credit(ctx context.Context, a scrip.AccountID) (scrip.Money, error)
	// Float returns what an account has at a merchant.
	Float(ctx context.Context, of scrip.Share) (scrip.Money, error)
}
