// @ts-check
/**
 * What lies in the purse, by kind: every row of it is typed here.
 * @module
 */

/** @import { Address, Delivery } from './forms.js' */
/** @import { Item } from './items.js' */
/** @import { Request } from './requests.js' */
/** @import { Link } from './succession.js' */
/** @import { Entry } from './transcript.js' */
/** @import { JWK, Scrip } from './types.js' */

/**
 * @typedef {object} Rows the rows of each kind
 * @property {Profile} profile one, called "me"
 * @property {Merchant} merchants by vendor
 * @property {Holding} holdings by scrip_id
 * @property {Work} works by id
 * @property {Notice} notices by tx
 * @property {Order} orders by tx
 * @property {Basket} baskets by vendor
 * @property {Talk} threads by tx
 * @property {Picture} photos by digest
 * @property {Entry} transcript by id
 * @property {Backup} backup one, called "last"
 * @property {Restored} restored one, called "last"
 *
 * @typedef {keyof Rows} Kind
 */

/** @type {Kind[]} */
export const kinds = ['profile', 'merchants', 'holdings', 'works', 'notices', 'orders', 'threads', 'transcript', 'backup', 'restored', 'baskets', 'photos']

/** @typedef {{ tx: string, jpeg: string }} Picture a photo of a thread, as binary */

/** @typedef {{ [K in Kind]: { kind: K, id: string, value: Rows[K] | null } }[Kind]} Change one row put, or deleted when value is null */

/**
 * @typedef {object} BrokerPin the broker as it was when the wallet was made, and its keys as far as they were followed
 * @property {string} id
 * @property {string} name
 * @property {string} currency
 * @property {number} exponent
 * @property {Link[]} links of the chain of its keys
 * @property {JWK} envelope of the last of them
 * @property {number} maxCharge minor units
 * @property {BankTerms | null} [bank] how money gets in; null, or left out, for the sandbox
 *
 * @typedef {{ kind: 'test' | 'real', ways: PayWay[] }} BankTerms
 *
 * @typedef {object} PayWay a way to pay in. Who pays bears a fee of fixed, and of rate ten-thousandths of the amount, rounded up
 * @property {'card' | 'transfer'} way
 * @property {number} fixed minor units
 * @property {number} rate
 * @property {number} least minor units
 *
 * @typedef {object} Profile
 * @property {BrokerPin} broker
 * @property {string} account "" until R2
 * @property {JWK} key private Ed25519 JWK
 * @property {string} bank reference
 * @property {number} counter of the last T1, BANK or REKEY
 * @property {number} [rekeyed] when this wallet replaced the account's key last, unix seconds
 * @property {string} name
 * @property {Address} [address] where the last parcel went, if that was to be kept
 * @property {number} [credit] what the broker owes the account of protected purchases, as far as is known, and is not in the wallet yet: minor units
 * @property {RefundsTo} [refunds] where what sellers give back goes; left out until its person has said
 * @property {Heads} [heads] what was seen of the broker's log, once something was
 *
 * @typedef {{ line: string, forks: Fork[] }} Heads line: the broker's signed head to which all belong that were compared
 * @typedef {{ vendor: string, seen: string, before: string, at: number, proven: boolean, settled?: boolean }} Fork two heads that the broker signed and that do not belong
 *   to one log: seen by a stall, and before it here. at: unix seconds; proven: they are of one size, else the broker has not proved that they do; settled: its
 *   person has said that it is explained
 *
 * @typedef {'stall' | 'bank'} RefundsTo it stays at the stall, to pay there again; or it goes on to the bank by itself
 *
 * @typedef {object} Certified a merchant as the broker's certificate says
 * @property {string} vendor
 * @property {string} name
 * @property {string} baseURL
 * @property {JWK} signing
 * @property {JWK} envelope
 * @property {number} notAfter unix seconds
 * @property {string} certificate
 *
 * @typedef {Certified & { pseudonym: JWK, collect?: Collect, watched?: Watched }} Merchant pseudonym: private Ed25519 JWK made for this merchant alone
 *
 * @typedef {{ after: number, at: number }} Watched how far the broker has told of the holds there. after: the number from which on there is more; at: when it was asked last, unix seconds
 *
 * @typedef {object} Collect the last COLLECT
 * @property {number} counter
 * @property {number} at unix seconds
 * @property {Request | null} request null once it was answered
 * @property {boolean} [shared] whether a copy of this wallet may have sent it: what it brings is renewed
 *
 * @typedef {object} Holding a scrip as the wallet keeps it
 * @property {Scrip} scrip
 * @property {string} secret
 * @property {number} made by its issuer's clock, unix seconds
 * @property {string} vendor "" for BrokerScrip
 * @property {string} work the work that holds it, or ""
 * @property {string} doubt why its issuer does not take it for money, or ""; then it is kept, and never chosen
 * @property {boolean} [refund] it came as what a seller gave back, as it is
 * @property {number} [declined] how many T13 or T22 with it were refused
 * @property {boolean} [exposed] copies of the wallet may have it that no longer have the account: it is renewed when it can be
 * @property {string} [unrenewed] why its renewal was refused, a passing reason where nothing came; it is not tried again by itself, or only once it has expired
 *
 * @typedef {{ tx: string, request: Request }} Notice a T9 that the broker has not answered
 *
 * @typedef {object} Order what is kept of a purchase: what both sides signed, with the order that the mandate and T11 name by its digest
 * @property {string} tx
 * @property {number} at unix seconds
 * @property {string} vendor
 * @property {string} stall its name
 * @property {number} price minor units, of all
 * @property {Line[]} lines what was bought
 * @property {Delivery} [delivery] of a purchase of before that was said in the note
 * @property {string} note to the seller
 * @property {string} certificate the broker's, for the stall
 * @property {string} mandate T10's JWS
 * @property {string} order T10's disclosure of it
 * @property {string} paid T11's JWS
 * @property {string} [bare] the stall's number of it, where a backup had no room for what was signed, which is "" then
 * @property {Refund[]} [refunds]
 * @property {number} [answers] how often the seller has said something to its dispute, as far as was heard
 * @property {string} [held] how its money is held, in the broker's last word: HELD's JWS
 * @property {boolean} [news] whether what became of its money has not been seen yet
 * @property {number} [warned] of how many days that are left to look at it its person was told last, 2 or 1
 * @property {{ jws: string, first: number }} [rated] what was said of it for everyone to read: RATE's JWS, noted; first: when first, unix seconds
 * @property {Request} [rating] a RATE that was written down and not answered
 * @property {{ at: number, note: string }} [sent] when the stall says it has sent it, unix seconds
 *
 * @typedef {{ title: string, quantity: number, offer: string }} Line so many of one offer. offer: its JWS, or "" where a backup had no room for it
 *
 * @typedef {{ vendor: string, stall: string, changed: number, lines: { offer: string, title: string, quantity: number }[] }} Basket what is wanted of a stall. changed: unix seconds; offer: its ID
 *
 * @typedef {object} Talk what was signed about an order, or in a conversation about an offer, and what was not answered yet
 * @property {string} tx T10's; of a conversation its own
 * @property {string} vendor
 * @property {string} stall its name
 * @property {string} title
 * @property {string} order the stall's number of the order; of a conversation the same as tx
 * @property {string} mandate T10's JWS; "" in a conversation
 * @property {string[]} events each JWS, oldest first
 * @property {number} read how many of them its person has seen
 * @property {string} [event] the JWS that tell brings
 * @property {Request} [tell] a TELL that was written down and not answered
 *
 * @typedef {{ refund: string, amount: number, at: number, collected: string }} Refund amount: minor units; at: unix seconds; collected: COLLECTED's JWS
 *
 * @typedef {{ made: number, value: number, orders: number, bare?: number }} Held what a backup holds; made: unix seconds, value: minor units, bare: orders without what was signed
 * @typedef {Held & { key: string, mark: string }} Backup the last one; key: of the recovery phrase, mark: what the wallet held then
 * @typedef {{ made: number, at: number }} Restored from a backup; unix seconds
 */

/**
 * @typedef {object} Purposes what a work is for, and what is told of it; amounts in minor units
 * @property {{}} join
 * @property {{ bank: string }} bank the other reference
 * @property {{}} rekey
 * @property {{ amount: number }} load
 * @property {{ vendor: string, stall: string, lines: { offerID: string, title: string, quantity: number }[], basket?: boolean }} checkout basket: it is what lay in the stall's basket
 * @property {{ name: string, draft: string, entered?: boolean }} stall draft: its host's name for it; entered: its desk has been
 * @property {{ stall?: string }} recover
 * @property {{ amount: number, leaving?: string }} withdraw leaving: names the works of one leaving of the market
 * @property {{ amount: number, stall: string }} renew stall: "" for BrokerScrip
 * @property {{ amount: number, stall: string, leaving?: string }} giveback
 * @property {{ amount: number, vendor: string, stall: string, to: 'bank' | 'scrip' }} payout
 * @property {{ tx: string, vendor: string, stall: string, title: string, amount: number, says: 'RELEASE' | 'RECLAIM' | 'DISPUTE' }} protect what is said of a protected purchase; amount: its price
 * @property {{ amount: number }} credit as far as is known
 * @property {{ amount: number, vendor: string, stall: string }} rescue
 * @property {{ stall?: string }} restore
 */

/**
 * Something that must be finished or undone, whatever happens in between: items that are run in order, for one purpose.
 * @template {keyof Purposes} [P=keyof Purposes]
 * @typedef {P extends keyof Purposes ? { purpose: P, about: Purposes[P] } & Run : never} Work
 */

/**
 * @typedef {object} Run how far a work has come
 * @property {string} id
 * @property {number} created unix seconds
 * @property {number} changed unix seconds
 * @property {number} rev grows with every change
 * @property {Item[]} items
 * @property {number} at index of the item being run
 * @property {'running' | 'done' | 'stopped'} state
 * @property {string} reason why it stopped: a refusal, or ""
 */
