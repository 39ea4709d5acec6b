// @ts-check
/**
 * What a person wrote, made fit to be signed and shown before it costs anything: the twin of services/scrip/text.go, held
 * to the same vectors.
 * @module
 */

const lineEnds = /\r\n|[\r\v\f\u0085\u2028\u2029]/g

/** Emoji spelled with invisible letters: a black flag, a region's code, an end (UTS 51, ED-14a). England's is one. */
const flags = /(\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F})/u

const joiner = /[\u200C\u200D]/
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{NChar}]|(?!\p{VS})\p{DI}/u
const mark = /[\p{Mn}\p{Me}]/u

/** A joiner after one of these joins nothing. */
const unjoinable = /[\0-\x7f\u200C\u200D\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u

/** How many marks may stand on one letter. Languages need five; more are heaped up to break a page. */
const maxMarks = 6

/**
 * Line ends become LF, what is invisible or turns the direction of a line goes (messengers add such around an address),
 * what can be written in two ways is in one (NFC), and there is no space around it.
 * @param {string} text
 */
export function clean(text) {
  const parts = text.replace(/\p{Cs}/gu, '\uFFFD').replace(lineEnds, '\n').split(flags)
  const visible = parts.map((part, i) => i % 2 === 1 ? part : shown(part)).join('')
  return fewMarks(visible.normalize('NFC')).trim()
}

/**
 * The same for what is one line: any run of space is one space.
 * @param {string} text
 */
export const cleanLine = text => clean(text).split(/\s+/u).filter(Boolean).join(' ')

/**
 * The same words are the same passphrase, whatever they were typed with. Case counts.
 * @param {string} words
 */
export const cleanPassphrase = words => clean(words).normalize('NFKC').split(/\s+/u).filter(Boolean).join(' ')

/**
 * A joiner goes where it joins nothing: after a letter that never joins, before space, at the end.
 * @param {string} text
 */
function shown(text) {
  let out = '', before = ' '
  const all = [...text].filter(character => joiner.test(character) || /[\n\t]/.test(character) || !invisible.test(character))
  all.forEach((character, i) => {
    if (joiner.test(character) && (unjoinable.test(before) || /\s/u.test(all.slice(i).find(later => !joiner.test(later)) ?? ' '))) return
    out += before = character
  })
  return out
}

/** @param {string} text */
function fewMarks(text) {
  let marks = 0
  return [...text].filter(character => {
    marks = mark.test(character) ? marks + 1 : 0
    return marks <= maxMarks
  }).join('')
}
