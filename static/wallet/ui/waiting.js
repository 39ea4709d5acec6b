// @ts-check
/**
 * What this page says while it waits for another tab: for one that is busy, or for one that is asleep with the wallet in its hands.
 * @module
 */
import { tr } from '../language.js'
import { callout, fill, h } from './dom.js'
import { action } from './form.js'

/** @import { Disk } from '../disk.js' */
/** @import { Locks } from '../locks.js' */

/** Says it before the page's own part, whenever it is so. @param {Locks} locks @param {Disk} disk */
export function showWaiting(locks, disk) {
  const place = h('div', { class: 'stack', hidden: true, 'data-testid': 'waiting' })
  let said = ''
  locks.onwait = disk.onlate = () => {
    const trouble = locks.trouble ?? (disk.late > 0 ? 'late' : '')
    if (trouble === said) return
    said = trouble
    if (!place.isConnected) document.querySelector('[data-page] [data-mount]')?.before(place)
    place.hidden = trouble === ''
    fill(place, trouble === 'silent' && asleep(locks), trouble === 'late' && midway(), trouble === 'busy' && callout('info', tr('Another tab is busy with your wallet. This page goes on when it is done.'), { 'data-testid': 'waiting-busy' }))
  }
}

const handed = () => tr('Another tab or window of this market has your wallet in its hands and does not answer. It may be asleep.')

/** The browser itself has this page wait, and lets nobody take over. */
const midway = () => callout('warn', handed(), { 'data-testid': 'waiting-late' }, h('p', {}, tr('Switch to it, or close it: then this page goes on.')))

/** @param {Locks} locks */
const asleep = locks => callout('warn', handed(), { 'data-testid': 'waiting-asleep' },
  h('p', {}, tr('Switch to it, or close it: then this page goes on. Or go on here. What it was doing is taken up where it stands, and nothing is done twice.')),
  action({ label: tr('Go on here'), testid: 'waiting-take-over', css: 'btn btn--sm', run: () => locks.takeOver() }))
