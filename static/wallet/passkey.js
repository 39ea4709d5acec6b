// @ts-check
/**
 * A passkey: a fingerprint, a face or a security key that gives, to this site and for one salt, always the same 32 bytes and to
 * nobody else any (WebAuthn, extension "prf"). They wrap the data key a second time (vault.js). Nobody checks what an authenticator
 * signs, because there is no server to be let in to: it is asked for these bytes alone.
 * @module
 */
import { decode, newKey } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'

/**
 * @typedef {object} Asked how a passkey is asked for. In the clear: it opens nothing
 * @property {string} id of the credential
 * @property {string} salt 32 bytes
 * @property {string[]} transports how it is reached, as the browser said when it was made
 */

/** What WebAuthn is of a browser: `navigator.credentials`. @typedef {Pick<CredentialsContainer, 'create' | 'get'>} Credentials */

/** Milliseconds in which a person finds the key. */
const timeout = 120_000

/** That the authenticator, or the browser, gives no bytes. */
const lacking = () => new Advice(tr('This one cannot unlock a wallet: it signs in to sites, and gives nothing that opens what is encrypted (it has no “PRF”). Choose another one, or keep to your passphrase.'))

/**
 * Why there are no passkeys here, in a sentence, or "". Whether the authenticator can is found out by making one.
 * @param {Credentials | undefined} credentials
 * @param {{ hostname: string }} here
 */
export async function without(credentials, { hostname }) {
  if (/^[\d.]+$|^\[/.test(hostname)) return tr('Browsers keep passkeys for sites that have a name, and this page is open under a number.')
  if (!credentials || !globalThis.PublicKeyCredential) return tr('This browser has no passkeys. Update it, or use your passphrase.')
  const capabilities = await globalThis.PublicKeyCredential.getClientCapabilities?.()
  return capabilities?.['extension:prf'] === false ? tr('This browser’s passkeys sign in to sites, and cannot open what is encrypted (they have no “PRF”). Update it, or use your passphrase.') : ''
}

/**
 * Makes one, and tries it out at once: its person is asked twice. What is not tried out is given up.
 * @param {Credentials} credentials
 * @param {{ name: string, others: Asked[] }} how others: those that open this wallet already
 * @returns {Promise<{ asked: Asked, secret: Uint8Array<ArrayBuffer> }>} secret: 32 bytes; the caller overwrites them
 * @throws {Advice}
 */
export async function make(credentials, { name, others }) {
  const made = await tried(() => credentials.create({ publicKey: {
    rp: { name: 'peerscrip' }, user: { id: decode(newKey()), name, displayName: name }, // an ID of its own, so that no other of this site is replaced
    challenge: decode(newKey()), timeout, attestation: 'none', excludeCredentials: others.map(descriptor),
    pubKeyCredParams: [-8, -7, -257].map(alg => ({ type: 'public-key', alg })),
    // Verified each time: what an authenticator gives to who only touches it is another secret.
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' }, extensions: { prf: {} },
  } }))
  const { id, response } = made
  const asked = { id, salt: newKey(), transports: /** @type {any} */ (response).getTransports?.() ?? [] }
  try {
    if (made.getClientExtensionResults().prf?.enabled === false) throw lacking()
    return { asked, secret: (await ask(credentials, [asked])).secret }
  } catch (error) {
    forget(asked)
    throw error
  }
}

/**
 * Asks for any one of them.
 * @param {Credentials} credentials
 * @param {Asked[]} passkeys
 * @returns {Promise<{ id: string, secret: Uint8Array<ArrayBuffer> }>} id: of the one that was used; secret: 32 bytes, which the caller overwrites
 * @throws {Advice}
 */
export async function ask(credentials, passkeys) {
  const evalByCredential = Object.fromEntries(passkeys.map(({ id, salt }) => [id, { first: decode(salt, 32) }]))
  const given = await tried(() => credentials.get({ publicKey: {
    challenge: decode(newKey()), timeout, allowCredentials: passkeys.map(descriptor), userVerification: 'required', extensions: { prf: { evalByCredential } },
  } }))
  const first = given.getClientExtensionResults().prf?.results?.first
  if (!first || first.byteLength !== 32) throw lacking()
  return { id: given.id, secret: new Uint8Array(/** @type {ArrayBuffer} */ (first)) }
}

/**
 * Tells the device that a passkey opens nothing any more, so that it offers it no more. Not every browser passes it on, and nothing
 * depends on it.
 * @param {Asked} passkey
 */
export function forget({ id }) {
  const Passkeys = /** @type {any} */ (globalThis.PublicKeyCredential)
  void Passkeys?.signalUnknownCredential?.({ rpId: location.hostname, credentialId: id }).catch(console.warn)
}

/** @param {Asked} passkey @returns {PublicKeyCredentialDescriptor} */
const descriptor = ({ id, transports }) => ({ type: 'public-key', id: decode(id), ...transports.length > 0 && { transports: /** @type {AuthenticatorTransport[]} */ (transports) } })

/** What went wrong, by the name of the error: browsers tell no more, so that no site learns who is there. @type {Record<string, string>} */
const whyNot = {
  NotAllowedError: tr('It was cancelled, or took too long. Try again, or use your passphrase.'),
  AbortError: tr('It was cancelled. Try again, or use your passphrase.'),
  InvalidStateError: tr('This one opens the wallet already. Choose another one.'),
  ConstraintError: tr('This one cannot tell that it is you. Set up a fingerprint, a face or a PIN on it, or choose another one.'),
  NotSupportedError: tr('This one cannot unlock a wallet. Choose another one, or keep to your passphrase.'),
  SecurityError: tr('Browsers keep passkeys for sites that have a name and a secure connection, and this page has not both. Use your passphrase.'),
}

/** @param {() => Promise<Credential | null>} run @returns {Promise<PublicKeyCredential>} */
async function tried(run) {
  try {
    return /** @type {PublicKeyCredential} */ (await run() ?? (() => { throw lacking() })())
  } catch (error) {
    const why = error instanceof Error && whyNot[error.name]
    throw why ? new Advice(why) : error
  }
}
