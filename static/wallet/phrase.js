// @ts-check
/**
 * The recovery phrase: 128 random bits as twelve English words (BIP-39, whose last word holds a checksum). A key for
 * backups is derived from the bits; the wallet keeps that key and never the words.
 * @module
 */
import { encode } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'

/** Words in a phrase. */
export const length = 12

const list = () => import('../vendor/bip39/bip39.min.js')

/** @returns {Promise<string[]>} a fresh phrase, to be shown once */
export async function newPhrase() {
  const { entropyToMnemonic, wordlist } = await list()
  const entropy = crypto.getRandomValues(new Uint8Array(16))
  const words = entropyToMnemonic(entropy, wordlist).split(' ')
  entropy.fill(0)
  return words
}

/**
 * The key that a phrase stands for. Case, spacing and the numbers of a printed list do not matter.
 * @param {string} phrase
 * @returns {Promise<string>} 32 bytes
 * @throws {Advice} when it is no phrase, saying what is wrong with it
 */
export async function keyOf(phrase) {
  const { mnemonicToEntropy, wordlist } = await list()
  const words = phrase.toLowerCase().split(/[^\p{L}]+/u).filter(Boolean)
  const strange = words.find(word => !wordlist.includes(word))
  if (strange) throw new Advice(tr('“{word}” is no word of a recovery phrase. Look at how it is spelt.', { word: strange }))
  if (words.length !== length) throw new Advice(tr('A recovery phrase has {n} words, and these are {given}.', { n: length, given: words.length }))
  const entropy = await Promise.resolve().then(() => mnemonicToEntropy(words.join(' '), wordlist)).catch(() => {
    throw new Advice(tr('These words do not belong together: one is another, or they are in another order. Compare them with your paper.'))
  })
  const base = await crypto.subtle.importKey('raw', entropy, 'HKDF', false, ['deriveBits'])
  entropy.fill(0)
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new TextEncoder().encode('peerscrip backup 1') }
  return encode(new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, 256)))
}
