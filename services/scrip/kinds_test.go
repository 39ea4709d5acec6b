package scrip_test

import (
	"encoding/json"
	"fmt"

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
	wanted func(body json.RawMessage) []string // what a body of the type comes with
	opened func(envelope string, keys []jose.EnvelopeKey, audience string, senders scrip.Keys) (opening, error)
	open   func(w world, envelope string) (opening, error)
	reply  func(w world, envelope string) (opening, error)
	verify func(w world, jws string) (opening, error)
}

func (k kind) typ() string { return k.body.Type() }

const audience = "rfDgmZOG2udY4dauSOeiig" // whoever a message is for

// kindOf takes a type's good body from the vectors, and attaches to it what it
// must come with.
func kindOf[B scrip.Body](w world) kind {
	var body B
	if err := jose.Decode(goodBody(body.Type()), &body); err != nil {
		panic(fmt.Sprintf("the good %s of testdata/messages.json: %v", body.Type(), err))
	}
	seen := func(m scrip.Opened[B], err error) (opening, error) {
		return opening{m.Digest, m.Dual, m.From, m.OrderDigest, m.Tx, m.Body, m.Attachments}, err
	}
	return kind{
		body: body, attach: w.attachments(scrip.Wanted(body)),
		wanted: func(text json.RawMessage) []string {
			var read B
			if jose.Decode(text, &read) != nil {
				read = body // cannot be read, whatever comes with it
			}
			return scrip.Wanted(read)
		},
		opened: func(envelope string, keys []jose.EnvelopeKey, audience string, senders scrip.Keys) (opening, error) {
			return seen(scrip.Open[B](envelope, keys, audience, senders))
		},
		open: func(w world, envelope string) (opening, error) {
			return seen(scrip.Open[B](envelope, []jose.EnvelopeKey{w.envelope}, audience, w.keys))
		},
		reply: func(w world, envelope string) (opening, error) {
			return seen(scrip.OpenReply[B](envelope, w.reply, audience, id("tx"), w.keys))
		},
		verify: func(w world, jws string) (opening, error) { return seen(scrip.Verify[B](jws, audience, w.keys)) },
	}
}

// kinds is every message there is, with the good body of the vectors.
func (w world) kinds() []kind {
	return []kind{
		kindOf[scrip.AccountRequest](w), kindOf[scrip.AccountOpened](w), kindOf[scrip.BankRequest](w), kindOf[scrip.Rekey](w), kindOf[scrip.KeyPossession](w), kindOf[scrip.StallRequest](w), kindOf[scrip.Rename](w), kindOf[scrip.Revocation](w),
		kindOf[scrip.Possession](w), kindOf[scrip.StallOpened](w), kindOf[scrip.Certificate](w),
		kindOf[scrip.Acquire](w), kindOf[scrip.Acquired](w), kindOf[scrip.Pending](w),
		kindOf[scrip.Announcement](w), kindOf[scrip.AliasPossession](w), kindOf[scrip.Noted](w), kindOf[scrip.ExchangeOrder](w),
		kindOf[scrip.ExchangePayment](w), kindOf[scrip.ExchangeRequest](w), kindOf[scrip.Exchanged](w),
		kindOf[scrip.Receipt](w), kindOf[scrip.ExchangeApproval](w), kindOf[scrip.Issued](w),
		kindOf[scrip.Claim](w), kindOf[scrip.Notice](w), kindOf[scrip.Mandate](w),
		kindOf[scrip.Paid](w), kindOf[scrip.Records](w), kindOf[scrip.Offer](w),
		kindOf[scrip.TopUp](w), kindOf[scrip.ToppedUp](w), kindOf[scrip.ExtendPayment](w),
		kindOf[scrip.ExtendOrder](w), kindOf[scrip.ExtendRequest](w), kindOf[scrip.Extended](w),
		kindOf[scrip.ExtendApproval](w), kindOf[scrip.ExtendChange](w), kindOf[scrip.Withdraw](w),
		kindOf[scrip.Withdrawn](w), kindOf[scrip.GiveBackOrder](w), kindOf[scrip.GiveBackPayment](w),
		kindOf[scrip.GiveBackRequest](w), kindOf[scrip.GiveBackApproval](w), kindOf[scrip.GivenBack](w),
		kindOf[scrip.Renew](w), kindOf[scrip.Renewed](w), kindOf[scrip.RefundReport](w),
		kindOf[scrip.Refunded](w), kindOf[scrip.Collect](w), kindOf[scrip.CollectedRefunds](w),
		kindOf[scrip.BrokerKeys](w), kindOf[scrip.Statement](w), kindOf[scrip.Stated](w), kindOf[scrip.Payout](w),
		kindOf[scrip.PaidOut](w), kindOf[scrip.TrackRecord](w), kindOf[scrip.Rating](w), kindOf[scrip.RatingAnswer](w), kindOf[scrip.RescueRequest](w), kindOf[scrip.Rescued](w), kindOf[scrip.Call](w), kindOf[scrip.Event](w), kindOf[scrip.Tell](w), kindOf[scrip.Told](w),
		kindOf[scrip.SentReport](w), kindOf[scrip.ReleaseRequest](w), kindOf[scrip.ReclaimRequest](w), kindOf[scrip.Dispute](w), kindOf[scrip.Defend](w),
		kindOf[scrip.Decided](w), kindOf[scrip.OnHold](w), kindOf[scrip.Watch](w), kindOf[scrip.Watched](w),
		kindOf[scrip.Refuse](w), kindOf[scrip.Login](w), kindOf[scrip.OwnerRequest](w), kindOf[scrip.Owned](w),
	}
}
