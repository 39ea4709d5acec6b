// @ts-check
/**
 * Which transactions buy something for price P at merchant M: the paper's Figure 3 (docs/protocol.md, "Which transaction
 * when"). Pure: amounts in, a plan out. The plan is what the figure wants, with one difference: scrip that this purchase
 * does not spend is left to renew by itself, so that no purchase needs an issuer that it does not deal with.
 * @module
 */
import { isDue } from './ageing.js'
import { choose } from './choose.js'
import { Advice } from './errors.js'
import { sentence } from './refusals.js'
import { money } from './shape.js'

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
 * @throws {Advice} on a price or an exchange that is no amount, or an exchange that is less than is missing
 */
export function plan(situation) {
  const { price, broker, vendor, now } = situation
  const rest = moves(situation)
  const chosen = choose(vendor, price, now)
  const spends = [...chosen ? [chosen] : [], ...broker && !pays(chosen, price) ? [broker] : []]
  return { legs: [...renewals(spends, now), ...rest], figure: [...renewals([...vendor, ...broker ? [broker] : []], now), ...rest] }
}

/** @param {Piece | undefined} piece @param {number} price */
const pays = (piece, price) => piece !== undefined && piece.scrip.value >= price

/** @param {Situation} situation @returns {Leg[]} all but the renewals */
function moves({ price, broker, vendor, now, exchange = 0 }) {
  if (!money(price) || exchange !== 0 && !money(exchange)) throw new Advice(sentence('amount-out-of-bounds'), 'amount-out-of-bounds')
  const chosen = choose(vendor, price, now)
  if (pays(chosen, price)) return [{ transaction: '6.3', amount: price }]
  const missing = price - (chosen?.scrip.value ?? 0)
  if (exchange !== 0 && exchange < missing) throw new Advice(sentence('exchange-too-small'), 'exchange-too-small')
  const amount = Math.max(missing, exchange)
  const held = broker?.scrip.value ?? 0
  return [
    ...held < amount ? [/** @type {Leg} */ ({ transaction: broker ? '6.4' : '6.1', amount })] : [],
    { transaction: chosen ? '6.5' : '6.2', amount }, { transaction: '6.3', amount: price },
  ]
}

/** @param {Piece[]} pieces @param {number} now @returns {Leg[]} */
const renewals = (pieces, now) => pieces.filter(piece => isDue(piece, now))
  .map(({ scrip: { scrip_id: scrip, value: amount } }) => ({ transaction: '6.8', amount, scrip }))
