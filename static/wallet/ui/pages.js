// @ts-check
/**
 * Pages of the wallet by name, as `data-page` has it. They are loaded where there is one: what only browses the market goes
 * without them.
 * @module
 */
import { askPage } from './ask.js'
import { basketPage } from './basket.js'
import { checkoutPage } from './checkout.js'
import { earningsPage } from './earnings.js'
import { envelopesPage } from './envelopes.js'
import { orderPage, ordersPage } from './orders.js'
import { proposePage } from './haggle.js'
import { sellPage } from './sell.js'
import { verifyPage } from './verify.js'
import { walletPage } from './walletpage.js'

/** @import { Wallet } from '../wallet.js' */

/** @type {Record<string, (wallet: Wallet, mount: HTMLElement) => unknown>} */
export const pages = { ask: askPage, wallet: walletPage, basket: basketPage, checkout: checkoutPage, earnings: earningsPage, orders: ordersPage, propose: proposePage, order: orderPage, envelopes: envelopesPage, sell: sellPage, verify: verifyPage }
