// WebCrypto on this thread. Node gives each of its operations to another thread and waits, which for the small rows and messages
// of a wallet costs ten times what the operation does. What is given and what comes is the same, and what would fail is left to
// WebCrypto, for its errors. The tests of vaults, envelopes and vectors are without this.
import { createCipheriv, createDecipheriv, createHash, createHmac, diffieHellman, KeyObject, sign, timingSafeEqual, verify } from 'node:crypto'

const { subtle } = crypto
const theirs = Object.fromEntries(['digest', 'sign', 'verify', 'encrypt', 'decrypt', 'deriveBits', 'importKey'].map(name => [name, subtle[name].bind(subtle)]))
const objects = new WeakMap()

const nameOf = algorithm => (algorithm.name ?? algorithm).toUpperCase()
const bytes = data => ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
const whole = buffer => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length)

function objectOf(key) {
  if (!objects.has(key)) objects.set(key, KeyObject.from(key))
  return objects.get(key)
}

const hmac = (key, data) => createHmac('sha256', objectOf(key)).update(bytes(data)).digest()
const isHMAC = key => key.algorithm.name === 'HMAC' && key.algorithm.hash.name === 'SHA-256'
const isGCM = (algorithm, key) => nameOf(algorithm) === 'AES-GCM' && key.algorithm.name === 'AES-GCM' && (algorithm.tagLength ?? 128) === 128
const tag = 16 // bytes

// A key is the same key each time it is imported: nothing can change it.
const imported = new Map()
subtle.importKey = (format, data, algorithm, extractable, usages) => {
  const material = format === 'jwk' ? data : Buffer.from(bytes(data)).toString('base64')
  const id = JSON.stringify([format, material, algorithm, extractable, usages])
  if (!imported.has(id)) imported.set(id, theirs.importKey(format, data, algorithm, extractable, usages))
  return imported.get(id)
}

subtle.deriveBits = async (algorithm, key, length) => {
  if (nameOf(algorithm) !== 'ECDH' || key.algorithm.namedCurve !== 'P-256' || length !== 256) return theirs.deriveBits(algorithm, key, length)
  return whole(diffieHellman({ privateKey: objectOf(key), publicKey: objectOf(algorithm.public) }))
}

subtle.digest = async (algorithm, data) =>
  nameOf(algorithm) === 'SHA-256' ? whole(createHash('sha256').update(bytes(data)).digest()) : theirs.digest(algorithm, data)

subtle.sign = async (algorithm, key, data) => {
  if (key.usages.includes('sign') && isHMAC(key)) return whole(hmac(key, data))
  if (key.usages.includes('sign') && key.algorithm.name === 'Ed25519') return whole(sign(null, bytes(data), objectOf(key)))
  return theirs.sign(algorithm, key, data)
}

subtle.verify = async (algorithm, key, signature, data) => {
  if (key.usages.includes('verify') && isHMAC(key)) {
    const want = hmac(key, data)
    return signature.byteLength === want.length && timingSafeEqual(bytes(signature), want)
  }
  if (key.usages.includes('verify') && key.algorithm.name === 'Ed25519') return verify(null, bytes(data), objectOf(key), bytes(signature))
  return theirs.verify(algorithm, key, signature, data)
}

subtle.encrypt = async (algorithm, key, data) => {
  if (!isGCM(algorithm, key) || !key.usages.includes('encrypt')) return theirs.encrypt(algorithm, key, data)
  const cipher = createCipheriv(`aes-${key.algorithm.length}-gcm`, objectOf(key), bytes(algorithm.iv))
  if (algorithm.additionalData) cipher.setAAD(bytes(algorithm.additionalData))
  return whole(Buffer.concat([cipher.update(bytes(data)), cipher.final(), cipher.getAuthTag()]))
}

subtle.decrypt = async (algorithm, key, data) => {
  const box = bytes(data)
  if (!isGCM(algorithm, key) || !key.usages.includes('decrypt') || box.length < tag) return theirs.decrypt(algorithm, key, data)
  const cipher = createDecipheriv(`aes-${key.algorithm.length}-gcm`, objectOf(key), bytes(algorithm.iv), { authTagLength: tag })
  if (algorithm.additionalData) cipher.setAAD(bytes(algorithm.additionalData))
  cipher.setAuthTag(box.subarray(box.length - tag))
  const clear = cipher.update(box.subarray(0, box.length - tag))
  try {
    return whole(Buffer.concat([clear, cipher.final()]))
  } catch {
    return theirs.decrypt(algorithm, key, data)
  }
}
