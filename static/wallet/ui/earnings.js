// @ts-check
/**
 * What this wallet's stalls have earned, and where it is to go: to the bank, or into the wallet to be spent.
 * @module
 */
import { tr } from '../language.js'
import { format } from '../money.js'
import { isReal } from '../payways.js'
import { callout, fill, focus, h, money, placed, words } from './dom.js'
import { action } from './form.js'
import { leftForBank } from './payin.js'
import { gate } from './gate.js'
import { follow, stopped, title } from './work.js'

/** @import { Stated } from '../earnings.js' */
/** @import { Profile, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */
/** @typedef {{ wallet: Wallet, broker: Profile['broker'], begun: (id: string) => void, list: HTMLElement, outcome: HTMLElement, ask: () => Promise<void> }} Card */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} [begun] told of a payout, which is shown here
 * @param {(stalls: Stated[]) => string} [note] what is said beside what the stalls of this account have earned
 * @returns {HTMLElement} hidden while there is nothing to say
 */
export function earned(wallet, { broker }, begun = () => {}, note = () => '') {
  const [list, outcome] = [h('div', { class: 'stack' }), h('div', { class: 'stack', hidden: true })]
  const element = h('section', { class: 'card stack', hidden: true, 'data-testid': 'earnings' }, h('h2', { class: 'card__title' }, tr('Earned')), outcome, list)
  const ask = async () => {
    const stalls = await wallet.earnings().catch(() => undefined) // while the broker is away, the page does without
    const some = (stalls ?? []).filter(stall => stall.earned > 0)
    const said = stalls ? note(stalls) : ''
    fill(list, said && h('p', { class: 'soft' }, said), ...some.map(stall => line({ wallet, broker, begun, list, outcome, ask }, stall)))
    element.hidden = some.length === 0 && !said && outcome.hidden
  }
  void ask()
  return element
}

/**
 * The page "Earnings" of a desk: what is free is paid out here, if the wallet is in this browser.
 * @param {Wallet} wallet
 * @param {HTMLElement} mount data-vendor: the stall of the desk
 */
export async function earningsPage(wallet, mount) {
  const elsewhere = tr('That wallet is not in this browser.')
  if (await wallet.status() === 'none') return fill(mount, h('p', { class: 'soft' }, elsewhere))
  const note = (/** @type {Stated[]} */ stalls) => {
    const mine = stalls.find(({ vendor }) => vendor === mount.dataset.vendor)
    return !mine ? elsewhere : mine.earned === 0 ? tr('Nothing is free to be paid out now.') : ''
  }
  return gate(wallet, mount, async place => fill(place, earned(wallet, await wallet.profile(), undefined, note)))
}

/** @param {Card} card @param {Stated} stall */
function line(card, stall) {
  const { wallet, broker } = card
  const way = (/** @type {'bank' | 'scrip'} */ to, /** @type {string} */ label) =>
    action({ label, testid: `payout-${to}`, run: async () => pay(card, await wallet.payOut(stall, to)) })
  return h('article', { class: 'stack stack--sm', 'data-testid': 'earned', 'data-vendor': stall.vendor },
    h('p', {}, ...placed(tr('You earned {amount} at {stall}.'), { amount: money(stall.earned, broker), stall: words(stall.name) })),
    h('div', { class: 'actions' }, way('bank', tr('Take it to the bank')), way('scrip', tr('Put it into this wallet'))))
}

/** @param {Card} card @param {Work<'payout'>} work */
function pay({ wallet, broker, begun, list, outcome, ask }, work) {
  begun(work.id)
  fill(list)
  outcome.hidden = false
  const amount = format(work.about.amount, broker)
  const said = work.about.to === 'bank' ? isReal(broker) ? leftForBank(amount, broker) : tr('{amount} is in your bank account.', { amount }) : tr('{amount} is in this wallet, ready to spend at any stall.', { amount })
  fill(outcome, h('p', {}, title(work, broker)), follow(wallet, work.id, ended => {
    fill(outcome, ended.state === 'stopped' ? stopped(ended) : callout('success', said, { 'data-testid': 'payout-done' }))
    focus(outcome)
    void ask()
  }))
}
