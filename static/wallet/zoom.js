// @ts-check
/**
 * How large a photo is shown, and where it lies under the eye. Pure.
 * @module
 */

/** @import { Size } from './photos.js' */

/** How far a photo is taken beyond the size at which all of it is seen, and beyond its own pixels. */
const times = 8
const beyond = 3

/** The scale at which all of a photo is seen; a small one is not blown up. @param {Size} photo @param {Size} place */
export const fitted = (photo, place) => Math.min(1, place.width / photo.width, place.height / photo.height)

/** A scale within bounds. @param {number} scale @param {number} fit */
export const bounded = (scale, fit) => Math.min(Math.max(scale, fit), Math.max(fit * times, beyond))

/** Where to scroll so that what was at a point of the place stays there, when one scale takes the other's place. @param {number} scrolled @param {number} point @param {number} from @param {number} to */
export const held = (scrolled, point, from, to) => (scrolled + point) * to / from - point

/** Which of several photos beside each other is seen. @param {number} scrolled @param {number} width of one @param {number} count */
export const seen = (scrolled, width, count) => width > 0 ? Math.min(Math.max(Math.round(scrolled / width), 0), count - 1) : 0
