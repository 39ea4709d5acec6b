// @ts-check
/**
 * The first photo of a thing, small, as this market shows it.
 * @module
 */
import { h, icon } from './dom.js'

/** A mark in its place where there is none, or this market does not have it. @param {{ digest: string }[] | undefined} photos */
export function thumb(photos) {
  const [first] = photos ?? []
  const none = () => h('span', { class: 'item__photo' }, icon('photo'))
  if (!first) return none()
  const image = h('img', { class: 'item__photo', src: `/photos/${first.digest}/thumb`, alt: '', width: 96, height: 72, loading: 'lazy', onerror: () => image.replaceWith(none()) })
  return image
}
