// @ts-check
/**
 * Items: one transaction of a work each, and how far it has come. An item has what its phase needs and nothing else; types
 * only, no code. The machine that moves an item from phase to phase is begin, send and settle of its transaction, and
 * runner.js, which alone writes.
 * @module
 */

/** @import { Context } from './context.js' */
/** @import { Body, Delivery } from './forms.js' */
/** @import { Request } from './requests.js' */
/** @import { Change, Line, Work } from './rows.js' */
/** @import { JWK } from './types.js' */

/**
 * The item of one transaction: what is asked of it (Asked) from the beginning, and what it has in each phase.
 * @template {string} T
 * @template {object} Asked
 * @template {Record<string, object>} Phases
 * @typedef {{ transaction: T } & Asked & ({ phase?: undefined } | { [P in keyof Phases]: { phase: P } & Phases[P] }[keyof Phases])} ItemOf
 */

/** @typedef {{ request: Request }} Sent one message is out, written down before */
/** @typedef {{ scrip: string }} Held scrip_id of what it has taken in hand */
/** @typedef {{ link: string }} Confirming where the bank wants its customer to confirm */
/** @typedef {{ tx: string, order: Request, payment: Request }} Pair a message in two parts is out */

/**
 * Joining: R1, R2; and R3, R4. REKEY. 6.1: amount is what to load; need, here and below: how much is wanted in all, where that
 * matters.
 * @typedef {ItemOf<'account', {}, { asked: Sent, refused: Sent, done: { account: string } }>} OpenAccount
 * @typedef {ItemOf<'bank', { bank: string }, { asked: Sent, refused: {}, done: {} }>} ChangeBank bank: the other reference
 * @typedef {ItemOf<'rekey', {}, { asked: Sent & { next: JWK }, refused: {}, done: {} }>} ReplaceKey next: the private key that the account will have
 * @typedef {Body<'R3'>} Draft of a stall, made by its host
 * @typedef {ItemOf<'stall', Draft, { asked: Sent, refused: Sent, done: { certificate: string } }>} OpenStall
 * @typedef {ItemOf<'6.1', { amount: number, need?: number }, {
 *   asked: Sent & { nonce: string }, pending: Sent & { nonce: string } & Confirming, refused: Sent & { nonce: string }, done: {}
 * }>} Acquire
 */

/**
 * 6.2. had: what the BrokerScrip is worth; proof: digest of the pseudonym's possession; deadline: of the broker's lock, by this device's clock, unix seconds, 0 until it is noted; no: the stall's
 * refusal, which proves nothing. claiming: T6 is here, T8 is not. issued: T8 is here, T6 is not. undone: it did not happen.
 * @typedef {Pair & Held & { had: number, t3: Request, proof: string, deadline: number, tries: number, no?: string }} Announced
 * @typedef {ItemOf<'6.2', { vendor: string, amount: number }, {
 *   asked: Announced, noted: Announced, claiming: Announced & { claim: Request }, issued: Announced,
 *   undone: Announced, refused: Announced & { claim?: Request }, done: Held & { tx: string, had: number }
 * }>} Exchange
 */

/**
 * undone, in 6.3, 6.7 and 6.8: nothing has come for so long that it is not waited for any more. 6.3. amount: the price of all; had: what the VendorScrip is worth; id: the stall's number of the order; announced:
 * whether the broker had its T9 before the stall refused; line: of the order, which it was refused for, from 0.
 * @typedef {{ vendor: string, amount: number, lines: Line[], delivery: Delivery, note: string }} Wanted
 * @typedef {Held & { tx: string, had: number }} Paying
 * @typedef {ItemOf<'6.3', Wanted, { asked: Paying & Sent, refused: Paying & Sent & { announced: boolean, line?: number }, undone: Paying & Sent, done: Paying & { id: string } }>} Purchase
 */

/**
 * 6.4. amount: what to add; total: what the scrip is to be worth.
 * @typedef {Held & { total: number }} Adding
 * @typedef {ItemOf<'6.4', { amount: number, need?: number }, {
 *   asked: Adding & Sent, pending: Adding & Sent & Confirming, refused: Adding & Sent, done: Adding
 * }>} TopUp
 */

/**
 * 6.5. amount: what is added; need: what the VendorScrip has to be worth; had and from: what the BrokerScrip and the
 * VendorScrip are worth; grows: scrip_id of the latter. changed: the BrokerScrip is gone, with T19 or where nothing is left of
 * it, and T17 is not here. grown: T17 is here, T19 is not. undone: what was to be added is at the bank.
 * @typedef {Held & { had: number, grows: string, from: number, tries: number, deadline: number }} Growing
 * @typedef {ItemOf<'6.5', { vendor: string, amount: number, need: number }, {
 *   asked: Growing & Pair, changed: Growing & Pair, grown: Growing & Pair, refused: Growing & Pair, undone: Growing, done: Growing
 * }>} Extend
 */

/**
 * 6.6 and 6.7. amount: what the person was shown; after: the works that go first, where a wallet is emptied. 6.8. vendor, here
 * and in regain: "" for BrokerScrip; amount: what the scrip is worth.
 * @typedef {ItemOf<'6.6', { amount: number, after?: string[] }, { asked: Held & Sent, refused: Held & Sent, done: Held }>} Withdraw
 * @typedef {ItemOf<'6.7', { vendor: string, amount: number }, { asked: Held & Pair, refused: Held & Pair, undone: Held & Pair, done: Held }>} GiveBack
 * @typedef {ItemOf<'6.8', Held & { vendor: string, amount: number }, { asked: Sent, refused: Sent, undone: Sent, done: {} }>} Renew
 */

/**
 * PAYOUT. vendor: "" for the account's credit; scrip: "" where none goes along; had: what that is worth, or 0. Credit: how much there is, is asked
 * first (STATEMENT), and the item is a PAYOUT from then on; expected: what was known of it then.
 * @typedef {ItemOf<'credit', {}, { asked: Sent & { expected: number }, refused: Sent & { expected: number }, done: {} }>} Credit
 * @typedef {ItemOf<'payout', { vendor: string, amount: number, to: 'bank' | 'scrip' }, {
 *   asked: Held & { had: number } & Sent, refused: Held & { had: number } & Sent, done: Held & { had: number }
 * }>} Payout
 */

/**
 * RESCUE. scrips: the scrip_ids of the stall's money that there was; back: what is at the bank; announced: what stays.
 * @typedef {ItemOf<'rescue', { vendor: string }, {
 *   asked: { scrips: string[] } & Sent, refused: { scrips: string[] } & Sent, done: { back: number, announced: number }
 * }>} Rescue
 */

/**
 * RELEASE, RECLAIM or DISPUTE, of a protected purchase. text: what is wrong with it; shows: the signed messages that show it; photo: digest of one that is kept (rows.js, "photos").
 * @typedef {ItemOf<'protect', { vendor: string, purchase: string, says: 'RELEASE' | 'RECLAIM' | 'DISPUTE', text?: string, shows?: string[], photo?: string }, {
 *   asked: Sent, refused: Sent, done: {}
 * }>} Protect
 */

/**
 * What became of a scrip of a backup: its issuer is asked (asking) what came of it, one transaction after the other; then,
 * of BrokerScrip, the bank (weighing). bank: what the account held at the backup, where that was told. again: the question is the
 * one that every copy of this wallet would ask, so that what its answer brings may be elsewhere too. found: good, it is here, new,
 * and nowhere else; bank, it is there; gone, spent or changed; unsure, its issuer did not say; carried, what was under way at the
 * backup has used it, or brought none. added: what had been loaded since.
 * @typedef {UnderWay<Renew> | UnderWay<Withdraw> | UnderWay<GiveBack> | UnderWay<TopUp>} Question
 * @typedef {ItemOf<'regain', { scrip: string, vendor: string, amount: number, bank?: number, added?: number }, {
 *   asking: { question: Question, again: boolean }, weighing: {}, done: { found: 'good' | 'bank' | 'gone' | 'unsure' | 'carried' }
 * }>} Regain
 */

/** @typedef {OpenAccount | ChangeBank | ReplaceKey | OpenStall | Acquire | Exchange | Purchase | TopUp | Extend | Withdraw | GiveBack | Renew | Payout | Credit | Protect | Rescue | Regain} Item */

/** An item of which nothing is written down yet. @template {Item} I @typedef {Extract<I, { phase?: undefined }>} Planned */

/** An item in one of these phases. @template {Item} I @template {string} P @typedef {Extract<I, { phase: P }>} In */

/** An item whose end is not known. @template {Item} I @typedef {Exclude<I, { phase?: undefined | 'done' | 'undone' | 'refused' }>} UnderWay */

/**
 * What a transaction has decided: the item as it is from now on, and what changes in the purse with it, in one commit. Then the
 * work goes on with this item after so many milliseconds (trouble: a refusal that may pass stands in its way), or with the
 * next one (done), or ends for a reason (stop).
 * @typedef {{ item: Item, changes: Change[] } & ({ wait: number, trouble?: string } | { done: true } | { stop: string })} Outcome
 */

/**
 * begin decides and writes down the first message; send only talks; settle decides what the answer means. begin and settle
 * run alone (no other tab decides meanwhile), send does not.
 * @template {Item} I
 * @template A
 * @typedef {object} Transaction
 * @property {(ctx: Context, work: Work, item: Planned<I>) => Promise<Outcome>} begin
 * @property {(ctx: Context, item: UnderWay<I>) => Promise<A>} send
 * @property {(ctx: Context, work: Work, item: UnderWay<I>, answer: A) => Promise<Outcome>} settle
 */

export {}
