package scrip_test

import (
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// opening is what the three ways to open a message say of one.
type opening struct {
	digest, dual, from, orderDigest string
	tx                              scrip.ID
	body                            scrip.Body
	attachments                     scrip.Attachments
}

// kind is one type of message: a good one, and how a receiver that expects this
// type opens what it is sent.
type kind struct {
	body   scrip.Body
	attach scrip.Attachments
	open   func(w world, envelope string) (opening, error)
	reply  func(w world, envelope string) (opening, error)
	verify func(w world, jws string) (opening, error)
}

func (k kind) typ() string { return k.body.Type() }

const audience = "rfDgmZOG2udY4dauSOeiig" // whoever a message is for

func kindOf[B scrip.Body](body B, a scrip.Attachments) kind {
	seen := func(m scrip.Opened[B], err error) (opening, error) {
		return opening{m.Digest, m.Dual, m.From, m.OrderDigest, m.Tx, m.Body, m.Attachments}, err
	}
	return kind{
		body: body, attach: a,
		open: func(w world, envelope string) (opening, error) {
			return seen(scrip.Open[B](envelope, []jose.EnvelopeKey{w.envelope}, audience, w.keys))
		},
		reply: func(w world, envelope string) (opening, error) {
			return seen(scrip.OpenReply[B](envelope, w.reply, audience, id("tx"), w.keys))
		},
		verify: func(w world, jws string) (opening, error) { return seen(scrip.Verify[B](jws, audience, w.keys)) },
	}
}

// kinds is every message there is.
func (w world) kinds() []kind {
	vendor, account := scrip.VendorID(w.vendor), scrip.AccountID(w.account)
	answer := scrip.Attachments{ReplyKey: &w.reply}
	money := scrip.Attachments{Scrip: &w.scrip, Secret: w.secret}
	certificate := scrip.Certificate{
		Vendor: vendor, Name: "Marta's Attic", Signing: w.signing.Public(), Envelope: w.envelope.Public(),
		BaseURL: "https://stall.example", NotBefore: now, NotAfter: now + 1000,
	}
	return []kind{
		kindOf(scrip.AccountRequest{Bank: "SB123", Name: "Marta"}, answer),
		kindOf(scrip.AccountOpened{Account: account}, scrip.Attachments{}),
		kindOf(scrip.StallRequest{
			Name: "Marta's Attic", Signing: w.signing.Public(), Envelope: w.envelope.Public(),
			BaseURL: "https://stall.example", Possession: "a.b.c",
		}, answer),
		kindOf(scrip.Possession{Account: account, Envelope: w.envelope.Thumbprint()}, scrip.Attachments{}),
		kindOf(scrip.StallOpened{Certificate: "a.b.c"}, scrip.Attachments{}),
		kindOf(certificate, scrip.Attachments{}),
		kindOf(scrip.Acquire{Account: account, Amount: 50_00, Nonce: id("nonce"), Counter: 1}, answer),
		kindOf(scrip.Acquired{Nonce: id("nonce"), Value: 50_00}, money),
		kindOf(scrip.Pending{Link: "/bank/confirm/x"}, scrip.Attachments{}),
		kindOf(scrip.Announcement{Account: account, ScripID: id("scrip"), Value: 12_50, Vendor: vendor, Pseudonym: w.pseudonym},
			scrip.Attachments{Secret: w.secret, ReplyKey: &w.reply}),
		kindOf(scrip.Noted{Deadline: now + 60}, scrip.Attachments{}),
		kindOf(scrip.ExchangeOrder{Value: 12_50, Vendor: vendor, Pseudonym: w.pseudonym}, answer),
		kindOf(scrip.ExchangePayment{Account: account, Value: 12_50, Vendor: vendor, Pseudonym: w.pseudonym},
			scrip.Attachments{Scrip: &w.scrip, ReplyKey: &w.reply}),
		kindOf(scrip.ExchangeRequest{Vendor: vendor, Value: 12_50, Pseudonym: w.pseudonym, OrderDigest: hash("order"), PaymentDigest: hash("payment")}, answer),
		kindOf(scrip.Exchanged{Vendor: vendor, Value: 12_50, Change: 37_50, Receipt: "a.b.c"}, money),
		kindOf(scrip.Receipt{Vendor: vendor, Value: 12_50, Pseudonym: w.pseudonym}, scrip.Attachments{}),
		kindOf(scrip.ExchangeApproval{Vendor: vendor, Value: 12_50}, scrip.Attachments{}),
		kindOf(scrip.Issued{Value: 12_50}, money),
		kindOf(scrip.Claim{Value: 12_50, Receipt: "a.b.c"}, answer),
		kindOf(scrip.ExtendPayment{Account: account, Value: 12_50, Vendor: vendor},
			scrip.Attachments{Scrip: &w.scrip, Secret: w.secret, ReplyKey: &w.reply}),
		kindOf(scrip.ExtendOrder{Value: 12_50, Vendor: vendor}, scrip.Attachments{Scrip: &w.scrip, Secret: w.secret, ReplyKey: &w.reply}),
		kindOf(scrip.ExtendRequest{
			Vendor: vendor, Value: 12_50, OrderDigest: hash("order"), PaymentDigest: hash("payment"), ValidUntil: now + 600,
		}, answer),
		kindOf(scrip.Extended{Value: 62_50}, money),
		kindOf(scrip.ExtendApproval{Vendor: vendor, Value: 12_50}, scrip.Attachments{}),
		kindOf(scrip.ExtendChange{Value: 37_50, Returned: 12_50}, money),
		kindOf(scrip.ReturnOrder{Vendor: vendor, Value: 50_00}, scrip.Attachments{Scrip: &w.scrip, Secret: w.secret, ReplyKey: &w.reply}),
		kindOf(scrip.ReturnPayment{Account: account, Vendor: vendor, Value: 50_00}, answer),
		kindOf(scrip.ReturnRequest{Vendor: vendor, Value: 50_00, OrderDigest: hash("order"), PaymentDigest: hash("payment")}, answer),
		kindOf(scrip.ReturnApproval{Vendor: vendor, Value: 50_00}, scrip.Attachments{}),
		kindOf(scrip.Returned{Vendor: vendor, Value: 50_00}, scrip.Attachments{}),
		kindOf(scrip.Notice{Account: account, Vendor: vendor, Price: 12_50, OrderDigest: hash("order")}, answer),
		kindOf(scrip.Mandate{Vendor: vendor, Price: 12_50},
			scrip.Attachments{Scrip: &w.scrip, Secret: w.secret, Order: &w.order, ReplyKey: &w.reply}),
		kindOf(scrip.Paid{Price: 12_50, OrderID: id("order id"), OrderDigest: hash("order"), Change: 37_50}, money),
		kindOf(scrip.Records{Vendor: vendor, Reports: []scrip.Report{
			{Price: 12_50, OrderDigest: hash("order"), Tx: id("tx"), Mandate: "a.b.c"},
		}}, answer),
		kindOf(scrip.RefundReport{Vendor: vendor, Purchase: id("tx"), Amount: 12_50}, answer),
		kindOf(scrip.Refunded{Vendor: vendor, Purchase: id("tx"), Amount: 12_50}, scrip.Attachments{}),
		kindOf(scrip.Collect{Vendor: vendor, Counter: now * 1000}, answer),
		kindOf(scrip.CollectedRefunds{Vendor: vendor, Amount: 12_50, Refunds: []scrip.CollectedRefund{
			{Refund: id("refund"), Purchase: id("tx"), Amount: 12_50},
		}}, money),
		kindOf(scrip.Statement{Account: account}, answer),
		kindOf(scrip.Stated{Account: account, Stalls: []scrip.StatedStall{
			{Vendor: vendor, Name: "Marta's Attic", Earned: 12_50, Float: 50_00},
		}}, scrip.Attachments{}),
		kindOf(scrip.Payout{Account: account, Vendor: vendor, Amount: 12_50, To: scrip.ToBank}, answer),
		kindOf(scrip.PaidOut{Account: account, Vendor: vendor, Amount: 12_50, To: scrip.ToScrip, Value: 62_50}, money),
		kindOf(scrip.Refuse{Reason: scrip.ScripSpent}, scrip.Attachments{}),
		kindOf(w.offer(), scrip.Attachments{}),
		kindOf(scrip.Login{Vendor: vendor, Challenge: hash("challenge")}, scrip.Attachments{}),
	}
}

func (w world) offer() scrip.Offer {
	return scrip.Offer{
		Offer: id("offer"), Vendor: scrip.VendorID(w.vendor), Title: "Kettle", Description: "Red.\nBoils.", Category: "Home",
		Condition: "good", Price: 12_50, Currency: "EUR", Quantity: 3, Postage: 4_90,
		Photos: []scrip.Photo{{Digest: hash("photo"), Alt: "A red kettle"}}, ValidUntil: now + 1000,
	}
}
