// Package wallet is the customer: it plans a payment, makes it, and after any
// interruption finishes or undoes what it began.
//
//	Make, Open      a wallet over a purse
//	Plan            which transactions a payment takes (the paper's Figure 3)
//	Load, Withdraw  bank to BrokerScrip (protocol 6.1, 6.4) and back (6.6)
//	Exchange        BrokerScrip to VendorScrip (6.2)
//	Extend          BrokerScrip to what VendorScrip there is (6.5)
//	Buy             plan, run the plan, and pay for a signed offer (6.3)
//	Leave           everything back to the bank (6.7, 6.6)
//	Collect         VendorScrip for what sellers take back (COLLECT)
//	Earnings        what the owner's stalls have earned (STATEMENT)
//	Payout          some of that to the bank, or into BrokerScrip (PAYOUT)
//	Rescue          what is at a stall that is gone, back to the bank (RESCUE)
//	Renew           new scrip for what has expired or soon will (6.8)
//	Resume          finish or undo everything unfinished, and renew
//	Deliver, Run    bring the queued notices (T9) to the broker
//	CompareHeads    hold what stalls saw of the broker's log against what it shows here
//
// What is promised: everything the wallet will send is in the purse before it
// is sent, and what an answer does to the purse is one commit, so that at every
// instant each scrip the wallet was ever given is in the purse, spent for
// something that is in the purse too, or at stake in an unfinished item of the
// journal whose end Resume will learn. No purchase is paid twice by asking again. A purchase
// (T10 to T11) needs the merchant alone: certificates and the broker's keys are
// kept in the purse, and the notice to the broker waits in a queue.
//
// An error that is [ErrUnfinished] says that the end is not known yet; one that
// is a [*Refused] says that the other party signed a no, and nothing moved.
//
// Inside, a plan is a list of legs, and each leg runs one transaction: begin
// decides and signs, send only talks, settle decides what the answer means. Both
// decide an outcome, a value, and the runner applies it: see transactions.go.
// The browser's wallet (static/wallet) is the same machine with the same words,
// and testdata/decisions holds both to the same decisions.
//
// A Wallet is safe for concurrent use; its payments take turns. The messages are
// those of docs/protocol.md, sections 4 and 5.
package wallet
