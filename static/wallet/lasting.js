// @ts-check
/**
 * Whether this browser keeps what it stores. Unless it has promised to, it may delete the wallet by itself: when space is short,
 * after weeks without a visit, at the end of a private window.
 * @module
 */

/** Asks the browser to keep the wallet; some ask the person. @param {StorageManager | undefined} [storage] */
export async function askToKeep(storage = globalThis.navigator?.storage) {
  await storage?.persist?.().catch(() => false)
}

/** Whether it has promised nothing, or cannot say. @param {StorageManager | undefined} [storage] */
export async function isFleeting(storage = globalThis.navigator?.storage) {
  try {
    return await storage?.persisted?.() !== true
  } catch {
    return true
  }
}
