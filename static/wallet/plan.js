// @ts-check
/**
 * Which transactions buy something for price P at merchant M: the paper's Figure 3 (docs/protocol.md, "Which transaction
 * when"). Pure: amounts in, a plan out. The plan is what the figure wants, with one difference: scrip that this purchase
 * does not spend is left to renew by itself, so that no purchase needs an issuer that it does not deal with.
 * @module
 */
import { isAgeing } from './ageing.js'
import { paying } from './choose.js'

/** @import { Piece } from './choose.js' */

/**
 * @typedef {object} Situation
 * @property {number} price minor units, > 0
 * @property {Piece | null} broker the account's one BrokerScrip
 * @property {Piece[]} vendor VendorScrip of this merchant
 * @property {number} now unix seconds
 * @property {number} [exchange] at least this much moves, if anything does; what the price leaves of it pays the next time
 *
 * @typedef {{ transaction: '6.1' | '6.2' | '6.3' | '6.4' | '6.5', amount: number } | { transaction: '6.8', amount: number, scrip: string }} Leg
 *   amount: 6.1: the least to load; 6.4: the new total; 6.5: what is added; else what moves. scrip: which is renewed
 *
 * @typedef {{ legs: Leg[], figure: Leg[] }} Plan what to run, and what Figure 3 says
 */

/**
 * @param {Situation} situation
 * @returns {Plan}
 */
export const plan = situation => ({ legs: [...renewals(spends(situation), situation.now), ...moves(situation)], figure: figure3(situation) })

/**
 * Figure 3 as it stands.
 * @param {Situation} situation
 * @returns {Leg[]}
 */
export const figure3 = situation =>
  [...renewals([...situation.vendor, ...situation.broker ? [situation.broker] : []], situation.now), ...moves(situation)]

/** @param {Situation} situation @returns {Leg[]} all but the renewals */
function moves({ price, broker, vendor, exchange = 0 }) {
  const w = Math.max(0, ...vendor.map(piece => piece.value))
  const v = broker?.value ?? 0
  if (w >= price) return [leg('6.3', price)]
  const d = Math.max(price - w, exchange)
  const cash = v >= d ? [] : [v > 0 ? leg('6.4', d) : leg('6.1', d)]
  const move = w > 0 ? leg('6.5', d) : leg('6.2', d)
  return [...cash, move, leg('6.3', price)]
}

/** What the purchase spends of what there is: the VendorScrip that pays; if none does, the largest, and the BrokerScrip. @param {Situation} situation */
function spends({ price, broker, vendor, now }) {
  const payer = paying(vendor, price, now)
  if (payer) return [payer]
  const [largest] = vendor.toSorted((a, b) => b.value - a.value)
  return [...largest ? [largest] : [], ...broker ? [broker] : []]
}

/** @param {Piece[]} pieces @param {number} now @returns {Leg[]} */
const renewals = (pieces, now) => pieces.filter(piece => isAgeing(piece, now)).map(({ value, scrip }) => ({ transaction: '6.8', amount: value, scrip }))

/** @param {'6.1' | '6.2' | '6.3' | '6.4' | '6.5'} transaction @param {number} amount @returns {Leg} */
const leg = (transaction, amount) => ({ transaction, amount })
