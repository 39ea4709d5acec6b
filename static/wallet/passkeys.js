// @ts-check
/**
 * The passkeys of a wallet: each wraps its data key once more, beside the passphrase, which always opens it. They are of this browser's
 * wallet alone: a backup holds none, a wallet that is put aside keeps its own, and a changed passphrase leaves them as they are,
 * because what they wrap has not changed.
 * @module
 */
import { Advice } from './errors.js'
import { tr } from './language.js'
import { ask, forget, make } from './passkey.js'
import { checkPassphrase } from './safe.js'
import { clean } from './text.js'
import { Box, unwrap, unwrapWith, wrap, wrapWith } from './vault.js'

/** @import { Safe } from './safe.js' */
/** @import { Asked } from './passkey.js' */
/** @import { Sealed, Wrapped } from './vault.js' */

/** How many open one wallet. */
export const maxPasskeys = 10
/** Longest name of one, in characters as people count them. */
export const maxName = 40

/** @typedef {{ asked: Asked, wrap: Wrapped, label: Sealed }} Passkey as it lies on disk, by the ID of its credential. label: sealed, its name and when it was made */

/** @param {Safe} safe */
const credentialsOf = ({ parts: { credentials } }) => {
  if (!credentials) throw new Advice(tr('This browser has no passkeys. Update it, or use your passphrase.'))
  return credentials
}

/** Whether any opens this wallet. @param {Safe} safe */
export const hasPasskeys = async ({ parts: { disk } }) => (await disk.passkeys()).length > 0

/** @param {Safe} safe unlocked @returns {Promise<{ id: string, name: string, made: number }[]>} oldest first; made: unix seconds */
export async function passkeys(safe) {
  const { purse: { box, disk } } = safe.open()
  const all = await Promise.all((await disk.passkeys()).map(async ({ asked: { id }, label }) => ({ id, .../** @type {{ name: string, made: number }} */ (await box.open('passkeys', id, label)) })))
  return all.toSorted((a, b) => a.made - b.made)
}

/**
 * Has one more passkey open the wallet. The passphrase is asked for, because who finds a wallet unlocked must not be able to.
 * @param {Safe} safe unlocked
 * @param {{ name: string, passphrase: string }} given
 * @throws {Advice}
 */
export async function addPasskey(safe, { name, passphrase }) {
  const { purse: { box, disk } } = safe.open()
  const called = clean(name)
  if (called === '' || [...called].length > maxName) throw new Advice(tr('Give it a name of at most {n} characters, so that you know it again.', { n: maxName }))
  const header = await disk.header()
  ;(await unwrap(header, passphrase)).fill(0) // before anything is asked of a person
  const others = await disk.passkeys()
  if (others.length >= maxPasskeys) throw new Advice(tr('{n} open this wallet already. Remove one first.', { n: maxPasskeys }))
  const { asked, secret } = await make(credentialsOf(safe), { name: called, others: others.map(({ asked }) => asked) })
  const dataKey = await unwrap(header, passphrase) // again: its bytes do not lie around while a person looks for the key
  try {
    const label = await box.seal('passkeys', asked.id, { name: called, made: safe.parts.now() })
    const passkey = { asked, wrap: await wrapWith(dataKey, secret, asked), label }
    await safe.exclusive('peerscrip-wallet', () => disk.write([{ store: 'passkeys', key: asked.id, value: passkey }]))
  } finally {
    for (const bytes of [dataKey, secret]) bytes.fill(0)
  }
  safe.parts.session.tell('changed')
  safe.changed()
}

/** Has a passkey open the wallet no more. @param {Safe} safe unlocked @param {string} id */
export async function removePasskey(safe, id) {
  const { purse: { disk } } = safe.open()
  const gone = (await disk.passkeys()).find(({ asked }) => asked.id === id)
  await safe.exclusive('peerscrip-wallet', () => disk.write([{ store: 'passkeys', key: id, value: null }]))
  if (gone) forget(gone.asked)
  safe.parts.session.tell('changed')
  safe.changed()
}

/** Unlocks with any of them. @param {Safe} safe @throws {Advice} */
export async function unlockWithPasskey(safe) {
  await withDataKey(safe, async dataKey => safe.enter(await Box.from(dataKey)))
}

/** Gives the wallet another passphrase, for who has forgotten the one it has. @param {Safe} safe @param {string} next @throws {Advice} */
export async function renewPassphrase(safe, next) {
  checkPassphrase(next)
  await withDataKey(safe, async dataKey => safe.exclusive('peerscrip-wallet', async () => safe.parts.disk.writeHeader(await wrap(dataKey, next))))
}

/** @param {Safe} safe @param {(dataKey: Uint8Array<ArrayBuffer>) => Promise<void>} use which is overwritten after it */
async function withDataKey(safe, use) {
  const all = await safe.parts.disk.passkeys()
  const { id, secret } = await ask(credentialsOf(safe), all.map(({ asked }) => asked))
  const passkey = all.find(({ asked }) => asked.id === id)
  if (!passkey) throw new Advice(tr('This one opens another wallet. Use another one, or your passphrase.'))
  const dataKey = await unwrapWith(passkey.wrap, secret, passkey.asked).finally(() => secret.fill(0))
  try {
    await use(dataKey)
  } finally {
    dataKey.fill(0)
  }
}
