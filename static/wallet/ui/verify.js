// @ts-check
/**
 * The page that says what a receipt file proves. The file is read in this browser and sent nowhere; only the broker's public
 * keys are fetched.
 * @module
 */
import { linesOf, parse } from '../bundle.js'
import { universalText } from '../dates.js'
import { findings, holds, limits } from '../findings.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { learn } from '../succession.js'
import { callout, fill, focus, h } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { summary } from '../lines.js'
import { body } from './receipt.js'

/** @import { Bundle } from '../bundle.js' */
/** @import { Finding } from '../findings.js' */
/** @import { Wallet } from '../wallet.js' */

/** Bytes of a file of many receipts that are read. */
const mostMany = 2 ** 29

const states = { proven: ['success', tr('Proven')], missing: ['warn', tr('Not proven')], false: ['danger', tr('False')] }

/** As people write it; times of UTC, since two who read the same receipt are to read the same. */
const asPages = { amount: format, moment: universalText }

/** @param {Wallet} wallet @param {HTMLElement} mount */
export function verifyPage(wallet, mount) {
  const outcome = h('div', { class: 'stack', 'data-testid': 'verify-outcome' })
  const { field: box, input } = field({ label: tr('Receipt'), hint: tr('The file that the buyer downloaded from an order. It is read in this browser and sent nowhere.') },
    { type: 'file', accept: '.json,application/json', 'data-testid': 'verify-file' })
  const check = async () => {
    const [file] = input.files ?? []
    if (!file) throw new FieldError(input, tr('Choose a receipt file, or drop one on this page.'))
    fill(outcome)
    if ((await file.slice(0, 200).text()).replaceAll(/\s/g, '').startsWith('{"format":"peerscripwalletbackup"')) {
      throw new FieldError(input, tr('This is a backup of a wallet, not a receipt. It belongs on the page Wallet, where a browser without a wallet restores it with the twelve words. Show it to nobody.'))
    }
    const many = linesOf(await file.slice(0, mostMany).text())
    if (many) return fill(outcome, choosing(many, judge))
    await judge(new Uint8Array(await file.slice(0, 2 ** 21).arrayBuffer()), outcome)
  }
  const judge = async (/** @type {string | Uint8Array} */ receipt, /** @type {HTMLElement} */ place) => {
    const bundle = parse(receipt)
    const about = await wallet.broker.about()
    const keys = await learn({ id: about.id, links: [] }, after => wallet.broker.keys(after))
    fill(place, ...said(await findings(bundle, keys, bundle.broker === about.id ? about : undefined, asPages), bundle, about))
    focus(/** @type {HTMLElement} */ (place.querySelector('h2')))
  }
  const element = form({ label: tr('Say what it proves'), testid: 'verify', submit: check }, box)
  input.addEventListener('change', () => input.files?.length && element.requestSubmit())
  receive(input, element)
  fill(mount, h('section', { class: 'card stack' }, element), outcome)
}

/**
 * A file of many receipts: which of them.
 * @param {string[]} lines
 * @param {(receipt: string, place: HTMLElement) => Promise<void>} judge
 */
function choosing(lines, judge) {
  const place = h('div', { class: 'stack' })
  const id = 'verify-which'
  const select = /** @type {HTMLSelectElement} */ (h('select', { class: 'input', id, 'data-testid': 'verify-which' }, ...lines.map((line, i) => h('option', { value: i }, label(line)))))
  const run = () => {
    fill(place)
    return judge(lines[Number(select.value)] ?? '', place)
  }
  return h('section', { class: 'stack' }, h('div', { class: 'field' }, h('label', { class: 'field__label', for: id }, lines.length === 1 ? tr('The receipt in this file') : tr('Which of the {n} receipts in this file', { n: lines.length })), select),
    action({ label: tr('Say what this one proves'), testid: 'verify-one', run }), place)
}

/** What a receipt of a file says it is of, unchecked. @param {string} line */
function label(line) {
  try {
    const { offer, offers = [offer], paid } = JSON.parse(line)
    return tr('{things}, order {order}', { things: summary(offers.map(body)), order: body(paid).order_id })
  } catch {
    return tr('a receipt that cannot be read')
  }
}

/** Takes files that are dropped anywhere on the page. @param {HTMLInputElement} input @param {HTMLFormElement} element */
function receive(input, element) {
  addEventListener('dragover', event => event.preventDefault())
  addEventListener('drop', event => {
    event.preventDefault()
    if (!event.dataTransfer?.files.length) return
    input.files = event.dataTransfer.files
    element.requestSubmit()
  })
}

/**
 * @param {Finding[]} list
 * @param {Bundle} bundle
 * @param {{ id: string, name: string }} about the broker of this site
 */
function said(list, bundle, about) {
  const good = holds(list)
  const foreign = bundle.broker !== about.id &&
    callout('info', tr('This receipt is of another broker than {name}, whose keys this page uses.', { name: about.name }), {}, h('p', {}, tr('Verify it where that broker is used, or with the command and its keys.')))
  return [
    h('h2', { 'data-testid': 'verify-verdict', 'data-holds': String(good) }, good ? tr('The receipt holds') : tr('The receipt does not hold')), foreign,
    h('ul', { class: 'stack stack--sm', role: 'list' }, ...list.map(finding)),
    h('h3', {}, tr('What no receipt proves')), h('ul', {}, ...limits.map(limit => h('li', {}, limit))),
  ]
}

/** @param {Finding} finding */
function finding({ part, state, text }) {
  const [css, word] = /** @type {[string, string]} */ (states[state])
  return h('li', { class: 'card stack stack--xs', 'data-testid': `verify-${part}`, 'data-state': state },
    h('p', {}, h('span', { class: `badge badge--${css}` }, word)), h('p', {}, text))
}
