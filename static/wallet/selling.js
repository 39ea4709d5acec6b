// @ts-check
/**
 * What an account needs that sells at a stall which this site hosts: a certificate for its stall, and to prove whose it is.
 * @module
 */
import { newID } from './base64url.js'
import { seal, sign } from './envelope.js'
import { signer } from './keys.js'
import { compose } from './messages.js'
import { written } from './work.js'

/** @import { Draft } from './items.js' */
/** @import { JWK } from './types.js' */
/** @import { Wallet } from './wallet.js' */

/**
 * Asks the broker for a stall's certificate (R3).
 * @param {Wallet} wallet
 * @param {Draft} draft made by the stall's host
 * @param {string} reference the host's name for the draft
 */
export const openStall = (wallet, draft, reference) => wallet.begin(ctx =>
  written(ctx, { purpose: 'stall', items: [{ transaction: 'stall', ...draft }], about: { name: draft.name, draft: reference } }))

/** Who a stall of this wallet belongs to: the account and its public key. @param {Wallet} wallet */
export async function owner(wallet) {
  const { account, key } = await wallet.profile()
  return { account, key: (await signer(key)).jwk }
}

/**
 * LOGIN, sealed to a stall's envelope key.
 * @param {Wallet} wallet
 * @param {string} vendor
 * @param {string} challenge
 * @param {JWK} envelope
 */
export async function login(wallet, vendor, challenge, envelope) {
  const ctx = wallet.open()
  const { account, key } = await ctx.profile()
  const message = compose('LOGIN', { iss: account, aud: vendor, tx: newID(), iat: ctx.now(), body: { vendor, challenge } })
  return seal(await sign(message, await signer(key), false), envelope)
}
