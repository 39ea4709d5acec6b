// @ts-check
/**
 * Joining: opening the account (R1, R2), and a stall (R3, R4). Both are sent until answered; the same R1 again gives the
 * same account.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing } from '../context.js'
import { Refusal } from '../errors.js'
import { signer } from '../keys.js'
import { refused } from './acquire.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Profile, Work } from '../types.js' */

/** What the two have in common: one request to the broker, one kind of answer, one thing done with it. */
class Joining {
  /**
   * @param {object} way
   * @param {string} way.typ
   * @param {string} way.answer
   * @param {(item: Item, profile: Profile) => Record<string, unknown>} way.body
   * @param {(ctx: Context, envelope: string) => Promise<any>} way.post
   * @param {(profile: Profile) => Promise<string>} way.aud whom the answer addresses
   * @param {(ctx: Context, item: Item, body: any) => Promise<import('../types.js').Change[]>} way.keep
   */
  constructor(way) {
    this.way = way
  }

  /** @param {Context} ctx @param {Work} work @param {Item} item @returns {Promise<Outcome>} */
  begin = async (ctx, work, item) => {
    const profile = await ctx.profile()
    const request = await ctx.toBroker(this.way.typ, { tx: newID(), body: this.way.body(item, profile) }, profile)
    return { item: { ...item, phase: 'asked', request }, changes: [ctx.sent(request, 'broker', work)] }
  }

  /** @param {Context} ctx @param {Work} work @param {Item} item @returns {Promise<Answer | Refusal>} */
  send = async (ctx, work, item) => {
    const profile = await ctx.profile()
    const { envelope } = await this.way.post(ctx, item.request.envelope)
    return ctx.fromBroker(envelope, item.request, [this.way.answer], profile, await this.way.aud(profile)).catch(refused)
  }

  /** @param {Context} ctx @param {Work} work @param {Item} item @param {Answer | Refusal} answer @returns {Promise<Outcome>} */
  settle = async (ctx, work, item, answer) => {
    if (answer instanceof Refusal) {
      return isPassing(answer) ? { item, changes: [], wait: 3000 } : { item, changes: answer.entries, stop: answer.reason }
    }
    const kept = await this.way.keep(ctx, item, answer.opened.body)
    const { request, ...rest } = item
    return { item: { ...rest, phase: 'done', ...answer.opened.body }, changes: [...kept, answer.entry], done: true }
  }
}

export const account = new Joining({
  typ: 'R1', answer: 'R2',
  body: (_, profile) => ({ bank: profile.bank, name: profile.name }),
  post: (ctx, envelope) => ctx.broker.accounts(envelope),
  aud: async profile => (await signer(profile.key)).thumbprint,
  keep: async (ctx, _, body) => [{ kind: 'profile', id: 'me', value: { ...await ctx.profile(), account: body.account } }],
})

export const stall = new Joining({
  typ: 'R3', answer: 'R4',
  body: ({ name, signing, envelope, base_url, possession }) => ({ name, signing, envelope, base_url, possession }),
  post: (ctx, envelope) => ctx.broker.stalls(envelope),
  aud: async profile => profile.account,
  keep: async () => [],
})
