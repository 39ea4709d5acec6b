// Writes made/messages.json: one of every message the wallet sends, in the form of jose/testdata/vectors (kind "request"),
// so that the Go side can hold its Open against what this code really makes. Keys and random values are fresh each time.
import { mkdirSync, writeFileSync } from 'node:fs'
import { newID, newKey } from '../wallet/base64url.js'
import { seal, sign, signPair } from '../wallet/envelope.js'
import { newSigningKey, signer } from '../wallet/keys.js'
import { compose, isSelfKeyed } from '../wallet/messages.js'
import { envelopeKey, openRequest } from './help/open.mjs'

const iat = 1_790_000_000
const [broker, account, vendor] = [newID(), newID(), newID()]
const [me, alias, stall] = await Promise.all([1, 2, 3].map(async () => signer(await newSigningKey())))
const receiver = await envelopeKey()
const tx = newID()

const scrip = { issuer: broker, value: 5000, scrip_id: newID(), cust_id: newID(), expires: iat + 86_400, props: { currency: 'EUR' }, certificate: newKey() }
const evidence = (await sign({ typ: 'RECEIPT', iss: broker, aud: vendor, tx, iat, body: { vendor, value: 1250, pseudonym: alias.thumbprint, possession: newKey() }, attach: {} }, stall, false)).jws
const possession = (await sign(compose('T3-possession', { iss: alias.thumbprint, aud: broker, tx, iat, body: { account, vendor, nonce: newID() } }), alias, true)).jws
const keyPossession = (await sign(compose('REKEY-possession', { iss: stall.thumbprint, aud: broker, tx, iat, body: { account } }), stall, true)).jws
const order = { lines: [{ version: newID(), digest: newKey(), quantity: 1 }, { version: newID(), digest: newKey(), quantity: 3 }], delivery: { way: 'post', label: 'Päckchen', address: { name: 'Änne', lines: ['Elm Street 1', '2. Stock 🚲'], postcode: '130 00', town: 'Žižkov', country: 'CZ', phone: '' } }, note: 'Grüße 🚲\nring twice' }
const parties = { value: 1250, vendor, pseudonym: alias.thumbprint }
const reply = () => ({ reply_key: newKey() })

const one = (typ, by, iss, aud, body, attach) => ({ message: compose(typ, { iss, aud, tx, iat, body, attach }), signer: by, selfKeyed: isSelfKeyed(typ) })

const single = [
  one('R1', me, me.thumbprint, broker, { bank: 'SB123', name: '' }, reply()),
  one('R3', me, account, broker, { name: 'Marta\'s Attic', signing: stall.jwk, envelope: receiver.open, base_url: 'http://stall.test', possession: evidence }, reply()),
  one('T1', me, account, broker, { account, amount: 5000, nonce: newID(), counter: 1 }, reply()),
  one('T3', me, account, broker, { account, ...parties, scrip_id: scrip.scrip_id }, { possession, secret: newKey(), ...reply() }),
  one('CLAIM', alias, alias.thumbprint, vendor, { value: 1250, receipt: evidence }, reply()),
  one('T9', me, account, broker, { account, vendor, price: 1250, order_digest: newKey() }, reply()),
  one('T10', alias, alias.thumbprint, vendor, { vendor, price: 1250, protect: { send_by: iat + 432_000, check_within: 10 } }, { scrip: { ...scrip, issuer: vendor }, secret: newKey(), order, ...reply() }),
  one('COLLECT', alias, alias.thumbprint, vendor, { vendor, counter: iat * 1000 }, reply()),
  one('TELL', alias, alias.thumbprint, vendor, { vendor, order: newID(), since: 2, events: [{ event: evidence }] }, reply()),
  one('BANK', me, account, broker, { account, bank: 'SBX7Q2M4KD3L5N6P8R9T2V4W6Y', counter: 8 }, reply()),
  one('REKEY', me, account, broker, { account, signing: stall.jwk, counter: 9 }, { possession: keyPossession, ...reply() }),
  one('OWNER', stall, vendor, broker, { vendor }, reply()),
  one('REVOKE', me, account, broker, { vendor }, reply()),
  one('STATEMENT', me, account, broker, { account }, reply()),
  one('PAYOUT', me, account, broker, { account, vendor, amount: 3750, to: 'scrip' }, { scrip, secret: newKey(), ...reply() }),
  one('RATE', alias, alias.thumbprint, broker, { vendor, purchase: newID(), stars: 4, words: 'As described.', counter: iat * 1000 }, reply()),
  one('RESCUE', me, account, broker, { account, vendor }, reply()),
  one('RELEASE', alias, alias.thumbprint, broker, { vendor, purchase: newID(), mandate: evidence, paid: evidence }, reply()),
  one('RECLAIM', alias, alias.thumbprint, broker, { vendor, purchase: newID() }, reply()),
  one('DISPUTE', alias, alias.thumbprint, broker, { vendor, purchase: newID(), text: 'Zerbrochen, s. Foto', shows: [{ message: evidence }] }, reply()),
  one('WATCH', alias, alias.thumbprint, broker, { vendor, after: 0 }, reply()),
  one('T13', me, account, broker, { account, total: 6000 }, { scrip, secret: newKey(), ...reply() }),
  one('T20', me, account, broker, { account, value: 5000 }, { scrip, secret: newKey(), ...reply() }),
  one('T26', me, me.thumbprint, broker, { scrip_id: scrip.scrip_id, value: 5000 }, { scrip, secret: newKey(), ...reply() }),
  one('T26', alias, alias.thumbprint, vendor, { scrip_id: scrip.scrip_id, value: 5000 }, { scrip: { ...scrip, issuer: vendor }, secret: newKey(), ...reply() }),
  one('LOGIN', me, account, vendor, { vendor, challenge: newKey() }, {}),
]
const own = { scrip: { ...scrip, issuer: vendor }, secret: newKey() }
const back = { value: 1250, vendor }
const pairs = [
  [
    one('T4-order', alias, alias.thumbprint, vendor, parties, reply()),
    one('T4-payment', me, account, broker, { account, ...parties }, { scrip, ...reply() }),
  ], [
    one('T15-order', alias, alias.thumbprint, vendor, back, { ...own, ...reply() }),
    one('T15-payment', me, account, broker, { account, ...parties }, { scrip, secret: newKey(), ...reply() }),
  ], [
    one('T22-order', alias, alias.thumbprint, vendor, back, { ...own, ...reply() }),
    one('T22-payment', me, account, broker, { account, ...parties }, reply()),
  ],
]

async function vector({ message, signer: by, selfKeyed }, signed) {
  const envelope = await seal(signed, receiver.open)
  const paired = message.typ.includes('-')
  const known = selfKeyed ? {} : { signers: { [message.iss]: by.jwk } }
  const wanted = { types: [message.typ], aud: message.aud, pair: paired, ...!selfKeyed && { signers: { [message.iss]: [by.jwk] } } }
  const opened = await openRequest(envelope, [receiver.secret], wanted)
  return {
    name: `${message.typ}: made by the wallet${message.typ === 'T26' && message.aud === vendor ? ' for a stall' : ''}`, kind: 'request', envelope, keys: { envelope: [receiver.secret] },
    expect: { types: [message.typ], aud: message.aud, self_keyed: selfKeyed, pair: paired, ...known },
    result: 'ok', ...paired && { dual: JSON.parse(Buffer.from(signed.jws.split('.')[0], 'base64url')).dual }, claims: opened.claims, attachments: opened.attached, digest: signed.digest, key: by.thumbprint,
  }
}

const vectors = []
for (const what of single) vectors.push(await vector(what, await sign(what.message, what.signer, what.selfKeyed)))
for (const pair of pairs) {
  const parts = await signPair(...pair)
  for (const [i, what] of pair.entries()) vectors.push(await vector(what, parts[i]))
}
const folder = new URL('made/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('messages.json', folder), JSON.stringify(vectors, null, 1) + '\n')
