// @ts-check
/**
 * "Rate this purchase" on the page of an order.
 * @module
 */
import { Advice } from '../errors.js'
import { tr } from '../language.js'
import { callout, day, fill, h, placed, words } from './dom.js'
import { action, field, form } from './form.js'

/** @import { Order } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

const names = [tr('Bad'), tr('Poor'), tr('Fair'), tr('Good'), tr('Very good')]

/** @param {number} stars as people read it */
export const starText = stars => '★'.repeat(stars) + '☆'.repeat(5 - stars)

/** @param {number} stars for the eye, and in words for the ear */
const shown = stars => h('span', {}, h('span', { class: 'stars', 'aria-hidden': 'true' }, starText(stars)), h('span', { class: 'visually-hidden' }, tr('{n} of 5 stars', { n: stars })))

/** @param {Wallet} wallet @param {Order} order */
export async function ratingBox(wallet, order) {
  const place = h('section', { class: 'card stack', 'aria-labelledby': 'rating', 'data-testid': 'rating' })
  const show = async () => {
    const now = await wallet.order(order.tx)
    if (!now) return
    const { said, may, mayChange, waits } = await wallet.rating(now)
    const asks = () => rateForm(wallet, now, said, show)
    fill(place, h('h2', { class: 'card__title', id: 'rating' }, said ? tr('Your rating') : tr('Rate this purchase')),
      waits && callout('info', tr('Your rating was sent, and there is no answer yet. Send it once more.')),
      ...said ? [
        h('p', {}, shown(said.stars), ' ', h('span', { class: 'soft small' }, day(said.at))), said.words && h('p', { class: 'lines', dir: 'auto' }, said.words),
        checking(wallet, now), mayChange && h('details', {}, h('summary', {}, tr('Change it')), asks()),
      ] : !may ? [h('p', { class: 'soft' }, tr('You can rate it once it is over: when you say that it is here, when its money is back, or when the time to check has passed.'))]
        : [h('p', { class: 'soft' }, tr('For everyone to read, beside the stall. It shows that somebody bought there, and not who.')), asks()])
  }
  let open = false
  wallet.watch(async () => { // it may be rated as soon as it is over, and what is typed stays
    const now = wallet.ctx && await wallet.order(order.tx)
    const { may } = now ? await wallet.rating(now) : { may: false }
    if (may && !open) await show()
    open ||= may
  })
  await show()
  open = (await wallet.rating(order)).may
  return place
}

/** @param {Wallet} wallet @param {Order} order @param {{ stars: number, words: string } | undefined} said @param {() => Promise<void>} after */
function rateForm(wallet, order, said, after) {
  const choices = names.map((name, i) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'stars', value: i + 1, checked: said?.stars === i + 1, 'data-testid': `rate-${i + 1}` }),
    h('span', {}, h('span', { class: 'stars', 'aria-hidden': 'true' }, starText(i + 1)), ` ${name}`)))
  const text = field({ label: tr('In your words'), hint: tr('Was it as described? Did it come in time? At most 500 characters.'), optional: true }, { rows: 3, maxlength: 500, dir: 'auto', 'data-testid': 'rate-words' })
  text.input.value = said?.words ?? ''
  const made = form({ label: said ? tr('Publish the change') : tr('Publish your rating'), testid: said ? 'rate-change' : 'rate-send', submit: async () => {
    const stars = Number(/** @type {HTMLInputElement | null} */ (made.querySelector('input[name=stars]:checked'))?.value ?? 0)
    if (!stars) throw new Advice(tr('Choose how good it was first.'))
    await wallet.rate(order.tx, { stars, words: text.input.value })
    await after()
  } }, h('fieldset', { class: 'stack stack--xs' }, h('legend', { class: 'field__label' }, tr('How good was it?')), ...choices), text.field)
  return made
}

/** Whether everybody sees it. @param {Wallet} wallet @param {Order} order */
function checking(wallet, order) {
  const place = h('div', { 'aria-live': 'polite' })
  const check = async () => {
    const { shown, proven, answer } = await wallet.published(order)
    const told = !shown ? callout('warn', tr('It is not among the ratings that are published. Whoever runs this market has left it out: you can prove that, for it is signed and recorded.'))
      : proven ? callout('success', tr('It is published, and the public record proves it.')) : callout('info', tr('It is published. The public record proves it within a few minutes.'))
    told.dataset.testid = 'rating-checked'
    fill(place, told, answer && h('p', { class: 'soft small' }, ...placed(tr('{stall} answers:'), { stall: words(order.stall) })), answer && h('p', { class: 'lines', dir: 'auto' }, answer))
  }
  return h('div', { class: 'stack stack--sm' }, action({ label: tr('See whether it is published'), testid: 'rating-check', css: 'btn btn--quiet', run: check }), place)
}
