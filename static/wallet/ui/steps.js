// @ts-check
/**
 * How far a work has come: its stages in words for people, as one line that is read out too, and its messages, folded until
 * somebody asks for them.
 * @module
 */
import { tr } from '../language.js'
import { progress, stages } from '../progress.js'
import { fill, h } from './dom.js'

/** @import { Work } from '../rows.js' */

/** A message of others, which comes by itself: it is not unfinished. */
const others = new Set(['T12'])

const words = { waiting: tr('Not yet'), running: tr('Now'), done: tr('Done'), later: tr('On its way'), failed: tr('Stopped') }

/**
 * An element that stays, so that what was folded open stays open while the work goes on.
 * @returns {{ element: HTMLElement, show: (work: Work, noticeWaits: boolean) => void }} noticeWaits: whether T9 is still to be acknowledged
 */
export function steps() {
  const list = h('ol', { class: 'steps steps--stages', 'data-testid': 'work-stages' })
  const messages = h('ol', { class: 'steps', 'data-testid': 'checkout-progress' })
  const element = h('div', { class: 'stack', 'data-testid': 'work-steps' }, list,
    h('details', { class: 'choices-more' }, h('summary', { 'data-testid': 'show-messages' }, tr('Show the messages')), messages, h('p', {}, h('a', { href: '/wallet/envelopes' }, tr('What was in them')))))
  const show = (/** @type {Work} */ work, /** @type {boolean} */ noticeWaits) => {
    fill(list, ...stages(work).map(({ says, state }) => h('li', { class: 'step', 'data-state': state },
      h('div', { class: 'step__body' }, h('p', { class: 'step__title' }, says)), h('span', { class: 'step__state' }, words[state]))))
    fill(messages, ...progress(work, noticeWaits).map(({ message, says, state }) =>
      h('li', { class: 'step', 'data-state': state, 'data-testid': `step-${message}` },
        h('span', { class: 'step__code' }, message),
        h('div', { class: 'step__body' }, h('p', { class: 'step__title' }, says)),
        h('span', { class: 'step__state' }, state === 'later' && others.has(message) ? tr('By the stall, later') : words[state]))))
    element.hidden = list.childElementCount === 0
  }
  return { element, show }
}

/**
 * The stage that is running, for a live region.
 * @param {Work} work
 */
export const spoken = work => stages(work).find(({ state }) => state === 'running')?.says ?? ''
