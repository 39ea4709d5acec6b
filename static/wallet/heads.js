// @ts-check
/**
 * What sellers saw of the broker's log, its signed heads, held against what the broker shows this wallet; what contradicts it is kept
 * as evidence. Nothing that pays waits for it. The twin of services/wallet/heads.go.
 * @module
 */
import { Advice, Problem, Unreachable } from './errors.js'
import { consistent, isPath, openHead, sameHead } from './log.js'
import { tr } from './language.js'
import { ever } from './succession.js'
import { repin } from './trust.js'

/** @import { Context } from './context.js' */
/** @import { Head } from './log.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Fork, Heads } from './rows.js' */

/** @typedef {Pick<Fork, 'seen' | 'proven'>} Shown by which a contradiction is known */

/** Contradictions of a kind that are kept until their person settles them; one is enough. */
const maxForks = 8

/**
 * Holds what sellers told since the page came against what the broker shows. What cannot be compared now is left for the next time.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @returns {Promise<boolean>} whether what contradicts the broker is other than before
 */
export async function compare(ctx, exclusive) {
  let found = false
  const { heads } = await ctx.profile()
  const again = (heads?.forks ?? []).filter(({ proven, settled }) => !proven && !settled).map(({ vendor, seen }) => /** @type {[string, string]} */ ([vendor, seen]))
  for (const [vendor, note] of [...again, ...ctx.told]) {
    const news = await compareOne(ctx, exclusive, vendor, note)
    found ||= news
  }
  return found
}

/** @param {Context} ctx @param {Exclusive} exclusive @param {string} vendor @param {string} note */
async function compareOne(ctx, exclusive, vendor, note) {
  const seen = await open(ctx, note)
  const { heads } = await ctx.profile()
  const line = seen && (heads?.line || await first(ctx))
  const known = line && await open(ctx, line)
  const settled = () => ctx.told.get(vendor) === note && ctx.told.delete(vendor)
  if (!seen) settled() // nobody signed it: it says nothing of anybody
  if (!seen || !line || !known) return false
  const verdict = await judge(ctx, known, seen)
  if (verdict === 'unknown') return false
  return exclusive('peerscrip-wallet', async () => {
    const profile = await ctx.profile()
    if ((profile.heads?.line ?? '') !== (heads?.line ?? '')) return false // its person has settled it meanwhile, or another tab was faster
    if (verdict !== 'unproven') settled()
    const now = after(profile.heads ?? { line: '', forks: [] }, { vendor, note, line, at: ctx.now() }, verdict)
    if (JSON.stringify(now) !== JSON.stringify(profile.heads)) await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, heads: now } }])
    return now.forks.length !== (profile.heads?.forks.length ?? 0)
  })
}

/** @typedef {'same' | 'older' | 'newer' | 'forked' | 'unproven' | 'unknown'} Verdict of what was seen */

/**
 * What is kept once a head was judged. Pure.
 * @param {Heads} kept
 * @param {{ vendor: string, note: string, line: string, at: number }} of line: that it was held against
 * @param {Verdict} verdict
 * @returns {Heads}
 */
export function after(kept, { vendor, note, line, at }, verdict) {
  const mended = verdict === 'forked' || verdict === 'unproven' ? kept.forks : kept.forks.filter(fork => fork.proven || fork.seen !== note)
  const proven = verdict === 'forked'
  const alike = mended.filter(fork => fork.proven === proven)
  const open = alike.filter(fork => !fork.settled)
  const another = !alike.some(fork => fork.seen === note) && !open.some(fork => fork.vendor === vendor) && open.length < maxForks
  const forks = (proven || verdict === 'unproven') && another ? [...mended, { vendor, seen: note, before: line, at, proven }] : mended
  const moves = verdict === 'newer' && (kept.line === line || kept.line === '')
  return { line: moves ? note : kept.line || line, forks }
}

/** @param {Context} ctx @param {Head} known @param {Head} seen @returns {Promise<Verdict>} */
async function judge(ctx, known, seen) {
  if (known.size === seen.size) return sameHead(known, seen) ? 'same' : 'forked'
  const [older, newer] = known.size < seen.size ? [known, seen] : [seen, known]
  try {
    const proof = await ctx.broker.logConsistency(older.size, newer.size)
    if (proof?.from !== older.size || proof.to !== newer.size || !isPath(proof.path)) return 'unknown'
    return await consistent(proof.path, older, newer) ? newer === seen ? 'newer' : 'older' : 'unproven'
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Problem) return 'unknown'
    throw error
  }
}

/** A head that the broker signed, perhaps with keys that are new; undefined where it did not. @param {Context} ctx @param {string} note */
async function open(ctx, note) {
  const { broker } = await ctx.profile()
  /** @param {typeof broker} pin */
  const by = pin => openHead(note, pin.id, ever(pin)).catch(() => undefined)
  const head = await by(broker)
  if (head || !note.startsWith(`peerscrip/log/${broker.id}\n`)) return head
  const next = await repin(broker, ctx.broker).catch(() => broker)
  return next.links.length > broker.links.length ? by(next) : undefined
}

/** The broker's own head, for the others to be held against; "" where it shows none. @param {Context} ctx */
async function first(ctx) {
  try {
    const { head } = await ctx.broker.logHead()
    return typeof head === 'string' && await open(ctx, head) ? head : ''
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Problem) return ''
    throw error
  }
}

/**
 * Whether a broker has signed two histories, and its person has not settled that: it is given no more money. Asked whenever a loading
 * begins, and each part of one, since it may be found between them. Pure; the Go side's twin.
 * @param {{ heads?: Heads }} profile
 */
export const hasOtherBooks = ({ heads }) => (heads?.forks ?? []).some(({ proven, settled }) => proven && !settled)

/** Refuses to begin what would give such a broker more money. @param {{ heads?: Heads }} profile */
export function mayAdd(profile) {
  if (hasOtherBooks(profile)) throw new Advice(tr('The market has shown different books, so your wallet adds no money: see its page.'), 'other-books')
}

/**
 * Has what contradicts the broker be explained, as its person says: it stays as evidence, and what sellers tell from now on is held against
 * what the broker shows by now. Where nothing is settled by it nothing changes.
 * @param {Context} ctx
 * @param {Shown[]} shown to its person; what was found meanwhile is not settled, and be it the proof of what was shown as not proven
 */
export async function settle(ctx, shown) {
  const profile = await ctx.profile()
  const kept = profile.heads?.forks ?? []
  const forks = kept.map(fork => !fork.settled && shown.some(({ seen, proven }) => seen === fork.seen && proven === fork.proven) ? { ...fork, settled: true } : fork)
  if (forks.every((fork, i) => fork === kept[i])) return
  await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, heads: { line: '', forks } } }])
}

/** What a contradiction means, for a person. @param {Fork} fork @param {string} seller */
export const meaning = ({ proven }, seller) => proven
  ? tr('The market has shown you and {seller} different books.', { seller })
  : tr('The market has not shown yet that {seller} and you see the same books.', { seller })

/** A text with both heads as they were signed, which `peerscrip verify` checks. @param {Fork} fork @param {string} seller */
export const evidence = (fork, seller) =>
  `${meaning(fork, seller)}\n\n${tr('Shown to the owner of this file:')}\n\n${fork.before}\n${tr('Shown to {seller} (stall {stall}):', { seller, stall: fork.vendor })}\n\n${fork.seen}`
