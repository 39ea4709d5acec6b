// Package peers simulates what a broker has to do for peers who come and go, under
// three protocols: this one; PPay (Yang, Garcia-Molina: PPay: Micropayments for
// Peer-to-Peer Systems, CCS 2003); and WhoPay (Wei, Chen, Smith, Vo: WhoPay: a
// Scalable and Anonymous Payment System for Peer-to-Peer Environments, UCB/CSD-05-1386,
// 2005). [Run] lets the same peers come, go and pay under each of them and counts
// what reaches the broker: what it has to decide (authorizations), what it takes note
// of (recordings), messages, bytes, and processor time at unit costs that the caller
// has measured. Nothing here reads a clock or draws a number that does not follow
// from Config.Seed.
//
// What the two papers leave open, or what is not sure, is decided in their favour and
// said in [Assumptions], which is printed with every table.
package peers

// Assumptions are what the figures rest on, one sentence each.
func Assumptions() []string { return assumptions }

var assumptions = []string{
	"Of PPay and WhoPay the mechanisms are modelled as they are commonly described, from the abstracts and not from every page of the papers: coins with owners, downtime transfers, renewals, deposits, synchronization of owners who come back. The papers' own parameters and figures are not, and where a detail was not certain it was decided in their favour.",
	"All three get the same peers, sessions and payments. A payment is between two peers who are both online, whatever the protocol.",
	"Time online and time away are drawn from exponential distributions; the mean session is the same at each availability, the mean time away follows from it.",
	"Every purchase costs one coin. This is kind to PPay and WhoPay, which pay other prices with several coins; scrip pays any price with one message.",
	"PPay and WhoPay: a coin is bought from the broker, and issued by its owner without it; passed on by its owner, and by the broker while the owner is away (downtime transfer); " +
		"bound anew before it lapses by its owner, and by the broker while the owner is away (downtime renewal); brought back to the broker (deposit).",
	"PPay and WhoPay: a payer first passes on a coin whose owner is online, then issues one of its own, then asks the broker for a downtime transfer, and buys a coin last. The papers compare several orders; this one asks least of the broker.",
	"PPay and WhoPay: passing a coin on binds it anew for a whole lifetime. Whether the broker has to take part when PPay's raw coin lapses is not sure; here it does not, unless the owner is away.",
	"PPay: an owner who comes back is told by the broker in one message what happened to its coins meanwhile. WhoPay: either each owner asks at each return, whether anything happened or not (proactive), or never asks and looks in the distributed table when it must (lazy). The table's own load is not counted: it is not the broker's.",
	"WhoPay's group signatures are taken to cost twice an ordinary one to check, and to be 400 bytes long. No implementation was measured.",
	"Signatures are Ed25519 for all, as measured here; the papers had RSA and DSA. One column has everybody's messages in this project's envelopes; in the other, PPay's and WhoPay's are signed and not encrypted.",
	"PPay's and WhoPay's messages have the sizes of what must be in them: each signed thing 400 bytes and what it holds, base64 around it.",
	"Each effect at the broker, whoever's, is one durable commit. This protocol's broker also keeps the signed message in its log, and that is in the commit's measured cost; the other two are charged the same.",
	"This protocol: a buyer loads BrokerScrip for 100 purchases at a time, exchanges for so many purchases ahead, and pays. BrokerScrip that is due is renewed at the broker, VendorScrip at its merchant. A payout is one message whatever the sum.",
	"Once a day everybody takes out what is above ten purchases' worth: coin by coin where money is coins, in one payout here.",
	"At the end everybody leaves: coins are deposited, BrokerScrip withdrawn (T20), and what is left of VendorScrip too (T23), which is the price of having exchanged ahead.",
	"The bank's part, the opening of accounts, refusals, refunds and repetitions are left out for all three.",
}
