// Protected purchases: what the mandate asks for, how the money stands, and what the buyer says of it, whatever is lost or killed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restore } from '../wallet/restore.js'
import { kept } from '../wallet/messages.js'
import { showing } from '../wallet/showing.js'
import { standing } from '../wallet/standing.js'
import { backedUp, browserWithout, passphrase } from './help/backups.mjs'
import { books, buy, finish, killedAt, made, reload } from './help/page.mjs'

process.env.TZ = 'UTC'
const day = 86_400

// A wallet with 12.50 paid of 50.00, which its stall has reported to the broker, or not.
async function bought({ reported = true } = {}) {
  const { sides, wallet } = await made()
  await wallet.follow((await buy(wallet, sides, 5000)).id)
  await finish(wallet)
  const [order] = await wallet.orders()
  if (reported) await sides.broker.record(sides.stall, order.mandate, order.paid)
  return { sides, wallet, tx: order.tx }
}

const stands = async (wallet, tx) => wallet.standing(await wallet.order(tx))
const said = async (wallet, tx, saying) => (await wallet.protect(tx, saying), finish(wallet))
const asked = (wallet, sides) => wallet.askHolds(sides.stall.id)
const cash = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
const report = { says: 'DISPUTE', text: 'It is broken.', shows: [] }

test('the mandate asks for the protection that is promised', async () => {
  const { sides, wallet, tx } = await bought({ reported: false })
  const { body, iat } = kept(sides.stall.mandates[0], 'T10')
  assert.deepEqual(body.protect, { send_by: iat + 6 * day, check_within: 10 })
  const { label, can, says, next } = await stands(wallet, tx)
  assert.deepEqual([label, can], ['Paid, to be sent', ['RELEASE', 'DISPUTE']])
  assert.match(says, /^The seller has until Saturday, 26\u00a0Sep to send it. Your €12.50 is held until it is here; if it is not sent, you can have your money back from 27\u00a0Sep\u00a02026, \d\d:\d\d\.$/)
  assert.equal(next, 'Sent by Saturday, 26\u00a0Sep, or your money back')
})

test('a purchase that is not protected says nothing of it', async () => {
  const { sides, wallet } = await made()
  sides.stall.offer = await sides.stall.offered({ offer: sides.stall.offerID, title: 'Brass lamp', price: 1250, delivery: [{ way: 'post', label: '', price: 0, countries: [], days: [1, 7] }], check_within: undefined })
  await wallet.follow((await buy(wallet, sides, 5000)).id)
  const [{ tx }] = await wallet.orders()
  assert.equal(kept(sides.stall.mandates[0], 'T10').body.protect, undefined)
  const { label, says, can, todo } = await stands(wallet, tx)
  assert.deepEqual([label, says, can, todo], ['Paid', '', [], ''])
  await assert.rejects(wallet.protect(tx, { says: 'RELEASE' }), { reason: 'not-found' })
})

for (const fate of ['', 'lost', 'unanswered']) test(`released, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet, tx } = await bought()
  let once = fate
  sides.wire = path => path.endsWith('/releases') && once ? [once, once = ''][0] : ''
  await said(wallet, tx, { says: 'RELEASE' })
  const { label, says, can } = await stands(wallet, tx)
  assert.match(says, /^The seller has had the €12.50 since/)
  assert.deepEqual([label, can], ['Done', []])
  assert.equal(sides.broker.holds.get(tx).seller, 1250)
  await books(wallet, sides)
  await assert.rejects(wallet.protect(tx, report), { reason: 'out-of-turn' })
})

for (const reported of [true, false]) for (const path of ['', 'reclaims', 'statements', 'payouts']) for (const fate of path ? ['lost', 'unanswered'] : ['']) {
  test(`reclaimed, ${reported ? 'reported' : 'never reported'}, ${path || 'nothing'} ${fate}`, async () => {
    const { sides, wallet, tx } = await bought({ reported })
    const had = await cash(wallet)
    await assert.rejects(wallet.protect(tx, { says: 'RECLAIM' }), { reason: 'out-of-turn' })
    sides.clock.at += 6 * day
    assert.equal((await stands(wallet, tx)).todo, 'reclaim')
    let once = fate
    sides.wire = at => path && at.endsWith(path) && once ? [once, once = ''][0] : ''
    await said(wallet, tx, { says: 'RECLAIM' })
    await finish(wallet)
    assert.equal(await cash(wallet), had + 1250)
    assert.equal((await wallet.profile()).credit, undefined)
    assert.equal((await stands(wallet, tx)).says, 'It was not sent in time, and €12.50 is yours again. It is in your wallet.')
    assert.deepEqual(await wallet.toDo(), [])
    await books(wallet, sides)
  })
}

test('the page is killed after every write of a reclaim', async () => {
  for (let at = 0; at < 9; at++) {
    const { sides, wallet, tx } = await bought()
    sides.clock.at += 6 * day
    let next = await killedAt(at, { sides, wallet }, () => said(wallet, tx, { says: 'RECLAIM' }))
    await finish(next)
    if (at === 0) await said(next, tx, { says: 'RECLAIM' }) // nothing was written
    await finish(next)
    assert.equal(await cash(next), 5000, `killed at write ${at}`)
    assert.equal((await next.profile()).credit, undefined)
    await books(next, sides)
  }
})

test('what the broker owes is in the total until it is in the wallet, and is asked for again', async () => {
  const { sides, wallet, tx } = await bought()
  sides.clock.at += 6 * day
  sides.wire = path => path.endsWith('/statements') ? Response.json({ type: '/problems/x', title: 'x', status: 404, instance: 'x' }, { status: 404 }) : ''
  await wallet.protect(tx, { says: 'RECLAIM' })
  for (let i = 0; i < 2000 && (await stands(wallet, tx)).label !== 'Money back'; i++) await new Promise(resolve => setTimeout(resolve, 1))
  assert.deepEqual((await wallet.shares()).filter(({ kind }) => kind === 'owed'), [{ kind: 'owed', vendor: '', amount: 1250 }])
  assert.match((await stands(wallet, tx)).says, /It comes into your wallet by itself/)
  sides.wire = () => ''
  const next = await reload(wallet, sides)
  await finish(next)
  await finish(next)
  assert.equal(await cash(next), 5000)
  assert.deepEqual((await next.shares()).map(({ kind }) => kind), ['ready'])
})

test('the seller hears of it in the thread, also one that was off then', async () => {
  const { sides, wallet, tx } = await bought()
  sides.clock.at += 6 * day
  sides.wire = path => path.includes('/v1/stalls/') ? 'lost' : ''
  await said(wallet, tx, { says: 'RECLAIM' })
  await wallet.repeatWords()
  assert.equal((await wallet.conversation(tx)).unsaid.kind, 'reclaimed')
  sides.wire = () => ''
  await wallet.listen(tx)
  const [{ events }] = [...sides.stall.threads.values()]
  assert.deepEqual(events.map(jws => kept(jws, 'EVENT').body.kind), ['reclaimed'])
  await wallet.repeatWords()
  assert.equal(events.length, 1)
})

test('what the seller heard of the broker first is taken up, and the money with it', async () => {
  const { sides: { broker, stall }, sides, wallet, tx } = await bought()
  sides.clock.at += 6 * day
  const h = broker.holds.get(tx)
  broker.moved(h, 'RECLAIM')
  const [order] = [...stall.threads.keys()]
  await stall.say(order, { kind: 'sent', text: 'Late' })
  await stall.say(order, { kind: 'reclaimed', hold: await broker.evidence('HELD', stall.id, tx, broker.heldBody(h)) })
  await wallet.listen(tx)
  await wallet.takeCredit()
  await finish(wallet)
  assert.equal(await cash(wallet), 5000)
  assert.equal((await stands(wallet, tx)).label, 'Money back')
  assert.equal((await wallet.order(tx)).sent.note, 'Late')
  await books(wallet, sides)
})

test('it was sent meanwhile: the money is not the buyer\'s, and the page says until when it is held', async () => {
  const { sides, wallet, tx } = await bought()
  sides.clock.at += 6 * day
  sides.broker.moved(sides.broker.holds.get(tx), 'SENT')
  await said(wallet, tx, { says: 'RECLAIM' })
  assert.equal(await cash(wallet), 3750)
  const { label, says, can } = await stands(wallet, tx)
  assert.deepEqual([label, can], ['On its way', ['RELEASE', 'DISPUTE']])
  assert.match(says, /held until 7\u00a0Oct\u00a02026. If all is well you need do nothing/)
})

test('how an order stands, in words: one case each', () => {
  const now = 1_800_000_000
  const euro = { currency: 'EUR', exponent: 2 }
  const mandate = `h.${Buffer.from(JSON.stringify({ body: { protect: { send_by: now + 2 * day, check_within: 10 } } })).toString('base64url')}.s`
  const held = body => `h.${Buffer.from(JSON.stringify({ iat: now, body: { left: 1250, to_buyer: 0, to_seller: 0, send_by: now + 2 * day, check_within: 10, since: now, due: 0, ...body } })).toString('base64url')}.s`
  const order = { price: 1250, mandate }
  for (const [what, more, label, next] of [
    [{ mandate: '' }, {}, 'Paid', ''],
    [{ mandate: '', sent: { at: now } }, {}, 'Sent on 15\u00a0Jan\u00a02027', ''],
    [{ mandate: '' }, { state: 'received' }, 'Received', ''],
    [{}, {}, 'Paid, to be sent', 'Sent by tomorrow, 08:00, or your money back'],
    [{}, { state: 'packed' }, 'Packed', 'Sent by tomorrow, 08:00, or your money back'],
    [{ sent: { at: now } }, {}, 'On its way', 'Sent by tomorrow, 08:00, or your money back'],
    [{}, { now: now + day }, 'Not sent in time', 'Your money back from 17\u00a0Jan\u00a02027, 08:00'],
    [{ sent: { at: now } }, { now: now + day }, 'Said to be sent', 'Your money back from 17\u00a0Jan\u00a02027, 08:00'],
    [{}, { now: now + 2 * day }, 'Not sent in time', 'Get your money back'],
    [{ sent: { at: now } }, { now: now + 2 * day }, 'Said to be sent', 'Get your money back'],
    [{ held: held({ state: 'sent', due: now + 10 * day }) }, {}, 'On its way', 'Your money is held until 25\u00a0Jan\u00a02027'],
    [{ held: held({ state: 'sent', due: now + day }) }, {}, 'Check it by tomorrow, 08:00', 'Say if something is wrong'],
    [{ held: held({ state: 'sent', due: now }) }, {}, 'Closed', ''],
    [{ mandate: '' }, { state: 'return-asked' }, 'Return asked', 'Waits for the seller\'s answer'],
    [{ held: held({ state: 'sent', due: now + 10 * day }) }, { state: 'return-agreed' }, 'To be sent back', 'Send it back'],
    [{ held: held({ state: 'sent', due: now + day }) }, { state: 'returned' }, 'Settle it by tomorrow, 08:00', 'Report it, if your money is not back by then'],
    [{ held: held({ state: 'sent', due: now }) }, { state: 'returned' }, 'Sent back', 'Waits for your money'],
    [{ held: held({ state: 'released', left: 0, to_seller: 1250 }) }, { state: 'returned' }, 'Sent back', 'Waits for your money'],
    [{ held: held({ state: 'disputed' }) }, { state: 'disputed' }, 'Problem reported', 'Waits for the decision'],
    [{ held: held({ state: 'refunded', left: 0 }), refunds: [{ amount: 1250 }] }, { state: 'refunded' }, 'Refunded €12.50', ''],
    [{ held: held({ state: 'sent', due: now + 10 * day }), refunds: [{ amount: 200 }] }, {}, 'Refunded €2.00', 'Your money is held until 25\u00a0Jan\u00a02027'],
    [{ held: held({ state: 'disputed' }) }, {}, 'Problem reported', 'Waits for the decision'],
    [{ held: held({ state: 'released', left: 0, to_seller: 1250 }) }, {}, 'Done', ''],
    [{ held: held({ state: 'released', left: 0, to_seller: 1250 }) }, { state: 'closed' }, 'Done', ''],
    [{ held: held({ state: 'reclaimed', left: 0, to_buyer: 1250 }) }, {}, 'Money back', ''],
    [{ held: held({ state: 'decided', left: 0, to_buyer: 750, to_seller: 500 }) }, {}, 'Decided', ''],
    [{ held: held({ state: 'refunded', left: 0 }), refunds: [{ amount: 1250 }] }, {}, 'Refunded €12.50', ''],
  ]) {
    const got = standing({ ...order, ...what }, { now, currency: euro, ...more })
    assert.deepEqual([got.label, got.next], [label, next])
  }
})

test('two days and one day are left: said once each', async () => {
  const { sides, wallet, tx } = await bought()
  sides.broker.moved(sides.broker.holds.get(tx), 'SENT')
  await asked(wallet, sides)
  assert.deepEqual(await wallet.warnings(), [])
  sides.clock.at += 8 * day
  assert.deepEqual(await wallet.warnings(), [{ title: 'Brass lamp', days: 2, returning: false }])
  assert.deepEqual(await wallet.warnings(), [])
  const two = await stands(wallet, tx)
  assert.deepEqual([two.todo, two.tone], ['check', 'warn'])
  assert.match(two.says, /Less than two days are left/)
  sides.clock.at += day
  assert.deepEqual((await wallet.toDo()).map(({ order }) => order.tx), [tx])
  assert.deepEqual(await wallet.warnings(), [{ title: 'Brass lamp', days: 1, returning: false }])
  assert.match((await stands(wallet, tx)).label, /^Check it by tomorrow, /)
  sides.clock.at += day
  assert.deepEqual([(await stands(wallet, tx)).todo, await wallet.warnings()], ['', []])
  sides.broker.moved(sides.broker.holds.get(tx), 'TIME')
  await asked(wallet, sides)
  assert.equal((await stands(wallet, tx)).label, 'Done')
})

test('disputed, and decided: the buyer\'s part is in the wallet, with the reason', async () => {
  const { sides, wallet, tx } = await bought()
  const order = await wallet.order(tx)
  await said(wallet, tx, { ...report, shows: showing({ order, talk: undefined }, { receipt: true, said: true }).shows })
  assert.equal((await stands(wallet, tx)).label, 'Problem reported')
  await said(wallet, tx, { ...report, text: 'A photo shows it.' })
  const [first, second] = sides.broker.holds.get(tx).said
  assert.deepEqual([first.text, first.shows.map(({ message }) => message), second.text], ['It is broken.', [order.mandate, order.paid, sides.stall.offer], 'A photo shows it.'])
  for (let i = 0; i < 4; i++) {
    sides.clock.at += 1
    await said(wallet, tx, report)
  }
  assert.equal((await wallet.protecting(tx)).reason, 'too-many')
  assert.deepEqual((await wallet.bothSides(order)).map(({ by, text }) => [by, text]).slice(0, 2), [['C', 'It is broken.'], ['C', 'A photo shows it.']])
  await sides.broker.decide(tx, 750, 'Half of it was.')
  await asked(wallet, sides)
  await finish(wallet)
  assert.equal(await cash(wallet), 3750 + 750)
  const { label, says } = await stands(wallet, tx)
  assert.equal(label, 'Decided')
  assert.equal(await wallet.unread(), 1)
  await wallet.seen(tx)
  assert.equal(await wallet.unread(), 0)
  assert.match(says, /€7.50 for you, €5.00 for the seller. It is in your wallet./)
  assert.equal((await wallet.decided(await wallet.order(tx))).text, 'Half of it was.')
  await books(wallet, sides)
})

for (const fate of ['', 'lost', 'unanswered']) test(`disputed with photos, each in a message of its own, the second ${fate || 'there'}`, async () => {
  const { sides, wallet, tx } = await bought()
  const order = await wallet.order(tx)
  const [one, other] = await Promise.all([[0xff, 0xd8, 1], [0xff, 0xd8, 2]].map(bytes => wallet.keepPhoto(tx, new Uint8Array(bytes))))
  let left = fate ? 2 : 0
  sides.wire = path => path.endsWith('/disputes') && left > 0 && --left === 0 ? fate : ''
  await said(wallet, tx, { ...report, photos: [{ photo: one, text: 'The crack' }, { photo: other, text: '', event: order.mandate }] })
  const shown = sides.broker.holds.get(tx).said
  assert.deepEqual(shown.filter(({ tx }, i) => i === 0 || shown[i - 1].photo !== shown[i].photo).map(({ text, photo, jpeg, shows }) => [text, photo, jpeg, shows.length]), [
    ['It is broken.', undefined, undefined, 0], ['The crack', one, '_9gB', 0], ['A photo', other, '_9gC', 1],
  ])
  assert.deepEqual([...await wallet.exhibited(tx)], [one, other])
  assert.deepEqual((await wallet.bothSides(order)).at(-1).photo, other)
  await books(wallet, sides)
})

test('a photo that is not here any more holds up no report', async () => {
  const { sides, wallet, tx } = await bought()
  await said(wallet, tx, { ...report, photos: [{ photo: 'A'.repeat(43), text: '' }] })
  assert.deepEqual([sides.broker.holds.get(tx).said.length, (await wallet.protecting(tx)).state], [1, 'done'])
})

test('each answer of the seller to a dispute is announced, once', async () => {
  const { sides, wallet, tx } = await bought()
  await said(wallet, tx, report)
  await asked(wallet, sides)
  assert.equal(await wallet.unread(), 0)
  for (const text of ['It was whole.', 'Here is the receipt of the parcel.']) {
    sides.broker.defend(tx, text)
    await asked(wallet, sides)
    assert.equal(await wallet.unread(), 1, text)
    await wallet.seen(tx)
    await asked(wallet, sides)
    assert.equal(await wallet.unread(), 0, text)
  }
})

test('a decision that somebody else signed is not believed', async () => {
  const { sides, wallet, tx } = await bought()
  await said(wallet, tx, report)
  const { broker, stall } = sides
  await broker.decide(tx, 750, 'x')
  broker.holds.get(tx).decision = await stall.evidence.call({ id: broker.id, now: broker.now, signing: stall.signing }, 'DECIDED', stall.id, stall.id, { vendor: stall.id, purchase: tx, to_buyer: 1250, to_seller: 0, text: 'y' })
  await asked(wallet, sides)
  await assert.rejects(wallet.decided(await wallet.order(tx)), { name: 'Unreadable' })
})

test('an answer of before does not bring a hold back that has ended', async () => {
  const { sides, wallet, tx } = await bought()
  const before = await sides.broker.evidence('HELD', sides.broker.holds.get(tx).by, tx, sides.broker.heldBody(sides.broker.holds.get(tx)))
  await said(wallet, tx, { says: 'RELEASE' })
  const { told } = await import('../wallet/holds.js')
  assert.deepEqual(await told(wallet.open(), [{ order: await wallet.order(tx), held: before }]), [])
})

test('what is shown has a bound: of what was said the last goes first, and no address', () => {
  const jws = (body, size = 100) => `h.${Buffer.from(JSON.stringify({ body })).toString('base64url')}.${'s'.repeat(size)}`
  const order = { mandate: 'm', paid: 'p', lines: [{ offer: 'o' }] }
  const events = Array.from({ length: 20 }, (_, i) => jws({ kind: 'message', text: String(i) }))
  const all = showing({ order, talk: { events: [...events, jws({ kind: 'address', text: '', address: {} })] } }, { receipt: true, said: true })
  assert.deepEqual([all.shows, all.left], [['m', 'p', 'o', ...events.slice(7)], 7])
  assert.deepEqual(showing({ order, talk: { events } }, { receipt: false, said: false }), { shows: [], left: 0 })
  const large = [jws({ text: 'a' }, 60_000), jws({ text: 'b' }, 60_000)]
  assert.deepEqual(showing({ order, talk: { events: large } }, { receipt: false, said: true }), { shows: [large[1]], left: 1 })
})

test('a wallet restored from a backup of before takes in what came back since', async () => {
  const { sides, wallet, tx } = await bought()
  const backup = await backedUp(wallet)
  wallet.drop()
  sides.clock.at += 6 * day
  sides.broker.moved(sides.broker.holds.get(tx), 'RECLAIM')
  const next = await browserWithout(sides)
  await restore(next, { ...backup, passphrase })
  await finish(next)
  await asked(next, sides)
  await finish(next)
  assert.equal(await cash(next), 5000)
})

test('a hold that was told of before the wallet had its receipt is asked about by itself', async () => {
  const { sides, wallet, tx } = await bought()
  const order = await wallet.order(tx)
  await wallet.open().purse.apply([{ kind: 'orders', id: tx, value: null }])
  await asked(wallet, sides)
  await wallet.open().purse.apply([{ kind: 'orders', id: tx, value: order }])
  await asked(wallet, sides)
  assert.equal((await wallet.order(tx)).held, undefined, 'it was told of already')
  sides.clock.at += 700
  await asked(wallet, sides)
  assert.equal(kept((await wallet.order(tx)).held, 'HELD').body.state, 'held')
})

test('two tabs that ask at once count once what came back for an order of another copy', async () => {
  const { sides, wallet, tx } = await bought()
  const backup = await backedUp(wallet)
  await wallet.follow((await buy(wallet, sides, 5000)).id)
  await finish(wallet)
  const other = (await wallet.orders()).find(order => order.tx !== tx)
  await sides.broker.record(sides.stall, other.mandate, other.paid)
  wallet.drop()
  sides.clock.at += 6 * day
  for (const hold of sides.broker.holds.values()) sides.broker.moved(hold, 'RECLAIM')
  const next = await browserWithout(sides)
  await restore(next, { ...backup, passphrase })
  await finish(next)
  sides.wire = path => path.endsWith('/statements') ? Response.json({ type: '/problems/x', title: 'x', status: 404, instance: 'x' }, { status: 404 }) : ''
  await Promise.all([asked(next, sides), asked(next, sides)])
  assert.equal((await next.profile()).credit, 2500)
})
