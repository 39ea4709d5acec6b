// A wallet of its own, over npm jose: it joins, loads, exchanges, buys, is answered, withdraws, and keeps a receipt. It was written from
// docs/protocol.md and openapi.yaml; `npm install`, and then
//
//   BROKER=http://127.0.0.1:8080 node wallet.mjs http://127.0.0.1:8080/l/VENDOR/OFFER receipt.json
//
// Whatever is sent is written down first, in STATE. Cut off anywhere, it sends the same again when it is started again, which does it once.
// Who reads STATE has the money; a wallet for others would encrypt it, renew scrip before it expires (6.8), and go on where a stall is gone.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { compose, digest, keysOf, letter, newID, newKey, open, payload, selfKeyed, sign, twoParts, verify, want } from './envelope.mjs'

const { BROKER, STATE = 'wallet.json' } = process.env
const [listing, file] = process.argv.slice(2)
const [, , vendor, offerID] = new URL(listing).pathname.split('/')
const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {}
const address = { name: 'Ann Lee', lines: ['1 Test Lane'], postcode: '1011', town: 'Amsterdam', country: 'NL', phone: '' }

// Who is there: the broker by the keys that it was first known by, the stall by the broker's certificate, the offer by the stall's signature.
const info = await ask(`${BROKER}/v1/broker`)
const broker = await keysOf(info.id, keyPages())
want(broker.fingerprint, await once('broker', () => broker.fingerprint), 'the broker that is known')
const shown = await once('listing', () => ask(`${new URL(listing).origin}/v1/market/listings/${vendor}/${offerID}`))
const { body: certificate } = await verify(shown.certificate, broker.keyOf, { typ: 'CERTIFICATE', iss: broker.id, aud: vendor })
const stall = { id: vendor, envelope: certificate.envelope, keyOf: () => certificate.signing }
const counter = `${certificate.base_url}/v1/stalls/${vendor}`
const { tx: version, body: offer } = await verify(shown.offer, stall.keyOf, { typ: 'OFFER', iss: vendor, aud: vendor })
const now = Math.floor(Date.now() / 1000)
const way = offer.delivery.filter(({ way, countries }) => way === 'post' && (!countries.length || countries.includes(address.country)))
  .sort((a, b) => a.price - b.price)[0]
const price = offer.price + way.price
console.log(`${offer.title} of ${certificate.name}: ${price}`)

// R1: an account at the broker, with one at its bank. T1: money from there becomes BrokerScrip.
const bank = await once('bank account', async () => (await ask(`${BROKER}/v1/bank/accounts`, { method: 'POST' })).reference)
await ask(`${BROKER}/v1/bank/accounts/${bank}/deposits`, { body: { amount: price + 500, key: await once('deposit', newID) } })
const key = await once('key', newKey)
const joined = await step('R1', '/v1/broker/accounts', async () =>
  letter(await selfKeyed(key), broker, 'R1', newID(), { bank, name: '' }))
const id = joined.envelope.body.account, me = { iss: id, key }
const loaded = await step('T1', '/v1/broker/acquisitions', () => {
  want(certificate.not_before <= now && now < certificate.not_after && now < offer.valid_until, true, 'an offer that stands')
  return letter(me, broker, 'T1', newID(), { account: id, amount: price + 500, nonce: newID(), counter: Date.now() })
})
const cash = loaded.envelope.attached
want(cash.scrip.value, price + 500, 'BrokerScrip')

// T3, T4: some of it becomes the stall's own scrip, under a name that the stall alone knows the buyer by.
const pseudonym = await selfKeyed(await once('pseudonym', newKey))
const exchange = await once('exchange', newID)
await step('T3', '/v1/broker/announcements', async () => {
  const possession = await sign(compose(pseudonym, broker, 'T3-possession', exchange, { account: id, vendor, nonce: newID() }))
  const body = { account: id, scrip_id: cash.scrip.scrip_id, value: price, vendor, pseudonym: pseudonym.iss }
  return letter(me, broker, 'T3', exchange, body, { secret: cash.secret, possession })
})
const exchanged = await step('T4', `${counter}/exchanges`, () => twoParts(
  [pseudonym, stall, 'T4-order', exchange, { value: price, vendor, pseudonym: pseudonym.iss }],
  [me, broker, 'T4-payment', exchange, { account: id, value: price, vendor, pseudonym: pseudonym.iss }, { scrip: cash.scrip }],
))
const voucher = exchanged.order.attached, change = exchanged.payment.attached
want(`${voucher.scrip.value} ${change.scrip.value}`, `${price} 500`, 'VendorScrip and change')

// T9, T10: the broker is told, and the stall is paid; the broker does not learn for what, the stall not by whom.
const purchase = await once('purchase', newID)
const mandate = await once('T10, sent', () => {
  const order = { lines: [{ version, digest: digest(payload(shown.offer)), quantity: 1 }], delivery: { way: 'post', label: way.label, address }, note: '' }
  const protect = { send_by: now + (offer.send_within + 1) * 86400, check_within: offer.check_within + way.days[1] }
  return letter(pseudonym, stall, 'T10', purchase, { vendor, price, ...offer.check_within && { protect } }, { ...voucher, order })
})
const order_digest = digest(mandate.disclosures.order)
await step('T9', '/v1/broker/notices', () => letter(me, broker, 'T9', purchase, { account: id, vendor, price, order_digest }))
const { envelope: paid } = await step('T10', `${counter}/purchases`)
want(`${paid.body.price} ${paid.body.order_digest}`, `${price} ${order_digest}`, 'what T11 says')
const order = paid.body.order_id
console.log(`bought: order ${order}`)

// TELL: a question, and whatever is said until it is answered and the parcel is on its way. Each event names the one before by its digest.
const thread = { seq: 0, last: digest(payload(mandate.jws)), said: [] }
const question = await say('message', 'Is it posted today?')
const answer = await heard(({ by, kind, text }) => by === vendor && kind === 'message' && text.includes(question.text))
console.log(`${certificate.name}: ${answer.text}`)
await heard(event => event.kind === 'sent')
await say('received', 'It is here. Thank you!')

// T20: what is left goes back to the bank.
const { envelope: withdrawn } = await step('T20', '/v1/broker/withdrawals', () => letter(me, broker, 'T20', newID(), { account: id, value: 500 }, change))
want(withdrawn.body.value, 500, 'what is withdrawn')

// The receipt, with the proof that the broker's log has it, which is there within a minute or so: `peerscrip verify receipt.json` judges it by
// the broker's keys alone.
const proof = await fetch(`${BROKER}/v1/broker/log/messages/${digest(payload(mandate.jws))}`)
const { leaf: _, ...logged } = proof.ok ? await proof.json() : {}
writeFileSync(file, JSON.stringify({
  format: 'peerscrip receipt', version: 3, broker: broker.id, vendor, certificate: shown.certificate, offers: [shown.offer],
  mandate: mandate.jws, paid: paid.jws, order: mandate.disclosures.order, ...proof.ok && { logged },
}))
const { balance } = await ask(`${BROKER}/v1/bank/accounts/${bank}`)
console.log(`the receipt is in ${file}; ${balance} is at the bank`)

// once does something once, whatever becomes of the program: what came of it is written down.
async function once(name, make) {
  if (!(name in state)) {
    state[name] = await make()
    writeFileSync(`${STATE}.new`, JSON.stringify(state), { mode: 0o600 })
    renameSync(`${STATE}.new`, STATE)
  }
  return state[name]
}

// step sends a letter, or two parts, until it is answered, and returns the answers opened.
async function step(name, to, write) {
  const sent = await once(`${name}, sent`, write)
  return once(`${name}, answered`, () => send(to, sent.envelope ? { envelope: sent } : sent))
}

async function send(to, letters) {
  const body = Object.fromEntries(Object.entries(letters).map(([part, { envelope }]) => [part, envelope]))
  for (;;) {
    const opened = {}
    for (const [part, envelope] of Object.entries(await ask(new URL(to, BROKER), { body }))) {
      opened[part] = await open(envelope, letters[part], letters[part].reply.iss === vendor ? stall.keyOf : broker.keyOf)
    }
    const answers = Object.values(opened), refused = answers.find(({ typ }) => typ === 'REFUSE')
    const link = answers.find(({ typ }) => typ === 'PENDING')?.body.link
    if (link) throw new Error(`say yes to the bank at ${new URL(link, BROKER)}, and start again`)
    if (!refused) return opened
    if (!['unavailable', 'not-announced'].includes(refused.body.reason)) throw Object.assign(new Error(refused.body.reason), refused.body)
    await pause(1000) // a passing no: the same again
  }
}

// say adds an event to the thread, unless it is there.
async function say(kind, text) {
  const mine = () => thread.said.find(event => event.by === pseudonym.iss && event.kind === kind)
  for (await tell(); !mine();) {
    const body = { order, seq: thread.seq + 1, previous: thread.last, kind, text }
    await tell(await sign(compose({ ...pseudonym, self: false }, stall, 'EVENT', purchase, body)))
  }
  return mine()
}

async function heard(what) {
  for (; !thread.said.some(what); await pause(300)) await tell()
  return thread.said.find(what)
}

// tell brings an event to the stall, or none, and hears what was said since. One that comes out of turn is not taken: something else came first.
async function tell(event) {
  const body = { vendor, order, since: thread.seq, events: event ? [{ event }] : [] }
  const answers = await send(`${counter}/events`, { envelope: await letter(pseudonym, stall, 'TELL', newID(), body) }).catch(error => {
    if (error.reason !== 'out-of-turn') throw error
  })
  if (!answers) return tell()
  for (const { event } of answers.envelope.body.events) {
    const keyOf = kid => kid === pseudonym.iss ? pseudonym.key : certificate.signing
    const { iss, body } = await verify(event, keyOf, { typ: 'EVENT', tx: purchase })
    want(`${body.seq} ${body.previous}`, `${thread.seq + 1} ${thread.last}`, 'the next event')
    Object.assign(thread, { seq: body.seq, last: digest(payload(event)) })
    thread.said.push({ ...body, by: iss })
  }
}

async function* keyPages() {
  for (let after = 0; ;) {
    const { keys } = await ask(`${BROKER}/v1/broker/keys?after=${after}`)
    if (!keys.length) return
    yield* keys
    after += keys.length
  }
}

// ask asks until there is an answer: what is sent once more is done once.
async function ask(url, { body, method = body ? 'POST' : 'GET' } = {}) {
  const headers = body && { 'content-type': 'application/json' }
  for (;;) {
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) }).catch(() => null)
    if (answer?.ok) return answer.json()
    if (answer && ![408, 429, 503].includes(answer.status)) throw new Error(`${url}: ${await answer.text()}`)
    await pause(1000 * (answer?.headers.get('retry-after') ?? 1))
  }
}

function pause(ms) {
  return new Promise(over => setTimeout(over, ms))
}
