// @ts-check
/**
 * Making elements. Text only ever becomes text nodes; there is no markup in strings and no inline style.
 * @module
 */
import { dayText, momentText } from '../dates.js'
import { format } from '../money.js'

/** @import { Currency } from '../money.js' */
/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | undefined | null | ((event: any) => void)>} Attributes */

const svg = 'http://www.w3.org/2000/svg'
const icons = new URL('../../img/icons.svg', import.meta.url)

/**
 * h('a', { class: 'btn', href: '/wallet', onclick }, 'Wallet'). Attributes that are false, null or undefined are left out.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...present(children))
  return element
}

/** @param {Child[]} children @returns {(Node | string)[]} */
const present = children => children.filter(child => child !== null && child !== undefined && child !== false)
  .map(child => typeof child === 'number' ? String(child) : /** @type {Node | string} */ (child))

/**
 * Replaces what an element holds. Who is in it with the keyboard stays there: at the control that took the place of theirs, or else at the
 * head of its section.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  const at = element.contains(document.activeElement) && document.activeElement !== element && document.activeElement
  const place = at ? alike(element, at).indexOf(at) : -1
  element.replaceChildren(...present(children))
  if (!at || document.activeElement === at) return
  const next = alike(element, at)
  const to = [at, next[Math.min(place, next.length - 1)], element.closest('section, article, main')?.querySelector('h1, h2, h3')]
  focus(/** @type {HTMLElement} */ (to.find(one => one?.isConnected && one.checkVisibility()) ?? element))
}

/** The controls in an element that do the same as one of them. @param {Element} element @param {Element} one */
const alike = (element, one) => [...element.querySelectorAll(one.tagName)].filter(other => nameOf(other) === nameOf(one))

/** @param {Element} control */
const nameOf = control => control.getAttribute('data-testid') ?? control.getAttribute('href') ?? control.getAttribute('name') ?? control.id

/**
 * A sentence with elements, or what people wrote, in its placeholders: h('p', {}, ...placed(tr('From {stall}'), { stall: words(name) })).
 * What a person wrote goes in here or in tr, never in both: a brace in it would be read as a placeholder.
 * @param {string} sentence as tr gives it
 * @param {Record<string, Child>} what by placeholder
 * @returns {Child[]}
 */
export const placed = (sentence, what) => sentence.split(/\{(\w+)\}/).map((part, i) => i % 2 === 0 ? part : what[part])

/** The base URL of the broker, as the page names it. */
export const brokerURL = () => document.querySelector('meta[name="peerscrip-broker"]')?.getAttribute('content') || location.origin

/** One icon of img/icons.svg, for the eye only. @param {string} name @param {string} [css] */
export function icon(name, css = 'icon') {
  const element = document.createElementNS(svg, 'svg')
  element.setAttribute('class', css)
  element.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(svg, 'use')
  use.setAttribute('href', `${icons.pathname}#${name}`)
  element.append(use)
  return element
}

const kinds = { info: 'info', success: 'check', warn: 'warn', error: 'error' }

/**
 * A message to the reader; an error is announced at once.
 * @param {'info' | 'success' | 'warn' | 'error'} kind
 * @param {Child} title
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export const callout = (kind, title, attributes = {}, ...children) =>
  h('div', { class: `callout callout--${kind}`, role: kind === 'error' ? 'alert' : 'status', ...attributes }, icon(kinds[kind]),
    h('div', { class: 'callout__body' }, h('p', { class: 'callout__title' }, title), ...children))

/** What a person wrote, inside a sentence: it turns nothing around, whichever way it is read. @param {string} text */
export const words = text => h('bdi', {}, text)

/** @param {number} amount minor units @param {Currency} currency @param {string} [css] @param {Attributes} [attributes] */
export const money = (amount, currency, css = '', attributes = {}) =>
  h('span', { class: `money ${css}`.trim(), 'data-minor': amount, ...attributes }, format(amount, currency))

/** @param {[Child, Child][]} rows @param {string} [css] */
export const facts = (rows, css = 'facts') =>
  h('dl', { class: css }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))

/** A day. @param {number} at unix seconds */
export const day = at => h('time', { datetime: new Date(at * 1000).toISOString() }, dayText(at))

/** A moment. @param {number} at unix seconds */
export const moment = at => h('time', { datetime: new Date(at * 1000).toISOString() }, momentText(at))

/** Moves the reader's focus to an element that is not a control. @param {HTMLElement} element */
export function focus(element) {
  if (element.tabIndex < 0 && !element.hasAttribute('tabindex')) element.setAttribute('tabindex', '-1')
  element.focus()
}

/** Says in its heading and its title what the page is about by now. @param {string} text */
export function entitle(text) {
  const heading = document.querySelector('.page-head h1')
  if (!heading) return
  document.title = document.title.replace(heading.textContent ?? '', text)
  fill(heading, text)
}
