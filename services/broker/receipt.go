package broker

import (
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// withReceipts seals T6 twice: for the merchant to pass on, and as the new
// answer to T3, for a customer whose merchant vanished.
func (b *Broker) withReceipts(a scrip.Answer, x exchange, left scrip.Attachments, at int64) (scrip.Answer, error) {
	m, account := x.request, x.payment.From
	t6, err := b.t6(m.Tx, x.live.Value-m.Body.Value, at, scrip.Receipt{
		Vendor: m.Body.Vendor, Value: m.Body.Value, Pseudonym: m.Body.Pseudonym, Possession: x.announced.Proof,
	})
	if err != nil {
		return scrip.Answer{}, err
	}
	a.Payment, err = b.sealT6(account, m.Tx, t6, left, *x.payment.ReplyKey, at)
	if err != nil || left.Scrip == nil {
		return a, err
	}
	direct, err := b.sealT6(account, m.Tx, t6, left, x.announced.ReplyKey, at)
	a.Change.Replies = []scrip.StoredReply{{
		From: account, Typ: scrip.Announcement{}.Type(), Tx: m.Tx, Digest: x.announced.Digest,
		Reply: scrip.Sealed{Envelope: direct}, ScripID: left.Scrip.ScripID, Replaces: true,
	}}
	return a, err
}

// t6 is what T6 says of an exchange, with the receipt that the stall takes for
// it (CLAIM): signed at the time of T5, so that all receipts of it are as old.
func (b *Broker) t6(tx scrip.ID, change scrip.Money, at int64, of scrip.Receipt) (scrip.Exchanged, error) {
	receipt, err := b.evidence(string(of.Vendor), tx, at, of)
	return scrip.Exchanged{Vendor: of.Vendor, Value: of.Value, Change: change, Receipt: receipt}, err
}

// sealT6 seals T6 for an account, with what is left of its BrokerScrip.
func (b *Broker) sealT6(account string, tx scrip.ID, t6 scrip.Exchanged, left scrip.Attachments, key jose.ReplyKey, at int64) (string, error) {
	return jose.Reply(b.Random, scrip.Compose(string(b.Identity.ID), account, tx, at, t6, left), b.signing(), key)
}
