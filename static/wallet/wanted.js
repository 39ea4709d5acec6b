// @ts-check
/**
 * How many things lie in the baskets of this browser's wallet, for the header of every page: also while the wallet is locked, and before
 * it is open. It lies in localStorage in the clear, as what was seen does (finds.js): whose basket, and how many, not what. The purse alone
 * is right; this is told by it whenever it is open.
 * @module
 */
import { id } from './shape.js'

/** @import { Basket } from './rows.js' */
/** @typedef {{ vendor: string, things: number }} Wanted a basket as the header knows it */

/** Its name in localStorage. */
export const wantedPlace = 'peerscrip-baskets'

/** @param {Pick<Basket, 'lines'>} basket how many pieces of all that lie in it */
export const piecesIn = ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0)

/** What was told last; nothing where that is no list of baskets. @param {Pick<Storage, 'getItem'>} storage @returns {Wanted[]} */
export function wanted(storage) {
  try {
    const list = JSON.parse(storage.getItem(wantedPlace) ?? '[]')
    return list.filter((/** @type {any} */ one) => typeof one?.vendor === 'string' && id(one.vendor) && Number.isSafeInteger(one.things) && one.things > 0)
  } catch { // somebody else wrote there
    return []
  }
}

/** Tells of the baskets of a purse, or that there is none. @param {Pick<Storage, 'setItem' | 'removeItem'>} storage @param {Basket[]} baskets */
export function tellWanted(storage, baskets) {
  if (baskets.length === 0) return storage.removeItem(wantedPlace)
  storage.setItem(wantedPlace, JSON.stringify(baskets.map(basket => ({ vendor: basket.vendor, things: piecesIn(basket) }))))
}
