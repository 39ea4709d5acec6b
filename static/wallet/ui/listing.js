// @ts-check
/**
 * The form of a listing: its photos, the draft that is kept of it, and the names of details that its category knows. The form itself is
 * the server's, and works without any of this.
 * @module
 */
import { Drafts, idOf } from '../drafts.js'
import { tr } from '../language.js'
import '../outside.js'
import { callout, fill, h } from './dom.js'
import { Photos } from './photos.js'

/** @import { Draft } from '../drafts.js' */

/** Milliseconds without a key until what was typed is kept. */
const pause = 300

/** Fields that are no part of what was typed: what photos are named by, and what says which listing it is. */
const apart = /^((photo|alt|drop)-\d+|cover|photos|version|stock|draft|from|delivery|desk)$/

/** @param {HTMLFormElement} form data-draft: under which its draft is kept; data-draft-typed: it shows what was typed, with what is wrong */
export async function listingForm(form) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector('#new-photos'))
  const photos = new Photos(input)
  details(form)
  presets(form)
  sending(form, photos)
  await drafting(form, photos)
}

/** What the category knows stands as the names of details that are empty. @param {HTMLFormElement} form */
function details(form) {
  const category = /** @type {HTMLSelectElement | null} */ (form.querySelector('#category'))
  const field = (/** @type {string} */ name, /** @type {number} */ n) => /** @type {HTMLInputElement | null} */ (form.querySelector(`#${name}-${n}`))
  category?.addEventListener('change', () => {
    const known = (category.selectedOptions[0]?.closest('optgroup')?.dataset.details ?? '').split('|').filter(Boolean)
    const rows = [...form.querySelectorAll('[name^="attribute-"]')].map((_, n) => ({ name: field('attribute', n), value: field('value', n) }))
    const taken = rows.filter(({ value }) => value?.value).map(({ name }) => name?.value.toLowerCase())
    const left = known.filter(name => !taken.includes(name.toLowerCase()))
    for (const { name, value } of rows) if (name && !value?.value) name.value = left.shift() ?? ''
  })
}

/** How something was delivered before is filled in, to be changed there. Without this the server takes it over. @param {HTMLFormElement} form */
function presets(form) {
  const list = /** @type {HTMLSelectElement | null} */ (form.querySelector('select[name="delivery"]'))
  list?.addEventListener('change', () => {
    const typed = Object.entries(/** @type {Record<string, string>} */ (JSON.parse(list.selectedOptions[0]?.dataset.fields ?? '{}')))
      .map(([name, value]) => ({ value, control: /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name)) }))
    if (typed.some(({ value, control }) => value !== '' && !control)) return // more ways than the form has room for: the server takes them over
    for (const { value, control } of typed) {
      if (control) control.value = value
      if (value !== '') control?.closest('details')?.setAttribute('open', '')
    }
    list.selectedIndex = 0
    form.querySelector('#town')?.dispatchEvent(new Event('input', { bubbles: true }))
  })
}

/** The form goes when its photos are there. @param {HTMLFormElement} form @param {Photos} photos */
function sending(form, photos) {
  let going = false
  form.addEventListener('submit', event => {
    if (photos.all.every(({ state }) => state === 'there')) return
    event.preventDefault()
    if (going) return
    going = true
    const button = /** @type {HTMLElement} */ (event.submitter ?? form.querySelector('[type="submit"]'))
    button.setAttribute('aria-busy', 'true')
    void photos.settled().then(all => {
      going = false
      button.removeAttribute('aria-busy')
      if (all) return form.requestSubmit()
      photos.say(tr('Some photos are not there. Try those again, or remove them; then list it.'))
      photos.part.focus()
    })
  })
}

/** @param {HTMLFormElement} form @param {Photos} photos */
async function drafting(form, photos) {
  const { draft = '', draftTyped } = form.dataset
  const [key = '', named] = draft.split('#')
  const drafts = await Drafts.open().catch(error => void console.error(error)) // a browser that keeps nothing keeps no draft
  if (!drafts || key === '') return
  const said = h('div', { 'data-testid': 'draft' })
  form.before(said)
  const fault = (/** @type {unknown} */ error) => {
    console.error(error)
    fill(said, callout('warn', tr('This browser has no room to keep a draft of it. Do not reload the page before it is listed.')))
  }
  const keep = () => drafts.keep(key, { fields: [['draft', id], ...fieldsOf(form)], photos: photos.kept }).catch(fault)
  let due = 0
  const drop = async () => {
    clearTimeout(due)
    due = 0
    photos.onchange = () => {}
    await drafts.erase(key)
    location.reload()
  }
  const there = await drafts.read(key)
  const id = idOf(there) || named || crypto.randomUUID()
  const name = /** @type {HTMLInputElement} */ (form.elements.namedItem('draft'))
  name.value = `${key}#${id}`
  if (there && draftTyped === undefined) {
    restore(form, there)
    photos.restore(there.photos)
    fill(said, callout('info', tr('This is what you began before'), {}, h('p', { class: 'cluster' }, tr('It is kept in this browser until you list it.'),
      h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'draft-drop', onclick: () => void drop().catch(fault) }, tr('Begin anew')))))
  } else if (there) { // the form has come back: it shows all that was sent, of which the draft still has the pictures
    for (const photo of photos.all) photo.blob = there.photos.find(({ digest }) => digest === photo.digest)?.blob
  }
  const typed = () => {
    due = 0
    return keep()
  }
  form.addEventListener('input', event => {
    if (apart.test(/** @type {HTMLInputElement} */ (event.target).name)) return
    clearTimeout(due)
    due = window.setTimeout(typed, pause)
  })
  photos.onchange = () => void keep()
  addEventListener('pagehide', () => due && void typed())
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
const fieldsOf = form => [...new FormData(form)].flatMap(([name, value]) => typeof value === 'string' && !apart.test(name) ? [/** @type {[string, string]} */ ([name, value])] : [])

/** Fills in what was typed before; but what somebody has typed since the page came stays. @param {HTMLFormElement} form @param {Draft} draft */
function restore(form, { fields }) {
  for (const [name, value] of fields) {
    const control = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (form.elements.namedItem(name))
    if (control && !apart.test(name) && !isTyped(control)) control.value = value
  }
}

/** Whether a control is not as the page came. @param {HTMLInputElement | HTMLSelectElement} control */
const isTyped = control => control instanceof HTMLSelectElement ? control.selectedIndex !== Math.max(0, [...control.options].findIndex(option => option.defaultSelected))
  : control.defaultValue !== undefined && control.value !== control.defaultValue

/** What was listed needs no draft any more. @param {string} done the drafts, apart by spaces */
export const listed = async done => (await Drafts.open()).listed(done.split(' '))

/** The desk is closed in this browser: whoever is there next finds no draft of it. @param {HTMLFormElement} form */
export function leaving(form) {
  form.addEventListener('submit', event => {
    event.preventDefault()
    const go = () => form.submit()
    const of = String(new FormData(form).get('desk'))
    void Drafts.open().then(drafts => drafts.forget(`${of}/`)).then(go, error => (console.error(error), go()))
  }, { once: true })
}
