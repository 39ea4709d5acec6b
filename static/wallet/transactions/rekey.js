// @ts-check
/**
 * REKEY: the account signs with another key from now on (REKEY, NOTED). The new one is written down with the request, and signs
 * from the commit on that keeps NOTED. With that commit all money at stalls, of which copies of the wallet know, is to be renewed,
 * and the last backup counts no more. Sent until answered.
 * @module
 */
import { newID } from '../base64url.js'
import { sign } from '../envelope.js'
import { Refusal } from '../errors.js'
import { newSigningKey, signer } from '../keys.js'
import { compose } from '../messages.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { caughtUp } from './acquire.js'
import { askBroker } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Body } from '../forms.js' */
/** @import { Outcome, Planned, ReplaceKey, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Change, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<ReplaceKey>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const profile = await ctx.profile()
  const { account, broker } = profile
  const [next, tx, counter] = [await newSigningKey(), newID(), profile.counter + 1]
  const other = await signer(next)
  const { jws: possession } = await sign(compose('REKEY-possession', { iss: other.thumbprint, aud: broker.id, tx, iat: ctx.now(), body: { account } }), other, true)
  const request = await toBroker(ctx, 'REKEY', { tx, body: { account, signing: /** @type {Body<'REKEY'>['signing']} */ (other.jwk), counter }, attach: { possession } }, profile)
  return {
    item: { ...item, phase: 'asked', next, request }, wait: 0,
    changes: [{ kind: 'profile', id: 'me', value: { ...profile, counter } }, sent(request, 'broker', ctx.now())],
  }
}

/** @param {Context} ctx @param {UnderWay<ReplaceKey>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['NOTED'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<ReplaceKey>} item
 * @param {Answer<'NOTED'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, { request, next, ...item }, answer) {
  if (answer instanceof Refusal) {
    const counter = answer.isStale ? [await caughtUp(ctx, answer)] : []
    return { item: { ...item, phase: 'refused' }, changes: [...answer.entries, ...counter], stop: answer.reason }
  }
  const profile = { ...await ctx.profile(), key: next, rekeyed: ctx.now() }
  return {
    item: { ...item, phase: 'done' }, done: true,
    changes: [{ kind: 'profile', id: 'me', value: profile }, ...await exposed(ctx), { kind: 'backup', id: 'last', value: null }, answer.entry],
  }
}

/** The money at stalls, as others may have it. @param {Context} ctx @returns {Promise<Change[]>} */
const exposed = async ctx => (await ctx.purse.all('holdings')).filter(({ vendor }) => vendor !== '')
  .map(holding => ({ kind: 'holdings', id: holding.scrip.scrip_id, value: { ...holding, exposed: true } }))
