// The photos of a listing's form, as decisions: where they are drawn, in which order they stand; and the drafts that a browser keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Drafts, idOf, maxDrafts, spared } from '../wallet/drafts.js'
import { between, drawing, fitting, least, longest, moved, squared, trimmed, turned, upright, whole } from '../wallet/photos.js'
import { untold, uprightOf } from '../wallet/webp.js'
import { bounded, fitted, held, seen } from '../wallet/zoom.js'
import { browser } from './help/browser.mjs'

const close = ({ left, top, right, bottom }, want, text) => assert.deepEqual([left, top, right, bottom].map(n => Math.round(n * 1e6) / 1e6), want, text)
const at = ({ transform: [a, b, c, d, e, f] }, x, y) => [a * x + c * y + e, b * x + d * y + f].map(n => Math.round(n))

test('a photo is drawn no larger than it is, nor than it is shown, nor smaller than a stall takes', () => {
  for (const [size, want] of [
    [{ width: 4000, height: 3000 }, [1600, 1200]], [{ width: 3000, height: 4000 }, [1200, 1600]], [{ width: 40, height: 40 }, [40, 40]],
    [{ width: 6000, height: 200 }, [1920, 64]], [{ width: 6000, height: 60 }, [6000, 60]], [{ width: 1, height: 1 }, [1, 1]],
  ]) {
    const { width, height } = drawing(size, { turn: 0, crop: whole })
    assert.deepEqual([width, height], want, JSON.stringify(size))
    assert.ok(Math.min(width, height) >= Math.min(least, size.width, size.height) && (Math.max(width, height) <= longest || Math.min(width, height) <= least))
  }
})

test('a photo is turned around its corners', () => {
  const size = { width: 400, height: 300 }
  for (const [turn, corner, wide] of [[0, [0, 0], 400], [1, [300, 0], 300], [2, [400, 300], 400], [3, [0, 400], 300]]) {
    const how = drawing(size, { turn, crop: whole })
    assert.deepEqual(at(how, 0, 0), corner, `the first corner after ${turn} turns`)
    assert.equal(how.width, wide, `the width after ${turn} turns`)
    assert.deepEqual(upright(size, turn), { width: how.width, height: how.height })
  }
})

test('what is cut off stays cut off when the photo is turned, and four turns are none', () => {
  const size = { width: 400, height: 200 }
  let now = { turn: 0, crop: { left: 0.5, top: 0.25, right: 0, bottom: 0 } }
  const kept = drawing(size, now)
  assert.deepEqual([kept.width, kept.height, ...at(kept, 200, 50)], [200, 150, 0, 0])
  const once = turned(now)
  const how = drawing(size, once)
  assert.deepEqual([how.width, how.height, ...at(how, 200, 50)], [150, 200, 150, 0], 'the corner that was first is the right one')
  for (let i = 0; i < 4; i++) now = turned(now)
  assert.deepEqual(now, { turn: 0, crop: { left: 0.5, top: 0.25, right: 0, bottom: 0 } })
})

test('a crop leaves something, whatever is asked for', () => {
  close(trimmed({ ...whole, right: 0.5 }, 'left', 0.8), [0.4, 0, 0.5, 0])
  close(trimmed(whole, 'top', -1), [0, 0, 0, 0])
  close(between({ x: 0.75, y: 0.5 }, { x: 0.25, y: 1.5 }), [0.25, 0.5, 0.25, 0])
  assert.equal(between({ x: 0.5, y: 0.5 }, { x: 0.51, y: 0.9 }), whole, 'a slip')
  close(squared({ width: 400, height: 200 }, whole), [0.25, 0, 0.25, 0])
  close(squared({ width: 200, height: 400 }, { ...whole, top: 0.5 }), [0, 0.5, 0, 0])
})

test('photos are put into order, and none is lost', () => {
  const list = ['a', 'b', 'c']
  for (const [from, to, want] of [[0, 2, 'bca'], [2, 0, 'cab'], [1, 1, 'abc'], [1, 9, 'acb'], [1, -1, 'bac'], [-1, 0, 'abc'], [3, 0, 'abc']]) {
    assert.equal(moved(list, from, to).join(''), want, `${from} to ${to}`)
  }
})

test('files are taken once each, and as many as there is room for', () => {
  const file = n => ({ name: `${n}.jpg`, size: n, lastModified: 1 })
  const got = fitting([file(1)], [file(1), file(2), file(2), file(3), file(4)], 2)
  assert.deepEqual([got.taken, got.left].map(files => files.map(({ size }) => size)), [[2, 3], [4]])
  assert.deepEqual(fitting([], [file(1)], 0), { taken: [], left: [file(1)] })
})

test('a draft survives, part by part, until it is erased', async () => {
  browser()
  const drafts = await Drafts.open()
  assert.equal(await drafts.read('new'), undefined)
  await drafts.keep('new', { fields: [['title', 'Lamp']] })
  await drafts.keep('new', { photos: [{ name: 'a.jpg', alt: '', digest: '', blob: new Blob(['x']) }] })
  await drafts.keep('new', { fields: [['title', 'Brass lamp']] })
  const again = await (await Drafts.open()).read('new')
  assert.deepEqual(again.fields, [['title', 'Brass lamp']])
  assert.equal(await again.photos[0].blob.text(), 'x')
  await drafts.erase('new')
  assert.equal(await drafts.read('new'), undefined)
})

test('a draft is erased once it is listed, and not one that was begun since', async () => {
  const drafts = await Drafts.open()
  await drafts.keep('new', { fields: [['draft', '2'], ['title', 'Lamp']] })
  await drafts.listed(['new#1', 'new', 'other#2'])
  assert.equal(idOf(await drafts.read('new')), '2')
  await drafts.listed(['new#1', 'new#2'])
  assert.equal(await drafts.read('new'), undefined)
})

test('a draft that nobody touches is erased, and the oldest of too many, and all of them when the desk is closed', async () => {
  browser()
  let now = 0
  const open = () => Drafts.open(() => now)
  const drafts = await open()
  for (let i = 0; i <= maxDrafts; i++) {
    now = i
    await drafts.keep(`${i}`, { fields: [] })
  }
  await open()
  assert.equal(await drafts.read('0'), undefined, 'the oldest of too many')
  assert.deepEqual(await drafts.read('1'), { fields: [], photos: [] })
  now = spared + 2
  await drafts.keep('1', { photos: [] })
  await open()
  assert.deepEqual([await drafts.read('1'), await drafts.read('2')].map(Boolean), [true, true])
  now++
  await open()
  assert.deepEqual([await drafts.read('1'), await drafts.read('2')].map(Boolean), [true, false], 'a month')
  await drafts.forget()
  assert.equal(await drafts.read('1'), undefined)
})

test('all of a photo is seen at first, and it is zoomed around a point', () => {
  const place = { width: 400, height: 300 }
  for (const [photo, want] of [[{ width: 1600, height: 1200 }, 0.25], [{ width: 6000, height: 200 }, 400 / 6000], [{ width: 300, height: 1600 }, 300 / 1600], [{ width: 40, height: 40 }, 1]]) {
    assert.equal(fitted(photo, place), want, JSON.stringify(photo))
  }
  for (const [scale, fit, want] of [[0.1, 0.25, 0.25], [1, 0.25, 1], [99, 0.25, 3], [99, 1, 8], [0.5, 1, 1]]) assert.equal(bounded(scale, fit), want)
  assert.equal(held(0, 100, 1, 2), 100)
  assert.equal(held(held(30, 100, 1, 2), 100, 2, 1), 30)
  for (const [scrolled, width, want] of [[0, 400, 0], [390, 400, 1], [9999, 400, 2], [-5, 400, 0], [10, 0, 0]]) assert.equal(seen(scrolled, width, 3), want)
})

/** A chunk of a WebP. */
const chunk = (name, body) => [...Buffer.from(name), ...new Uint8Array(Uint32Array.of(body.length).buffer), ...body, ...body.length % 2 ? [0] : []]
const webp = (...chunks) => Uint8Array.from([...Buffer.from('RIFF'), ...new Uint8Array(Uint32Array.of(4 + chunks.flat().length).buffer), ...Buffer.from('WEBP'), ...chunks.flat()])
const big = o => [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 2, 0x01, 0x0f, 0, 2, 0, 0, 0, 2, 0x41, 0, 0, 0, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, 0, 0, 0, 0]
const small = o => [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, o, 0, 0, 0, 0, 0, 0, 0]

test('a WebP says which way up it is, and is decoded without saying so', () => {
  const pixels = chunk('VP8 ', [1, 2, 3])
  for (let o = 2; o <= 8; o++) {
    for (const [exif, upright] of [[big(o), big(1)], [small(o), small(1)], [[...Buffer.from('Exif\0\0'), ...big(o)], [...Buffer.from('Exif\0\0'), ...big(1)]]]) {
      const got = untold(webp(pixels, chunk('EXIF', exif)))
      assert.equal(got?.orientation, o)
      assert.deepEqual(got.bytes, webp(pixels, chunk('EXIF', upright)), 'nothing but the orientation is another')
    }
  }
  const turned = webp(pixels, chunk('EXIF', big(6)))
  for (const [why, file] of Object.entries({
    upright: webp(pixels, chunk('EXIF', big(1))), unheard: webp(pixels, chunk('EXIF', big(9))), without: webp(pixels), 'of another kind': Uint8Array.of(0xff, 0xd8, 0xff), empty: new Uint8Array(0),
  })) assert.equal(untold(file), undefined, why)
  for (let size = 0; size < turned.length; size++) assert.equal(untold(turned.slice(0, size)), undefined, `cut at ${size}`)
})

test('a picture that lies is drawn upright, as the stall draws it', () => {
  const size = { width: 40, height: 30 }
  for (const [o, first, across] of [ // where the first stored pixel and the last of the first row are to be seen
    [2, 'right top', 'left top'], [3, 'right bottom', 'left bottom'], [4, 'left bottom', 'right bottom'], [5, 'left top', 'left bottom'],
    [6, 'right top', 'right bottom'], [7, 'right bottom', 'right top'], [8, 'left bottom', 'left top'],
  ]) {
    const how = uprightOf(size, o)
    assert.deepEqual([how.width, how.height], o >= 5 ? [30, 40] : [40, 30])
    const place = (x, y) => { const [px, py] = at(how, x, y); return `${px === 0 ? 'left' : px === how.width ? 'right' : px} ${py === 0 ? 'top' : py === how.height ? 'bottom' : py}` }
    assert.deepEqual([place(0, 0), place(40, 0)], [first, across], `orientation ${o}`)
  }
})
