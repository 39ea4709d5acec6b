// Answers to what an item has asked, right or wrong in one thing, as the vectors of services/wallet/testdata/decisions name
// them: signed and sealed by the broker or the stall.
import { newID, newKey } from '../../wallet/base64url.js'
import { signer } from '../../wallet/keys.js'

const pairs = { '6.2': ['exchanges'], '6.5': ['extensions'], '6.7': ['givebacks'] }
const ofStall = new Set(['T8', 'T11', 'T17', 'COLLECTED'])

// What a message says of an item when all is as it should be; money: what is attached as scrip, 0 for nothing.
const right = {
  T2: ({ item }) => ({ body: { nonce: item.nonce, value: item.amount }, money: item.amount }),
  T6: async ({ item, sides, pseudonym }) => {
    const value = { vendor: sides.stall.id, value: item.amount }
    const receipt = await sides.broker.evidence('RECEIPT', sides.stall.id, item.tx, { ...value, pseudonym, possession: item.proof })
    return { body: { ...value, change: item.had - item.amount, receipt }, money: item.had - item.amount }
  },
  T8: ({ item }) => ({ body: { value: item.amount }, money: item.amount }),
  T11: ({ item }) => ({
    body: { price: item.amount, order_id: newID(), order_digest: item.request.attached.order, change: item.had - item.amount }, money: item.had - item.amount,
  }),
  T14: ({ item }) => ({ body: { value: item.total }, money: item.total }),
  T17: ({ item }) => ({ body: { value: item.from + item.amount }, money: item.from + item.amount }),
  T19: ({ item, said }) => ({ body: { value: item.had - item.amount, returned: said.returned ?? 0 }, money: item.had - item.amount }),
  T21: ({ item }) => ({ body: { value: item.amount }, money: 0 }),
  T25: ({ item, sides }) => ({ body: { vendor: sides.stall.id, value: item.amount }, money: 0 }),
  T27: ({ item }) => ({ body: { value: item.amount }, money: item.amount }),
  PAID_OUT: ({ item: { amount, to, had, vendor }, account }) => {
    const value = to === 'scrip' ? had + amount : 0
    return { body: { account, vendor, amount, to, value }, money: value }
  },
  RESCUED: ({ item: { vendor }, account, said: { announced = 0 } }) => ({ body: { account, vendor, amount: 3000, announced }, money: 0 }),
  COLLECTED: ({ said: { amount }, sides, tx }) => ({
    body: { vendor: sides.stall.id, amount, refunds: amount > 0 ? [{ refund: newID(), purchase: tx, amount }] : [] }, money: amount,
  }),
  PENDING: ({ said: { link } }) => ({ body: { link }, money: 0 }),
  NOTED: ({ said: { deadline } }) => ({ body: { deadline }, money: 0 }),
  REFUSE: ({ said: { reason, counter } }) => ({ body: { reason, ...counter && { counter } }, money: 0 }),
}

const otherReceipt = ({ sides: { broker, stall }, item, pseudonym }) =>
  stall.evidence.call({ id: broker.id, now: broker.now, signing: stall.signing }, 'RECEIPT', stall.id, item.tx, { vendor: stall.id, value: item.amount, pseudonym, possession: item.proof })

// The same with one thing that is not as it should be, and still of the message's form.
const wrongs = {
  value: said => ({ body: { ...said.body, value: said.body.value + 1 }, money: said.money && said.money + 1 }),
  amount: said => ({ ...said, body: { ...said.body, amount: said.body.amount - 1 } }),
  price: said => ({ ...said, body: { ...said.body, price: said.body.price + 1 } }),
  change: said => ({ body: { ...said.body, change: said.body.change + 1 }, money: said.money + 1 }),
  returned: said => ({ ...said, body: { ...said.body, returned: 1 } }),
  vendor: said => ({ ...said, body: { ...said.body, vendor: newID() } }),
  nonce: said => ({ ...said, body: { ...said.body, nonce: newID() } }),
  digest: said => ({ ...said, body: { ...said.body, order_digest: newKey() } }),
  to: said => ({ body: { ...said.body, to: 'bank', value: 0 }, money: 0 }),
  receipt: async (said, about) => ({ ...said, body: { ...said.body, receipt: await otherReceipt(about) } }),
  scrip: said => ({ ...said, money: said.money + 1 }),
  issuer: said => ({ ...said, scrip: { issuer: newID() } }),
  currency: said => ({ ...said, scrip: { props: { currency: 'USD' } } }),
}

// One answer, sealed; request: what it answers.
async function sealed(typ, said, party, request, about) {
  const { body, money, scrip } = await (wrongs[said.wrong] ?? (right => right))(await right[typ]({ ...about, said }), about)
  const issued = money > 0 ? party.issue(money, '') : {}
  const attach = money > 0 ? { scrip: { ...issued.scrip, ...scrip }, secret: issued.secret } : {}
  return party.reply({ typ: request.typ, claims: { iss: await addressee(request, about), tx: request.tx }, attached: {} }, typ, body, attach, request.replyKey)
}

// Whom a reply addresses: the pseudonym, the account's own key, or the account.
async function addressee({ typ }, { account, pseudonym, key, item }) {
  if (typ.endsWith('-order') || ['T10', 'CLAIM', 'COLLECT'].includes(typ) || typ === 'T26' && item.vendor) return pseudonym
  return typ === 'T26' ? (await signer(key)).thumbprint : account
}

const problem = status => Response.json({ type: '/problems/scrip-spent', title: 'x', status, instance: 'x' }, { status })

// The HTTP answer that brings these messages to that request. `about`: item, account, key, pseudonym, sides, tx of a purchase.
export async function answer(path, messages, about) {
  const { nothing, ...came } = messages
  if (nothing === 'unreachable') throw new TypeError('connection refused')
  if (nothing === 'problem') return problem(404)
  if (nothing === 'problem-passing') return problem(503)
  const { item, sides: { broker, stall, clock } } = about
  const pair = pairs[item.transaction]?.some(end => path.endsWith(end))
  if (nothing === 'unreadable') return Response.json(pair ? { order: 'a..b.c.d', payment: 'a..b.c.d' } : { envelope: 'a..b.c.d' })
  const parts = {}
  for (const [typ, said] of Object.entries(came)) {
    const vendor = ofStall.has(typ) || said.by === 'vendor' || typ === 'T27' && item.vendor
    const part = !pair ? 'envelope' : vendor ? 'order' : 'payment'
    const request = pair ? item[part] : path.endsWith('announcements') ? item.t3 : path.endsWith('claims') ? item.claim : item.request
    clock.at = said.at ?? clock.at
    parts[part] = await sealed(typ, said, vendor ? stall : broker, request, about)
  }
  return Response.json(parts)
}
