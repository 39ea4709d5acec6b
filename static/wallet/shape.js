// @ts-check
/**
 * Small checks that say what an object must look like: exactly these members, each of its kind. Used on everything that
 * comes from outside, so that nothing unknown is ever carried along.
 * @module
 */
import { spells } from './base64url.js'

/** Largest amount of money the protocol knows, in minor units. */
export const maxMoney = 100_000_000_000

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */ export const id = value => spells(value, 16)
/** @type {Check} */ export const digest = value => spells(value, 32)
/** @type {Check} */ export const text = value => typeof value === 'string'
/** @type {Check} */ export const time = value => Number.isSafeInteger(value) && value > 0
/** @type {Check} */ export const whole = value => Number.isSafeInteger(value) && value >= 0
/** @type {Check} */ export const money = value => Number.isSafeInteger(value) && value > 0 && value <= maxMoney
/** @type {Check} */ export const change = value => Number.isSafeInteger(value) && value >= 0 && value <= maxMoney
/** @type {Check} */ export const jws = value => typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)

/** @type {Check} */
export const signingJWK = value => fits(value, { kty: is('OKP'), crv: is('Ed25519'), x: digest })

/** @type {Check} */
export const envelopeJWK = value => fits(value, { kty: is('EC'), crv: is('P-256'), x: digest, y: digest })

/**
 * @param {unknown} wanted
 * @returns {Check}
 */
export const is = wanted => value => value === wanted

/**
 * @param {Check} check
 * @param {number} [min]
 * @param {number} [max]
 * @returns {Check}
 */
export const list = (check, min = 0, max = 10_000) => value =>
  Array.isArray(value) && value.length >= min && value.length <= max && value.every(check)

/**
 * Whether value is an object with exactly the members of shape, each passing its check.
 * @param {any} value
 * @param {Record<string, Check>} shape
 * @returns {boolean}
 */
export function fits(value, shape) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const names = Object.keys(shape)
  if (Object.keys(value).length !== names.length) return false
  return names.every(name => Object.hasOwn(value, name) && shape[name]?.(value[name]))
}
