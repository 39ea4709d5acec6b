// @ts-check
/**
 * JSON and sealed messages, coloured by what they are. Text nodes in spans, nothing else.
 * @module
 */
import { h } from './dom.js'

/** @typedef {(name: string, value: unknown) => boolean} Hides whether a member's value is to be masked */

const never = () => false

/**
 * @param {unknown} value
 * @param {Hides} [hides]
 */
export const pretty = (value, hides = never) => h('pre', { class: 'code', tabindex: '0' }, h('code', {}, ...tokens(value, '', hides, '')))

/**
 * @param {any} value
 * @param {string} indent
 * @param {Hides} hides
 * @param {string} name of the member that holds it
 * @returns {(Node | string)[]}
 */
function tokens(value, indent, hides, name) {
  if (hides(name, value)) return [h('span', { class: 'tok-muted' }, '"••••••••"')]
  if (typeof value === 'string') return [h('span', { class: 'tok-string' }, JSON.stringify(value))]
  if (typeof value !== 'object' || value === null) return [h('span', { class: 'tok-number' }, String(value))]
  const inner = `${indent}  `
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const members = Object.entries(value)
  if (members.length === 0) return [open + close]
  const lines = members.flatMap(([key, member], i) => [
    `\n${inner}`, ...Array.isArray(value) ? [] : [h('span', { class: 'tok-key' }, JSON.stringify(key)), ': '],
    ...tokens(member, inner, hides, Array.isArray(value) ? name : key), i < members.length - 1 ? ',' : '',
  ])
  return [open, ...lines, `\n${indent}${close}`]
}

/** A compact JWE or JWS, its segments told apart. @param {string} text */
export const segments = text => h('pre', { class: 'code code--wrap', tabindex: '0' }, h('code', {},
  ...text.split('.').flatMap((part, i) => [...i ? ['.'] : [], h('span', { class: `tok-${i + 1}` }, part)])))
