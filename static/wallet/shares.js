// @ts-check
/**
 * Shares: where the money of a wallet is. Every unit is in one share, and together they are its total. What is given back, paid
 * out or rescued is in it until it is at the bank; so is what is still to come, and what is at a stall that is gone.
 * @module
 */
import { tr } from './language.js'

/** @import { Context } from './context.js' */
/** @import { Item } from './items.js' */
/** @import { Holding, Work } from './rows.js' */

/** What each is called, as services/wallet/shares.json says, in the order in which they are told. */
export const names = /** @type {const} */ ({
  ready: tr('good at every stall'),
  stall: tr('good at {stall}'),
  'under-way': tr('in what is under way'),
  returning: tr('on its way to your bank'),
  owed: tr('still to come from {stall}'),
  'given-up': tr('at {stall}, which did not give it back'),
  gone: tr('at {stall}, which is gone: it can go back to your bank'),
})

/** @typedef {keyof typeof names} Kind */

/** amount: minor units; vendor: of stall, given-up, gone, or who owes it; "" for the broker. @typedef {{ kind: Kind, vendor: string, amount: number }} Share */

/** @param {Share} share @param {string} stall the vendor's name, or "" */
export const nameOf = ({ kind, vendor }, stall) => names[kind].replace('{stall}', vendor ? stall || tr('a stall') : tr('the market'))

/** Of a set of shares, minor units. @param {Share[]} shares */
export const sum = shares => shares.reduce((sum, { amount }) => sum + amount, 0)

/** @param {Context} ctx @param {ReadonlySet<string>} closed vendors that the broker has said to be closed @returns {Promise<Share[]>} */
export async function sharesOf(ctx, closed) {
  const [holdings, works, merchants, { credit }] = await Promise.all([ctx.holdings(), ctx.works(), ctx.purse.all('merchants'), ctx.profile()])
  const ended = merchants.filter(({ notAfter }) => notAfter <= ctx.reckoning.earliest()).map(({ vendor }) => vendor)
  return shares(holdings, works, new Set([...closed, ...ended]), credit)
}

/**
 * Pure.
 * @param {Holding[]} holdings none in doubt
 * @param {Work[]} works
 * @param {ReadonlySet<string>} gone vendors that the broker stands behind no more
 * @param {number} [credit] what the broker owes of protected purchases, minor units
 * @returns {Share[]}
 */
export function shares(holdings, works, gone, credit = 0) {
  const running = works.filter(({ state }) => state === 'running')
  const current = new Map(running.flatMap(work => work.items[work.at] ? [[work.id, /** @type {Item} */ (work.items[work.at])]] : []))
  const up = new Set(works.filter(({ reason }) => reason === 'given-up' || reason === 'no-answer').flatMap(({ items }) => items.flatMap(item => item.transaction === '6.7' && item.phase === 'undone' ? [item.scrip] : [])))
  const parts = [...holdings.map(holding => shareOf(holding, current, up, gone)), ...[...current.values()].flatMap(toCome), { kind: /** @type {Kind} */ ('owed'), vendor: '', amount: credit }]
  /** @type {Map<string, Share>} */
  const all = new Map()
  for (const part of parts) {
    const key = `${Object.keys(names).indexOf(part.kind)} ${part.vendor}`
    all.set(key, { ...part, amount: part.amount + (all.get(key)?.amount ?? 0) })
  }
  return [...all].toSorted(([a], [b]) => a < b ? -1 : 1).map(([, share]) => share).filter(({ amount }) => amount > 0)
}

/** @param {Holding} holding @param {Map<string, Item>} current by work @param {Set<string>} up scrip_ids @param {ReadonlySet<string>} gone @returns {Share} */
function shareOf({ scrip: { scrip_id, value: amount }, vendor, work }, current, up, gone) {
  if (work) return { kind: returns(current.get(work)) ? 'returning' : 'under-way', vendor: '', amount }
  if (!vendor) return { kind: 'ready', vendor, amount }
  return { kind: gone.has(vendor) ? 'gone' : up.has(scrip_id) ? 'given-up' : 'stall', vendor, amount }
}

/** Whether an item takes what it holds to the bank. @param {Item | undefined} item */
const returns = item => item?.phase !== undefined && ['6.6', '6.7', 'rescue'].includes(item.transaction)

/** What is to come beside the holdings; below 0, what of them is spent. @param {Item} item @returns {Share[]} */
function toCome(item) {
  if (item.transaction === 'payout' && item.vendor && item.phase === 'asked') return [{ kind: item.to === 'bank' ? 'returning' : 'owed', vendor: '', amount: item.amount }]
  if (item.transaction === '6.2' && item.phase === 'claiming') return [{ kind: 'owed', vendor: item.vendor, amount: item.amount }]
  if (item.transaction === '6.2' && item.phase === 'issued') return [{ kind: 'under-way', vendor: '', amount: -item.amount }]
  if (item.transaction === '6.5' && item.phase === 'changed') return [{ kind: 'owed', vendor: item.vendor, amount: item.amount }]
  if (item.transaction === '6.5' && item.phase === 'grown') return [{ kind: 'owed', vendor: '', amount: item.had - item.amount }]
  return []
}
