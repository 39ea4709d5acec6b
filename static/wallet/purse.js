// @ts-check
/**
 * The purse: where the wallet keeps everything, as rows by kind and ID, sealed on a disk. apply is the only way to change it:
 * everything is sealed first, then written in one transaction.
 * @module
 */
import { upgraded } from './upgraded.js'

/** @import { Disk } from './disk.js' */
/** @import { Change, Kind, Rows } from './rows.js' */
/** @import { Box, Header } from './vault.js' */

/** The purse of an unlocked wallet. */
export class Purse {
  /** @param {Disk} disk @param {Box} box */
  constructor(disk, box) {
    this.disk = disk
    this.box = box
  }

  /**
   * @template {Kind} K
   * @param {K} kind
   * @param {string} id
   * @returns {Promise<Rows[K] | undefined>}
   */
  async get(kind, id) {
    const name = await this.box.name(kind, id)
    const sealed = await this.disk.read(kind, name)
    return sealed && upgraded(kind, await this.box.open(kind, name, sealed))
  }

  /**
   * @template {Kind} K
   * @param {K} kind
   * @returns {Promise<Rows[K][]>} in no order
   */
  async all(kind) {
    const rows = await this.disk.readAll(kind)
    return Promise.all(rows.map(async ([name, sealed]) => upgraded(kind, await this.box.open(kind, name, sealed))))
  }

  /**
   * Applies changes in one transaction.
   * @param {Change[]} changes
   * @param {Header} [header] written along when the wallet is made
   */
  async apply(changes, header) {
    const writes = await Promise.all(changes.map(async ({ kind, id, value }) => {
      const key = await this.box.name(kind, id)
      return { store: /** @type {string} */ (kind), key, value: /** @type {unknown} */ (value === null ? null : await this.box.seal(kind, key, value)) }
    }))
    if (header) writes.push({ store: 'header', key: 'header', value: header })
    await this.disk.write(writes)
  }
}
