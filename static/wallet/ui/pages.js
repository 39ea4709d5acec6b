// @ts-check
/**
 * Pages of the wallet by name, as `data-page` has it, and the module that each is loaded from, with the wallet. The head of a page tells
 * the browser of it before this is read (static.Preload).
 * @module
 */

/** @import { Page, attend } from '../attend.js' */

/** @type {Record<string, () => Promise<{ attend: typeof attend, pages: Record<string, Page> }>>} */
export const parts = {
  ask: () => import('./buying.js'),
  basket: () => import('./buying.js'),
  checkout: () => import('./buying.js'),
  earnings: () => import('./having.js'),
  envelopes: () => import('./having.js'),
  order: () => import('./having.js'),
  orders: () => import('./having.js'),
  propose: () => import('./buying.js'),
  sell: () => import('./having.js'),
  verify: () => import('./having.js'),
  wallet: () => import('./having.js'),
}
