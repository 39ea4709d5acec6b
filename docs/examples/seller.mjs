// A seller's program over the seller API, which needs Node 20 and nothing else: it offers something, hears of orders from
// the feed of events, thanks the buyer, says that the parcel is on its way, answers questions, and shows what was earned.
//
//   BASE=http://127.0.0.1:8080 KEY=pss_... node seller.mjs 1      ends when so many parcels have come
//
// KEY is made at the desk, under Programs, for listings:write, orders:read, orders:write and money:read. A program that was cut
// off starts again from CURSOR, the file in which it keeps the number of the last event it has dealt with: each write has a
// key that follows from what it is about, so that nothing is done twice.
import { readFileSync, writeFileSync } from 'node:fs'

const { BASE, KEY, CURSOR = 'cursor' } = process.env
const until = Number(process.argv[2] ?? Infinity)

async function ask(method, path, body, once) {
  const headers = { authorization: `Bearer ${KEY}`, ...body && { 'content-type': 'application/json' }, ...once && { 'idempotency-key': once } }
  for (;;) {
    const answer = await fetch(`${BASE}/v1/seller${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => null)
    if (answer?.ok) return answer.json()
    if (answer && answer.status !== 429 && answer.status !== 503) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    await new Promise(again => setTimeout(again, 1000 * Number(answer?.headers.get('retry-after') ?? 1))) // the same again is done once
  }
}

const offer = await ask('POST', '/offers', {
  title: 'Kettle', description: 'Holds two litres.', category: 'Home', condition: 'good', price: 1450,
  delivery: [{ way: 'post', label: 'Parcel', price: 590, countries: ['NL'], days: [1, 3] }], send_within: 3, check_within: 3, quantity: 2,
}, 'kettle-1')
console.log(`offered ${offer.offer}`)

let come = 0
while (come < until) {
  const after = last()
  const { events } = await ask('GET', `/events?after=${after}`)
  for (const event of events) {
    if (event.kind === 'order.paid') {
      const { sale } = await ask('GET', `/orders/${event.order}`)
      await ask('POST', `/orders/${event.order}/messages`, { text: `Thank you! ${sale.lines[0].title} is posted today.` }, `thanks-${event.order}`)
      await ask('POST', `/orders/${event.order}/sent`, { carrier: 'DHL', tracking: 'JD014600003RR' }, `sent-${event.order}`)
      console.log(`sent ${event.order} to ${sale.delivery.address.town}`)
    }
    if (event.kind === 'order.event') {
      const { events } = await ask('GET', `/orders/${event.order}`)
      const said = events.find(({ seq, by }) => seq === event.seq && by === 'buyer')
      if (said?.kind === 'message') await ask('POST', `/orders/${event.order}/messages`, { text: `“${said.text}” Yes, it is on its way.` }, `answer-${event.order}-${event.seq}`)
      if (said?.kind === 'received') come++
    }
    writeFileSync(CURSOR, String(event.event))
  }
  if (!events.length) await new Promise(later => setTimeout(later, 300))
}
console.log('statement', JSON.stringify(await ask('GET', '/statement')))

function last() {
  try {
    return Number(readFileSync(CURSOR, 'utf8'))
  } catch {
    return 0 // the first time
  }
}
