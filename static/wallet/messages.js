// @ts-check
/**
 * Messages by their form (forms.js): compose refuses to make, and check and evidence refuse to take, one of any other.
 * @module
 */
import { decode } from './base64url.js'
import { Unreadable } from './errors.js'
import { asking, attachments, forms, maxSize, scripAndSecret } from './forms.js'
import { parse } from './json.js'
import { verify } from './opening.js'
import { digest, fits, id, is, like, time } from './shape.js'

/** @import { Attached, Attachment, Body, Form, Typ } from './forms.js' */
/** @import { Wanted } from './opening.js' */
/** @import { Claims, Letter, Message, Opened, Scrip } from './types.js' */

/** @param {string} typ @returns {Form} */
function form(typ) {
  const found = Object.hasOwn(forms, typ) ? forms[/** @type {Typ} */ (typ)] : undefined
  if (!found) throw new Unreadable()
  return found
}

/**
 * Whether a body, and the names of what is attached, are of a form.
 * @param {Form} form
 * @param {any} body
 * @param {string[]} names sorted
 */
function isOf({ brings, may = {}, attached = [], pictured, presents, sums, ...form }, body, names) {
  const there = Object.fromEntries(Object.entries(may).filter(([name]) => body?.[name] !== undefined))
  if (Object.keys(there).some(name => isNothing(body[name]))) return false // it is left out in one way
  if (!fits(body, { ...form.body, ...there }) || sums && !sums(body)) return false
  const wanted = brings && /** @type {any} */ (body)[brings] > 0 ? scripAndSecret : pictured?.(body) ? [...attached, 'photo'].sort() : attached
  return String(names) === String(wanted) || presents === true && String(names) === String(asking) && /** @type {any} */ (body).to === 'scrip'
}

/** An empty text, or list. @param {unknown} value */
const isNothing = value => (typeof value === 'string' || Array.isArray(value)) && value.length === 0

/** @param {Record<string, unknown>} attached */
const areOfTheirForm = attached => Object.entries(attached).every(([name, value]) =>
  Object.hasOwn(attachments, name) && attachments[/** @type {Attachment} */ (name)](value))

/** @param {Typ} typ */
export const isSelfKeyed = typ => form(typ).selfKeyed ?? false

/**
 * Makes a message, ready to be signed.
 * @template {Typ} T
 * @param {T} typ
 * @param {{ iss: string, aud: string, tx: string, iat: number, body: Body<T>, attach?: Attached, salt?: Message['salt'] }} says
 * @returns {Message}
 */
export function compose(typ, { attach = {}, ...says }) {
  if (!isOf(form(typ), says.body, Object.keys(attach).sort()) || !areOfTheirForm(attach)) throw new Error(`compose ${typ}: not of its form`)
  return { typ, attach, ...says }
}

/**
 * Checks the form of an opened message: its body by its type, its attachments by the list of its type.
 * @template {Typ} [T=Typ]
 * @param {Letter} letter opened as one of these types
 * @returns {Opened<T>}
 * @throws {Unreadable}
 */
export function check(letter) {
  if (!isOf(form(letter.typ), letter.body, Object.keys(letter.attached).sort()) || !areOfTheirForm(letter.attached)) throw new Unreadable()
  return /** @type {Opened<T>} */ (letter)
}

/**
 * Verifies a signed message alone, whose attachments are digests only.
 * @template {Typ} T
 * @param {unknown} jws
 * @param {T} typ
 * @param {Omit<Wanted, 'types'>} wanted
 * @returns {Promise<Opened<T>>}
 * @throws {Unreadable}
 */
export async function evidence(jws, typ, wanted) {
  const letter = await verify(jws, { ...wanted, types: [typ], most: maxSize })
  if (!isOf(form(typ), letter.body, Object.keys(letter.claims.attached).sort())) throw new Unreadable()
  return /** @type {Opened<T>} */ (letter)
}

/**
 * What a signed message says that was verified before, and is kept.
 * @template {Typ} T
 * @param {string} jws
 * @param {T} _typ of it
 * @returns {Claims<Body<T>>}
 */
export const kept = (jws, _typ) => /** @type {any} */ (parse(decode(jws.split('.')[1] ?? '')))

/**
 * The scrip that came in a reply, if it is what it must be.
 * @param {{ attached: Attached, claims: { iat: number } }} opened
 * @param {{ issuer: string, value: number, currency: string }} terms
 * @returns {{ scrip: Scrip, secret: string, made: number }} made: by its issuer's clock, unix seconds
 * @throws {Unreadable}
 */
export function received({ attached: { scrip, secret }, claims: { iat } }, { issuer, value, currency }) {
  const ok = fits(scrip, { issuer: is(issuer), value: is(value), scrip_id: id, cust_id: id, expires: time, props: like({ currency: is(currency) }), certificate: digest })
  if (!ok || !digest(secret)) throw new Unreadable()
  return { scrip, secret, made: iat }
}
