// @ts-check
/**
 * The gate before every page of the wallet: make one, restore one, or unlock the one there is, and wait for the account. Then
 * the page itself. When the wallet is locked, in whatever tab, the gate is back.
 * @module
 */
import { register } from '../aside.js'
import { tr } from '../language.js'
import { askToKeep, leaveTrace, wasHere } from '../lasting.js'
import { hasPasskeys, unlockWithPasskey } from '../passkeys.js'
import { elsewhere, putAsideBefore } from './aside.js'
import { callout, fill, focus, h, icon } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { newPassphrase } from './passphrase.js'
import { restoring } from './restore.js'
import { steps } from './steps.js'

/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {HTMLElement} place
 * @param {(place: HTMLElement) => void | Promise<void>} inside shows the page; called once for every unlocking
 */
export async function gate(wallet, place, inside) {
  let shown = ''
  const show = async () => {
    const state = await stateOf(wallet)
    if (state === shown) return
    const first = shown === ''
    shown = state
    place.removeAttribute('aria-hidden')
    if (state === 'none') fill(place, door(vanished(), makeForm(wallet), restoring(wallet), putAsideBefore(wallet, false), elsewhere()))
    if (state === 'locked') fill(place, door(unlockForm(wallet, await hasPasskeys(wallet)), restoring(wallet, { beside: true }), putAsideBefore(wallet, true)))
    if (state === 'joining') fill(place, joining(wallet))
    if (state === 'open' || state === 'joining') void leaveTrace()
    if (state === 'open') await inside(place)
    if (!first) read(place)
  }
  wallet.watch(show)
  await show()
}

/** Takes the reader on to what took the door's place, or back to the page's head where that is nothing to see. @param {HTMLElement} place */
function read(place) {
  const next = [place.querySelector('h2, legend'), place.firstElementChild, document.querySelector('main h1')].find(element => element?.checkVisibility())
  if (next) focus(/** @type {HTMLElement} */ (next))
}

/** That there was a wallet in this browser, where there is none now and none was put aside. */
function vanished() {
  const place = h('div', { hidden: true })
  if (register().aside.length > 0) return place
  void wasHere().then(so => {
    place.hidden = !so
    fill(place, so && callout('warn', tr('There was a wallet in this browser, and it is not here any more.'), { 'data-testid': 'wallet-vanished' },
      h('p', {}, tr('Browsers delete what a site has stored when space is short, when nobody was there for a week or more, or when they are told to. If you have a backup, restore it below, with the file and the twelve words: money that was not spent since comes back. Without one nobody can.'))))
  })
  return place
}

/** @param {...(HTMLElement | false)} ways in */
const door = (...ways) => h('div', { class: 'stack stack--lg' }, ...ways)

/** @param {Wallet} wallet @returns {Promise<'none' | 'locked' | 'joining' | 'open'>} */
async function stateOf(wallet) {
  const status = await wallet.status()
  if (status !== 'unlocked') return status
  return (await wallet.profile()).account ? 'open' : 'joining'
}

/** @param {Wallet} wallet */
function makeForm(wallet) {
  const next = newPassphrase({ label: tr('Passphrase'), again: tr('Passphrase again'), testid: 'wallet-passphrase', testidAgain: 'wallet-passphrase-again',
    hint: tr('Four or five unrelated words are easy to remember and hard to guess. Nobody can reset it.') })
  const make = async () => {
    await wallet.make(next.read())
    void askToKeep()
    void wallet.resume()
  }
  return h('section', { class: 'card stack', 'data-testid': 'wallet-none' },
    h('h2', { class: 'card__title' }, tr('Make your wallet')),
    h('p', {}, tr('Your money and keys are kept in this browser only, encrypted under your passphrase. It takes a moment, and nothing is asked about you.')),
    form({ label: tr('Make your wallet'), testid: 'wallet-make', submit: make }, hiddenName(), ...next.fields))
}

/** @param {Wallet} wallet @param {boolean} pressed whether a passkey opens it */
function unlockForm(wallet, pressed) {
  const { field: box, input } = field({ label: tr('Passphrase') }, { type: 'password', autocomplete: 'current-password', 'data-testid': 'wallet-passphrase' })
  const unlock = async () => {
    try {
      await wallet.unlock(input.value)
    } catch (error) {
      if (error instanceof Error && error.name === 'Advice') throw new FieldError(input, error.message)
      throw error
    }
    void wallet.resume()
  }
  return h('section', { class: 'card stack', 'data-testid': 'wallet-locked' },
    h('h2', { class: 'card__title' }, icon('lock'), ' ', tr('Your wallet is locked')),
    h('p', {}, tr('Once unlocked it stays so in every tab, until the last one is closed or nobody has used it for 15 minutes.')),
    pressed && action({ label: tr('Unlock with fingerprint, face or key'), testid: 'wallet-press', css: 'btn btn--primary', run: () => unlockWithPasskey(wallet).then(() => void wallet.resume()) }),
    pressed && h('p', { class: 'soft' }, tr('Or with your passphrase:')),
    form({ label: tr('Unlock'), testid: 'wallet-unlock', css: pressed ? 'btn' : 'btn btn--primary', submit: unlock }, hiddenName(), box))
}

/** Password managers want to know whose passphrase it is. */
const hiddenName = () => h('input', { class: 'visually-hidden', type: 'text', name: 'username', value: 'peerscrip wallet', autocomplete: 'username', tabindex: '-1', 'aria-hidden': 'true', readonly: true })

/** @param {Wallet} wallet */
function joining(wallet) {
  const place = h('div', { class: 'stack' })
  const shown = steps()
  const show = async () => {
    if (!wallet.ctx) return
    const work = (await wallet.works()).find(work => work.purpose === 'join')
    if (!work) return
    shown.show(work, false)
    fill(place, wallet.underWay.troubles.get(work.id) && callout('warn', tr('The market does not answer yet. It is tried again by itself.')))
  }
  wallet.watch(show)
  void wallet.inform(show)
  return h('section', { class: 'card stack', 'data-testid': 'wallet-joining' },
    h('h2', { class: 'card__title' }, tr('Opening your account')), shown.element, place)
}
