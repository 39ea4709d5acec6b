// What stands in the wallet's modules as text: the literals, and those of them that tr is called with.
import { readFileSync, readdirSync } from 'node:fs'

/** The modules of the wallet. @param {URL} folder */
export const modules = folder => readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.js') && !name.startsWith('bundle/'))
  .map(name => ({ name, source: readFileSync(new URL(name, folder), 'utf8') }))

/**
 * A module without its comments and regular expressions, each text in it numbered: "tr(§0§)". Of a template the pieces are numbered,
 * and what stands between them follows in parentheses.
 */
function skeleton(source) {
  const texts = []
  let at = 0
  const number = text => `§${texts.push(text) - 1}§`
  const code = (end, out = '') => {
    for (; at < source.length; at++) {
      const [c, next] = [source[at], source[at + 1]]
      if (c === end) return out
      if (c === '/' && next === '/') at = source.indexOf('\n', at) - 1
      else if (c === '/' && next === '*') at = source.indexOf('*/', at) + 1
      else if (c === '/' && /(^|[(,=:[!&|?{};+\-*%<>~]|\breturn|=>)\s*$/.test(out)) out += pattern()
      else if (c === '\'' || c === '"') out += number(quoted(c))
      else if (c === '`') out += template()
      else if (c === '{') {
        at++
        out = code('}', `${out}{`) + '}'
      } else out += c
    }
    return out
  }
  const quoted = quote => {
    const from = ++at
    while (source[at] !== quote) at += source[at] === '\\' ? 2 : 1
    return unescaped(source.slice(from, at))
  }
  const pattern = () => {
    for (let inClass = false; ; at++) {
      const c = source[at + 1]
      if (c === '\\') at++
      else if (c === '[') inClass = true
      else if (c === ']') inClass = false
      else if (c === '/' && !inClass) return (at++, '/re/')
    }
  }
  const template = () => {
    let [text, inner] = ['', '']
    for (at++; source[at] !== '`'; at++) {
      if (source[at] === '\\') text += source[at] + source[++at]
      else if (source[at] === '$' && source[at + 1] === '{') {
        at += 2
        inner += `(${code('}')})`
        text += '\u0000'
      } else text += source[at]
    }
    return number(unescaped(text)) + inner
  }
  return { code: code(), texts }
}

const unescaped = text => text.replaceAll(/\\(u\{?([0-9a-f]+)\}?|.)/gis, (_, c, hex) => hex ? String.fromCodePoint(parseInt(hex, 16)) : c === 'n' ? '\n' : c)

const call = /\btr\((?:§(\d+)§(?=[,)])|\{ one: §(\d+)§, other: §(\d+)§ \}(?=[,)]))?/g

/** What tr is called with. @returns {{ one?: string, other?: string, wrong?: true }[]} */
export function said(source) {
  const { code, texts } = skeleton(source)
  return [...code.replace('function tr(', '').matchAll(call)].map(([, text, one, other]) =>
    text !== undefined ? { other: texts[text] } : one !== undefined ? { one: texts[one], other: texts[other] } : { wrong: true })
}

/** Where a text is for programs: a class, what is thrown and told by no page, what is compared or looked up, an attribute no person reads. */
const coded = /(?:\b(?:class|css|rel|accept|autocomplete|type|format|testid): (?:[^,§]*\? §\d+§ : )?|\bnew (?:\w*Error|Unreachable)\(|\bsuper\(|\bfail\(|Reject\(new Error\(|[!=]== |\.name = |\bcase |\.(?:querySelector(?:All)?|closest|includes|startsWith|endsWith|split)\()$/

/** All texts of a module. @returns {{ text: string, isCode: boolean, inTr: boolean }[]} of a template, its pieces with a zero between them */
export function literals(source) {
  const { code, texts } = skeleton(source)
  const inTr = new Set([...code.matchAll(call)].flatMap(([, ...numbers]) => numbers.filter(n => n !== undefined).map(Number)))
  return texts.map((text, i) => {
    const at = code.indexOf(`§${i}§`)
    const isKey = /[{,]\s*$/.test(code.slice(0, at)) && code.startsWith(`§${i}§:`, at)
    return { text, inTr: inTr.has(i), isCode: isKey || coded.test(code.slice(Math.max(0, at - 120), at)) }
  })
}
