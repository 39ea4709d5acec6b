// @ts-check
/**
 * A work's messages as a list, and as one line that is read out.
 * @module
 */
import { progress } from '../progress.js'
import { h } from './dom.js'

/** @import { Work } from '../rows.js' */

const words = { waiting: 'Not yet', running: 'Now', done: 'Done', later: 'On its way', failed: 'Stopped' }

/**
 * @param {Work} work
 * @param {boolean} noticeWaits whether T9 is still to be acknowledged
 */
export const steps = (work, noticeWaits) => h('ol', { class: 'steps', 'data-testid': 'checkout-progress' },
  ...progress(work, noticeWaits).map(({ message, says, state }) =>
    h('li', { class: 'step', 'data-state': state, 'data-testid': `step-${message}` },
      h('span', { class: 'step__code' }, message),
      h('div', { class: 'step__body' }, h('p', { class: 'step__title' }, says)),
      h('span', { class: 'step__state' }, words[state]))))

/**
 * The step that is running, in a sentence for a live region.
 * @param {Work} work
 */
export function spoken(work) {
  const line = progress(work, false).find(({ state }) => state === 'running')
  return line ? `${line.message}: ${line.says}` : ''
}
