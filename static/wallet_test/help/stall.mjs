// A stall in memory: just enough to hold a wallet against.
import { newID } from '../../wallet/base64url.js'
import { digestOf } from '../../wallet/log.js'
import { verify } from '../../wallet/opening.js'
import { asked, next, ordered } from '../../wallet/thread.js'
import { openRequest } from './open.mjs'
import { Party, Refuse, currency, lifetime } from './party.mjs'

const claimsOf = jws => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url').toString())

const post = price => ({ way: 'post', label: '', price, countries: [], days: [1, 7] })

export class StallSide extends Party {
  async init(now, broker) {
    await super.init(now)
    this.broker = broker
    broker.asks = this
    this.away = false
    this.grown = new Map()
    this.bought = new Map()
    this.due = []
    this.counters = new Map()
    this.orders = []
    this.mandates = []
    this.stock = 3
    this.settled = new Map()
    this.threads = new Map()
    this.photos = new Map()
    const body = {
      vendor: this.id, name: 'Marta\'s Attic', signing: this.signing.jwk, envelope: this.envelope.open, base_url: 'http://stall.test',
      not_before: now() - 10, not_after: now() + lifetime,
    }
    this.certificate = await broker.evidence('CERTIFICATE', this.id, newID(), body)
    this.offerID = newID()
    this.bellID = newID()
    this.bells = 2
    this.offer = await this.offered({ offer: this.offerID, title: 'Brass lamp', price: 1250, delivery: [post(0)] })
    this.bell = await this.offered({ offer: this.bellID, title: 'Bell', price: 400, delivery: [post(150)] })
    return this
  }

  offered(what) {
    return this.evidence('OFFER', this.id, newID(), {
      vendor: this.id, description: '', category: 'Home', condition: 'good', currency, quantity: 3, photos: [], valid_until: this.now() + lifetime,
      edition: 'second', place: { country: 'NL', town: 'Amsterdam' }, send_within: 5, check_within: 3, ...what,
    })
  }

  // Takes what an order names off the shelf, all of it or none, and says what it costs.
  async taken(lines) {
    const shelf = [{ jws: this.offer, stock: 'stock' }, { jws: this.bell, stock: 'bells' }, ...this.private ? [{ jws: this.private, stock: this.privateStock === undefined ? 'stock' : 'privateStock' }] : []]
    let [goods, postage] = [0, 0]
    const taking = []
    for (const [i, { version, digest, quantity }] of lines.entries()) {
      const there = shelf.find(({ jws }) => claimsOf(jws).tx === version)
      if (!there || digest !== await digestOf(there.jws)) throw new Refuse('offer-changed', 0, i)
      if (this[there.stock] < quantity) throw new Refuse('out-of-stock', 0, i)
      const { body } = claimsOf(there.jws)
      goods += body.price * quantity
      postage = Math.max(postage, body.delivery[0].price)
      taking.push(() => { this[there.stock] -= quantity })
    }
    return { price: goods + postage, take: () => taking.forEach(take => take()) }
  }

  open(envelope, typ) {
    return openRequest(envelope, [this.envelope.secret], { types: [typ], aud: this.id, pair: typ.endsWith('-order') })
  }

  // A stubborn stall gives everybody the same REFUSE.
  answer(m, decide) {
    return super.answer(m, this.stubborn ? () => { throw new Refuse(this.stubborn) } : decide)
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
      this.sells(m.claims.iss)
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

  // T16: once for each tx. While the stall is away nothing arrives; while it is mute it does what it is asked, unheard.
  async extend({ m: { claims: { tx } }, order, value, until }) {
    if (this.away) throw new Error('away')
    if (!this.grown.has(tx)) {
      const m = await this.open(order, 'T15-order')
      if (this.refuses) throw new Refuse(this.refuses)
      if (this.now() >= until) throw new Refuse('lock-expired')
      const { scrip } = this.unexpired(this.presented(m, m.claims.iss))
      this.live.delete(scrip.scrip_id)
      const total = scrip.value + value
      this.grown.set(tx, await this.reply(m, 'T17', { value: total }, this.issue(total, m.claims.iss)))
    }
    if (this.mute) throw new Error('mute')
    return this.grown.get(tx)
  }

  async giveback({ order, payment }) {
    const m = await this.open(order, 'T22-order')
    const answer = await this.answer(m, async () => {
      const { scrip } = this.unexpired(this.presented(m, m.claims.iss))
      if (this.alone) throw new Refuse('unavailable')
      const t25 = await this.broker.payOut(this, m.claims.tx, m.body.value, payment)
      this.live.delete(scrip.scrip_id)
      return { payment: t25 }
    })
    return answer.envelope ? { order: answer.envelope } : answer
  }

  // The seller takes back part of a purchase, and the broker covers it.
  refund(tx, amount) {
    const { from } = this.bought.get(tx)
    this.due.push({ from, refund: newID(), purchase: tx, amount })
  }

  async collection({ envelope }) {
    const m = await this.open(envelope, 'COLLECT')
    return this.answer(m, async () => {
      const { iss } = m.claims
      const last = this.counters.get(iss) ?? 0
      if (m.body.counter <= last || m.body.counter > (this.now() + 366 * 86_400) * 1000) throw new Refuse('counter-stale', last)
      const refunds = this.due.filter(({ from }) => from === iss).map(({ from, ...refund }) => refund)
      const amount = refunds.reduce((sum, refund) => sum + refund.amount, 0)
      const said = await this.reply(m, 'COLLECTED', { vendor: this.id, amount, refunds }, amount > 0 ? this.issue(amount, iss) : {})
      this.counters.set(iss, m.body.counter)
      if (amount === 0) return { envelope: said, unstored: true }
      this.due = this.due.filter(({ from }) => from !== iss)
      return { envelope: said }
    })
  }

  // TELL: the buyer's event, if there is one, in its place; and what there is since.
  async tell({ envelope }) {
    const m = await this.open(envelope, 'TELL')
    return this.answer(m, async () => {
      const { order, since, events: [event], photo } = m.body
      const read = event && await verify(event.event, { types: ['EVENT'], aud: this.id, signers: { [m.claims.iss]: [JSON.parse(Buffer.from(m.jws.split('.')[0], 'base64url')).jwk] } })
      let thread = this.threads.get(order)
      if (!thread && read?.body.offer === this.offerID) this.threads.set(order, thread = { from: m.claims.iss, now: asked(order), events: [] })
      if (thread?.from !== m.claims.iss || photo && !event && !this.photos.has(photo)) throw new Refuse('not-found')
      if (photo && !event) return { envelope: await this.reply(m, 'TOLD', { order, seq: thread.now.seq, events: [], photo }, { photo: this.photos.get(photo) }), unstored: true }
      if (read && thread.now.order === thread.now.tx) this.sells(m.claims.iss)
      if (photo) this.photos.set(photo, m.attached.photo)
      if (read && !thread.events.includes(event.event)) this.add(thread, 'C', read, event.event)
      const told = thread.events.slice(since, since + 3).map(event => ({ event }))
      return { envelope: await this.reply(m, 'TOLD', { order, seq: thread.now.seq, events: told }, {}), unstored: true }
    })
  }

  add(thread, by, event, jws) {
    try {
      thread.now = next(thread.now, by, event)
    } catch {
      throw new Refuse('out-of-turn')
    }
    thread.events.push(jws)
  }

  // A private offer of the lamp, to who began a conversation, and the event that tells of it.
  async offerPrivately(order, price, { seconds = 72 * 3600, to = this.threads.get(order).from } = {}) {
    const [offer, until] = [newID(), this.now() + seconds]
    this.privateID = offer
    this.private = await this.offered({ offer, title: 'Brass lamp', price, delivery: [post(0)], quantity: 1, valid_until: until, for: to })
    await this.say(order, { kind: 'private-offer', offer, price, quantity: 1, until })
    return offer
  }

  // A payment link, which is read by its ID, as a private offer is; in the place of the last.
  async askFor(price, reference) {
    this.privateID = newID()
    this.private = await this.evidence('OFFER', this.id, newID(), {
      offer: this.privateID, vendor: this.id, title: 'Two guitar lessons', description: '', price, currency, quantity: 1, photos: [], valid_until: this.now() + lifetime,
      edition: 'second', kind: 'request', times: 'once', ...reference && { reference }, delivery: [{ way: 'none', label: '', price: 0, countries: [], days: [0, 0] }],
    })
    this.privateStock = 1
    return this.privateID
  }

  // Whom the seller has blocked it sells nothing, and reads no conversation of.
  sells(pseudonym) {
    if (this.blocked?.has(pseudonym)) throw new Refuse('blocked')
  }

  // The seller blocks who a thread is with.
  block(order) {
    this.blocked = new Set([this.threads.get(order).from])
  }

  // The seller says something; last: what it forges in the place of its own last event.
  async say(order, body, from = this.threads.get(order)) {
    const { now } = from
    const jws = await this.evidence('EVENT', from.from, now.tx, { order, seq: now.seq + 1, previous: now.head, text: '', ...body })
    const { digest, claims, body: said } = await verify(jws, { types: ['EVENT'], aud: from.from, signers: { [this.id]: [this.signing.jwk] } })
    this.add(from, 'M', { body: said, digest, claims }, jws)
    return jws
  }

  async purchase({ envelope }) {
    const m = await this.open(envelope, 'T10')
    return this.answer(m, async () => {
      this.sells(m.claims.iss)
      const row = this.unexpired(this.spendable(m.attached.scrip.scrip_id, m.claims.iss))
      if (row.secret !== m.attached.secret) throw new Refuse('scrip-invalid')
      const { price, take } = await this.taken(m.attached.order.lines)
      if (m.body.price !== price) throw new Refuse('price-mismatch')
      this.live.delete(row.scrip.scrip_id)
      take()
      const order_id = newID()
      this.bought.set(m.claims.tx, { from: m.claims.iss })
      this.threads.set(order_id, { from: m.claims.iss, now: ordered({ order: order_id, tx: m.claims.tx, mandate: m.digest, at: m.claims.iat }), events: [] })
      this.orders.push({ order_id, price: m.body.price, delivery: m.attached.order.delivery, note: m.attached.order.note })
      const change = row.scrip.value - m.body.price
      this.mandates.push(m.jws)
      const body = { price: m.body.price, order_id, order_digest: m.claims.attached.order, change }
      return { envelope: await this.reply(m, 'T11', body, change > 0 ? this.issue(change, m.claims.iss) : {}) }
    })
  }
}
