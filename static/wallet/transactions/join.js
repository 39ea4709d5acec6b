// @ts-check
/**
 * Joining: opening the account (R1, R2), and a stall (R3, R4). Both are sent until answered; the same R1 again gives the
 * same account.
 * @module
 */
import { Refusal } from '../errors.js'
import { thumbprint } from '../keys.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker } from './present.js'

/** @import { OpenAccount, OpenStall, Transaction } from '../items.js' */
/** @import { Answer } from '../requests.js' */

/** @type {Transaction<OpenAccount, Answer<'R2'> | Refusal>} */
export const account = {
  async begin(ctx, work, item) {
    const profile = await ctx.profile()
    const request = await toBroker(ctx, 'R1', { body: { bank: profile.bank, name: profile.name } }, profile)
    return { item: { ...item, phase: 'asked', request }, changes: [sent(request, 'broker', ctx.now())], wait: 0 }
  },
  async send(ctx, { request }) {
    const { kty, crv, x } = (await ctx.profile()).key
    return askBroker(ctx, request, ['R2'], await thumbprint({ kty, crv, x }))
  },
  async settle(ctx, work, { request, ...item }, answer) {
    if (answer instanceof Refusal) return { item: { ...item, phase: 'refused', request }, changes: answer.entries, stop: answer.reason }
    const { opened: { body: { account } }, entry } = answer
    const profile = { ...await ctx.profile(), account }
    return { item: { ...item, phase: 'done', account }, changes: [{ kind: 'profile', id: 'me', value: profile }, entry], done: true }
  },
}

/** @type {Transaction<OpenStall, Answer<'R4'> | Refusal>} */
export const stall = {
  async begin(ctx, work, item) {
    const { name, signing, envelope, base_url, possession } = item
    const request = await toBroker(ctx, 'R3', { body: { name, signing, envelope, base_url, possession } }, await ctx.profile())
    return { item: { ...item, phase: 'asked', request }, changes: [sent(request, 'broker', ctx.now())], wait: 0 }
  },
  send: (ctx, { request }) => askBroker(ctx, request, ['R4']),
  async settle(ctx, work, { request, ...item }, answer) {
    if (answer instanceof Refusal) return { item: { ...item, phase: 'refused', request }, changes: answer.entries, stop: answer.reason }
    const { opened: { body: { certificate } }, entry } = answer
    return { item: { ...item, phase: 'done', certificate }, changes: [entry], done: true }
  },
}
