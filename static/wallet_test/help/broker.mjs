// A broker and its sandbox bank in memory: just enough to hold a wallet against.
import { newID } from '../../wallet/base64url.js'
import { sign } from '../../wallet/envelope.js'
import { begun, isOpen, next } from '../../wallet/hold.js'
import { newSigningKey, signer, thumbprint } from '../../wallet/keys.js'
import { digestOf } from '../../wallet/log.js'
import { evidence } from '../../wallet/messages.js'
import { envelopeKey, openRequest } from './open.mjs'
import { Party, Refuse, currency, lifetime } from './party.mjs'

const headerOf = ({ jws }) => JSON.parse(Buffer.from(jws.split('.')[0], 'base64url'))

export class BrokerSide extends Party {
  async init(now) {
    await super.init(now)
    this.accounts = new Map()
    this.bank = new Map()
    this.announced = new Map()
    this.aliases = new Map()
    this.notices = []
    this.stalls = new Map()
    this.lockTime = 120
    this.extendTime = 600
    this.extensions = new Map()
    this.late = new Map()
    this.rated = [] // as published
    this.earners = []
    this.holds = new Map() // protected purchases, by tx
    this.credit = 0
    this.feed = 0
    this.declined = new Set() // the tx of T1 and T13 that the customer declined
    this.confirm = false
    this.envelopes = [this.envelope]
    this.keys = [await this.keysSigned(1, this.signing)]
    return this
  }

  // KEYS of the keys that this broker has now.
  async keysSigned(serial, by, previous) {
    const body = { broker: this.id, serial, signing: [this.signing.jwk], envelope: this.envelope.open, not_before: this.now(), ...previous && { previous } }
    const { jws } = await sign({ typ: 'KEYS', iss: by.thumbprint, aud: this.id, tx: newID(), iat: this.now(), body, attach: {} }, by, true)
    return jws
  }

  // New keys, which follow from those of before.
  async rotate() {
    const { signing } = this
    this.signing = await signer(await newSigningKey())
    this.envelope = await envelopeKey()
    this.envelopes.unshift(this.envelope)
    this.keys.push(await this.keysSigned(this.keys.length + 1, signing, await digestOf(this.keys.at(-1))))
  }

  known() {
    return Object.fromEntries([...this.accounts].map(([id, { key, former = [] }]) => [id, [key, ...former]]))
  }

  open(envelope, typ, signers) {
    return openRequest(envelope, this.envelopes.map(({ secret }) => secret), { types: [typ], aud: this.id, ...signers && { signers }, pair: typ.endsWith('-payment') })
  }

  about() {
    return {
      id: this.id, name: 'Test broker', currency, exponent: 2,
      limits: { max_charge: 100_000 }, scrip_lifetime: lifetime, base_url: 'http://broker.test',
    }
  }

  // Nothing new is granted to a key that its account has replaced, but a T15 that is under way.
  answer(m, decide) {
    const account = this.accounts.get(m.claims.iss)
    const replaced = account && headerOf(m).kid !== account.thumbprint && !(m.typ === 'T15-payment' && this.extensions.has(m.claims.tx))
    return super.answer(m, replaced ? () => { throw new Refuse('key-replaced') } : decide)
  }

  // REKEY.
  async rekeying({ envelope }) {
    const m = await this.open(envelope, 'REKEY', this.known())
    return this.answer(m, async () => {
      const account = this.accounts.get(m.claims.iss)
      this.counted(m, account)
      const proof = await evidence(m.attached.possession, 'REKEY-possession', { aud: this.id, tx: m.claims.tx })
      if (proof.claims.iss !== await thumbprint(m.body.signing) || proof.body.account !== m.claims.iss) throw new Refuse('party-mismatch')
      account.former = [account.key, ...account.former ?? []]
      Object.assign(account, { key: m.body.signing, thumbprint: proof.claims.iss, counter: m.body.counter })
      return { envelope: await this.reply(m, 'NOTED', { deadline: 0 }, {}) }
    })
  }

  async accountRequest({ envelope }) {
    const m = await this.open(envelope, 'R1')
    return this.answer(m, async () => {
      const { jwk, kid } = headerOf(m)
      const account = newID()
      this.accounts.set(account, { key: jwk, thumbprint: kid, bank: m.body.bank, counter: 0, told: m.body })
      return { envelope: await this.reply(m, 'R2', { account }, {}) }
    })
  }

  // Refuses a counter that is not above the account's last, or too far ahead.
  counted(m, account) {
    if (m.body.counter <= account.counter || m.body.counter > (this.now() + 366 * 86_400) * 1000) throw new Refuse('counter-stale', account.counter)
  }

  async acquisition({ envelope }) {
    const m = await this.open(envelope, 'T1', this.known())
    return this.answer(m, async () => {
      const account = this.accounts.get(m.claims.iss)
      this.counted(m, account)
      if ([...this.live.values()].some(row => row.holder === m.claims.iss)) throw new Refuse('scrip-held')
      if (this.declined.has(m.claims.tx)) throw new Refuse('bank-declined')
      if (this.confirm) this.asked = m.claims.tx
      if (this.confirm) return { envelope: await this.reply(m, 'PENDING', { link: '/bank/confirm/x' }, {}), unstored: true }
      const balance = this.bank.get(account.bank) ?? 0
      if (balance < m.body.amount) throw new Refuse('bank-declined')
      this.bank.set(account.bank, balance - m.body.amount)
      account.counter = m.body.counter
      return { envelope: await this.reply(m, 'T2', { nonce: m.body.nonce, value: m.body.amount }, this.issue(m.body.amount, m.claims.iss)) }
    })
  }

  async changeBank({ envelope }) {
    const m = await this.open(envelope, 'BANK', this.known())
    return this.answer(m, async () => {
      const account = this.accounts.get(m.claims.iss)
      this.counted(m, account)
      if (!this.bank.has(m.body.bank)) throw new Refuse('bank-declined')
      account.counter = m.body.counter
      account.bank = m.body.bank
      return { envelope: await this.reply(m, 'NOTED', { deadline: 0 }, {}) }
    })
  }

  // RATE: a later one takes the place of the one before.
  async rate({ envelope }) {
    const m = await this.open(envelope, 'RATE')
    return this.answer(m, async () => {
      if (this.away) throw new Refuse('unavailable')
      if (!this.recorded) throw new Refuse('not-found')
      if (m.body.counter <= (this.counters ?? 0)) throw new Refuse('counter-stale', this.counters)
      this.counters = m.body.counter
      this.rated = [{ number: 1, at: this.now(), rating: m.jws, answered_at: 0, answer: '' }]
      return { envelope: await this.reply(m, 'NOTED', { deadline: 0 }, {}) }
    })
  }

  async topUp({ envelope }) {
    const m = await this.open(envelope, 'T13', this.known())
    return this.answer(m, async () => {
      const row = this.unexpired(this.presented(m, m.claims.iss))
      const account = this.accounts.get(m.claims.iss)
      const more = m.body.total - row.scrip.value
      if (more <= 0 || more > this.about().limits.max_charge) throw new Refuse('amount-out-of-bounds')
      if (this.declined.has(m.claims.tx)) throw new Refuse('bank-declined')
      if (this.confirm) this.asked = m.claims.tx
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
    const { kid } = headerOf(m)
    const found = [...this.accounts].find(([, { thumbprint }]) => thumbprint === kid)
    return this.answer(m, async () => {
      if (!found && [...this.accounts.values()].some(({ former = [] }) => former.some(({ x }) => x === headerOf(m).jwk.x))) throw new Refuse('key-replaced')
      if (!found) throw new Refuse('unknown-account')
      return this.renewed(m, found[0])
    })
  }

  async announcement({ envelope }) {
    const m = await this.open(envelope, 'T3', this.known())
    const before = this.announced.get(m.claims.tx)
    if (before?.m.digest === m.digest && !this.replies.has(`${m.claims.iss} T3 ${m.claims.tx}`) && this.live.has(m.body.scrip_id)) {
      return { envelope: await this.reply(m, 'NOTED', { deadline: before.deadline }, {}) } // signed anew
    }
    return this.answer(m, async () => {
      const proof = await evidence(m.attached.possession, 'T3-possession', { aud: this.id, tx: m.claims.tx })
      const { account, vendor } = proof.body
      if (proof.claims.iss !== m.body.pseudonym || account !== m.claims.iss || vendor !== m.body.vendor) throw new Refuse('party-mismatch')
      const row = this.unexpired(this.spendable(m.body.scrip_id, m.claims.iss))
      if (row.secret !== m.attached.secret) throw new Refuse('scrip-invalid')
      if (row.lock && row.lock.until > this.now() && row.lock.tx !== m.claims.tx) throw new Refuse('scrip-locked')
      const deadline = this.now() + this.lockTime
      row.lock = { tx: m.claims.tx, until: deadline }
      this.announced.set(m.claims.tx, { m, deadline, possession: proof.digest })
      this.aliases.set(`${m.body.pseudonym} ${m.body.vendor}`, m.claims.iss)
      return { unstored: true, envelope: await this.reply(m, 'NOTED', { deadline }, {}) }
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
    const receipt = await this.evidence('RECEIPT', stall.id, tx, { vendor: stall.id, value, pseudonym: m.body.pseudonym, possession: announced.possession })
    const body = { vendor: stall.id, value, change: rest, receipt }
    this.replies.set(`${m.claims.iss} T3 ${tx}`, { digest: m.digest, answer: { envelope: await this.reply(m, 'T6', body, change) } })
    const answer = { payment: await this.reply(p, 'T6', body, change) }
    this.replies.set(`T5 ${tx}`, answer)
    return answer
  }

  // T15: holds the BrokerScrip and asks the stall, again with every T15, until it has answered.
  async extension({ order, payment }) {
    const m = await this.open(payment, 'T15-payment', this.known())
    const late = this.late.get(m.claims.tx)
    if (late) return { order: late, payment: this.replies.get(`${m.claims.iss} T15-payment ${m.claims.tx}`)?.answer.payment }
    const answer = await this.answer(m, () => this.extend(m, order))
    return answer.envelope ? { payment: answer.envelope } : answer
  }

  async extend(m, order) {
    const { tx, iss } = m.claims
    this.owned(m)
    if (!this.extensions.has(tx)) {
      const row = this.unexpired(this.presented(m, iss))
      if (m.body.value > row.scrip.value) throw new Refuse('insufficient-scrip')
      row.lock = { tx, until: Infinity }
      this.extensions.set(tx, { m, order, row, value: m.body.value, until: this.now() + this.extendTime })
    }
    const x = this.extensions.get(tx)
    const said = x.loosened ? {} : await this.ask(x)
    if (said.refused) {
      this.extensions.delete(tx)
      x.row.lock = undefined
      throw new Refuse(said.refused)
    }
    const over = this.now() >= x.until
    if (said.order || over && !x.loosened) return this.extended(x, said.order)
    return { payment: await this.reply(m, 'NOTED', { deadline: x.until }, {}), unstored: true }
  }

  // The BrokerScrip dies; what is left of it comes back, with T17 or, when the time is over, without.
  async extended(x, order) {
    const { m, row, value } = x
    this.live.delete(row.scrip.scrip_id)
    x.loosened = !order
    if (order) this.extensions.delete(m.claims.tx)
    const rest = row.scrip.value - value
    if (rest > 0) return { order, payment: await this.reply(m, 'T19', { value: rest, returned: 0 }, x.money = this.issue(rest, m.claims.iss)) }
    return order ? { order } : { payment: await this.reply(m, 'NOTED', { deadline: x.until }, {}), unstored: true }
  }

  ask(x) {
    return this.asks.extend(x).then(order => ({ order }), error => error instanceof Refuse ? { refused: error.reason } : {})
  }

  // What the broker does by itself for a stall that answers after the time is over.
  async askLate() {
    for (const [tx, x] of [...this.extensions].filter(([, x]) => x.loosened)) {
      const said = await this.ask(x)
      if (!said.order && !said.refused) continue
      this.extensions.delete(tx)
      if (said.order) {
        this.late.set(tx, said.order)
        continue
      }
      const { bank } = this.accounts.get(x.m.claims.iss)
      this.bank.set(bank, this.bank.get(bank) + x.value)
      const name = `${x.m.claims.iss} T15-payment ${tx}`
      if (!x.money || !this.live.has(x.money.scrip.scrip_id)) this.replies.delete(name)
      else this.replies.set(name, { digest: x.m.digest, answer: { payment: await this.reply(x.m, 'T19', { value: x.money.scrip.value, returned: x.value }, x.money) } })
    }
  }

  async statement({ envelope }) {
    const m = await this.open(envelope, 'STATEMENT', this.known())
    return this.answer(m, async () => ({ envelope: await this.reply(m, 'STATED', { account: m.claims.iss, credit: this.credit, stalls: this.earners.map(stall => ({ ...stall })) }, {}), unstored: true }))
  }

  async payout({ envelope }) {
    const m = await this.open(envelope, 'PAYOUT', this.known())
    return this.answer(m, async () => {
      const { vendor, amount, to, account } = m.body
      const stall = this.earners.find(stall => stall.vendor === vendor)
      const held = [...this.live.values()].find(row => row.holder === account)
      if (to === 'scrip' && held && !m.attached.scrip) throw new Refuse('scrip-held')
      const row = m.attached.scrip && this.unexpired(this.presented(m, account))
      if (vendor ? !stall || stall.earned < amount : this.credit < amount) throw new Refuse('earned-short')
      if (vendor) stall.earned -= amount
      else this.credit -= amount
      if (to === 'bank') {
        const { bank } = this.accounts.get(account)
        this.bank.set(bank, this.bank.get(bank) + amount)
        return { envelope: await this.reply(m, 'PAID_OUT', { account, vendor, amount, to, value: 0 }, {}) }
      }
      if (row) this.live.delete(row.scrip.scrip_id)
      const value = amount + (row?.scrip.value ?? 0)
      return { envelope: await this.reply(m, 'PAID_OUT', { account, vendor, amount, to, value }, this.issue(value, account)) }
    })
  }

  // A purchase becomes known, by T12 or by its buyer's proof.
  async record(stall, mandate, paid) {
    const { body: { price, protect }, claims: { iss, tx } } = await evidence(mandate, 'T10', { aud: stall.id })
    const { body } = await evidence(paid, 'T11', { aud: iss, tx, signers: { [stall.id]: [stall.signing.jwk] } })
    if (body.price !== price) throw new Refuse('value-mismatch')
    if (!protect) throw new Refuse('not-found')
    this.holds.set(tx, { vendor: stall.id, purchase: tx, by: iss, price, hold: begun(protect), left: price, buyer: 0, seller: 0, since: this.now(), seq: ++this.feed, said: [] })
  }

  // What ends a hold, or does not, and how its money stands then.
  moved(h, event) {
    const hold = next(h.hold, event, this.now())
    if (hold === h.hold) return
    Object.assign(h, { hold, since: this.now(), seq: ++this.feed })
    if (!isOpen(hold)) this.ended(h, hold.state === 'reclaimed' ? h.left : 0)
  }

  // DEFEND: the seller says something to a dispute.
  defend(tx, text) {
    const h = this.holds.get(tx)
    h.said.push({ by: 'M', text })
    h.seq = ++this.feed
  }

  ended(h, buyer) {
    Object.assign(h, { buyer: h.buyer + buyer, seller: h.seller + h.left - buyer, left: 0 })
    this.credit += buyer
  }

  async decide(tx, buyer, text) {
    const h = this.holds.get(tx)
    h.decision = await this.evidence('DECIDED', h.vendor, newID(), { vendor: h.vendor, purchase: tx, to_buyer: buyer, to_seller: h.left - buyer, text })
    Object.assign(h, { hold: { ...h.hold, state: 'decided', due: 0 }, since: this.now(), seq: ++this.feed })
    this.ended(h, buyer)
  }

  heldBody({ vendor, purchase, price, left, buyer, seller, since, decision, hold: { state, send_by, check_within, due } }) {
    return { vendor, purchase, price, covered: price, left, to_buyer: buyer, to_seller: seller, send_by, check_within, state, since, due, ...decision && { decision } }
  }

  // RELEASE, RECLAIM, DISPUTE.
  async protect(typ, { envelope }) {
    const m = await this.open(envelope, typ)
    return this.answer(m, async () => {
      const { purchase, vendor, mandate, paid, ...said } = m.body
      if (!this.aliases.has(`${m.claims.iss} ${vendor}`)) throw new Refuse('not-found')
      if (!this.holds.has(purchase) && mandate) await this.record(this.asks, mandate, paid)
      const h = this.holds.get(purchase)
      if (h?.by !== m.claims.iss) throw new Refuse('not-found')
      if (typ === 'DISPUTE' && isOpen(h.hold) && h.said.push({ ...said, jpeg: m.attached.photo }) && h.said.filter(({ photo }) => !photo === !said.photo).length > (said.photo ? 8 : 5)) throw new Refuse('too-many')
      this.moved(h, typ)
      return { envelope: await this.reply(m, 'HELD', this.heldBody(h), {}), unstored: true }
    })
  }

  async watched({ envelope }) {
    const m = await this.open(envelope, 'WATCH')
    return this.answer(m, async () => {
      const { vendor, after, purchase } = m.body
      const news = [...this.holds.values()].filter(h => h.by === m.claims.iss && h.vendor === vendor && (purchase ? h.purchase === purchase : h.seq > after)).toSorted((a, b) => a.seq - b.seq).slice(0, 16)
      const holds = await Promise.all(news.map(async h => ({ hold: await this.evidence('HELD', m.claims.iss, newID(), this.heldBody(h)) })))
      const said = purchase ? news.flatMap(h => h.said.map(({ by = 'C', text, photo }) => ({ by, at: h.since, text, ...photo && { photo } }))) : []
      return { envelope: await this.reply(m, 'WATCHED', { vendor, next: purchase ? after : news.at(-1)?.seq ?? after, holds, ...said.length > 0 && { said } }, {}), unstored: true }
    })
  }

  // Pays back what is at a stall that is gone, but for what was `noticed`.
  async rescue({ envelope }) {
    const m = await this.open(envelope, 'RESCUE', this.known())
    return this.answer(m, async () => {
      const { account, vendor } = m.body
      if (!this.lost) throw new Refuse('stall-in-force')
      const announced = this.noticed ?? 0
      const amount = [...this.lost.live.values()].reduce((sum, { scrip }) => sum + scrip.value, this.unreported ?? 0) - announced
      if (amount <= 0) throw new Refuse('float-short')
      const { bank } = this.accounts.get(account)
      this.bank.set(bank, this.bank.get(bank) + amount)
      return { envelope: await this.reply(m, 'RESCUED', { account, vendor, amount, announced }, {}) }
    })
  }

  // What is set aside for a stall, and in no scrip any more.
  reserved() {
    return [...this.extensions.values()].filter(x => x.loosened).reduce((sum, x) => sum + x.value, 0)
  }

  // The pseudonym that VendorScrip is held under is the account's.
  owned({ body: { pseudonym, vendor }, claims: { iss } }) {
    if (this.aliases.get(`${pseudonym} ${vendor}`) !== iss) throw new Refuse('party-mismatch')
  }

  // T23 is a plain call here.
  async payOut(stall, tx, value, payment) {
    const p = await this.open(payment, 'T22-payment', this.known())
    if (p.body.value !== value || p.body.vendor !== stall.id || p.claims.tx !== tx) throw new Refuse('value-mismatch')
    this.owned(p)
    const { bank } = this.accounts.get(p.claims.iss)
    this.bank.set(bank, this.bank.get(bank) + value)
    return this.reply(p, 'T25', { vendor: stall.id, value }, {})
  }

  async notice({ envelope }) {
    const m = await this.open(envelope, 'T9', this.known())
    return this.answer(m, async () => {
      this.notices.push(m.body)
      return { envelope: await this.reply(m, 'NOTED', { deadline: 0 }, {}) }
    })
  }
}
