// @ts-check
/**
 * Forms: labelled fields, a button that shows it is working, and errors that stand where they can be put right.
 * @module
 */
import { Advice, Full, Problem, Refusal, Unreachable } from '../errors.js'
import { tr } from '../language.js'
import { sentence } from '../refusals.js'
import { brokerURL, callout, h } from './dom.js'

/** @import { Attributes, Child } from './dom.js' */

let count = 0

/**
 * A field with its label, hint and input.
 * @param {object} what
 * @param {string} what.label
 * @param {string} [what.hint]
 * @param {string} [what.affix] stands behind the input: a currency
 * @param {boolean} [what.short]
 * @param {boolean} [what.optional]
 * @param {[string, string][]} [what.options] value and text of each; makes it a select
 * @param {Attributes} input attributes of the input; `rows` makes it a textarea
 * @returns {{ field: HTMLElement, input: HTMLInputElement }}
 */
export function field({ label, hint, affix, short, optional, options }, input) {
  const id = `wallet-field-${++count}`
  const control = /** @type {HTMLInputElement} */ (h(options ? 'select' : input.rows ? 'textarea' : 'input', {
    class: 'input', id, autocomplete: 'off', dir: input.type || affix ? undefined : 'auto', // what people write is shown the way it is read
    'aria-describedby': hint && `${id}-hint`, ...input,
  }, ...(options ?? []).map(([value, text]) => h('option', { value }, text))))
  const box = h('div', { class: short ? 'field field--short' : 'field' },
    h('label', { class: 'field__label', for: id }, label, optional && h('span', { class: 'field__optional' }, ' ', tr('(optional)'))),
    hint && h('p', { class: 'field__hint', id: `${id}-hint` }, hint),
    affix ? h('div', { class: 'affix' }, control, h('span', { class: 'affix__text', 'aria-hidden': 'true' }, affix)) : control)
  return { field: box, input: control }
}

/** A mistake in one field: shown below it, and the reader is taken there. */
export class FieldError extends Error {
  /** @param {HTMLInputElement} input @param {string} message */
  constructor(input, message) {
    super(message)
    this.input = input
  }
}

/**
 * A form that runs `submit`, one at a time, and shows what went wrong.
 * @param {{ label: string, testid: string, class?: string, css?: string, submit: () => Promise<void>, trouble?: string }} what
 * @param {...Child} children
 * @returns {HTMLFormElement}
 */
export function form({ label, testid, css = 'btn btn--primary', submit, trouble, ...what }, ...children) {
  const button = /** @type {HTMLButtonElement} */ (h('button', { class: css, type: 'submit', 'data-testid': testid }, label))
  const place = h('div', { class: 'stack', 'data-testid': trouble })
  const element = /** @type {HTMLFormElement} */ (h('form', { class: what.class ?? 'form', novalidate: true }, ...children, place, h('div', { class: 'actions' }, button)))
  element.addEventListener('submit', event => {
    event.preventDefault()
    void attempt({ element, button, place }, submit)
  })
  return element
}

/**
 * A button outside a form that runs `run` and shows what went wrong below it.
 * @param {{ label: string, testid: string, css?: string, run: () => Promise<void> }} what
 * @param {...Child} beside what stands beside the button
 * @returns {HTMLElement}
 */
export function action({ label, testid, css = 'btn', run }, ...beside) {
  const button = /** @type {HTMLButtonElement} */ (h('button', { class: css, type: 'button', 'data-testid': testid }, label))
  const place = h('div')
  const element = h('div', { class: 'stack' }, h('div', { class: 'actions' }, button, ...beside), place)
  button.addEventListener('click', () => void attempt({ element, button, place }, run))
  return element
}

/**
 * @param {{ element: HTMLElement, button: HTMLButtonElement, place: HTMLElement }} parts
 * @param {() => Promise<void>} run
 */
async function attempt({ element, button, place }, run) {
  if (button.getAttribute('aria-busy') === 'true') return
  clear(element, place)
  button.setAttribute('aria-busy', 'true')
  try {
    await run()
  } catch (error) {
    show(error, place)
  } finally {
    button.removeAttribute('aria-busy')
  }
}

/** @param {HTMLElement} element @param {HTMLElement} place */
function clear(element, place) {
  place.replaceChildren()
  for (const old of element.querySelectorAll('.field__error')) old.remove()
  for (const old of element.querySelectorAll('.field--error')) old.classList.remove('field--error')
  for (const old of element.querySelectorAll('[aria-invalid]')) old.removeAttribute('aria-invalid')
}

/** @param {unknown} error @param {HTMLElement} place */
function show(error, place) {
  if (!(error instanceof FieldError)) return place.replaceChildren(failed(error, { 'data-testid': 'wallet-error' }))
  const { input, message } = error
  const id = `${input.id}-error`
  input.closest('.field')?.classList.add('field--error')
  input.closest('.field')?.append(h('p', { class: 'field__error', id, 'data-testid': 'wallet-error' }, message))
  input.setAttribute('aria-invalid', 'true')
  input.setAttribute('aria-describedby', [input.getAttribute('aria-describedby'), id].filter(Boolean).join(' '))
  input.closest('details')?.setAttribute('open', '')
  input.focus()
}

/** What went wrong, for who is to see it: in words, and where nobody answers the address below them. @param {unknown} error @param {Attributes} [attributes] */
export const failed = (error, attributes = {}) => callout('error', explain(error), attributes, addressOf(error))

/** The address of who did not answer, which goes below what explain says; none of this site. @param {unknown} error */
export const addressOf = error => error instanceof Unreachable && error.host !== '' && error.host !== location.host &&
  h('p', { class: 'small' }, tr('Address: {host}', { host: error.host }))

/** Who did not answer; whose connection is at fault only where that is known. @param {Unreachable} error */
function silence({ host }) {
  if (navigator.onLine === false) return tr('This device is offline. Try again when it has a connection; nothing is lost.')
  if (!host) return tr('The answer could not be read. Try again in a moment; nothing is lost.')
  if (host === location.host) return tr('This site does not answer. Check your connection and try again; nothing is lost.')
  if (host === new URL(brokerURL()).host) return tr('The market does not answer. If other pages open, it is away and your connection is fine. Try again later; nothing is lost.')
  return tr('The stall does not answer. If other pages open, it is away and your connection is fine. Try again later; nothing is lost.')
}

/** What went wrong, in words for people. @param {unknown} error @returns {string} */
export function explain(error) {
  if (error instanceof Advice) return error.message
  if (error instanceof Refusal) return sentence(error.reason)
  if (error instanceof Problem) return error.reason ? sentence(error.reason) : tr('The server could not answer. Try again in a moment.')
  if (error instanceof Unreachable) return silence(error)
  if (error instanceof Error && error.name === 'QuotaExceededError') return new Full().message
  console.error(error)
  return tr('Something went wrong on this page. Reload it and try again; nothing is lost.')
}
