// @ts-check
/**
 * Sending one photo to the stall, with how far it has come (which fetch does not tell).
 * @module
 */
import { Advice } from '../errors.js'
import { tr } from '../language.js'

/** Milliseconds without an answer until it is given up. */
const patience = 120_000

/** @param {string} stall whose desk it is @param {Blob} blob @param {(part: number) => void} sent from 0 to 1 @returns {Promise<string>} its digest @throws {Advice} */
export function send(stall, blob, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/desk/photos?desk=${stall}`)
    request.timeout = patience
    request.setRequestHeader('Content-Type', blob.type || 'application/octet-stream')
    request.upload.onprogress = ({ loaded, total }) => sent(total > 0 ? loaded / total : 0)
    request.onload = () => {
      try {
        resolve(digestOf(request))
      } catch (error) {
        reject(error)
      }
    }
    request.onerror = request.ontimeout = request.onabort = () => reject(new Advice(tr('It could not be sent. Check your connection, then try again.')))
    request.send(blob)
  })
}

/** @param {XMLHttpRequest} request */
function digestOf({ status, responseText, responseURL }) {
  if (new URL(responseURL, location.href).pathname === '/sell') throw new Advice(tr('Your desk is closed in this browser. What you typed and added is kept here: open your desk again, and come back to this form.'))
  const { digest, detail } = parsed(responseText)
  if (status === 200 && /^[\w-]{43}$/.test(digest)) return digest
  throw new Advice(typeof detail === 'string' && detail !== '' ? detail : tr('The stall did not take it. Try again in a moment.'))
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
