package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Shelf is one stall's state, apart from every other stall's. Reads see every
// Change applied before them and return scrip.ErrAbsent for what is not there.
type Shelf interface {
	scrip.Book
	Exchanges
	GiveBacks
	Goods
	Sales
	Refunds
	Holds
	Threads
	Blocks
	Programs
	// Counter reads what a purchase with some VendorScrip of some versions of offers is
	// decided by, at one instant. ScripSpent: there is no such VendorScrip.
	Counter(ctx context.Context, id scrip.ID, versions []scrip.ID) (Counter, error)
	// Aside lists the messages to the broker that are set aside, the first one
	// first. No list of what is to be sent has them.
	Aside(ctx context.Context, limit int) ([]scrip.Aside, error)
	// Revision counts the Changes that were applied: who has seen it once knows whether
	// there was one since.
	Revision(ctx context.Context) (int64, error)
}

// Counter is what a stall looks at when it is paid.
type Counter struct {
	Live     scrip.Live
	Page     scrip.StallPage            // whether it takes orders, and nothing else of it
	Listings map[scrip.ID]scrip.Listing // those that stand, by version
}

// Exchanges are the T4s the broker has yet to answer.
type Exchanges interface {
	// Forgotten returns the time, by the broker's clock, up to which settled
	// exchanges of a pseudonym may have been forgotten; 0: none was.
	Forgotten(ctx context.Context, p scrip.Pseudonym) (int64, error)
	// Exchange returns a pending exchange, or one of the last settled.
	Exchange(ctx context.Context, tx scrip.ID) (scrip.Exchange, error)
	// Unsettled lists exchanges that wait for T7, oldest first.
	Unsettled(ctx context.Context, limit int) ([]scrip.Exchange, error)
	// Settled reports whether a pseudonym ever got VendorScrip in exchange.
	Settled(ctx context.Context, p scrip.Pseudonym) (bool, error)
}

// GiveBacks are the T22s the broker has yet to answer.
type GiveBacks interface {
	GiveBack(ctx context.Context, tx scrip.ID) (scrip.GiveBack, error)
	// GiveBacks lists those that wait for T24, oldest first.
	GiveBacks(ctx context.Context, limit int) ([]scrip.GiveBack, error)
}

// Goods are what the stall offers.
type Goods interface {
	// Page returns what the stall says of itself, once SetPage said it.
	Page(ctx context.Context) (scrip.StallPage, error)
	Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error)
	// Sold returns the signed offer that a line of a sale names, whatever became of
	// the offer since.
	Sold(ctx context.Context, version scrip.ID) (string, error)
	// Listings lists all but private ones and requests, ended and sold ones too, newest first.
	Listings(ctx context.Context) ([]scrip.Listing, error)
	// Requests lists those after one, whatever became of them, the newest first; without
	// one from the newest.
	Requests(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error)
	// Paid counts the lines of sales of some offers; one that was not sold is not in it.
	Paid(ctx context.Context, offers []scrip.ID) (map[scrip.ID]int, error)
	// Photo returns a photo by the digest of its full size.
	Photo(ctx context.Context, digest string) (scrip.Photo, error)
	// HasPhoto reports whether there is one, and reads none of it.
	HasPhoto(ctx context.Context, digest string) (bool, error)
}

// Sales are the orders that were paid for.
type Sales interface {
	Sale(ctx context.Context, id scrip.ID) (scrip.Sale, error)
	// SaleOf returns the sale of a T10.
	SaleOf(ctx context.Context, tx scrip.ID, p scrip.Pseudonym) (scrip.Sale, error)
	// SaleBy returns the sale of a purchase, by its tx.
	SaleBy(ctx context.Context, tx scrip.ID) (scrip.Sale, error)
	// Sales lists the newest first, from the offset on.
	Sales(ctx context.Context, offset, limit int) ([]scrip.Sale, error)
	// SalesOf lists those of an offer, the newest first.
	SalesOf(ctx context.Context, offer scrip.ID, limit int) ([]scrip.Sale, error)
	// Tally adds up all sales.
	Tally(ctx context.Context) (Tally, error)
	// ToSend lists sales that are to be sent, the one that is to be first first.
	ToSend(ctx context.Context, limit int) ([]scrip.Sale, error)
	// Earned adds up what all sales earned, by day, the first first.
	Earned(ctx context.Context) ([]DayEarned, error)
	// Unrecorded lists sales whose T12 was not acknowledged, oldest first.
	Unrecorded(ctx context.Context, limit int) ([]scrip.Sale, error)
}

// Refunds are what the seller took back of orders.
type Refunds interface {
	Refund(ctx context.Context, id scrip.ID) (scrip.Refund, error)
	// Refunds lists those of orders, oldest first.
	Refunds(ctx context.Context, orders []scrip.ID) ([]scrip.Refund, error)
	// Uncovered lists those the broker has yet to cover, oldest first.
	Uncovered(ctx context.Context, limit int) ([]scrip.Refund, error)
	// Due lists those a pseudonym may collect, oldest first.
	Due(ctx context.Context, p scrip.Pseudonym, limit int) ([]scrip.Refund, error)
	// Collector returns the counter of the last COLLECT that moved a pseudonym's; 0
	// for none.
	Collector(ctx context.Context, p scrip.Pseudonym) (int64, error)
}

// Holds are how the money of protected sales stands.
type Holds interface {
	// Untold lists sales that are sent and whose SENT was not answered, the one sent
	// first first.
	Untold(ctx context.Context, limit int) ([]scrip.Sale, error)
	// Watching counts the sales whose money is held as far as is known, and tells how
	// far the broker's feed was heard.
	Watching(ctx context.Context) (open, next int, err error)
	// Disputed lists sales that wait for the operator, the oldest dispute first.
	Disputed(ctx context.Context, limit int) ([]scrip.Sale, error)
	// Defences lists what was said to the dispute of a sale, the first first.
	Defences(ctx context.Context, sale scrip.ID) ([]scrip.Defence, error)
	// Undefended lists what the broker has yet to hear of that, the first first.
	Undefended(ctx context.Context, limit int) ([]scrip.Defence, error)
}

// Threads are what buyers and the seller signed about orders, and in
// conversations without one.
type Threads interface {
	// Thread returns a thread that has an event.
	Thread(ctx context.Context, order scrip.ID) (scrip.KeptThread, error)
	// Threads lists those of the orders that have an event.
	Threads(ctx context.Context, orders []scrip.ID) ([]scrip.KeptThread, error)
	// Unanswered lists those whose last word is the buyer's, but for conversations of who
	// is blocked; the one that has waited longest first.
	Unanswered(ctx context.Context, limit int) ([]scrip.KeptThread, error)
	// Returns lists orders that somebody asked to send back, or sent back, and whose
	// seller has the next word; the one that has waited longest first.
	Returns(ctx context.Context, limit int) ([]scrip.KeptThread, error)
	// Talks lists conversations without an order, the last one first.
	Talks(ctx context.Context, limit int) ([]scrip.KeptThread, error)
	// Titles are those of what the threads of some orders and conversations are about:
	// of an order's lines as they were sold, of a conversation's listing as it is now.
	Titles(ctx context.Context, ids []scrip.ID) (map[scrip.ID][]string, error)
	// Events lists those of a thread after the one of that number, oldest first.
	Events(ctx context.Context, order scrip.ID, since, limit int) ([]scrip.KeptEvent, error)
	// TalkPhoto returns a photo of a thread as it was sent, or scrip.ErrAbsent.
	TalkPhoto(ctx context.Context, thread scrip.ID, digest string) ([]byte, error)
}

// Blocks are the buyers whom the seller has blocked.
type Blocks interface {
	// IsBlocked reports whether a pseudonym is.
	IsBlocked(ctx context.Context, p scrip.Pseudonym) (bool, error)
	// Blocked lists them, the last one first.
	Blocked(ctx context.Context) ([]scrip.Blocking, error)
}

// absent turns scrip.ErrAbsent into the refusal for who asked.
func absent(err error) error {
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.NotFound
	}
	return err
}
