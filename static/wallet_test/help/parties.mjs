// A broker, its sandbox bank and one stall in memory, reached through globalThis.fetch. They keep the rule that matters to a
// wallet: the same request again gets the same reply. Faults are put between by `wire`, which may lose a request, lose an
// answer, or answer otherwise.
import { newID } from '../../wallet/base64url.js'
import { BrokerSide } from './broker.mjs'
import { StallSide } from './stall.mjs'

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
    'GET /v1/broker/keys': (_, url) => ({ keys: broker.keys.slice(Number(url.searchParams.get('after')), Number(url.searchParams.get('after')) + 16) }),
    'POST /v1/broker/accounts': body => broker.accountRequest(body),
    'POST /v1/broker/acquisitions': body => broker.acquisition(body),
    'POST /v1/broker/top-ups': body => broker.topUp(body),
    'POST /v1/broker/extensions': body => broker.extension(body),
    'POST /v1/broker/banks': body => broker.changeBank(body),
    'POST /v1/broker/rekeyings': body => broker.rekeying(body),
    'POST /v1/broker/statements': body => broker.statement(body),
    'POST /v1/broker/payouts': body => broker.payout(body),
    ...Object.fromEntries(['RELEASE', 'RECLAIM', 'DISPUTE'].map(typ => [`POST /v1/broker/${typ.toLowerCase()}s`, body => broker.protect(typ, body)])),
    'POST /v1/broker/watches': body => broker.watched(body),
    'POST /v1/broker/ratings': body => broker.rate(body),
    [`GET /v1/broker/stalls/${stall.id}/ratings`]: () => ({ ratings: broker.rated }),
    'POST /v1/broker/rescues': body => broker.rescue(body),
    'POST /v1/broker/withdrawals': body => broker.withdrawal(body),
    'POST /v1/broker/renewals': body => broker.renewal(body),
    'POST /v1/broker/announcements': body => broker.announcement(body),
    'POST /v1/broker/notices': body => broker.notice(body),
    [`GET /v1/broker/stalls/${stall.id}`]: () => ({ vendor: stall.id, name: 'x', base_url: 'http://x', certificate: stall.certificate, revoked: stall.revoked ?? false, silent_since: stall.silentSince ?? 0 }),
    [`GET /v1/stalls/${stall.id}/offers/${stall.offerID}`]: () => ({ offer: stall.offer, stock: stall.stock, away_until: stall.awayUntil ?? 0 }),
    [`GET /v1/stalls/${stall.id}/offers/${stall.bellID}`]: () => ({ offer: stall.bell, stock: stall.bells, away_until: 0 }),
    [`POST /v1/stalls/${stall.id}/exchanges`]: body => stall.exchange(body),
    [`POST /v1/stalls/${stall.id}/givebacks`]: body => stall.giveback(body),
    [`POST /v1/stalls/${stall.id}/collections`]: body => stall.collection(body),
    [`POST /v1/stalls/${stall.id}/events`]: body => stall.tell(body),
    [`POST /v1/stalls/${stall.id}/claims`]: body => stall.claim(body),
    [`POST /v1/stalls/${stall.id}/renewals`]: body => stall.renewal(body),
    [`POST /v1/stalls/${stall.id}/purchases`]: body => stall.purchase(body),
    'POST /v1/bank/confirmations/x/decline': () => {
      broker.declined.add(broker.asked)
      return {}
    },
    'POST /v1/bank/accounts': () => {
      const reference = newID()
      broker.bank.set(reference, 10_000)
      routes[`GET /v1/bank/accounts/${reference}`] = () => ({ reference, balance: broker.bank.get(reference) })
      return { reference, balance: 10_000 }
    },
  }
  globalThis.fetch = async (url, init = {}) => {
    const name = `${init.method ?? 'GET'} ${new URL(url).pathname}`
    const route = routes[name] ?? (name === `GET /v1/stalls/${stall.id}/offers/${stall.privateID}` ? () => ({ offer: stall.private, stock: stall.privateStock ?? 1, away_until: 0 }) : undefined)
    if (!route) return new Response('{"type":"/problems/not-found","title":"x","status":404,"instance":"x"}', { status: 404 })
    sides.seen.push(name)
    const fate = sides.wire(name)
    if (fate === 'lost') throw new TypeError('connection refused')
    if (fate instanceof Response) return fate
    const answer = await route(init.body && JSON.parse(init.body), new URL(url))
    if (fate === 'unanswered') throw new TypeError('connection reset')
    return Response.json(answer)
  }
  return sides
}
