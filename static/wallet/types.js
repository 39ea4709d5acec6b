// @ts-check
/**
 * What messages are made of; types only, no code. What a message says is typed by forms.js, what lies in the purse by rows.js,
 * what is under way by items.js.
 * @module
 */

/** @import { Attached, Body, Typ } from './forms.js' */

/**
 * @typedef {{ kty: string, crv: string, x: string, y?: string, d?: string }} JWK d: where the key is private
 * @typedef {{ key: CryptoKey, jwk: JWK, thumbprint: string }} Signer a private key and who it speaks for
 *
 * @typedef {object} Message what a message says, before it is signed
 * @property {Typ} typ
 * @property {string} iss
 * @property {string} aud
 * @property {string} tx
 * @property {number} iat unix seconds
 * @property {object} body
 * @property {Attached} attach
 * @property {(attachment: string) => Promise<string>} [salt] of each attachment; fresh where left out
 */

/**
 * @template [B=unknown]
 * @typedef {object} Claims what is signed
 * @property {string} typ
 * @property {string} iss
 * @property {string} aud
 * @property {string} tx
 * @property {number} iat unix seconds
 * @property {Record<string, string>} attached digest of each attachment, by name
 * @property {B} body
 */

/**
 * @typedef {object} Signed a message that is signed but not yet sealed
 * @property {Claims} claims
 * @property {string} jws
 * @property {string} digest of the signed payload
 * @property {string[]} attachments disclosures
 *
 * @typedef {object} Letter a message that passed every check of its envelope; its form is not yet known
 * @property {string} typ
 * @property {Claims} claims
 * @property {unknown} body
 * @property {Record<string, unknown>} attached values by name
 * @property {string} jws evidence
 * @property {string[]} attachments disclosures as received
 * @property {string} digest
 */

/**
 * A message that passed every check of its envelope and of its form.
 * @template {Typ} [T=Typ]
 * @typedef {T extends Typ ? Omit<Letter, 'typ' | 'claims' | 'body' | 'attached'> & { typ: T, claims: Claims<Body<T>>, body: Body<T>, attached: Attached } : never} Opened
 */

/** @typedef {NonNullable<Attached['scrip']>} Scrip value: minor units; expires: unix seconds */
/** @typedef {Body<'OFFER'>} Offer */

export {}
