// @ts-check
/**
 * What a refusal means to the person: what happened, where the money is, what to do. The words are the closed list of the
 * protocol, and some of the wallet's own. The sentences are those of services/wallet/sentences.json, word for word, which a
 * test holds them to; no browser reads JSON as a module without being told how.
 * @module
 */
import { tr } from './language.js'

/** @import { Work } from './rows.js' */

/** @type {Record<string, string>} */
export const sentences = {
  'unreadable': tr('The message could not be read. Try again.'),
  'tx-conflict': tr('This step was already used for something else. Start again from the listing.'),
  'unknown-account': tr('This market does not know your account any more. Ask who runs it.'),
  'key-replaced': tr('This wallet\'s key was replaced before this was done, so it was not done. If you replaced it here, start again. If not, another copy of this wallet has the new key, and this one spends nothing more: use that one, or restore a backup that was made since.'),
  'unknown-vendor': tr('This market does not know this seller. Choose another one.'),
  'stall-revoked': tr('The market has closed this stall. Choose another seller.'),
  'stall-closed': tr('The seller takes no orders now: the stall is closed, or its seller is away. Nothing was bought. Look at the stall\'s page, or choose another seller.'),
  blocked: tr('The seller takes no more orders and messages from you. Nothing was bought, and your money stays yours. What you paid for before goes on. Choose another seller.'),
  'not-yet-in-force': tr('By the market\'s clock, which may have been set back, this stall is not open yet. Nothing was paid. Try again later, or choose another seller.'),
  'stall-in-force': tr('This stall is open. Give the money back through it; once it has not answered for 30 days, take it back to your bank.'),
  'counter-stale': tr('A newer request of this account was answered already. Try once more.'),
  'scrip-held': tr('Your account already holds money, and it can hold only one sum at a time. Look at your wallet. Where that was restored from a backup, the money came after the backup.'),
  'scrip-spent': tr('This money was already spent. If you did not spend it, look at what you have bought; if you restored a backup of this wallet elsewhere, it is there now.'),
  'scrip-invalid': tr('This money was not accepted. Look at your wallet.'),
  'scrip-expired': tr('This money has expired. Your wallet renews it by itself, for up to a year after that day: try again in a moment.'),
  'scrip-locked': tr('This money is held by another purchase for a few minutes. Try again then.'),
  'value-mismatch': tr('The amounts did not agree, so nothing was done. Start again from the listing.'),
  'party-mismatch': tr('The names in the messages did not agree, so nothing was done. Start again from the listing.'),
  'not-announced': tr('The messages crossed. Try again.'),
  'lock-expired': tr('It took too long, so nothing was done. Try again.'),
  'amount-out-of-bounds': tr('Such an amount is not given out. Choose another one.'),
  'bank-declined': tr('Your bank declined. The payment was called off there, or the account is not there or has not enough in it.'),
  'insufficient-scrip': tr('Your wallet holds less than this needs. Look at your wallet and start again.'),
  'offer-changed': tr('The seller has changed this listing. Look at it again before you buy.'),
  'offer-expired': tr('This offer has ended.'),
  'out-of-stock': tr('Someone was faster: not as many are left as you wanted.'),
  'not-delivered': tr('The seller does not deliver it in that way, or not to that country. Choose another way, or another address.'),
  'price-mismatch': tr('This is no longer the price the seller signed. Look at the listing again.'),
  'promise-mismatch': tr('This is not the protection that the seller promises now, or the date or time of this device is wrong. Nothing was paid. Look whether they are right, and try again.'),
  'float-short': tr('The market holds less for this stall than that. Try again later, or spend it at the stall.'),
  'earned-short': tr('Your stall has not earned that much. Look at what it has earned and choose a smaller amount.'),
  'mandate-invalid': tr('The stall did not accept the payment order. Try again.'),
  'already-recorded': tr('This purchase was already recorded.'),
  'name-invalid': tr('That name cannot be used: it is empty, too long, or taken, or looks like one that is. Choose another.'),
  'out-of-turn': tr('The other side said or did something just before, so this was not done. Look at it, and say it again if it still holds.'),
  'too-many': tr('Too many at once. Wait a minute and try again.'),
  'unavailable': tr('The other side cannot answer now. The same can be asked again later.'),
  'not-found': tr('It is not there any more.'),
  'keys-foreign': tr('This market shows keys that do not follow from the ones this wallet knows, so nothing is sent to it. Somebody may stand between you and it: try from another network. If it stays so, ask who runs the market, by telephone for instance. Your money is safe, and what you hold at stalls can be spent there.'),
  'clock-wrong': tr('By the clock of this device this seller is not allowed to sell now, or the listing is not in force, and the market cannot be asked for the time. Nothing was paid. Look whether the date and time of this device are right.'),
  'stall-silent': tr('The stall did not do its part in time, so this was undone and the money is back in your wallet. Try again, or choose another seller.'),
  'stall-declined': tr('The stall did not add to your money there. What was set aside for that is back in your bank account.'),
  'stall-owes': tr('The stall has not given you its money yet, though it has been paid for that. Your wallet goes on asking for it by itself.'),
  'no-answer': tr('The stall gave no answer for a day, so your wallet waits for it no longer. Your money is free again: it can be spent there, or given back. If the stall did take it, your wallet finds that out as soon as the stall answers.'),
  'wallet-changed': tr('Your wallet holds another amount by now, so nothing was done. Look at it and start again.'),
  'wallet-restored': tr('This was not begun when the backup was made, so the restored wallet does not begin it. Start again if you still want it.'),
  'bank-waits': tr('Another payment waits for your word at the bank. Confirm it or call it off there, or on the page of your wallet: then this goes on.'),
  'cancelled': tr('You called this off. What it had not begun by then was not done.'),
  'given-up': tr('You gave this up. Your money is free again, and can be spent there or given back. If the stall did take it, your wallet finds that out as soon as the stall answers.'),
  'waited-long': tr('This has waited so long that you may not want it any more, so it was not begun. Start again if you do.'),
  'other-books': tr('The market has shown different books, so your wallet adds no money: see its page.'),
  'exchange-too-small': tr('That is less than this purchase needs.'),
}

/** What a refusal means there, where it means something else, by transaction. @type {Record<string, Record<string, string>>} */
export const meant = {
  rate: {
    'not-found': tr('The seller has not reported this purchase yet, so it cannot be rated. Try again in a few hours.'),
    'out-of-turn': tr('You can rate it once it is over: when you say that it is here, when its money is back, or when the time to check has passed.'),
    'already-recorded': tr('It is more than 30 days ago that you rated this purchase. What you said then stays.'),
  },
  protect: {
    'not-found': tr('The market does not know this purchase yet, so nothing was done. Try again when the seller has reported it.'),
    'too-many': tr('You have reported this as often as is possible. What you reported is there, and the decision comes here.'),
    'mandate-invalid': tr('The market did not take the proof of this purchase, so nothing was done. Keep the receipt, and ask who runs the market.'),
    'value-mismatch': tr('The seller\'s receipt and your payment do not say the same amount, so nothing was done. Keep the receipt, and ask who runs the market.'),
    'float-short': tr('By the market\'s books nothing of this payment is at the stall any more: it went back to your bank before, when the stall was gone.'),
  },
  rescue: { 'float-short': tr('Nothing of yours is left at this stall but what you bought there and it has not reported. That can be taken back 90 days after.') },
  bank: { 'bank-declined': tr('The bank does not know that account. Look at its reference, or open a new account there.') },
  stall: { 'name-invalid': tr('Another stall has this name, or one that looks like it. Choose another.') },
  '6.8': {
    'no-answer': tr('It was not renewed, as far as your wallet knows: there is no answer yet. The money stays yours, and your wallet asks again when it has to.'),
    'scrip-expired': tr('Its issuer says that this money expired more than a year ago. While by the clock of this device it did not, your wallet asks again by itself.'),
  },
}

/** @param {string} reason a refusal @param {string} [transaction] what was refused */
export const sentence = (reason, transaction = '') => meant[transaction]?.[reason] ?? sentences[reason] ?? tr('The other side declined.')

/**
 * Where the money is after a work has stopped, in one sentence.
 * @param {Work} work
 */
export function safety(work) {
  const unsure = work.reason === 'no-answer' || work.reason === 'given-up'
  if (unsure && work.items[work.at]?.transaction !== '6.8') return '' // its sentence says where the money is
  const exchanged = work.items.some(item => ['6.2', '6.5'].includes(item.transaction) && item.phase === 'done')
  if (work.reason === 'scrip-spent') return ''
  if (work.purpose === 'checkout' && exchanged) return tr('Nothing was paid. What was set aside is in your wallet and can be spent at {stall}.', { stall: work.about.stall })
  return tr('Nothing was paid and your money is safe.')
}
