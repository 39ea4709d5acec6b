// Backups of wallets, and wallets restored from them. A "browser" here is a disk of its own; all talk to the same broker and
// stall.
import { backUp } from '../../wallet/backup.js'
import { keyOf, newPhrase } from '../../wallet/phrase.js'
import { restore } from '../../wallet/restore.js'
import { buy, finish, made, page } from './page.mjs'

export const passphrase = 'another passphrase'
export const value = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
export const bank = ({ broker }) => [...broker.bank.values()][0]
export const advice = pattern => error => error.name === 'Advice' && pattern.test(error.message)
let browsers = 0

export async function loaded(amount) {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(amount)).id)
  return { sides, wallet }
}

// A wallet with BrokerScrip of 15.00, VendorScrip of 12.50 and an order.
export async function stocked() {
  const { sides, wallet } = await loaded(4000)
  await wallet.follow((await buy(wallet, sides, 0, 2500)).id)
  await finish(wallet)
  return { sides, wallet }
}

export async function backedUp(wallet) {
  const phrase = (await newPhrase()).join(' ')
  return { phrase, ...await backUp(wallet, await keyOf(phrase)) }
}

export const browserWithout = sides => page(sides, `browser ${++browsers}`)

export async function restored(sides, { bytes, phrase }) {
  const wallet = await browserWithout(sides)
  await restore(wallet, { bytes, phrase, passphrase })
  await finish(wallet)
  return wallet
}
