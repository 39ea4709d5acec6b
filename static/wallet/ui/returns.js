// @ts-check
/**
 * What a buyer does to send something back: ask, say that it is on its way, or keep it after all.
 * @module
 */
import { isOpen } from '../hold.js'
import { protectedBy } from '../holds.js'
import { tr } from '../language.js'
import { clean } from '../text.js'
import { h } from './dom.js'
import { FieldError, action, field, form } from './form.js'

/** @import { Order } from '../rows.js' */
/** @import { Conversation } from '../talks.js' */
/** @import { Wallet } from '../wallet.js' */

const mostText = 500

/** Asks the seller to take it back. @param {Wallet} wallet @param {string} tx @param {{ order: Order | undefined }} about */
export function asking(wallet, tx, { order }) {
  const why = field({ label: tr('Why do you want to send it back?') }, { rows: 3, maxlength: mostText, dir: 'auto', 'data-testid': 'return-why' })
  const hold = order && protectedBy(order)?.hold
  const ask = async () => {
    const text = clean(why.input.value)
    if (!text) throw new FieldError(why.input, tr('Write why, in a few words.'))
    if ([...text].length > mostText) throw new FieldError(why.input, tr('Use at most 500 characters.'))
    await wallet.say(tx, { kind: 'return', text })
  }
  return h('details', {}, h('summary', { 'data-testid': 'talk-return' }, tr('Send it back')), form({ label: tr('Ask to send it back'), testid: 'return-ask', css: 'btn', submit: ask },
    h('p', {}, tr('The seller is asked first, and says where to send it and who pays for that. Then it gives the money back.')),
    hold && isOpen(hold) && h('p', {}, tr('The time in which you can report a problem runs on meanwhile.')), why.field))
}

/** Says that it is on its way back, or something else of the parcel. @param {Wallet} wallet @param {string} tx @param {{ now: Conversation }} about */
export function sentBack(wallet, tx, { now }) {
  const again = now.state === 'returned'
  const carrier = field({ label: tr('Carrier'), optional: true }, { maxlength: 60, dir: 'auto', autocomplete: 'off', 'data-testid': 'return-carrier' })
  const tracking = field({ label: tr('Tracking number'), optional: true, hint: tr('It shows that you sent it. Keep the receipt of the parcel too.') },
    { maxlength: 60, dir: 'auto', autocomplete: 'off', 'data-testid': 'return-tracking' })
  const fields = form({
    ...again ? { label: tr('Say it anew'), css: 'btn' } : { label: tr('I have sent it back') }, testid: 'return-sent',
    submit: () => wallet.say(tx, { kind: 'returned', text: '', carrier: carrier.input.value, tracking: tracking.input.value }),
  }, carrier.field, tracking.field)
  return again ? h('details', {}, h('summary', {}, tr('Change what you said of the parcel')), fields) : fields
}

/** Keeps it after all. @param {Wallet} wallet @param {string} tx */
export const keeping = (wallet, tx) => h('details', {}, h('summary', { 'data-testid': 'talk-keep' }, tr('Keep it after all')), h('p', {}, tr('You send nothing back, and the order is closed.')),
  action({ label: tr('I keep it'), testid: 'talk-kept', run: () => wallet.say(tx, { kind: 'kept', text: '' }) }))
