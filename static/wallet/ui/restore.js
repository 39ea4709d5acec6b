// @ts-check
/**
 * "Restore a wallet from a backup", for a browser that has no wallet; and afterwards, on the page of the wallet, what became
 * of the money in it.
 * @module
 */
import { checkName } from '../aside.js'
import { maxSize, read } from '../backupfile.js'
import { tr } from '../language.js'
import { askToKeep } from '../lasting.js'
import { format } from '../money.js'
import { keyOf } from '../phrase.js'
import { found, noted, restore, restoreBeside } from '../restore.js'
import { atField, nameField } from './aside.js'
import { callout, fill, h, moment, placed } from './dom.js'
import { FieldError, field, form } from './form.js'
import { newPassphrase } from './passphrase.js'

/** @import { Found, Sum } from '../restore.js' */
/** @import { Currency } from '../money.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {{ beside?: boolean }} [how] beside: there is a wallet, which is put aside when the backup has been opened
 * @returns {HTMLElement}
 */
export function restoring(wallet, { beside = false } = {}) {
  const file = field({ label: tr('Backup file'), hint: tr('It is called peerscrip-backup and a date.') }, { type: 'file', accept: '.json,application/json', 'data-testid': 'restore-file' })
  const phrase = field({ label: tr('Recovery phrase'), hint: tr('The twelve words, in their order.') }, { rows: 3, spellcheck: 'false', autocapitalize: 'none', 'data-testid': 'restore-phrase' })
  const next = newPassphrase({ label: tr('Passphrase for this browser'), again: tr('Passphrase again'), testid: 'restore-passphrase', testidAgain: 'restore-passphrase-again', hint: tr('It need not be the one you had.') })
  const submit = async () => {
    const bytes = await chosen(file.input)
    await at(file.input, () => read(bytes))
    await at(phrase.input, () => keyOf(phrase.input.value))
    const given = { bytes, phrase: phrase.input.value, passphrase: next.read() }
    if (beside) {
      atField(name.input, () => checkName(name.input.value))
      await restoreBeside(wallet, given, name.input.value)
      return location.reload()
    }
    await restore(wallet, given)
    void askToKeep()
    void wallet.resume()
  }
  const name = nameField()
  return h('details', { class: 'card', 'data-testid': 'restore' }, h('summary', {}, beside ? tr('Forgotten the passphrase? Restore from a backup') : tr('Restore a wallet from a backup')), h('div', { class: 'stack backup__more' },
    beside && h('p', {}, tr('With the backup file and the recovery phrase you need no passphrase. The wallet that is here is put aside, not deleted: should the passphrase come back to you, it can be opened again.')),
    h('p', {}, tr('The money of the backup is changed for new: a wallet that still has it in another browser can then no longer spend it. Fingerprints, faces and keys that unlocked it are set up anew afterwards.')),
    form({ label: tr('Restore'), testid: 'restore-start', submit }, file.field, phrase.field, ...next.fields, beside && name.field)))
}

/** @param {HTMLInputElement} input @returns {Promise<Uint8Array>} at most one byte more than a backup may have */
export async function chosen(input) {
  const file = input.files?.[0]
  if (!file) throw new FieldError(input, tr('Choose the backup file.'))
  return new Uint8Array(await file.slice(0, maxSize + 1).arrayBuffer())
}

/** What is wrong with a field, told at it. @param {HTMLInputElement} input @param {() => unknown} run */
async function at(input, run) {
  try {
    await run()
  } catch (error) {
    throw error instanceof Error && error.name === 'Advice' ? new FieldError(input, error.message) : error
  }
}

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }}
 */
export function restoredFrom(wallet, { broker }) {
  const element = h('div', { hidden: true })
  let shown = ''
  const refresh = async () => {
    const what = await found(wallet.open())
    const now = JSON.stringify(what ?? null)
    if (now === shown) return
    shown = now
    element.hidden = !what
    fill(element, what && report(wallet, what, broker))
  }
  return { element, refresh }
}

/** @param {Wallet} wallet @param {Found} what @param {Currency} currency */
function report(wallet, what, currency) {
  const { made, waiting, added, blocked } = what
  const searching = waiting.length > 0
  const ill = what.gone.pieces > 0 || what.unsure.pieces > 0
  const kind = searching ? 'info' : ill ? 'warn' : 'success'
  return callout(kind, h('span', {}, ...placed(tr('Restored from the backup of {date}.'), { date: moment(made) })), { 'data-testid': 'restored', 'data-searching': String(searching) },
    searching && h('p', {}, tr('Asking what became of its money: {names}. If one does not answer, it is asked again by itself.', { names: waiting.map(name => name || tr('the market')).join(', ') })),
    said(what.good, currency, amount => tr('{amount} came back, changed for new. A copy elsewhere is worth nothing now.', { amount })),
    added > 0 && h('p', {}, tr('{amount} more, loaded after this backup, came back with it.', { amount: format(added, currency) })),
    said(what.bank, currency, amount => tr('{amount} had gone back to your bank account.', { amount })),
    said(what.gone, currency, amount => tr('{amount} was spent or changed after this backup; it cannot be got back from it.', { amount })),
    said(what.unsure, currency, amount => tr('{amount} could not be changed; the reason stands beside it.', { amount })),
    ill && h('p', {}, tr('If the wallet that went on after the backup is still there, it has what came of them.')),
    blocked && h('p', { 'data-testid': 'restored-blocked' }, tr('The broker may hold newer money of this account, which that wallet alone can spend. While it does, nothing more can be loaded into this account. If that wallet is lost, put this one aside, below, and load money into a new one.')),
    h('p', {}, tr('Orders made after the backup, and stalls first bought from after it, are not in it.')),
    !searching && h('div', { class: 'actions' }, h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'restored-read', onclick: () => void noted(wallet) }, tr('I have read this'))))
}

/** @param {Sum} sum @param {Currency} currency @param {(amount: string) => string} says what became of it */
const said = ({ pieces, value }, currency, says) => pieces > 0 && h('p', {}, says(format(value, currency)))
