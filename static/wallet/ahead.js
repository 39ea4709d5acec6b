// @ts-check
/**
 * What a page will ask for certain, asked while the wallet's modules are still on their way: over the line of a phone each answer is a round trip, and
 * these are two in a row. Nothing is believed earlier for it: http.js takes the answer in place of its own question, and whoever asked
 * checks it as ever.
 * @module
 */

/** How requests are made: without cookies, referrer or cache, and not elsewhere than they were sent. @type {RequestInit} */
export const manner = { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', redirect: 'error' }
/** Milliseconds until an answer must be here. */
export const timeout = 15_000
/** Milliseconds after its question from which an answer is old: who had to unlock first asks again. */
const old = 5000

/** @type {Map<string, { at: number, answer: Promise<Response> }>} */
const asked = new Map()

/** Asks for what will be asked for. @param {string} url as it will be then @param {number} [now] milliseconds */
export function askAhead(url, now = performance.now()) {
  const answer = fetch(url, { ...manner, signal: AbortSignal.timeout(timeout) })
  answer.catch(() => {}) // whoever asks then asks anew
  asked.set(url, { at: now, answer })
}

/** Who has waited for all of the time does not wait for it again. @param {unknown} error @returns {undefined} */
function late(error) {
  if (error instanceof DOMException && error.name === 'TimeoutError') throw error
}

/** The answer to what was asked ahead, once; undefined where there is none, or an old one. @param {string} url @param {number} [now] milliseconds @returns {Promise<Response | undefined>} */
export async function answerAhead(url, now = performance.now()) {
  const found = asked.get(url)
  asked.delete(url)
  return found && now - found.at < old ? found.answer.catch(late) : undefined
}
