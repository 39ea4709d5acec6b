// @ts-check
/**
 * The pages of what a wallet has: money, orders, a stall and what that earns, receipts; and the wallet with them.
 * @module
 */
import '../outside.js'
import { earningsPage } from './earnings.js'
import { envelopesPage } from './envelopes.js'
import { orderPage, ordersPage } from './orders.js'
import { sellPage } from './sell.js'
import { verifyPage } from './verify.js'
import { walletPage } from './walletpage.js'

/** @import { Page } from '../attend.js' */

export { attend } from '../attend.js'

/** @type {Record<string, Page>} */
export const pages = { earnings: earningsPage, envelopes: envelopesPage, order: orderPage, orders: ordersPage, sell: sellPage, verify: verifyPage, wallet: walletPage }
