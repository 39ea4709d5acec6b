// @ts-check
/**
 * Baskets: what somebody wants of one stall and has not bought yet, one basket for each stall. They lie in the purse like all
 * else, so they survive lock, restart and restore, and nobody but this wallet knows of them. What is bought leaves its basket in
 * the commit that keeps its receipt.
 * @module
 */
import { Advice } from './errors.js'
import { tr } from './language.js'
import { maxLines } from './lines.js'
import { id } from './shape.js'

/** @import { Context } from './context.js' */
/** @import { Basket, Change } from './rows.js' */

/** The most of one thing that an order has. */
const most = 1000

/** @typedef {{ offer: string, title: string, quantity: number }} Wish offer: its ID */

/** @param {Context} ctx @param {string} vendor @returns {Promise<Basket | undefined>} */
export const basketOf = (ctx, vendor) => ctx.purse.get('baskets', vendor)

/** @param {Context} ctx @returns {Promise<Basket[]>} the one that changed last first */
export const baskets = async ctx => (await ctx.purse.all('baskets')).toSorted((a, b) => b.changed - a.changed)

/**
 * The basket with so many of something in it, none of it for 0. What is done twice is done once.
 * @param {Basket | undefined} basket
 * @param {{ vendor: string, stall: string, now: number }} of its stall
 * @param {Wish} wish
 * @returns {Change}
 * @throws {Advice} where no more fits
 */
export function put(basket, { vendor, stall, now }, { offer, title, quantity }) {
  if (!id(offer) || !Number.isSafeInteger(quantity) || quantity < 0 || quantity > most) throw new Advice(tr('That quantity cannot be bought.'))
  const lines = basket?.lines ?? []
  const there = lines.some(line => line.offer === offer)
  if (quantity > 0 && !there && lines.length >= maxLines) throw new Advice(tr('A basket holds {n} different things. Buy these first, or take one out.', { n: maxLines }), 'too-many')
  const line = { offer, title, quantity }
  const next = there ? lines.map(was => was.offer === offer ? line : was) : [...lines, line]
  return kept(vendor, { vendor, stall, changed: now, lines: next.filter(({ quantity }) => quantity > 0) })
}

/**
 * The basket without what was bought.
 * @param {Basket} basket
 * @param {{ offerID: string, quantity: number }[]} bought
 * @returns {Change}
 */
export function without(basket, bought) {
  const left = (/** @type {Basket['lines'][number]} */ line) => line.quantity - (bought.find(({ offerID }) => offerID === line.offer)?.quantity ?? 0)
  return kept(basket.vendor, { ...basket, lines: basket.lines.map(line => ({ ...line, quantity: left(line) })).filter(({ quantity }) => quantity > 0) })
}

/** An empty basket is none. @param {string} vendor @param {Basket} basket @returns {Change} */
const kept = (vendor, basket) => ({ kind: 'baskets', id: vendor, value: basket.lines.length > 0 ? basket : null })
