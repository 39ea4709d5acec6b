// @ts-check
/**
 * The table of transactions that works are made of. Each is a module with the same three functions, and a line here.
 * @module
 */
import { Advice, Refusal } from './errors.js'
import { tr } from './language.js'
import * as acquire from './transactions/acquire.js'
import * as bank from './transactions/bank.js'
import * as credit from './transactions/credit.js'
import * as exchange from './transactions/exchange.js'
import * as extend from './transactions/extend.js'
import * as giveback from './transactions/giveback.js'
import { account, stall } from './transactions/join.js'
import * as payout from './transactions/payout.js'
import { poll } from './transactions/present.js'
import * as protect from './transactions/protect.js'
import * as purchase from './transactions/purchase.js'
import * as regain from './transactions/regain.js'
import * as rekey from './transactions/rekey.js'
import * as rescue from './transactions/rescue.js'
import * as renew from './transactions/renew.js'
import * as topup from './transactions/topup.js'
import * as withdraw from './transactions/withdraw.js'

/** @import { Context } from './context.js' */
/** @import { Item, Outcome, Planned, Transaction, UnderWay } from './items.js' */
/** @import { Work } from './rows.js' */

/**
 * A transaction whose settle takes all that its send may hear; any other does not type-check.
 * @template {Transaction<any, any>} T
 * @typedef {Awaited<ReturnType<T['send']>> extends Parameters<T['settle']>[3] ? T : never} Agreeing
 */

/** @template {Transaction<any, any>} T @param {T & Agreeing<T>} transaction @returns {T} */
const line = transaction => transaction

/** @type {{ [T in Item['transaction']]: Transaction<Extract<Item, { transaction: T }>, any> }} */
export const transactions = {
  account: line(account), bank: line(bank), rekey: line(rekey), stall: line(stall), payout: line(payout), credit: line(credit), protect: line(protect), rescue: line(rescue), regain: line(regain),
  '6.1': line(acquire), '6.2': line(exchange), '6.3': line(purchase), '6.4': line(topup),
  '6.5': line(extend), '6.6': line(withdraw), '6.7': line(giveback), '6.8': line(renew),
}

/** Whether this version can run a work; a newer one may have begun it. @param {Work} work */
export const isKnown = ({ items }) => items.every(({ transaction }) => Object.hasOwn(transactions, transaction))

/**
 * The transaction of an item.
 * @param {Item} item
 * @returns {Transaction<any, any>}
 * @throws {Advice} where a newer version of this program has written the item
 */
function of({ transaction }) {
  if (!Object.hasOwn(transactions, transaction)) throw new Advice(tr('A newer version of this page began this. It is set aside here, and goes on when that version is back.'))
  return transactions[transaction]
}

/** @param {Context} ctx @param {Work} work @param {Planned<Item>} item @returns {Promise<Outcome>} */
export const begin = (ctx, work, item) => of(item).begin(ctx, work, item)

/** @param {Context} ctx @param {UnderWay<Item>} item @returns {Promise<unknown>} the answer, for settle */
export const send = (ctx, item) => of(item).send(ctx, item)

/**
 * What the answer means. A refusal that may pass decides nothing: the same request is sent again.
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Item>} item
 * @param {unknown} answer
 * @returns {Promise<Outcome>}
 */
export const settle = async (ctx, work, item, answer) =>
  answer instanceof Refusal && answer.passing ? { item, changes: [], wait: poll, trouble: answer.reason } : of(item).settle(ctx, work, item, answer)
