package web

import (
	"context"
	"io"

	"peerscrip/services/bank"
	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// This file is everything package web asks of others. The parties' own types satisfy it: *market.Market is a Catalogue,
// *merchant.Host is Openings, *merchant.Stall is a Desk, *bank.Sandbox is a Bank. All methods may be called concurrently.
// An error that holds a scrip.Refusal is shown to the person in words; any other becomes "our fault" and is logged.
// Texts are plain text, never HTML. IDs arrive as they stood in the address, unchecked.

// Catalogue is what buyers browse: the listings of every stall this program knows.
type Catalogue interface {
	// Search returns one page of what can be bought now.
	Search(ctx context.Context, q market.Query) (market.Results, error)
	// Listing returns one listing in whatever state, so that old links go on explaining themselves.
	Listing(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error)
	// PaymentLink returns a payment link as its stall has it now, in whatever state. Unavailable: the stall does not answer.
	PaymentLink(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error)
	// Beside returns what can be bought beside a listing: of its stall, and what is similar.
	Beside(ctx context.Context, item market.Item) (market.Beside, error)
	// Stalls lists every stall that is not revoked, by name.
	Stalls(ctx context.Context) ([]market.Stall, error)
	// StallPage returns one stall with what it sells.
	StallPage(ctx context.Context, vendor scrip.VendorID) (market.StallPage, error)
	// HiddenOf lists what the market does not show of a stall: listings, and an empty ID for all of it.
	HiddenOf(ctx context.Context, vendor scrip.VendorID) ([]scrip.ID, error)
	// Rated lists what buyers said of a stall, the newest first: those numbered below before, or from the newest (0).
	Rated(ctx context.Context, stall market.Stall, before int64) []scrip.ToldRating
	// Unread is how many stalls of the directory are not in the catalogue, for want of room.
	Unread() int
	// Photo returns a photo that a listing names, as JPEG, or its small copy.
	Photo(ctx context.Context, digest string, thumb bool) ([]byte, error)
}

// Reports takes what people report of listings.
type Reports interface {
	// Report notes it for the operator. Unreadable: no such reason; TooMany: too long, or too much waits.
	Report(ctx context.Context, vendor scrip.VendorID, offer scrip.ID, reason, words string) error
}

// Openings makes stalls hosted by this program and lets their owners in.
type Openings interface {
	// Draft makes the keys of a new stall and the proof that they are held, for the wallet's R3.
	Draft(ctx context.Context, o merchant.Opening) (merchant.Draft, error)
	// Finish opens a draft's stall once the broker has certified it. Repeating it answers the same.
	Finish(ctx context.Context, draft scrip.ID, certificate string) (scrip.VendorID, error)
	// Login opens a LOGIN envelope and returns the stall whose owner made it in answer to this challenge, and the thumbprint
	// of the key that it is signed with: the desk stays open as long as that is OwnerKey.
	Login(ctx context.Context, envelope, challenge string) (vendor scrip.VendorID, key string, err error)
	// OwnerKey returns the thumbprint of the key with which a stall's owner signed at the last LOGIN: what was opened
	// with one before is closed.
	OwnerKey(ctx context.Context, vendor scrip.VendorID) (string, error)
}

// Desk is a stall in its seller's hands. Of a buyer it knows a pseudonym and what was written under delivery, nothing
// else.
type Desk interface {
	// Desk looks at everything, with up to limit orders from the offset on, newest first.
	Desk(ctx context.Context, offset, limit int) (merchant.Desk, error)
	// Revision is another whenever something of the stall has changed.
	Revision(ctx context.Context) (int64, error)
	// News counts what waits for the seller.
	News(ctx context.Context) (merchant.News, error)
	// Current is what the stall's newest certificate says.
	Current() scrip.Certificate
	// Page returns what the stall says of itself.
	Page(ctx context.Context) (scrip.StallPage, error)
	// SetPage says another. NotFound: its picture is not there.
	SetPage(ctx context.Context, page scrip.StallPage) error
	// Rename asks the broker for another name. NameInvalid: it is taken, or looks like one that is; TooMany: the stall
	// keeps as many old names as it may; Unavailable: the broker does not answer; TxConflict: somebody else had it renamed at
	// the same moment, and that name stands.
	Rename(ctx context.Context, name string) error
	// SellerKeys lists the keys of the seller's programs, the newest first.
	SellerKeys(ctx context.Context) ([]scrip.SellerKey, error)
	// AddSellerKey makes one and returns it, which is shown this once. TooMany: the name is none or too long, or there are too
	// many; Unreadable: no scope.
	AddSellerKey(ctx context.Context, name string, scopes []scrip.Scope) (token string, err error)
	// AddWebhook has an address told of what happens, and returns the secret of its messages, shown this once. Unreadable: it is no
	// address; PartyMismatch: not of the public network; TooMany: there are too many.
	AddWebhook(ctx context.Context, url string) (scrip.WebhookSecret, error)
	// SellerWebhooks lists them; SellerWebhook returns one and what it was told, the newest first. NotFound: it is not there.
	SellerWebhooks(ctx context.Context) ([]scrip.Webhook, error)
	SellerWebhook(ctx context.Context, id scrip.ID) (scrip.Webhook, []scrip.WebhookDelivery, error)
	// RotateWebhook gives it another secret and returns that. The other four do what they are called.
	RotateWebhook(ctx context.Context, id scrip.ID) (scrip.WebhookSecret, error)
	TestWebhook(ctx context.Context, id scrip.ID) (scrip.WebhookDelivery, error)
	TurnWebhook(ctx context.Context, id scrip.ID, on bool) error
	ResendWebhook(ctx context.Context, id scrip.ID, event int64) error
	DropWebhook(ctx context.Context, id scrip.ID) error
	// RevokeSellerKey takes one back. NotFound: it is not there.
	RevokeSellerKey(ctx context.Context, id scrip.ID) error
	// Rated lists what buyers said of the stall, as the broker publishes it now.
	Rated(ctx context.Context, before int64) ([]scrip.ToldRating, error)
	// AnswerRating answers a rating once. NotFound: it is not what it was; AlreadyRecorded: it has an answer; TooMany: too long,
	// or nothing.
	AnswerRating(ctx context.Context, purchase scrip.ID, rating, words string) error
	// Listing returns one of the stall's listings.
	Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error)
	// List signs and publishes a new offer. TooMany: no room for another.
	List(ctx context.Context, item merchant.Item) (scrip.Listing, error)
	// Revise publishes a new version. OfferChanged: it was revised, or sold from, since it was seen.
	Revise(ctx context.Context, seen merchant.Seen, item merchant.Item) (scrip.Listing, error)
	// End takes an offer back. What is sold stays sold.
	End(ctx context.Context, offer scrip.ID) error
	// Edit makes several changes to what is offered, all or none. OfferChanged, TooMany: as of one.
	Edit(ctx context.Context, edits []merchant.Edit) error
	// AskFor makes a payment link. TooMany: no room for another, or a text is too long; OfferExpired: it would have ended.
	AskFor(ctx context.Context, demand merchant.Demand) (scrip.Listing, error)
	// PaymentLinks lists those after one, the newest first; PaymentLink returns one with its newest payments. NotFound: it is
	// not there.
	PaymentLinks(ctx context.Context, after scrip.ID, limit int) ([]merchant.PaymentLink, error)
	PaymentLink(ctx context.Context, offer scrip.ID, limit int) (merchant.PaymentLink, []scrip.Sale, error)
	// AddPhoto keeps a photo for a listing. merchant.PhotoError: what is wrong with it, in a sentence; TooMany: no room.
	AddPhoto(ctx context.Context, file io.Reader) (digest string, err error)
	// Photo returns a photo of the stall, listed or not; HasPhoto reports whether there is one, and reads none of it.
	Photo(ctx context.Context, digest string) (scrip.Photo, error)
	HasPhoto(ctx context.Context, digest string) (bool, error)
	// Order returns an order with its refunds.
	Order(ctx context.Context, id scrip.ID) (merchant.Order, error)
	// Earnings adds up what was earned, and asks the broker how the stall stands.
	Earnings(ctx context.Context) (merchant.Earnings, error)
	// Orders lists orders after one, the newest first; without one from the newest. NotFound: there is no such order.
	Orders(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error)
	// MarkSent says that an order is on its way, to the buyer too. Said again, it takes the place of what was said, and the
	// time stays. OutOfTurn: the order was received or cancelled; TooMany, Unreadable: what it says.
	MarkSent(ctx context.Context, order scrip.ID, parcel scrip.Parcel) error
	// Defend says to the dispute of an order what its seller says, and shows what is chosen of Order.Showable by its digest;
	// once for each id. OutOfTurn: it is not disputed; TooMany: too long, or too much; TxConflict: the id was used for another.
	Defend(ctx context.Context, id, order scrip.ID, text string, chosen []string) error
	// Conversation returns a conversation without an order, or the thread of an order.
	Conversation(ctx context.Context, order scrip.ID) (merchant.Conversation, error)
	// Say adds the seller's event to an order or a conversation. OutOfTurn: it has come to another state; TooMany: its text.
	Say(ctx context.Context, order scrip.ID, e scrip.Event) error
	// SayPhoto shows a photo to a buyer, with words of what it shows. merchant.PhotoError: what is wrong with it, in a sentence;
	// TooMany: the words, or photos of the thread; OutOfTurn: as Say.
	SayPhoto(ctx context.Context, order scrip.ID, file io.Reader, words string) error
	// TalkPhoto returns a photo of a thread, as JPEG.
	TalkPhoto(ctx context.Context, order scrip.ID, digest string) ([]byte, error)
	// OfferPrivately offers what a conversation is about to its buyer alone. OfferChanged, OutOfStock: it is not there, or not
	// so many; OutOfTurn: the conversation is closed; AmountOutOfBounds, TooMany: the terms.
	OfferPrivately(ctx context.Context, conversation scrip.ID, terms merchant.Terms) error
	// Block blocks the buyer of an order or a conversation; Unblock takes it back. NotFound: no such thread; TooMany: no room.
	Block(ctx context.Context, thread scrip.ID) error
	Unblock(ctx context.Context, buyer scrip.Pseudonym) error
	// Blocked lists the buyers who are blocked, the last one first.
	Blocked(ctx context.Context) ([]merchant.Blocked, error)
	// Again has messages to the broker told again that were set aside. What is not is passed over.
	Again(ctx context.Context, ids ...scrip.ID) error
	// Reconcile holds the money of protected orders against the broker's books. scrip.Unanswered: it was not reached.
	Reconcile(ctx context.Context) (merchant.Reconciled, error)
	// Refund takes back part of an order's price, or all, once for each id. AmountOutOfBounds: more than is left; TxConflict:
	// the id was used for another refund.
	Refund(ctx context.Context, id, order scrip.ID, amount scrip.Money) error
}

// Bank is the sandbox bank: test money of one currency. Knowing an account's reference, or a charge's key, is all it
// takes to use it.
type Bank interface {
	// OpenAccount returns the reference of a new account.
	OpenAccount(ctx context.Context) (reference string, err error)
	// Statement returns an account's balance and its last movements, newest first.
	Statement(ctx context.Context, reference string) (scrip.Money, []scrip.Record, error)
	// Deposit puts test money in, once for each key. AmountOutOfBounds: above the sandbox's limits.
	Deposit(ctx context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error)
	// Confirmation returns a payment that waits for its owner's word (protocol PENDING), and that word.
	Confirmation(ctx context.Context, key scrip.ID) (asked scrip.Collection, said scrip.Consent, err error)
	// Confirm lets the payment happen, Decline keeps it from ever happening: what came first stands.
	Confirm(ctx context.Context, key scrip.ID) error
	Decline(ctx context.Context, key scrip.ID) error
}

// PayIns is a bank of real money; *bank.Gateway is one. Knowing an account's reference, or a payment's key, is all it takes to use
// it.
type PayIns interface {
	Terms() scrip.BankTerms
	// Asked returns a payment that was asked for (protocol PENDING), and what came of it.
	Asked(ctx context.Context, key scrip.ID) (bank.Asked, error)
	// Choose begins to pay at the provider. BankDeclined: it is paid, or was called off.
	Choose(ctx context.Context, key scrip.ID) (scrip.Attempt, error)
	// CallOff keeps it from being paid, unless it is.
	CallOff(ctx context.Context, key scrip.ID) error
	// Refresh has it looked at anew, soon.
	Refresh(ctx context.Context, key scrip.ID) error
	// Account returns an account with so many of its payments and of what left it, the newest first.
	Account(ctx context.Context, reference string, payIns, out int) (bank.Account, error)
	// PayOut has all that is in an account paid out, once for each key. NotFound: there is nothing.
	PayOut(ctx context.Context, reference string, key scrip.ID) error
	// SetPayee says to which bank account money of an account is paid out: iso20022.ErrIBAN, NameInvalid.
	SetPayee(ctx context.Context, reference, name, iban string) error
	// ConnectPayee returns a page of the provider's on which the owner of an account says where its money goes.
	ConnectPayee(ctx context.Context, reference string) (link string, err error)
}
