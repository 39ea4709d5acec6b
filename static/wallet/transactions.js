// @ts-check
/**
 * The table of transactions that works are made of. Each is a module with the same three functions, and a line here.
 * @module
 */
import * as acquire from './transactions/acquire.js'
import * as exchange from './transactions/exchange.js'
import * as extend from './transactions/extend.js'
import * as giveback from './transactions/giveback.js'
import { account, stall } from './transactions/join.js'
import * as payout from './transactions/payout.js'
import * as purchase from './transactions/purchase.js'
import * as regain from './transactions/regain.js'
import * as renew from './transactions/renew.js'
import * as topup from './transactions/topup.js'
import * as withdraw from './transactions/withdraw.js'

/** @import { Context } from './context.js' */
/** @import { Item, Outcome, Work } from './types.js' */

/**
 * begin decides and writes down the first message; send only talks; settle decides what the answer means. begin and settle
 * run alone (no other tab decides meanwhile), send does not.
 * @typedef {object} Transaction
 * @property {(ctx: Context, work: Work, item: Item) => Promise<Outcome>} begin
 * @property {(ctx: Context, work: Work, item: Item) => Promise<any>} send
 * @property {(ctx: Context, work: Work, item: Item, answer: any) => Promise<Outcome>} settle
 */

/** @type {Record<string, Transaction>} */
export const transactions = {
  account, stall, payout, regain,
  '6.1': acquire, '6.2': exchange, '6.3': purchase, '6.4': topup, '6.5': extend, '6.6': withdraw, '6.7': giveback, '6.8': renew,
}
