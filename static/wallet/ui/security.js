// @ts-check
/**
 * "Security" on the page of the wallet: what unlocks it. The passphrase, always; and beside it fingerprints, faces and keys, each with
 * a name, to be added and removed.
 * @module
 */
import { tr } from '../language.js'
import { format } from '../money.js'
import { without } from '../passkey.js'
import { addPasskey, maxName, passkeys, removePasskey, renewPassphrase } from '../passkeys.js'
import { callout, day, fill, focus, h, icon, placed, words } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { newPassphrase } from './passphrase.js'
import { follow, stopped } from './work.js'

/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }}
 */
export function security(wallet) {
  const press = pressing(wallet)
  const key = rekeying(wallet)
  const change = changing(wallet)
  const element = h('details', { class: 'card' }, h('summary', { 'data-testid': 'wallet-security' }, tr('Security')),
    h('div', { class: 'stack stack--lg' }, press.element, change.element, key.element))
  return { element, refresh: async () => {
    const all = await passkeys(wallet)
    press.show(all)
    change.show(all.length > 0)
    await key.show()
  } }
}

/**
 * "Unlock with your fingerprint, face or key".
 * @param {Wallet} wallet
 */
function pressing(wallet) {
  const list = h('ul', { class: 'plain stack stack--sm', 'data-testid': 'passkeys' })
  const said = h('div', { 'aria-live': 'polite' })
  const heading = h('h3', { class: 'card__title' }, tr('Unlock with your fingerprint, face or key'))
  const why = h('p', {}, tr('One press instead of typing, with what unlocks this device or a security key. Your passphrase goes on opening the wallet: keep it.'))
  const place = h('div', { class: 'stack' })
  void without(wallet.parts.credentials, location).then(sentence => fill(place, sentence ? h('p', { class: 'soft', 'data-testid': 'passkey-none' }, sentence) : adding()))
  let shown = ''
  /** @param {Awaited<ReturnType<typeof passkeys>>} all */
  const show = all => {
    const now = JSON.stringify(all)
    list.hidden = all.length === 0
    if (now === shown) return
    shown = now
    fill(list, ...all.map(({ id, name, made }) => h('li', { class: 'cluster cluster--between' },
      h('span', {}, icon('key'), ' ', ...placed(tr('{name}, since {day}'), { name: h('strong', {}, words(name)), day: day(made) })),
      action({ label: tr('Remove'), testid: 'passkey-remove', css: 'btn btn--sm', run: () => remove(id, name) }))))
  }
  const remove = async (/** @type {string} */ id, /** @type {string} */ name) => {
    await removePasskey(wallet, id)
    fill(said, callout('info', h('span', {}, ...placed(tr('{name} unlocks this wallet no more.'), { name: words(name) })), { 'data-testid': 'passkey-removed' },
      h('p', {}, tr('If your device or key still lists it, delete it there too.'))))
    focus(heading)
  }
  const adding = () => {
    const name = field({ label: tr('Name'), hint: tr('So that you know it again, such as “My phone” or “Blue key”.') }, { maxlength: maxName, 'data-testid': 'passkey-name' })
    const old = field({ label: tr('Your passphrase') }, { type: 'password', autocomplete: 'current-password', 'data-testid': 'passkey-passphrase' })
    const submit = async () => {
      if (name.input.value.trim() === '') throw new FieldError(name.input, tr('Give it a name.'))
      if (old.input.value === '') throw new FieldError(old.input, tr('Write your passphrase.'))
      fill(said)
      await addPasskey(wallet, { name: name.input.value, passphrase: old.input.value })
      const called = name.input.value
      for (const { input } of [name, old]) input.value = ''
      fill(said, callout('success', h('span', {}, ...placed(tr('{name} unlocks this wallet from now on.'), { name: words(called) })), { 'data-testid': 'passkey-added' }))
    }
    return h('details', {}, h('summary', { 'data-testid': 'passkey-add' }, tr('Add one')), h('div', { class: 'stack backup__more' },
      h('p', {}, tr('You are asked for it twice: once to set it up, once to try it out.')),
      form({ label: tr('Set it up'), testid: 'passkey-make', css: 'btn', submit }, name.field, old.field)))
  }
  return { element: h('section', { class: 'stack' }, heading, why, list, said, place), show }
}

/**
 * "Change the passphrase": with the one there is, or with a passkey where that one is forgotten.
 * @param {Wallet} wallet
 */
function changing(wallet) {
  const old = field({ label: tr('Passphrase now') }, { type: 'password', autocomplete: 'current-password', 'data-testid': 'passphrase-old' })
  const next = newPassphrase({ label: tr('New passphrase'), again: tr('New passphrase again'), testid: 'passphrase-new', testidAgain: 'passphrase-again' })
  const done = h('div', { 'aria-live': 'polite' })
  const forgotten = h('div', { hidden: true })
  const changed = () => {
    for (const input of [old.input, ...next.inputs]) {
      input.value = ''
      input.dispatchEvent(new Event('input'))
    }
    fill(done, callout('success', tr('The passphrase is changed.'), { 'data-testid': 'passphrase-changed' }))
  }
  const change = async () => {
    const chosen = next.read()
    await wallet.changePassphrase(old.input.value, chosen).catch(error => {
      throw error.name === 'Advice' ? new FieldError(old.input, error.message) : error
    })
    changed()
  }
  fill(forgotten, action({ label: tr('I have forgotten it: change it with fingerprint, face or key'), testid: 'passphrase-renew', css: 'btn btn--quiet', run: async () => {
    await renewPassphrase(wallet, next.read())
    changed()
  } }))
  const element = h('details', {}, h('summary', {}, tr('Change the passphrase')), h('div', { class: 'stack backup__more' },
    form({ label: tr('Change'), testid: 'passphrase-change', css: 'btn', submit: change }, old.field, ...next.fields), forgotten, done))
  return { element, show: (/** @type {boolean} */ any) => { forgotten.hidden = !any } }
}

/**
 * "Replace this wallet's key", for who fears that somebody has a copy of it.
 * @param {Wallet} wallet
 */
function rekeying(wallet) {
  const outcome = h('div', { class: 'stack', 'aria-live': 'polite' })
  const left = h('p', { hidden: true, 'data-testid': 'rekey-exposed' })
  const replace = async () => {
    const work = await wallet.replaceKey()
    fill(outcome, follow(wallet, work.id, ended => {
      fill(outcome, ended.state === 'stopped' ? stopped(ended) : done())
      focus(outcome)
    }))
  }
  const done = () => callout('success', tr('This wallet has another key.'), { 'data-testid': 'rekey-done' },
    h('p', {}, tr('Now make a new backup, with a new recovery phrase. Those made before still open, and the receipts in them stay valid, but they spend nothing.')),
    h('p', {}, tr('Look whether your bank account is still yours, and whether all is as you left it at your stalls: who had the key could have changed that.')))
  const element = h('details', {}, h('summary', { 'data-testid': 'rekey' }, tr('Replace this wallet\'s key')), h('div', { class: 'stack backup__more' },
    h('p', {}, tr('If a copy of your wallet may be in other hands: a backup with its twelve words, a device that is gone, or somebody knew your passphrase.')),
    h('ul', {}, h('li', {}, tr('Copies and backups that were made before spend nothing of yours any more, and enter none of your stalls. Do it soon: who has a copy can do the same.')),
      h('li', {}, tr('Your money at stalls is changed for new there, by itself. A copy could spend what a stall has not changed yet.')),
      h('li', {}, tr('Your account, your money, your stalls, your orders and your receipts stay as they are. What is just under way and not answered yet is to be begun again.')),
      h('li', {}, tr('If you use this wallet in another browser too, restore it there from a new backup.'))),
    action({ label: tr('Replace the key'), testid: 'rekey-start', css: 'btn', run: replace }), left, outcome))
  const show = async () => {
    const sum = await wallet.exposed()
    left.hidden = sum === 0
    if (sum > 0) fill(left, tr('{amount} at stalls is not changed for new yet.', { amount: format(sum, (await wallet.profile()).broker) }))
  }
  return { element, show }
}
