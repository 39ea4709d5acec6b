// @ts-check
/**
 * The photos of a listing's form: added many at once (chosen, taken, dropped, pasted), shown at once, made small here, sent one after the
 * other while the rest of the form is filled in, put into order, turned, cropped, described and taken out. The form itself then holds only
 * which they are. Without scripts a field sends them with the form.
 * @module
 */
import { Advice } from '../errors.js'
import { tr } from '../language.js'
import { drawing, fitting, moved, turned, whole } from '../photos.js'
import { callout, fill, h, icon } from './dom.js'
import { decoded, drawn } from './drawing.js'
import { send } from './upload.js'

/** @import { DraftPhoto } from '../drafts.js' */
/** @import { Framing } from '../photos.js' */

/**
 * file: what was chosen, to be known again. source: what it is drawn from. blob: as it is sent. digest: by which the stall knows it; '' until it does.
 * state: 'failed' may go well once more, 'unfit' never.
 * @typedef {{ name: string, file?: File | undefined, source?: Blob | undefined, blob?: Blob | undefined, framing: Framing, alt: string, digest: string, state: 'waiting' | 'sending' | 'there' | 'failed' | 'unfit', fault: string, slot: Slot }} Photo
 */
/** @typedef {ReturnType<typeof slotOf>} Slot */

/** What is sent may be as good as this: the stall makes it anew. */
const quality = 0.92

/** The most a stall takes, in bytes (merchant.MaxUpload). */
const maxUpload = 20 << 20

/** Advice about a photo that another try does not help. */
class Unfit extends Advice {}

export class Photos {
  /** @type {Photo[]} */
  all = []
  /** Called when any of them is another. */
  onchange = () => {}
  #working = Promise.resolve()

  /** @param {HTMLInputElement} input of many files; data-most: how many a listing has */
  constructor(input) {
    this.input = input
    this.stall = input.form?.dataset.draft?.split('/')[0] ?? ''
    this.most = Number(input.dataset.most)
    this.part = /** @type {HTMLElement} */ (input.closest('fieldset'))
    this.list = h('ol', { class: 'slots', 'data-testid': 'photos' })
    this.said = h('div', { 'aria-live': 'polite', 'data-testid': 'photos-said' })
    const there = this.part.querySelector('ol.slots')
    this.all = [...there?.querySelectorAll('li') ?? []].map(li => this.#made({
      name: '', digest: li.querySelector('input')?.value ?? '', alt: /** @type {HTMLInputElement | null} */ (li.querySelector('.input'))?.value ?? '',
    }))
    const cover = [...there?.querySelectorAll('[name="cover"]') ?? []].findIndex(radio => /** @type {HTMLInputElement} */ (radio).checked)
    this.all = moved(this.all, cover, 0)
    there?.remove()
    input.closest('.field')?.before(this.list, this.said)
    const early = this.#listen()
    this.#show()
    if (input.files?.length) early() // who chose before this was here
  }

  /** Shows what a draft has instead. @param {DraftPhoto[]} kept */
  restore(kept) {
    for (const { slot } of this.all) URL.revokeObjectURL(slot.url)
    this.all = kept.slice(0, this.most).map(({ name, alt, digest, blob }) => this.#made({ name, alt, digest, blob: digest ? blob : undefined, source: blob }))
    for (const photo of this.all) this.#queue(photo)
    this.#show()
  }

  /** What a draft keeps of them. @returns {DraftPhoto[]} */
  get kept() {
    return this.all.map(({ name, alt, digest, blob, source }) => ({ name, alt, digest, blob: blob ?? source }))
  }

  /** When all were sent, or could not be. @returns {Promise<boolean>} whether all are there */
  async settled() {
    for (let working; working !== this.#working;) await (working = this.#working)
    return this.all.every(({ state }) => state === 'there')
  }

  /** @param {string} sentence */
  say(sentence) {
    fill(this.said, callout('warn', sentence))
  }

  #listen() {
    const { input, part } = this
    input.removeAttribute('name') // what it chose is sent by itself
    input.accept = 'image/*,.heic,.heif,.avif'
    const take = () => {
      const files = [...input.files ?? []]
      input.value = ''
      this.add(files)
    }
    input.addEventListener('change', take)
    input.closest('.field')?.append(camera(files => this.add(files)))
    part.addEventListener('dragover', event => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      part.classList.add('form__part--over')
    })
    for (const end of ['dragleave', 'drop']) part.addEventListener(end, () => part.classList.remove('form__part--over'))
    part.addEventListener('drop', event => {
      event.preventDefault()
      this.add([...event.dataTransfer?.files ?? []])
    })
    document.addEventListener('paste', event => {
      const files = [...event.clipboardData?.files ?? []]
      if (files.length === 0) return
      event.preventDefault()
      this.add(files)
    })
    addEventListener('online', () => this.all.filter(({ state, source }) => state === 'failed' && source).forEach(photo => this.#queue(photo)))
    return take
  }

  /** @param {File[]} files */
  add(files) {
    const { taken, left } = fitting(this.all.flatMap(({ file }) => file ?? []), files, this.most - this.all.length)
    fill(this.said, left.length > 0 && callout('warn', tr('A listing has at most {n} photos. Left out: {names}.', { n: this.most, names: left.map(({ name }) => name).join(', ') })))
    for (const file of taken) {
      const photo = this.#made({ name: file.name, file, source: file, digest: '', alt: '' })
      this.all.push(photo)
      this.#queue(photo)
    }
    this.#show()
  }

  /** @param {Pick<Photo, 'name' | 'digest' | 'alt'> & Partial<Photo>} what */
  #made(what) {
    const photo = /** @type {Photo} */ ({ framing: { turn: 0, crop: whole }, state: what.digest ? 'there' : 'waiting', fault: '', ...what })
    photo.slot = slotOf(photo, {
      move: by => this.#move(photo, this.all.indexOf(photo) + by),
      over: other => this.#move(photo, this.all.findIndex(({ slot }) => slot.element === other)),
      turn: () => this.#frame(photo, async () => turned(photo.framing)),
      crop: () => this.#frame(photo, async source => (await import('./crop.js')).framed(await decoded(source), photo.framing)),
      again: () => (this.#queue(photo), this.#show()),
      remove: () => this.#remove(photo),
      changed: () => this.onchange(),
    })
    return photo
  }

  /** @param {Photo} photo @param {number} to */
  #move(photo, to) {
    const from = this.all.indexOf(photo)
    if (to < 0 || to >= this.all.length || to === from) return
    const step = Math.sign(to - from)
    for (let i = from; i !== to; i += step) { // the others go around it, so that it keeps the focus and the finger
      const passed = this.all[i + step]?.slot.element
      if (passed) this.list.insertBefore(passed, step > 0 ? photo.slot.element : photo.slot.element.nextSibling)
    }
    this.all = moved(this.all, from, to)
    this.#show()
    fill(this.said, h('p', { class: 'visually-hidden' }, to === 0 ? tr('This photo is shown first now.') : tr('This is photo {i} of {count} now.', { i: to + 1, count: this.all.length })))
  }

  /** @param {Photo} photo */
  #remove(photo) {
    URL.revokeObjectURL(photo.slot.url)
    this.all = this.all.filter(other => other !== photo)
    photo.slot.element.remove()
    fill(this.said, h('p', { class: 'visually-hidden' }, tr('The photo is left out.')))
    this.#show()
    this.input.focus()
  }

  /** @param {Photo} photo @param {(source: Blob) => Promise<Framing | undefined>} ask */
  async #frame(photo, ask) {
    try {
      photo.source ??= await fetched(this.stall, photo.digest)
      const framing = await ask(photo.source)
      if (!framing) return
      photo.framing = framing
      photo.blob = undefined
      photo.digest = ''
      this.#queue(photo)
      this.#show()
    } catch (error) {
      if (!(error instanceof Advice)) console.error(error)
      this.say(error instanceof Advice ? error.message : tr('The photo could not be opened. Try again in a moment.'))
    }
  }

  /** @param {Photo} photo */
  #queue(photo) {
    photo.state = 'waiting'
    photo.fault = ''
    this.#working = this.#working.then(() => this.#settle(photo))
  }

  /** Makes one small and sends it, unless that was done or it is gone. @param {Photo} photo */
  async #settle(photo) {
    if (!this.all.includes(photo) || photo.state !== 'waiting') return
    const { framing } = photo
    photo.state = 'sending'
    this.#show()
    try {
      if (photo.digest && await there(this.stall, photo.digest)) return void (photo.state = 'there')
      const blob = photo.blob ?? await small(photo)
      if (photo.framing !== framing) return // turned meanwhile: it waits anew
      photo.blob = blob
      photo.slot.shows(blob)
      this.onchange() // it survives a reload from here on
      const digest = await send(this.stall, blob, part => photo.slot.sent(part))
      if (photo.framing !== framing) return
      Object.assign(photo, { digest, state: 'there' })
    } catch (error) {
      if (photo.framing !== framing) return
      if (!(error instanceof Advice)) console.error(error)
      Object.assign(photo, { state: error instanceof Unfit ? 'unfit' : 'failed', fault: error instanceof Advice ? error.message : tr('It could not be sent. Check your connection, then try again.') })
    } finally {
      this.#show()
    }
  }

  #show() {
    for (const { slot } of this.all) if (slot.element.parentNode !== this.list) this.list.append(slot.element)
    for (const element of [...this.list.children]) if (!this.all.some(({ slot }) => slot.element === element)) element.remove()
    this.all.forEach((photo, i) => photo.slot.show(photo, i, this.all.length))
    this.list.hidden = this.all.length === 0
    this.input.disabled = this.all.length >= this.most
    this.onchange()
  }
}

/** A photo as it is framed, no larger than it is shown. What this browser cannot read the stall may, if it is not too large. @param {Photo} photo */
async function small({ source, framing, name }) {
  if (!source) throw new Unfit(tr('This photo is not there any more. Remove it, and add it again.'))
  const bitmap = await decoded(source).catch(() => undefined)
  if (bitmap) {
    try {
      return await drawn(bitmap, drawing(bitmap, framing), quality)
    } finally {
      bitmap.close()
    }
  }
  if (/\.hei[cf]$/i.test(name) || /hei[cf]/.test(source.type)) throw new Unfit(tr('This browser cannot open photos in the iPhone’s own format (HEIC). Open this page in Safari, or save the photo as JPEG and add that.'))
  if (framing.turn !== 0 || framing.crop !== whole) throw new Unfit(tr('This browser cannot open this photo, so it cannot turn or crop it. Remove it, and add it again.'))
  if (source.size > maxUpload) throw new Unfit(tr('This browser cannot open this photo, and it is too large to be sent as it is. Choose one of at most 20 MB.'))
  return source
}

/** Whether the stall has it still: one that no listing shows is erased after a day. @param {string} stall @param {string} digest */
const there = async (stall, digest) => (await fetch(`/desk/photos/${digest}/thumb?desk=${stall}`, { method: 'HEAD', redirect: 'error' })).ok

/** A photo as the stall has it. @param {string} stall @param {string} digest */
async function fetched(stall, digest) {
  const answer = await fetch(`/desk/photos/${digest}?desk=${stall}`)
  if (!answer.ok) throw new Advice(tr('The photo is not there any more. Remove it, and add it again.'))
  return answer.blob()
}

/** A button that takes a photo, where there are fingers. @param {(files: File[]) => void} taken */
function camera(taken) {
  const input = /** @type {HTMLInputElement} */ (h('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: true, onchange: () => {
    taken([...input.files ?? []])
    input.value = ''
  } }))
  return h('div', { class: 'for-fingers' }, input, h('button', { class: 'btn', type: 'button', onclick: () => input.click() }, icon('photo'), tr('Take a photo')))
}

/**
 * One photo in the form.
 * @param {Photo} photo
 * @param {{ move: (by: number) => void, over: (element: Element) => void, turn: () => void, crop: () => void, again: () => void, remove: () => void, changed: () => void }} on
 */
function slotOf(photo, on) {
  const image = /** @type {HTMLImageElement} */ (h('img', { alt: '', width: 160, height: 120, draggable: 'false', onerror: () => image.hidden = true, onload: () => image.hidden = false }))
  const tool = (/** @type {string} */ name, /** @type {string} */ testid, /** @type {(i: number) => string} */ says, /** @type {() => void} */ press) =>
    ({ says, button: h('button', { class: 'btn btn--sm btn--icon', type: 'button', 'data-testid': `photo-${testid}`, onclick: press }, icon(name)) })
  const earlier = tool('back', 'earlier', i => tr('Move photo {i} forward', { i }), () => on.move(-1))
  const later = tool('arrow', 'later', i => tr('Move photo {i} back', { i }), () => on.move(1))
  const tools = [earlier, later, tool('turn', 'turn', i => tr('Turn photo {i}', { i }), on.turn), tool('crop', 'crop', i => tr('Turn and crop photo {i}', { i }), on.crop), tool('remove', 'remove', i => tr('Remove photo {i}', { i }), on.remove)]
  const grip = h('button', { class: 'slot__grip', type: 'button', 'data-testid': 'photo-grip', onkeydown: (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
    if (!by) return
    event.preventDefault()
    on.move(by)
  } }, icon('grip'))
  const digest = h('input', { type: 'hidden' })
  const alt = /** @type {HTMLInputElement} */ (h('input', { class: 'input', maxlength: 200, autocomplete: 'off', dir: 'auto', value: photo.alt, oninput: () => {
    photo.alt = alt.value
    on.changed()
  } }))
  const label = h('label', { class: 'field__label' })
  const state = h('p', { class: 'slot__state soft small', role: 'status' })
  const bar = /** @type {HTMLProgressElement} */ (h('progress', { max: 1, 'aria-label': tr('Sending the photo') }))
  const fault = h('div', { class: 'stack stack--xs' })
  const element = h('li', { class: 'slot', 'data-testid': 'photo' }, h('div', { class: 'slot__picture' }, image, grip), digest,
    h('div', { class: 'slot__fields' }, state, bar, fault, h('div', { class: 'field' }, label, alt), h('div', { class: 'slot__tools' }, ...tools.map(({ button }) => button))))
  dragged(grip, element, on.over)
  const slot = {
    element, url: '',
    /** @param {Blob} blob */
    shows(blob) {
      URL.revokeObjectURL(slot.url)
      image.src = slot.url = URL.createObjectURL(blob)
    },
    /** @param {number} part */
    sent(part) {
      bar.value = part
    },
    /** @param {Photo} now @param {number} i @param {number} count */
    show(now, i, count) {
      const n = i + 1
      digest.setAttribute('name', `photo-${i}`)
      digest.setAttribute('value', now.digest)
      alt.name = alt.id = `alt-${i}`
      label.setAttribute('for', alt.id)
      fill(label, tr('What photo {i} shows', { i: n }), ' ', h('span', { class: 'field__optional' }, tr('(optional)')))
      grip.setAttribute('aria-label', tr('Move photo {i} of {count}: drag it, or press an arrow key', { i: n, count }))
      tools.forEach(({ button, says }) => button.setAttribute('aria-label', says(n)))
      earlier.button.toggleAttribute('disabled', i === 0)
      later.button.toggleAttribute('disabled', n === count)
      if ([earlier, later].some(({ button }) => button === document.activeElement && button.hasAttribute('disabled'))) grip.focus() // it has come to an end by that
      bar.hidden = now.state !== 'sending'
      element.dataset.state = now.state
      fill(state, i === 0 ? tr('Photo {i}, shown first', { i: n }) : tr('Photo {i}', { i: n }), now.state === 'waiting' && ` – ${tr('waits for its turn')}`, now.state === 'sending' && ` – ${tr('on its way')}`)
      fill(fault, now.fault !== '' && h('p', { class: 'field__error' }, now.name ? `${now.name}: ${now.fault}` : now.fault),
        now.state === 'failed' && h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'photo-again', onclick: on.again }, tr('Try again')),
        now.state === 'unfit' && h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'photo-drop', onclick: on.remove }, tr('Leave it out')))
    },
  }
  if (photo.blob ?? photo.source) slot.shows(/** @type {Blob} */ (photo.blob ?? photo.source))
  else image.src = `/desk/photos/${photo.digest}/thumb`
  return slot
}

/** Moves a photo with a finger or a mouse, over the one that it is held above. @param {HTMLElement} grip @param {HTMLElement} element @param {(other: Element) => void} over */
function dragged(grip, element, over) {
  grip.addEventListener('pointerdown', down => {
    if (down.button !== 0) return
    element.classList.add('slot--held')
    const move = (/** @type {PointerEvent} */ { clientX, clientY, pointerId }) => {
      if (pointerId !== down.pointerId) return
      const other = document.elementFromPoint(clientX, clientY)?.closest('li.slot')
      if (other && other !== element && other.parentNode === element.parentNode) over(other)
    }
    const end = (/** @type {PointerEvent} */ { pointerId }) => {
      if (pointerId !== down.pointerId) return
      element.classList.remove('slot--held')
      removeEventListener('pointermove', move)
      for (const name of ['pointerup', 'pointercancel']) removeEventListener(/** @type {'pointerup'} */ (name), end)
    }
    addEventListener('pointermove', move)
    for (const name of ['pointerup', 'pointercancel']) addEventListener(/** @type {'pointerup'} */ (name), end)
  })
}
