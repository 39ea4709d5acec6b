// @ts-check
/**
 * What contradicts the market: that it showed somebody else other books.
 * @module
 */
import { tr } from '../language.js'
import { callout, fill, h } from './dom.js'
import { action } from './form.js'

/** @import { Wallet } from '../wallet.js' */

/** @typedef {Awaited<ReturnType<Wallet['contradictions']>>} Contradictions */

/** The place on the wallet's page, empty while all is well, and when it is settled; and one for what is settled. @param {Wallet} wallet */
export function otherBooks(wallet) {
  const [element, settled] = [h('div', { hidden: true }), h('p', { hidden: true })]
  let shown = ''
  const refresh = async () => {
    const all = await wallet.contradictions()
    if (JSON.stringify(all) === shown) return
    shown = JSON.stringify(all)
    const open = all.filter(({ settled }) => !settled)
    const first = open.find(({ proven }) => proven) ?? open[0]
    element.hidden = !first
    fill(element, first && notice(wallet, first, open))
    const past = all.filter(({ settled }) => settled)
    settled.hidden = past.length === 0
    fill(settled, ...past.length > 0 ? [tr('The market has shown different books, and you have said that it is explained.'), ' ', saving(past)] : [])
  }
  return { element, settled, refresh }
}

/** A link that saves the evidence. @param {Contradictions} list */
const saving = list => h('a', {
  href: URL.createObjectURL(new Blob([list.map(({ evidence }) => evidence).join('\n')], { type: 'text/plain' })), download: 'peerscrip-evidence.txt', class: 'btn btn--sm', 'data-testid': 'wallet-evidence',
}, tr('Save the evidence'))

/** @param {Wallet} wallet @param {Contradictions[0]} found @param {Contradictions} open all that is not settled */
function notice(wallet, { says, proven }, open) {
  const answers = h('div', { class: 'cluster' }, saving(open), action({ label: tr('It is explained'), testid: 'wallet-settle-books', css: 'btn btn--sm', run: () => wallet.settleBooks(open) }))
  if (!proven) {
    return callout('warn', says, { 'data-testid': 'wallet-other-books' }, h('p', {}, tr('It signed both, and is asked again by itself. Keep the evidence until this goes away.')), answers)
  }
  return callout('error', says, { 'data-testid': 'wallet-other-books' },
    h('p', {}, tr('It signed both, and only one of them can be true. Save the evidence, which proves it to anybody, and ask who runs this market what has happened.')),
    h('p', {}, tr('Until you say that it is explained your wallet adds no money. What you have can be spent and taken out.')), answers)
}
