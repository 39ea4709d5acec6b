// What the broker and the stalls of memory have in common: keys, live scrip, and the same reply to the same request.
import { CompactEncrypt } from '../../vendor/jose/jose.min.js'
import { decode, newID, newKey } from '../../wallet/base64url.js'
import { sign } from '../../wallet/envelope.js'
import { newSigningKey, signer } from '../../wallet/keys.js'
import { envelopeKey } from './open.mjs'

export const currency = 'EUR'
export const lifetime = 365 * 24 * 3600

export class Refuse extends Error {
  // counter: with counter-stale, the last one that was answered; 0 for none. line: of an order, which is refused for it.
  constructor(reason, counter = 0, line = undefined) {
    super(reason)
    this.reason = reason
    this.counter = counter
    this.line = line
  }
}

export class Party {
  async init(now) {
    this.id = newID()
    this.signing = await signer(await newSigningKey())
    this.envelope = await envelopeKey()
    this.now = now
    this.replies = new Map()
    this.turns = new Map()
    this.renewals = new Map()
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
    this.early(scrip, holder)
    this.live.delete(scrip.scrip_id)
    return { envelope: await this.reply(m, 'T27', { value: scrip.value }, this.issue(scrip.value, holder)) }
  }

  // What is not due, twelve times a day for a holder.
  early({ expires }, holder) {
    const now = this.now()
    if (now >= expires - Math.min(7 * 86_400, Math.floor(lifetime / 4)) + 1) return
    const day = `${holder} ${Math.floor(now / 86_400)}`
    const asked = this.renewals.get(day) ?? 0
    if (asked >= 12) throw new Refuse('unavailable')
    this.renewals.set(day, asked + 1)
  }

  // Answers a request once; the same again gets the stored reply, while the scrip it brought lives; another of the same tx
  // is a conflict. What comes twice at the same time is answered one after the other, as by a database.
  answer(m, decide) {
    const name = `${m.claims.iss} ${m.typ} ${m.claims.tx}`
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(() => this.decided(m, name, decide))
    this.turns.set(name, turn.catch(() => {}))
    return turn
  }

  async decided(m, name, decide) {
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
      return { envelope: await this.reply(m, 'REFUSE', { reason: error.reason, line: error.line, ...error.counter > 0 && { counter: error.counter } }, {}) }
    }
  }
}
