// @ts-check
/**
 * The pages on which something is bought, or asked about, and the wallet with them.
 * @module
 */
import '../outside.js'
import { askPage } from './ask.js'
import { basketPage } from './basket.js'
import { checkoutPage } from './checkout.js'
import { proposePage } from './haggle.js'

/** @import { Page } from '../attend.js' */

export { attend } from '../attend.js'

/** @type {Record<string, Page>} */
export const pages = { ask: askPage, basket: basketPage, checkout: checkoutPage, propose: proposePage }
