// @ts-check
/**
 * The fields of a new passphrase: it is written twice, and how hard it is to guess is told while it is typed.
 * @module
 */
import { tr } from '../language.js'
import { minPassphrase } from '../safe.js'
import { judged } from '../strength.js'
import { cleanPassphrase } from '../text.js'
import { fill, h } from './dom.js'
import { FieldError, field } from './form.js'

/** Milliseconds without a key after which it is judged. */
const pause = 150

/**
 * @param {{ label: string, again: string, hint?: string, testid: string, testidAgain: string }} what hint: more than how long it must be
 * @returns {{ fields: HTMLElement[], inputs: HTMLInputElement[], read: () => string }} read: what was written, or what is wrong with it, told at the field
 */
export function newPassphrase({ label, again, hint = '', testid, testidAgain }) {
  const one = field({ label, hint: `${tr('At least {n} characters.', { n: minPassphrase })} ${hint}`.trim() }, { type: 'password', autocomplete: 'new-password', 'data-testid': testid })
  const two = field({ label: again }, { type: 'password', autocomplete: 'new-password', 'data-testid': testidAgain })
  const meter = h('p', { class: 'field__hint', 'aria-live': 'polite', 'data-testid': 'wallet-strength' })
  one.field.append(meter)
  let last = 0
  one.input.addEventListener('input', () => {
    clearTimeout(last)
    last = window.setTimeout(async () => {
      const [mine, sentence] = [last, await judged(one.input.value)]
      if (mine === last) fill(meter, sentence)
    }, pause)
  })
  const read = () => {
    const [first, second] = [one, two].map(({ input }) => cleanPassphrase(input.value))
    if ([...first ?? ''].length < minPassphrase) throw new FieldError(one.input, tr('Use at least {n} characters.', { n: minPassphrase }))
    if (first !== second) throw new FieldError(two.input, tr('The two are not the same.'))
    return one.input.value
  }
  return { fields: [one.field, two.field], inputs: [one.input, two.input], read }
}
