// @ts-check
/**
 * Wallets that were put aside, at the door; and putting aside the one that is here. Whatever changes which wallet is open loads
 * the page anew.
 * @module
 */
import { maxName, putAside, register, takeUp, twin } from '../aside.js'
import { removeDisk } from '../disk.js'
import { tr } from '../language.js'
import { h, moment, placed } from './dom.js'
import { FieldError, action, field, form } from './form.js'

/** @import { Wallet } from '../wallet.js' */
/** @typedef {{ field: HTMLElement, input: HTMLInputElement }} Field */

/** A field for the name of a wallet that is put aside. @returns {Field} */
export const nameField = () => field({ label: tr('Name for the wallet that is here'), hint: tr('It is put aside under this name, with all that is in it.') },
  { value: tr('My earlier wallet'), maxlength: maxName, 'data-testid': 'aside-name' })

/** What is wrong with a field, told at it. @param {HTMLInputElement} input @param {() => void} run */
export function atField(input, run) {
  try {
    run()
  } catch (error) {
    throw error instanceof Error && error.name === 'Advice' ? new FieldError(input, error.message) : error
  }
}

/** That the same site under another name has a wallet of its own; false where it has no other name. */
export function elsewhere() {
  const other = twin(location)
  return other !== undefined && h('p', { class: 'soft small', 'data-testid': 'wallet-elsewhere' }, ...placed(tr('A browser keeps a wallet by the address of the page. This is the one of {host}; {other} is the same site with another wallet.'),
    { host: location.host, other: h('a', { href: `${other}/wallet` }, new URL(other).host) }))
}

/** The wallets that were put aside, each to be opened again. @param {Wallet} wallet @param {boolean} held whether there is a wallet here @returns {HTMLElement | false} */
export function putAsideBefore(wallet, held) {
  const { current, aside } = register()
  if (aside.length === 0) return false
  const open = async (/** @type {string} */ disk) => {
    takeUp(disk, { name: held ? tr('The wallet before') : undefined, at: wallet.parts.now() })
    wallet.parts.disk.close()
    if (!held) await removeDisk(current)
    location.reload()
  }
  return h('section', { class: 'card stack', 'data-testid': 'aside' },
    h('h2', { class: 'card__title' }, tr('Wallets put aside')),
    h('p', {}, tr('Each opens with what opened it before. Look in within a year: money that nobody renews comes to an end.')),
    ...aside.map(({ disk, name, at }) => h('div', { class: 'cluster cluster--between' },
      h('p', {}, ...placed(tr('{name} · put aside {date}'), { name: h('strong', {}, name), date: moment(at) })),
      action({ label: tr('Open this one'), testid: 'aside-open', css: 'btn btn--sm', run: () => open(disk) }))))
}

/** "Put this wallet aside". @param {Wallet} wallet @returns {HTMLElement} */
export function puttingAside(wallet) {
  const name = nameField()
  const submit = async () => {
    atField(name.input, () => putAside({ name: name.input.value, at: wallet.parts.now() }))
    await wallet.lock()
    location.assign('/wallet')
  }
  return h('details', { 'data-testid': 'aside-put' }, h('summary', {}, tr('Put this wallet aside')),
    h('div', { class: 'stack' },
      h('p', {}, tr('To make or restore another one in this browser. Nothing in this one is lost, and it can be opened again here with its passphrase. What it has under way waits until then.')),
      form({ label: tr('Put it aside'), testid: 'aside-start', css: 'btn', submit }, name.field)))
}
