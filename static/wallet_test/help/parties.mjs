// A broker, its sandbox bank and one stall in memory, reached through globalThis.fetch: just enough of both sides to hold
// the wallet against. They keep the rule that matters to a wallet: the same request again gets the same reply. Faults are
// put between by `wire`, which may lose a request, lose an answer, or answer otherwise.
import { CompactEncrypt } from '../../vendor/jose/jose.min.js'
import { decode, newID, newKey } from '../../wallet/base64url.js'
import { seal, sign, verify } from '../../wallet/envelope.js'
import { newSigningKey, signer } from '../../wallet/keys.js'
import { envelopeKey, openRequest } from './open.mjs'

const currency = 'EUR'
const lifetime = 365 * 24 * 3600

export class Refuse extends Error {
  constructor(reason) {
    super(reason)
    this.reason = reason
  }
}

class Party {
  async init(now) {
    this.id = newID()
    this.signing = await signer(await newSigningKey())
    this.envelope = await envelopeKey()
    this.now = now
    this.replies = new Map()
    this.brings = new Map()
    this.live = new Map()
    return this
  }

  issue(value, holder) {
    const scrip = { issuer: this.id, value, scrip_id: newID(), cust_id: newID(), expires: this.now() + lifetime, props: { currency }, certificate: newKey() }
    const secret = newKey()
    this.live.set(scrip.scrip_id, { scrip, secret, holder })
    return { scrip, secret }
  }

  spendable(id, holder) {
    const row = this.live.get(id)
    if (!row || row.holder !== holder) throw new Refuse('scrip-spent')
    return row
  }

  evidence(typ, aud, tx, body) {
    return sign({ typ, iss: this.id, aud, tx, iat: this.now(), body, attach: {} }, this.signing, false).then(signed => signed.jws)
  }

  async reply(m, typ, body, attach, key = m.attached.reply_key) {
    if (attach.scrip) this.brings.set(`${m.claims.iss} ${m.typ} ${m.claims.tx}`, attach.scrip.scrip_id)
    const signed = await sign({ typ, iss: this.id, aud: m.claims.iss, tx: m.claims.tx, iat: this.now(), body, attach }, this.signing, false)
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ jws: signed.jws, attachments: signed.attachments })))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'peerscrip' }).encrypt(decode(key))
  }

  // What T13, T20 and T26 bring: scrip of the holder with its secret.
  presented(m, holder) {
    const row = this.spendable(m.attached.scrip.scrip_id, holder)
    if (row.secret !== m.attached.secret || row.scrip.certificate !== m.attached.scrip.certificate) throw new Refuse('scrip-invalid')
    if (row.lock && row.lock.until > this.now() && row.lock.tx !== m.claims.tx) throw new Refuse('scrip-locked')
    return row
  }

  unexpired(row) {
    if (this.now() >= row.scrip.expires) throw new Refuse('scrip-expired')
    return row
  }

  // T26, at the broker and at the stall.
  async renewed(m, holder) {
    const { scrip } = this.presented(m, holder)
    if (this.now() >= scrip.expires + lifetime) throw new Refuse('scrip-expired')
    if (m.body.value !== scrip.value || m.body.scrip_id !== scrip.scrip_id) throw new Refuse('value-mismatch')
    this.live.delete(scrip.scrip_id)
    return { envelope: await this.reply(m, 'T27', { value: scrip.value }, this.issue(scrip.value, holder)) }
  }

  // Answers a request once; the same again gets the stored reply, while the scrip it brought lives; another of the same tx
  // is a conflict.
  async answer(m, decide) {
    const name = `${m.claims.iss} ${m.typ} ${m.claims.tx}`
    const brought = this.brings.get(name)
    if (brought && !this.live.has(brought)) this.replies.delete(name)
    const stored = this.replies.get(name)
    if (stored && stored.digest !== m.digest) return { envelope: await this.reply(m, 'REFUSE', { reason: 'tx-conflict' }, {}) }
    if (stored) return stored.answer
    try {
      const { unstored, ...answer } = await decide()
      if (!unstored) this.replies.set(name, { digest: m.digest, answer })
      return answer
    } catch (error) {
      if (!(error instanceof Refuse)) throw error
      return { envelope: await this.reply(m, 'REFUSE', { reason: error.reason }, {}) }
    }
  }
}

export class BrokerSide extends Party {
  async init(now) {
    await super.init(now)
    this.accounts = new Map()
    this.bank = new Map()
    this.announced = new Map()
    this.notices = []
    this.stalls = new Map()
    this.lockTime = 120
    this.confirm = false
    return this
  }

  known() {
    return Object.fromEntries([...this.accounts].map(([id, { key }]) => [id, [key]]))
  }

  open(envelope, typ, signers) {
    return openRequest(envelope, [this.envelope.secret], { types: [typ], aud: this.id, ...signers && { signers }, pair: typ === 'T4-payment' })
  }

  about() {
    return {
      id: this.id, name: 'Test broker', currency, exponent: 2, signing: { keys: [this.signing.jwk] }, envelope: this.envelope.open,
      limits: { max_charge: 100_000 }, scrip_lifetime: lifetime, base_url: 'http://broker.test',
    }
  }

  async accountRequest({ envelope }) {
    const m = await this.open(envelope, 'R1')
    return this.answer(m, async () => {
      const header = JSON.parse(Buffer.from(m.jws.split('.')[0], 'base64url'))
      const account = newID()
      this.accounts.set(account, { key: header.jwk, bank: m.body.bank, counter: 0 })
      return { envelope: await this.reply(m, 'R2', { account }, {}) }
    })
  }

  async acquisition({ envelope }) {
    const m = await this.open(envelope, 'T1', this.known())
    return this.answer(m, async () => {
      const account = this.accounts.get(m.claims.iss)
      if (m.body.counter <= account.counter) throw new Refuse('counter-stale')
      if ([...this.live.values()].some(row => row.holder === m.claims.iss)) throw new Refuse('scrip-held')
      if (this.confirm) return { envelope: await this.reply(m, 'PENDING', { link: '/bank/confirm/x' }, {}), unstored: true }
      const balance = this.bank.get(account.bank) ?? 0
      if (balance < m.body.amount) throw new Refuse('bank-declined')
      this.bank.set(account.bank, balance - m.body.amount)
      account.counter = m.body.counter
      return { envelope: await this.reply(m, 'T2', { nonce: m.body.nonce, value: m.body.amount }, this.issue(m.body.amount, m.claims.iss)) }
    })
  }

  async topUp({ envelope }) {
    const m = await this.open(envelope, 'T13', this.known())
    return this.answer(m, async () => {
      const row = this.unexpired(this.presented(m, m.claims.iss))
      const account = this.accounts.get(m.claims.iss)
      const more = m.body.total - row.scrip.value
      if (more <= 0 || more > this.about().limits.max_charge) throw new Refuse('amount-out-of-bounds')
      if (this.confirm) return { envelope: await this.reply(m, 'PENDING', { link: '/bank/confirm/x' }, {}), unstored: true }
      const balance = this.bank.get(account.bank) ?? 0
      if (balance < more) throw new Refuse('bank-declined')
      this.bank.set(account.bank, balance - more)
      this.live.delete(row.scrip.scrip_id)
      return { envelope: await this.reply(m, 'T14', { value: m.body.total }, this.issue(m.body.total, m.claims.iss)) }
    })
  }

  async withdrawal({ envelope }) {
    const m = await this.open(envelope, 'T20', this.known())
    return this.answer(m, async () => {
      const { scrip } = this.unexpired(this.presented(m, m.claims.iss))
      if (m.body.value !== scrip.value) throw new Refuse('value-mismatch')
      const { bank } = this.accounts.get(m.claims.iss)
      this.bank.set(bank, this.bank.get(bank) + scrip.value)
      this.live.delete(scrip.scrip_id)
      return { envelope: await this.reply(m, 'T21', { value: scrip.value }, {}) }
    })
  }

  async renewal({ envelope }) {
    const m = await this.open(envelope, 'T26')
    const header = JSON.parse(Buffer.from(m.jws.split('.')[0], 'base64url'))
    const found = [...this.accounts].find(([, { key }]) => key.x === header.jwk.x)
    return this.answer(m, async () => {
      if (!found) throw new Refuse('unknown-account')
      return this.renewed(m, found[0])
    })
  }

  async announcement({ envelope }) {
    const m = await this.open(envelope, 'T3', this.known())
    return this.answer(m, async () => {
      const row = this.unexpired(this.spendable(m.body.scrip_id, m.claims.iss))
      if (row.secret !== m.attached.secret) throw new Refuse('scrip-invalid')
      if (row.lock && row.lock.until > this.now() && row.lock.tx !== m.claims.tx) throw new Refuse('scrip-locked')
      const deadline = this.now() + this.lockTime
      row.lock = { tx: m.claims.tx, until: deadline }
      this.announced.set(m.claims.tx, { m, deadline })
      return { envelope: await this.reply(m, 'NOTED', { deadline }, {}) }
    })
  }

  // T5 is a plain call here: what matters to the wallet is T6.
  async exchange(stall, tx, value, paymentEnvelope) {
    const p = await this.open(paymentEnvelope, 'T4-payment', this.known())
    const done = this.replies.get(`T5 ${tx}`)
    if (done) return done
    const announced = this.announced.get(tx)
    if (!announced) throw new Refuse('not-announced')
    if (this.now() >= announced.deadline) throw new Refuse('lock-expired')
    const { m } = announced
    const row = this.spendable(p.attached.scrip.scrip_id, p.claims.iss)
    if (m.body.value !== value || p.body.value !== value || p.claims.tx !== tx) throw new Refuse('value-mismatch')
    this.live.delete(row.scrip.scrip_id)
    const rest = row.scrip.value - value
    const change = rest > 0 ? this.issue(rest, p.claims.iss) : {}
    const receipt = await this.evidence('RECEIPT', stall.id, tx, { vendor: stall.id, value, pseudonym: m.body.pseudonym })
    const body = { vendor: stall.id, value, change: rest, receipt }
    this.replies.set(`${m.claims.iss} T3 ${tx}`, { digest: m.digest, answer: { envelope: await this.reply(m, 'T6', body, change) } })
    const answer = { payment: await this.reply(p, 'T6', body, change) }
    this.replies.set(`T5 ${tx}`, answer)
    return answer
  }

  async notice({ envelope }) {
    const m = await this.open(envelope, 'T9', this.known())
    return this.answer(m, async () => {
      this.notices.push(m.body)
      return { envelope: await this.reply(m, 'NOTED', { deadline: 0 }, {}) }
    })
  }
}

export class StallSide extends Party {
  async init(now, broker) {
    await super.init(now)
    this.broker = broker
    this.orders = []
    this.stock = 3
    this.settled = new Map()
    const body = {
      vendor: this.id, name: 'Marta\'s Attic', signing: this.signing.jwk, envelope: this.envelope.open, base_url: 'http://stall.test',
      not_before: now() - 10, not_after: now() + lifetime,
    }
    this.certificate = await broker.evidence('CERTIFICATE', this.id, newID(), body)
    this.offerID = newID()
    this.offer = await this.evidence('OFFER', this.id, newID(), {
      offer: this.offerID, vendor: this.id, title: 'Brass lamp', description: '', category: 'Home', condition: 'good', price: 1250,
      currency, quantity: 3, postage: 0, photos: [], valid_until: now() + lifetime,
    })
    return this
  }

  open(envelope, typ) {
    return openRequest(envelope, [this.envelope.secret], { types: [typ], aud: this.id, pair: typ === 'T4-order' })
  }

  async settle(m, value) {
    const before = this.settled.get(m.claims.tx)
    if (before && !this.live.has(before.scrip.scrip_id)) throw new Refuse('scrip-spent')
    if (before) return before
    const money = this.issue(value, m.claims.iss)
    this.settled.set(m.claims.tx, money)
    return money
  }

  async exchange({ order, payment }) {
    const m = await this.open(order, 'T4-order')
    const answer = await this.answer(m, async () => {
      const blessed = await this.broker.exchange(this, m.claims.tx, m.body.value, payment)
      return { order: await this.reply(m, 'T8', { value: m.body.value }, await this.settle(m, m.body.value)), payment: blessed.payment }
    })
    return answer.envelope ? { order: answer.envelope } : answer
  }

  async claim({ envelope }) {
    const m = await this.open(envelope, 'CLAIM')
    return this.answer(m, async () => {
      const wanted = { types: ['RECEIPT'], signers: { [this.broker.id]: [this.broker.signing.jwk] }, aud: this.id, tx: m.claims.tx }
      const receipt = await verify(m.body.receipt, wanted)
      if (receipt.body.pseudonym !== m.claims.iss || receipt.body.value !== m.body.value) throw new Refuse('party-mismatch')
      return { envelope: await this.reply(m, 'T8', { value: m.body.value }, await this.settle(m, m.body.value)) }
    })
  }

  async renewal({ envelope }) {
    const m = await this.open(envelope, 'T26')
    return this.answer(m, () => this.renewed(m, m.claims.iss))
  }

  async purchase({ envelope }) {
    const m = await this.open(envelope, 'T10')
    return this.answer(m, async () => {
      const row = this.unexpired(this.spendable(m.attached.scrip.scrip_id, m.claims.iss))
      if (row.secret !== m.attached.secret) throw new Refuse('scrip-invalid')
      if (m.attached.order.offer !== this.offer) throw new Refuse('offer-changed')
      const { quantity } = m.attached.order
      if (this.stock < quantity) throw new Refuse('out-of-stock')
      if (m.body.price !== 1250 * quantity) throw new Refuse('price-mismatch')
      this.live.delete(row.scrip.scrip_id)
      this.stock -= quantity
      const order_id = newID()
      this.orders.push({ order_id, price: m.body.price, delivery: m.attached.order.delivery })
      const change = row.scrip.value - m.body.price
      const body = { price: m.body.price, order_id, order_digest: m.claims.attached.order, change }
      return { envelope: await this.reply(m, 'T11', body, change > 0 ? this.issue(change, m.claims.iss) : {}) }
    })
  }
}

/**
 * Both sides behind fetch. `wire` is asked for each request with its path; it returns '' (pass), 'lost' (never arrives),
 * 'unanswered' (arrives, the answer does not), or a Response (never arrives, and somebody else answers).
 */
export async function world() {
  const clock = { at: 1_790_000_000 }
  const now = () => clock.at
  const broker = await new BrokerSide().init(now)
  const stall = await new StallSide().init(now, broker)
  const sides = { broker, stall, clock, wire: () => '', seen: [] }
  const routes = {
    'GET /v1/broker': () => broker.about(),
    'GET /.well-known/jwks.json': () => ({ keys: [broker.signing.jwk] }),
    'POST /v1/broker/accounts': body => broker.accountRequest(body),
    'POST /v1/broker/acquisitions': body => broker.acquisition(body),
    'POST /v1/broker/top-ups': body => broker.topUp(body),
    'POST /v1/broker/withdrawals': body => broker.withdrawal(body),
    'POST /v1/broker/renewals': body => broker.renewal(body),
    'POST /v1/broker/announcements': body => broker.announcement(body),
    'POST /v1/broker/notices': body => broker.notice(body),
    [`GET /v1/broker/stalls/${stall.id}`]: () => ({ vendor: stall.id, name: 'x', base_url: 'http://x', certificate: stall.certificate, revoked: stall.revoked ?? false }),
    [`GET /v1/stalls/${stall.id}/offers/${stall.offerID}`]: () => ({ offer: stall.offer, stock: stall.stock }),
    [`POST /v1/stalls/${stall.id}/exchanges`]: body => stall.exchange(body),
    [`POST /v1/stalls/${stall.id}/claims`]: body => stall.claim(body),
    [`POST /v1/stalls/${stall.id}/renewals`]: body => stall.renewal(body),
    [`POST /v1/stalls/${stall.id}/purchases`]: body => stall.purchase(body),
    'POST /v1/bank/accounts': () => {
      const reference = newID()
      broker.bank.set(reference, 10_000)
      routes[`GET /v1/bank/accounts/${reference}`] = () => ({ reference, balance: broker.bank.get(reference) })
      return { reference, balance: 10_000 }
    },
  }
  globalThis.fetch = async (url, init = {}) => {
    const name = `${init.method ?? 'GET'} ${new URL(url).pathname}`
    const route = routes[name]
    if (!route) return new Response('{"type":"/problems/not-found","title":"x","status":404,"instance":"x"}', { status: 404 })
    sides.seen.push(name)
    const fate = sides.wire(name)
    if (fate === 'lost') throw new TypeError('connection refused')
    if (fate instanceof Response) return fate
    const answer = await route(init.body && JSON.parse(init.body))
    if (fate === 'unanswered') throw new TypeError('connection reset')
    return Response.json(answer)
  }
  return sides
}
