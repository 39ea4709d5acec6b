// @ts-check
/**
 * Which transactions buy something for price P at merchant M: the paper's Figure 3 (docs/protocol.md, "Which transaction
 * when"). Pure: amounts in, a plan out. The plan says what the figure wants; where this version lacks one of those
 * transactions it takes another way if there is one, and otherwise says which one is missing and why.
 * @module
 */

/** What this version can run. Adding "6.4" or "6.5" here, and to transactions.js, is all it takes to use them. */
export const available = new Set(['6.1', '6.2', '6.3'])

/** Renew what expires sooner than this, in seconds. */
export const margin = 7 * 24 * 3600

/**
 * @typedef {{ value: number, expires: number }} Piece
 *
 * @typedef {object} Situation
 * @property {number} price minor units, > 0
 * @property {Piece | null} broker the account's one BrokerScrip
 * @property {Piece[]} vendor VendorScrip of this merchant
 * @property {number} now unix seconds
 * @property {number} [exchange] at least this much moves, if anything does; what the price leaves of it pays the next time
 *
 * @typedef {object} Step
 * @property {string} transaction
 * @property {number} amount 6.1: the least to load; 6.4: the new total; 6.5: what is added; else what moves
 *
 * @typedef {object} Plan
 * @property {Step[]} steps empty when blocked
 * @property {Step[]} figure what Figure 3 says, whether available or not
 * @property {string} blocked "" or the transaction that is missing
 * @property {number} short how much BrokerScrip is lacking, when blocked by 6.4
 */

/**
 * @param {Situation} situation
 * @param {Set<string>} [can] the transactions there are
 * @returns {Plan}
 */
export function plan(situation, can = available) {
  const figure = figure3(situation)
  const ways = [figure, figure3(usable(situation)), figure3({ ...usable(situation), vendor: fitting(usable(situation)) })]
  const steps = ways.find(way => way.every(step => can.has(step.transaction)))
  // Expired BrokerScrip is still the account's one live BrokerScrip, so 6.1 would be refused: only its renewal helps.
  const stuck = steps?.some(step => step.transaction === '6.1') && situation.broker !== null
  if (steps && !stuck) return { steps, figure, blocked: '', short: 0 }
  if (stuck) return { steps: [], figure, blocked: '6.8', short: 0 }
  return { steps: [], figure, blocked: missing(ways, can), short: Math.max(0, situation.price - (situation.broker?.value ?? 0)) }
}

/**
 * Figure 3 as it stands.
 * @param {Situation} situation
 * @returns {Step[]}
 */
export function figure3({ price, broker, vendor, now, exchange = 0 }) {
  const ageing = [...vendor, ...broker ? [broker] : []].filter(piece => piece.expires - now < margin)
  const renewals = ageing.map(piece => step('6.8', piece.value))
  const w = Math.max(0, ...vendor.map(piece => piece.value))
  const v = broker?.value ?? 0
  if (w >= price) return [...renewals, step('6.3', price)]
  const d = Math.max(price - w, exchange)
  const cash = v >= d ? [] : [v > 0 ? step('6.4', d) : step('6.1', d)]
  const move = w > 0 ? step('6.5', d) : step('6.2', d)
  return [...renewals, ...cash, move, step('6.3', price)]
}

/**
 * What a wallet does that its owner is leaving: everything back to the bank.
 * @param {Pick<Situation, 'broker' | 'vendor'>} situation
 * @returns {Step[]}
 */
export function leave({ broker, vendor }) {
  const back = vendor.map(piece => step('6.7', piece.value))
  return [...back, ...broker || back.length ? [step('6.6', broker?.value ?? 0)] : []]
}

/** @param {string} transaction @param {number} amount @returns {Step} */
const step = (transaction, amount) => ({ transaction, amount })

/**
 * The situation without renewal: what has expired buys nothing, what has not is as good as new.
 * @param {Situation} situation
 * @returns {Situation}
 */
function usable({ broker, vendor, ...rest }) {
  /** @param {Piece} piece */
  const fresh = piece => ({ value: piece.value, expires: Infinity })
  const alive = vendor.filter(piece => piece.expires > rest.now).map(fresh)
  return { ...rest, broker: broker && broker.expires > rest.now ? fresh(broker) : null, vendor: alive }
}

/**
 * Without 6.5 a VendorScrip that is worth too little stays aside, and a second one is made for the whole price.
 * @param {Situation} situation
 */
const fitting = ({ price, vendor }) => vendor.filter(piece => piece.value >= price)

/** @param {Step[][]} ways @param {Set<string>} can */
function missing(ways, can) {
  const last = ways.at(-1) ?? []
  return last.find(step => !can.has(step.transaction))?.transaction ?? ''
}
