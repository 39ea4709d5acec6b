// @ts-check
/**
 * The broker's keys, by succession (docs/protocol.md, "Keys and certificates"): KEYS, each signed with a key of the one before.
 * Nothing else makes the wallet believe a key of the broker's. It is the twin of scrip.Chain in Go, and is held to the same
 * vectors, services/scrip/testdata/succession.json.
 * @module
 */
import { Advice } from './errors.js'
import { thumbprint } from './keys.js'
import { evidence } from './messages.js'
import { sentence } from './refusals.js'

/** @import { Signers } from './opening.js' */
/** @import { JWK } from './types.js' */

/**
 * @typedef {object} Link what is remembered of one KEYS
 * @property {string} digest its fingerprint
 * @property {number} from unix seconds; until then the KEYS before are in force
 * @property {JWK[]} signing
 *
 * @typedef {object} Chain a broker's KEYS as far as they were followed; without links nothing is pinned
 * @property {string} id the broker's
 * @property {Link[]} links by serial, from 1
 * @property {JWK} [envelope] what requests are sealed to
 */

/** KEYS that a broker shows at once. */
const maxPage = 16

/** The broker shows keys that do not follow from those that are known: nothing of them is used. */
export class Foreign extends Advice {
  constructor() {
    super(sentence('keys-foreign'))
  }
}

/**
 * The chain with what a page of KEYS adds to it. The page begins with the last KEYS that the chain knows.
 * @param {Chain} chain
 * @param {unknown} page
 * @returns {Promise<Chain>}
 * @throws {Foreign}
 */
export async function follow(chain, page) {
  if (!Array.isArray(page) || page.length === 0 || page.length > maxPage) throw new Foreign()
  let next = { ...chain }
  for (const [i, jws] of page.entries()) {
    const { body, claims, digest } = await evidence(jws, 'KEYS', { aud: chain.id }).catch(() => { throw new Foreign() })
    const last = next.links.at(-1)
    if (i === 0 && last) {
      if (digest !== last.digest) throw new Foreign()
      continue
    }
    const before = await Promise.all((last?.signing ?? body.signing).map(thumbprint))
    const follows = body.broker === chain.id && body.serial === next.links.length + 1 && body.previous === last?.digest &&
      before.includes(claims.iss) && body.not_before >= (last?.from ?? 0)
    if (!follows) throw new Foreign()
    next = { ...next, links: [...next.links, { digest, from: body.not_before, signing: body.signing }], envelope: body.envelope }
  }
  return next
}

/**
 * Follows a broker's KEYS to the last.
 * @param {Chain} chain
 * @param {(after: number) => Promise<unknown>} ask for the KEYS after a serial, the oldest first, a page at a time
 * @returns {Promise<Chain>}
 * @throws {Foreign}
 */
export async function learn(chain, ask) {
  const page = await ask(Math.max(chain.links.length - 1, 0))
  const next = await follow(chain, page)
  const full = Array.isArray(page) && page.length === maxPage && next.links.length > chain.links.length
  return full ? learn(next, ask) : next
}

/**
 * Who signs for the broker: of old keys what they signed before the KEYS that do not have them any more.
 * @param {Chain} chain
 * @returns {Signers}
 */
export const signersOf = ({ id, links }) => ({ [id]: at => links.filter((_, i) => at <= (links[i + 1]?.from ?? Infinity)).flatMap(({ signing }) => signing) })

/** All signing keys that the broker ever had, the newest first, for what is signed without a time: heads of the log. @param {Chain} chain */
export const ever = ({ links }) => [...links].reverse().flatMap(({ signing }) => signing)
