// @ts-check
/**
 * JSON over HTTP, without cookies: one request, one bounded answer, one of three kinds of failure (errors.js). Retrying is
 * the caller's business, who knows what was written down.
 * @module
 */
import { answerAhead, manner, timeout } from './ahead.js'
import { Problem, Unreachable } from './errors.js'
import { parse } from './json.js'

/** Largest answer that is read, in bytes; problems are read as far as this too. */
export const maxAnswer = 1_048_576

/**
 * Hosts that let a request wait until it was given up, for how long they are left alone, in milliseconds, and until when by the
 * page's own clock. One that is frozen would cost each request the whole of its patience, and is worse than one that is gone.
 * @type {Map<string, { pause: number, until: number }>}
 */
const silent = new Map()
const shortestSilence = 2000
const longestSilence = 60_000

/** Whether a host may be asked now: of a silent one the first who comes after the pause may. @param {string} host @param {number} [now] milliseconds */
export function mayAsk(host, now = performance.now()) {
  const known = silent.get(host)
  if (!known) return true
  if (now < known.until) return false
  known.until = now + known.pause
  return true
}

/** Notes that a host did not answer. @param {string} host @param {number} [now] milliseconds */
export function waited(host, now = performance.now()) {
  const pause = Math.min(Math.max(2 * (silent.get(host)?.pause ?? 0), shortestSilence), longestSilence)
  silent.set(host, { pause, until: now + pause })
}

/** Notes that a host has answered, whatever it said. @param {string} host */
export const answered = host => void silent.delete(host)

/**
 * @param {string} url
 * @param {number} [most] bytes of the answer
 * @returns {Promise<any>}
 */
export const get = (url, most) => request(url, { method: 'GET' }, most)

/**
 * @param {string} url
 * @param {unknown} [body] left out for a request without one
 * @param {RequestCredentials} [credentials] 'same-origin' only where a page of this site wants its session
 * @param {(headers: Headers) => void} [heads] is shown the headers of an answer that is good
 * @returns {Promise<any>}
 */
export function post(url, body, credentials = 'omit', heads = undefined) {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  return request(url, { method: 'POST', credentials, ...content }, maxAnswer, heads)
}

/** @param {string} url @param {RequestInit} init @param {number} [most] @param {(headers: Headers) => void} [heads] */
async function request(url, init, most = maxAnswer, heads = undefined) {
  const { host } = new URL(url, globalThis.location?.href)
  if (!mayAsk(host)) throw new Unreachable(`no answer from ${host}`, host)
  /** @type {Response} */
  let response
  /** @type {Uint8Array} */
  let bytes
  try {
    response = (init.method === 'GET' ? await answerAhead(url) : undefined) ?? await fetch(url, { ...manner, signal: AbortSignal.timeout(timeout), ...init })
    answered(host)
    bytes = await bounded(response, most)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') waited(host)
    throw new Unreachable(`no answer from ${host}`, host)
  }
  if (!response.ok) throw problem(response.status, bytes)
  heads?.(response.headers)
  try {
    return parse(bytes)
  } catch {
    throw new Unreachable('the answer is not JSON')
  }
}

/**
 * The body, given up as soon as it is longer than an answer can be: nobody fills this page's memory.
 * @param {Response} response @param {number} most
 */
async function bounded(response, most) {
  if (Number(response.headers.get('Content-Length')) > most) {
    await response.body?.cancel()
    throw new Error('the answer is too large')
  }
  const chunks = []
  let length = 0
  for await (const chunk of pieces(response)) {
    length += chunk.length
    if (length > most) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

/** What comes, piece by piece; whoever stops listening ends the transfer. @param {Response} response */
async function* pieces({ body }) {
  const reader = body?.getReader()
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) yield next.value
  } finally {
    await reader?.cancel().catch(() => {})
  }
}

/** @param {number} status @param {Uint8Array} bytes */
function problem(status, bytes) {
  try {
    const { type, detail } = parse(bytes)
    return new Problem(status, String(type ?? '').split('/').at(-1) ?? '', String(detail ?? ''))
  } catch {
    return new Problem(status, '', '')
  }
}
