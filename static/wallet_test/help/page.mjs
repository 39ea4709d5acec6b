// A wallet on a page, on the disk and with the parties of memory, and what must hold after anything it does.
import { address, home } from './home.mjs'
import assert from 'node:assert/strict'
import { afterEach } from 'node:test'
import { openDisk } from '../../wallet/disk.js'
import { Session } from '../../wallet/session.js'
import { Wallet } from '../../wallet/wallet.js'
import { browser, locks } from './browser.mjs'
import './crypto.mjs'
import { world } from './parties.mjs'

export const passphrase = 'correct horse battery'

// Passphrases are stretched for an attacker's sake; there is none here, and hundreds of wallets. vault.test.mjs tests that.
const { subtle } = crypto
const derive = subtle.deriveKey.bind(subtle)
subtle.deriveKey = (algorithm, ...rest) => derive(algorithm.name === 'PBKDF2' ? { ...algorithm, iterations: 1 } : algorithm, ...rest)

// A page of the wallet, on a device whose clock is sides.skew seconds ahead of everybody else's. A second page on the same disk stands for a reload, one on another disk for another browser.
// exclusive: its locks, where it shares them with other pages.
export async function page(sides, name, exclusive = () => locks()) {
  const disk = await openDisk(name)
  const sleep = async ms => {
    await sides.held
    sides.clock.at += Math.ceil(ms / 1000)
    await new Promise(resolve => setImmediate(resolve))
  }
  const wallet = new Wallet({ disk, session: new Session(disk.name, sides.container), brokerURL: 'http://broker.test', exclusive: exclusive(disk), now: () => sides.clock.at + (sides.skew ?? 0), sleep })
  pages.push(wallet)
  return wallet
}

// A test that ends closes its pages: what they are busy with must not run on beside the next one, nor for ever.
const pages = []
afterEach(() => pages.splice(0).forEach(wallet => wallet.drop()))

export async function made() {
  const { container } = browser()
  const sides = Object.assign(await world(), { container })
  const wallet = await page(sides)
  await wallet.make(passphrase)
  await wallet.resume()
  await Promise.all(wallet.underWay.runs.values())
  return { sides, wallet }
}

// Waits until a request whose path ends so was tried.
export async function tried(sides, name) {
  for (let i = 0; i < 20_000 && !sides.seen.some(path => path.endsWith(name)); i++) await new Promise(resolve => setTimeout(resolve, 1))
  assert.ok(sides.seen.some(path => path.endsWith(name)), `${name} was never sent`)
}

// The wire goes so with what is sent to a path that ends so, and from then on who waits before trying again waits, until the
// returned function is called: what a wallet does out of patience does not depend on how fast this machine is.
export function cut(sides, name, fate) {
  let release = () => {}
  sides.wire = path => {
    if (!path.endsWith(name)) return ''
    sides.held ??= new Promise(resolve => { release = resolve })
    return fate
  }
  return () => {
    sides.wire = () => ''
    sides.held = undefined
    release()
  }
}

// Another page takes over; the first one is dead: it neither sends nor writes any more.
export async function reload(wallet, sides) {
  wallet.parts.session.handOver()
  wallet.drop()
  const next = await page(sides)
  await next.recover()
  return next
}

// A second tab of the same wallet.
export async function tab(wallet, sides) {
  const other = await page(sides)
  other.parts.exclusive = wallet.parts.exclusive // locks are of all tabs
  wallet.parts.session.handOver()
  await other.recover()
  return other
}

export const wanted = ({ stall }) => ({ vendor: stall.id, lines: [{ offer: stall.offerID, quantity: 1 }] })

export async function buy(wallet, sides, load = 5000, exchange = 0) {
  const quote = await wallet.quote(wanted(sides))
  return wallet.buy(quote, { delivery: { ...home.delivery, address: { ...address, lines: ['\u20681 Test\u00ad Lane\u2069\n', ' '] } }, note: '\u2068Leave it\u00ad at the door\u2069\n' /* as a messenger gives it */, load, exchange })
}

export async function finish(wallet) {
  await wallet.resume()
  await Promise.allSettled([...wallet.underWay.runs.values()])
  await delivered(wallet)
}

// Waits until the notices that are on their way have arrived, or will be tried later.
export async function delivered(wallet) {
  while (wallet.underWay.delivering) await new Promise(resolve => setTimeout(resolve, 1))
}

// What must hold after any history: every scrip in the wallet is live at its issuer and the other way round (I5), and the
// money is all there.
export async function books(wallet, { broker, stall }) {
  const { broker: cash, stalls } = await wallet.balance()
  const own = [...cash ? [cash] : [], ...stalls.flatMap(stall => stall.holdings)].map(holding => holding.scrip.scrip_id).sort()
  const live = [...broker.live.keys(), ...stall.live.keys()].sort()
  assert.deepEqual(own, live)
  const held = [...broker.live.values(), ...stall.live.values()].reduce((sum, row) => sum + row.scrip.value, 0)
  const paid = stall.orders.reduce((sum, order) => sum + order.price, 0)
  const bank = [...broker.bank.values()].reduce((sum, balance) => sum + balance, 0)
  const back = [...broker.holds.values()].reduce((sum, { buyer }) => sum + buyer, 0)
  assert.equal(bank + held + paid - back + broker.credit + broker.reserved(), 10_000)
}

// Runs `act` with the page killed after so many writes, and lets another page take over.
export async function killedAt(writes, { sides, wallet }, act) {
  const { disk } = wallet.parts
  const write = disk.write.bind(disk)
  let killed = () => {}
  const kill = new Promise(resolve => { killed = resolve })
  disk.write = async changes => {
    if (writes-- > 0) return write(changes)
    killed()
    return new Promise(() => {})
  }
  await Promise.race([act(), kill])
  const next = await reload(wallet, sides)
  await finish(next)
  return next
}
