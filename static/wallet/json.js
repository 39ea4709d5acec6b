// @ts-check
/**
 * Strict JSON, as both sides of the protocol read it: UTF-8 only, one value, no trailing bytes, no member twice, no lone
 * surrogates, bounded depth. JSON.parse lets the last of two equal members win, so two readers could see two messages.
 * null is not used, as a second way to leave a member out; and a whole number has one spelling, so 1.0 and 1e2 are refused.
 * @module
 */

const maxDepth = 16
const tokens = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false))/y

/**
 * @param {Uint8Array | string} input
 * @param {{ compact?: boolean }} [how] compact: without white space between tokens, as what is signed must be
 * @returns {any} the value; objects have no prototype surprises: "__proto__" is an ordinary member
 * @throws {SyntaxError | TypeError}
 */
export function parse(input, { compact = false } = {}) {
  const text = typeof input === 'string' ? input : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input)
  const reader = new Reader(text, compact)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Reads one token at a time; the recursion follows the grammar. */
class Reader {
  /** @param {string} text @param {boolean} compact */
  constructor(text, compact) {
    this.text = text
    this.compact = compact
    this.at = 0
  }

  /** @returns {string} the next token, its spelling untouched */
  next() {
    tokens.lastIndex = this.at
    const match = tokens.exec(this.text)
    if (!match) throw new SyntaxError('not JSON')
    this.at = tokens.lastIndex
    const token = match[1] ?? match[2] ?? match[3] ?? /** @type {string} */ (match[4])
    if (this.compact && token.length < match[0].length) throw new SyntaxError('white space between tokens')
    return token
  }

  end() {
    const rest = this.text.slice(this.at)
    if (this.compact ? rest : /[^ \t\n\r]/.test(rest)) throw new SyntaxError('bytes after the JSON value')
  }

  /**
   * @param {number} depth
   * @param {string} [token]
   * @returns {any}
   */
  value(depth, token = this.next()) {
    if (depth > maxDepth) throw new SyntaxError('JSON too deep')
    if (token === '{') return this.object(depth)
    if (token === '[') return this.array(depth)
    if (token[0] === '"') return string(token)
    if (token.length === 1 && '}],:'.includes(token)) throw new SyntaxError('not JSON')
    return /^[-\d]/.test(token) ? number(token) : JSON.parse(token)
  }

  /** @param {number} depth */
  object(depth) {
    /** @type {Record<string, unknown>} */
    const result = {}
    let token = this.next()
    if (token === '}') return result
    for (;;) {
      if (token[0] !== '"') throw new SyntaxError('member name expected')
      const name = string(token)
      if (Object.hasOwn(result, name)) throw new SyntaxError('member twice')
      if (this.next() !== ':') throw new SyntaxError('colon expected')
      const value = this.value(depth + 1)
      Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true })
      token = this.next()
      if (token === '}') return result
      if (token !== ',') throw new SyntaxError('comma expected')
      token = this.next()
    }
  }

  /** @param {number} depth */
  array(depth) {
    /** @type {unknown[]} */
    const result = []
    let token = this.next()
    if (token === ']') return result
    for (;;) {
      result.push(this.value(depth + 1, token))
      token = this.next()
      if (token === ']') return result
      if (token !== ',') throw new SyntaxError('comma expected')
      token = this.next()
    }
  }
}

/** @param {string} token */
function number(token) {
  const value = Number(token)
  if (Number.isInteger(value) && /[.eE]/.test(token)) throw new SyntaxError('a whole number is written without . and e')
  return value
}

/** @param {string} token */
function string(token) {
  const value = JSON.parse(token)
  if (/[\ud800-\udfff]/u.test(value)) throw new SyntaxError('lone surrogate')
  return value
}
