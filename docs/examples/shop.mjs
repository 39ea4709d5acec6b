// A program that shops, over `peerscrip wallet serve`, which needs Node 20 and nothing else: it buys, waits until the seller has
// written and sent it, says that it is here, keeps the receipt, and takes the rest of the money back to the bank.
//
//   WALLET=http://127.0.0.1:8787 TOKEN=$(cat data/wallet/api.token) node shop.mjs http://.../l/VENDOR/OFFER receipt.json
//
// It may be cut off anywhere and started again: the key of the payment says which purchase is meant.
import { writeFileSync } from 'node:fs'

const { WALLET, TOKEN, PURCHASE = 'my-first-kettle' } = process.env
const [listing, file] = process.argv.slice(2)

async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${TOKEN}`, ...body && { 'content-type': 'application/json' } }
  for (;;) {
    const answer = await fetch(`${WALLET}/v1${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => null)
    if (answer?.ok) return answer.json()
    if (answer && answer.status !== 503) throw new Error(`${method} ${path}: ${await answer.text()}`)
    await new Promise(again => setTimeout(again, 1000)) // nothing is settled yet: the same again goes on
  }
}

const order = {
  lines: [{ listing, quantity: 1 }],
  delivery: { way: 'post', address: { name: 'Ann Lee', lines: ['1 Test Lane'], postcode: '1011', town: 'Amsterdam', country: 'NL' } },
  note: 'Ring twice, please.',
}
const plan = await ask('POST', '/plans', order)
console.log(`it costs ${plan.total}, of which ${plan.loads} from the bank: ${plan.legs.map(leg => leg.does).join(', ')}`)
const { receipt } = await ask('POST', '/payments', { key: PURCHASE, ...order, load: plan.loads })
console.log(`bought ${receipt.title} of ${receipt.stall}: order ${receipt.order}`)

let thread
do {
  await new Promise(later => setTimeout(later, 300))
  thread = await ask('GET', `/orders/${receipt.order}`)
} while (!thread.events.some(event => event.kind === 'sent'))
for (const event of thread.events) console.log(`${event.by === 'C' ? 'I' : thread.stall} ${event.kind} ${event.text}${event.tracking ?? ''}`)
await ask('POST', `/orders/${receipt.order}/events`, { seq: thread.seq, kind: 'received', text: 'It is here. Thank you!' })

let bundle
do bundle = await ask('GET', `/receipts/${receipt.order}/bundle`)
while (!bundle.logged && await new Promise(later => setTimeout(later, 300, true))) // until the broker's log proves it
writeFileSync(file, JSON.stringify(bundle))
const { total } = await ask('POST', '/withdrawals')
console.log(`the receipt is in ${file}; ${total} is left in the wallet`)
