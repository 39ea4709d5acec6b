// @ts-check
/**
 * "Backup" on the page of the wallet: the first time a recovery phrase, shown once and asked back; then a file, which has
 * been tried out before it is offered; later a file at the press of a button, and whether one is due.
 * @module
 */
import { backUp, lastBackup, stallsOf, tryOut } from '../backup.js'
import { language, tr } from '../language.js'
import { format } from '../money.js'
import { keyOf, newPhrase } from '../phrase.js'
import { callout, fill, focus, h, moment, placed } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { chosen } from './restore.js'
import { relative } from './until.js'

/** @import { Currency } from '../money.js' */
/** @import { Held, Profile } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** How many of the words are asked back. */
const asked = 3

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: () => Promise<boolean> }} refresh: whether there is something to lose that no backup has
 */
export function backingUp(wallet, { broker }) {
  const outcome = h('div', { class: 'backup__outcome', 'aria-live': 'polite' })
  const place = h('div', { class: 'stack' })
  const element = h('section', { class: 'card stack', id: 'backup', 'aria-label': tr('Backup') }, h('div', {}, h('h2', { class: 'card__title' }, tr('Backup')), outcome), place)
  let [busy, shown] = [false, '']
  const refresh = async () => {
    const last = await lastBackup(wallet.open())
    const unsaved = await isUnsaved(wallet, last)
    element.classList.toggle('card--due', unsaved)
    const now = JSON.stringify(last ?? null)
    if (busy || now === shown) return unsaved
    shown = now
    fill(place, ...last ? madeBefore(wallet, last, broker, { begin, save }) : [noneYet(begin)])
    return unsaved
  }
  const begin = async () => {
    const words = await newPhrase()
    busy = true
    fill(outcome)
    tell(words)
  }
  const tell = (/** @type {string[]} */ words) => {
    const sheet = paper(words)
    fill(place, sheet, h('div', { class: 'actions' },
      h('button', { class: 'btn', type: 'button', 'data-testid': 'phrase-print', onclick: () => print() }, tr('Print')),
      h('button', { class: 'btn btn--primary', type: 'button', 'data-testid': 'phrase-written', onclick: () => ask(words) }, tr('I have them on paper')), cancel()))
    focus(/** @type {HTMLElement} */ (sheet.querySelector('h3')))
  }
  const ask = (/** @type {string[]} */ words) => {
    const heading = h('h3', {}, tr('Three of the words, from your paper'))
    fill(place, heading, check(words, save),
      h('div', { class: 'actions' }, h('button', { class: 'btn btn--quiet', type: 'button', 'data-testid': 'phrase-back', onclick: () => tell(words) }, tr('See the words again')), cancel()))
    focus(heading)
  }
  const cancel = () => h('button', { class: 'btn btn--quiet', type: 'button', 'data-testid': 'backup-cancel', onclick: () => void end() }, tr('Not now'))
  const end = async () => {
    [busy, shown] = [false, '']
    await refresh()
    focus(element)
  }
  const save = async (key = '') => {
    const { bytes, ...said } = await backUp(wallet, key || undefined)
    const link = download(bytes, said.made)
    fill(outcome, callout('success', h('span', {}, ...placed(tr('Backed up on {date}: {what}.'), { date: moment(said.made), what: contents(said, broker) })), { 'data-testid': 'backup-done' },
      h('p', {}, tr('The file was opened and rebuilt once, and has everything. Keep it somewhere else than on this device, apart from the words.')), h('p', {}, link)))
    link.click()
    await end()
    wallet.changed() // what warns of a wallet without a backup hears of this one
  }
  return { element, refresh }
}

/** Where there is no backup. @param {() => Promise<void>} begin */
const noneYet = begin => h('div', { class: 'stack', 'data-testid': 'backup-none' },
  h('p', {}, tr('Your money, orders and stalls are in this browser only: if it is lost, they are. A backup is an encrypted file, and twelve words on paper that open it.')),
  action({ label: tr('Make a backup'), testid: 'backup-begin', css: 'btn btn--primary', run: begin }))

/**
 * The last backup, and what can be done after it.
 * @param {Wallet} wallet
 * @param {Held & { changed: boolean }} last
 * @param {Profile['broker']} broker
 * @param {{ begin: () => Promise<void>, save: () => Promise<void> }} act begin: with new words
 */
const madeBefore = (wallet, last, broker, { begin, save }) => [
  h('p', { 'data-testid': 'backup-last' }, ...placed(tr('Last backup: {date} ({ago}), {what}.'), { date: moment(last.made), ago: relative(last.made - Date.now() / 1000), what: contents(last, broker) })), leftOut(last),
  last.changed ? callout('warn', tr('Money, orders or stalls have changed since.'), { 'data-testid': 'backup-due' }, h('p', {}, tr('Back up again: an old file cannot bring back what was spent or changed after it. It takes no phrase.'))) :
    h('p', { 'data-testid': 'backup-fresh' }, tr('Nothing has changed since.')),
  action({ label: tr('Back up now'), testid: 'backup-now', css: last.changed ? 'btn btn--primary' : 'btn', run: () => save() }),
  trying(wallet, broker),
  h('details', {}, h('summary', {}, tr('The words are lost, or somebody saw them')), h('div', { class: 'stack backup__more' },
    h('p', {}, tr('New words open the backups from now on. Files made before still open with the old ones: delete them.')),
    action({ label: tr('Make a new recovery phrase'), testid: 'backup-renew', run: begin }))),
]

/** Tries a saved file out. @param {Wallet} wallet @param {Profile['broker']} broker */
function trying(wallet, broker) {
  const { field: box, input } = field({ label: tr('Saved file') }, { type: 'file', accept: '.json,application/json', 'data-testid': 'backup-saved' })
  const said = h('div', { 'aria-live': 'polite' })
  const submit = async () => {
    fill(said)
    const of = await tryOut(wallet, await chosen(input))
    fill(said, callout('success', h('span', {}, ...placed(tr('This file is whole. It is of {date}: {what}.'), { date: moment(of.made), what: contents(of, broker) })), { 'data-testid': 'backup-tried' }))
  }
  return h('details', {}, h('summary', { 'data-testid': 'backup-try' }, tr('Try a saved file out')), h('div', { class: 'stack backup__more' },
    h('p', {}, tr('Reads the file from where you keep it and rebuilds it once, as after each backup. Nothing here changes.')),
    form({ label: tr('Try it out'), testid: 'backup-try-start', css: 'btn', submit }, box), said))
}

/** Asks some of the words back. @param {string[]} words @param {(key: string) => Promise<void>} save where they are right */
function check(words, save) {
  const fields = pick(words.length).map(at => ({ at, ...field({ label: tr('Word {n}', { n: at + 1 }), short: true }, { spellcheck: 'false', autocapitalize: 'none', 'data-testid': 'phrase-word', 'data-at': at + 1 }) }))
  const submit = async () => {
    for (const { at, input } of fields) if (input.value.trim().toLowerCase() !== words[at]) throw new FieldError(input, tr('That is not word {n}. Look at your paper.', { n: at + 1 }))
    await save(await keyOf(words.join(' ')))
  }
  return form({ label: tr('Back up'), testid: 'phrase-check', submit }, ...fields.map(({ field: box }) => box))
}

/** Whether there is something to lose that no backup has. @param {Wallet} wallet @param {{ changed: boolean } | undefined} [last] the last backup */
export async function isUnsaved(wallet, last) {
  if (last) return last.changed
  const orders = await wallet.open().purse.disk.names('orders') // unread: there may be many, and this is asked often
  return orders.length > 0 || (await wallet.shares()).length > 0 || (await stallsOf(wallet.open())).length > 0
}

/** That some receipts are not in a backup. @param {Held} said */
const leftOut = ({ bare = 0 }) => bare > 0 && h('p', { 'data-testid': 'backup-bare' }, ...placed(tr('There was no room for the signed receipts of the {n} oldest orders. {save} in a file of their own; money and orders are all in the backup.', { n: bare }),
  { save: h('a', { href: '/wallet/orders' }, tr('Save your receipts')) }))

/** @param {Held} said @param {Currency} currency "50.00 EUR and 3 orders" */
const contents = ({ value, orders }, currency) => tr({ one: '{amount} and 1 order', other: '{amount} and {n} orders' }, { amount: format(value, currency), n: orders })

/** The words, as they are shown and printed. @param {string[]} words */
const paper = words => h('div', { class: 'phrase stack', 'data-testid': 'phrase' },
  h('h3', {}, tr('Your recovery phrase')),
  h('p', { class: 'phrase__screen' }, tr('Write these twelve words down, or print them. Three of them are asked back, and after that nobody can show them again.')),
  h('p', { class: 'phrase__print' }, tr('Opens the backups of a wallet at {host}.', { host: location.host }), ' ', moment(Date.now() / 1000)),
  language !== 'en' && h('p', {}, tr('The words are English in every language: they are from a list that wallets everywhere share. Copy them as they stand.')),
  h('ol', { class: 'phrase__words' }, ...words.map(word => h('li', { 'data-testid': 'phrase-shown' }, word))),
  h('p', {}, tr('Whoever has these words and a backup file has your money. Nobody can replace them.')))

/** Different places of so many, in order. @param {number} count @returns {number[]} */
function pick(count) {
  const places = /** @type {Set<number>} */ (new Set())
  while (places.size < asked) places.add(/** @type {number} */ (crypto.getRandomValues(new Uint8Array(1))[0]) % count)
  return [...places].toSorted((a, b) => a - b)
}

/**
 * A link that saves the file, for as long as this page is open.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} made unix seconds
 */
function download(bytes, made) {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/json' }))
  const name = `peerscrip-backup-${new Date(made * 1000).toISOString().slice(0, 16).replace(/[T:]/g, '-')}.json`
  return /** @type {HTMLAnchorElement} */ (h('a', { href: url, download: name, 'data-testid': 'backup-file' }, tr('Save the file once more')))
}
