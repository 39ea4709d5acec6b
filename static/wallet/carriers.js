// @ts-check
/**
 * Where a parcel service shows a parcel: the list of web/carriers.json, to which a test holds it, and the twin of web/carriers.go.
 * @module
 */

/** Name, other names, address. @type {[name: string, also: string[], url: string][]} */
export const carriers = [
  ['DHL Paket', ['dhl germany', 'deutsche post dhl'], 'https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}'],
  ['DHL', ['dhl express'], 'https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}'],
  ['DPD', [], 'https://tracking.dpd.de/status/en_US/parcel/{number}'],
  ['GLS', [], 'https://gls-group.com/track/{number}'],
  ['UPS', ['united parcel service'], 'https://www.ups.com/track?tracknum={number}'],
  ['FedEx', ['federal express'], 'https://www.fedex.com/fedextrack/?trknbr={number}'],
  ['USPS', ['us postal service'], 'https://tools.usps.com/go/TrackConfirmAction?tLabels={number}'],
  ['Royal Mail', [], 'https://www.royalmail.com/track-your-item#/tracking-results/{number}'],
  ['Evri', [], 'https://www.evri.com/track/parcel/{number}'],
  ['La Poste', ['colissimo'], 'https://www.laposte.fr/outils/suivre-vos-envois?code={number}'],
  ['PostNord', [], 'https://tracking.postnord.com/en/tracking?id={number}'],
  ['Österreichische Post', ['austrian post', 'post.at'], 'https://www.post.at/s/sendungsdetails?snr={number}'],
  ['Swiss Post', ['die post', 'la poste suisse'], 'https://service.post.ch/ekp-web/ui/entry/search/{number}'],
  ['Poste Italiane', [], 'https://www.poste.it/cerca/index.html#/risultati-spedizioni/{number}'],
  ['InPost', [], 'https://inpost.pl/sledzenie-przesylek?number={number}'],
  ['Canada Post', ['postes canada'], 'https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}'],
  ['Australia Post', ['auspost'], 'https://auspost.com.au/mypost/track/#/details/{number}'],
]

/** A carrier's name without case and without what stands between its letters. @param {string} name */
const keyOf = name => name.replaceAll(/[^\p{L}\p{Nd}]/gu, '').toLowerCase()

const known = new Map(carriers.flatMap(([name, also, url]) => [name, ...also].map(called => /** @type {const} */ ([keyOf(called), url]))))

/** The numbers that a link may have in it. */
const trackable = /^[A-Za-z0-9-]{6,40}$/

/**
 * Where a carrier's page shows a parcel; "" where the carrier is not known, or the number is none.
 * @param {string} carrier
 * @param {string} number
 */
export function trackingLink(carrier, number) {
  const bare = number.replaceAll(' ', '')
  return trackable.test(bare) ? (known.get(keyOf(carrier)) ?? '').replaceAll('{number}', bare) : ''
}
