// @ts-check
/**
 * Whether this browser tells of what sellers say, by a notice of the system: asked for by a button alone, never by itself.
 * @module
 */
import { tr } from '../language.js'
import { fill, h } from './dom.js'
import { action } from './form.js'

/**
 * @param {{ label: string, yes: string }} [of] what the button says, and what is said where the browser may
 * @returns {HTMLElement} empty where the browser cannot, or does already
 */
export function telling({ label, yes } = { label: tr('Tell me when a seller answers'), yes: tr('You are told, while a page of this market is open in this browser and the wallet is unlocked.') }) {
  const place = h('div', { class: 'stack stack--sm', 'aria-live': 'polite' })
  const permission = globalThis.Notification?.permission ?? 'granted'
  place.hidden = permission === 'granted'
  if (permission === 'denied') fill(place, h('p', { class: 'soft small' }, tr('This browser is told not to show notices of this site. Its settings change that.')))
  if (permission === 'default') {
    fill(place, action({ label, testid: 'telling-ask', css: 'btn btn--sm', run: async () => {
      const answer = await Notification.requestPermission()
      fill(place, h('p', { class: 'soft small', 'data-testid': 'telling-answered' }, answer === 'granted' ? yes :
        tr('You are not told, then. What is new stands in the header and here.')))
    } }), h('p', { class: 'soft small' }, tr('Your browser asks you whether it may. It works while a page of this market is open.')))
  }
  return place
}
