// @ts-check
/**
 * How money gets into the broker's bank, as the broker says (docs/protocol.md, "Real money"): the ways, and what each costs.
 * @module
 */
import { partsOf } from './cash.js'

/** @import { BankTerms, BrokerPin, PayWay } from './rows.js' */

/** The highest rate of a fee, in ten-thousandths. */
const mostRate = 1000

/** Minor units, or nothing. @param {any} value */
const whole = value => Number.isSafeInteger(value) && value >= 0

/** @param {any} way @returns {way is PayWay} */
const isWay = way => ['card', 'transfer'].includes(way?.way) && whole(way.fixed) && whole(way.least) && whole(way.rate) && way.rate <= mostRate

/**
 * What a broker says of its bank; null for the sandbox, and for what is not understood.
 * @param {any} bank
 * @returns {BankTerms | null}
 */
export const termsOf = bank => ['test', 'real'].includes(bank?.kind) && Array.isArray(bank.ways)
  ? { kind: bank.kind, ways: bank.ways.filter(isWay).map((/** @type {PayWay} */ { way, fixed, rate, least }) => ({ way, fixed, rate, least })) } : null

/** Whether money is paid in at a payment provider, or a bank, and not at the sandbox. @param {BrokerPin} broker */
export const isReal = ({ bank }) => Boolean(bank)

/**
 * What paying an amount in costs by each way that takes it, in as many parts as it is loaded in.
 * @param {number} amount minor units
 * @param {BrokerPin} broker
 * @returns {{ way: string, fee: number }[]}
 */
export function feesFor(amount, { bank, maxCharge }) {
  if (!bank || amount <= 0) return []
  const n = partsOf(amount, maxCharge)
  const parts = [...Array.from({ length: n - 1 }, () => maxCharge), amount - (n - 1) * maxCharge]
  return bank.ways.filter(({ least }) => amount >= least).map(({ way, fixed, rate }) =>
    ({ way, fee: parts.reduce((sum, part) => sum + fixed + Math.ceil(part * rate / 10000), 0) }))
}
