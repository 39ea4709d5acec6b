// @ts-check
/**
 * Checks that say what a value must look like: exactly these members, each of its kind. Everything that comes from outside
 * passes one, so that nothing unknown is ever carried along; and each check is a type, so that what has passed is typed
 * (forms.js).
 * @module
 */
import { spells } from './base64url.js'

/** Largest amount of money the protocol knows, in minor units. */
export const maxMoney = 100_000_000_000

/**
 * @template [T=any]
 * @typedef {(value: unknown) => value is T} Check
 */

/**
 * What a value is that has passed a check.
 * @template C
 * @typedef {C extends (value: any) => value is infer T ? T : any} Checked
 */

/**
 * What an object must look like: a check, or any other test, for each of its members.
 * @typedef {Record<string, (value: any) => boolean>} Shape
 */

/**
 * What an object is that fits a shape.
 * @template {Shape} S
 * @typedef {{ [name in keyof S]: Checked<S[name]> }} Fitting
 */

/** 16 bytes. @param {unknown} value @returns {value is string} */
export const id = value => spells(value, 16)

/** 32 bytes: a digest, a key, a secret. @param {unknown} value @returns {value is string} */
export const digest = value => spells(value, 32)

/** @param {unknown} value @returns {value is string} */
export const text = value => typeof value === 'string'

/** Unix seconds, or any number that counts from 1. @param {unknown} value @returns {value is number} */
export const time = value => whole(value) && value > 0

/** @param {unknown} value @returns {value is number} */
export const whole = value => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0

/** A count of days between bounds. @param {number} most @param {number} [least] @returns {Check<number>} */
export const days = (most, least = 0) => /** @type {Check<number>} */ (value => whole(value) && value >= least && value <= most)

/** An amount, in minor units; never 0. @param {unknown} value @returns {value is number} */
export const money = value => change(value) && value > 0

/** What may be left of an amount: 0 too. @param {unknown} value @returns {value is number} */
export const change = value => whole(value) && value <= maxMoney

/** A signed message in its compact form. @param {unknown} value @returns {value is string} */
export const jws = value => text(value) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)

/**
 * @template {string | number} const T
 * @param {...T} wanted
 * @returns {Check<T>}
 */
export const is = (...wanted) => /** @type {Check<T>} */ (value => wanted.includes(/** @type {T} */ (value)))

/**
 * @template T
 * @param {Check<T>} check
 * @param {number} [min]
 * @param {number} [max]
 * @returns {Check<T[]>}
 */
export const list = (check, min = 0, max = 10_000) => /** @type {Check<T[]>} */ (value =>
  Array.isArray(value) && value.length >= min && value.length <= max && value.every(check))

/**
 * Whether a value is an object with exactly the members of a shape, each passing its check.
 * @template {Shape} S
 * @param {unknown} value
 * @param {S} shape
 * @returns {value is Fitting<S>}
 */
export function fits(value, shape) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const names = Object.keys(shape)
  if (Object.keys(value).length !== names.length) return false
  return names.every(name => Object.hasOwn(value, name) && shape[name]?.(/** @type {Record<string, unknown>} */ (value)[name]))
}

/**
 * @template {Shape} S
 * @param {S} shape
 * @returns {Check<Fitting<S>>}
 */
export const like = shape => /** @type {Check<Fitting<S>>} */ (value => fits(value, shape))

/** @template A, B @param {Check<A>} one @param {Check<B>} other @returns {Check<A | B>} */
export const either = (one, other) => /** @type {Check<A | B>} */ (value => one(value) || other(value))

export const signingJWK = like({ kty: is('OKP'), crv: is('Ed25519'), x: digest })

export const envelopeJWK = like({ kty: is('EC'), crv: is('P-256'), x: digest, y: digest })
