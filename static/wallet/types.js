// @ts-check
/**
 * The shapes that several modules share; types only, no code.
 * @module
 */

/**
 * @typedef {Record<string, string>} JWK
 * @typedef {{ key: CryptoKey, jwk: JWK, thumbprint: string }} Signer a private key and who it speaks for
 *
 * @typedef {object} Message what a message says, before it is signed
 * @property {string} typ
 * @property {string} iss
 * @property {string} aud
 * @property {string} tx
 * @property {number} iat unix seconds
 * @property {Record<string, unknown>} body
 * @property {Record<string, unknown>} attach attachments by name
 * @property {(attachment: string) => Promise<string>} [salt] of each attachment; fresh where left out
 *
 * @typedef {object} Claims
 * @property {string} typ
 * @property {string} iss
 * @property {string} aud
 * @property {string} tx
 * @property {number} iat
 * @property {Record<string, string>} attached digest of each attachment, by name
 * @property {any} body
 *
 * @typedef {object} Signed a message that is signed but not yet sealed
 * @property {Claims} claims
 * @property {string} jws
 * @property {string} digest of the signed payload
 * @property {string[]} attachments disclosures
 *
 * @typedef {object} Opened a message that passed every check of its envelope and form
 * @property {string} typ
 * @property {Claims} claims
 * @property {any} body
 * @property {Record<string, any>} attached values by name
 * @property {string} jws evidence
 * @property {string[]} attachments disclosures as received
 * @property {string} digest
 *
 * @typedef {object} Scrip
 * @property {string} issuer
 * @property {number} value minor units
 * @property {string} scrip_id
 * @property {string} cust_id
 * @property {number} expires unix seconds
 * @property {{ currency: string }} props
 * @property {string} certificate
 *
 * @typedef {object} Holding a scrip as the wallet keeps it
 * @property {Scrip} scrip
 * @property {string} secret
 * @property {string} vendor "" for BrokerScrip
 * @property {string} work the work that holds it, or ""
 * @property {boolean} spent the issuer said so; kept to be seen, never chosen
 * @property {number} [since] unix seconds: when it came
 * @property {number} [at] unix seconds: when its issuer made it, by the issuer's clock
 * @property {number} [declined] how many T13 or T22 with it were refused
 * @property {string} [refused] why its renewal was refused; it is not tried again by itself
 *
 * @typedef {object} BrokerPin the broker as it was when the wallet was made
 * @property {string} id
 * @property {string} name
 * @property {string} currency
 * @property {number} exponent
 * @property {JWK[]} signing
 * @property {JWK} envelope
 * @property {number} maxCharge minor units
 *
 * @typedef {object} Profile
 * @property {BrokerPin} broker
 * @property {string} account "" until R2
 * @property {JWK} key private Ed25519 JWK
 * @property {string} bank reference
 * @property {number} counter of the last T1
 * @property {string} name
 *
 * @typedef {object} Merchant
 * @property {string} vendor
 * @property {string} name
 * @property {string} baseURL
 * @property {JWK} signing
 * @property {JWK} envelope
 * @property {number} notAfter unix seconds
 * @property {string} certificate
 * @property {JWK | null} pseudonym private Ed25519 JWK made for this merchant alone
 * @property {{ counter: number, at: number, request: import('./context.js').Request | null }} [collect] the last COLLECT:
 *   request is null once it was answered; at: unix seconds
 *
 * @typedef {object} Offer
 * @property {string} offer
 * @property {string} vendor
 * @property {string} title
 * @property {string} description
 * @property {string} category
 * @property {string} condition
 * @property {number} price
 * @property {string} currency
 * @property {number} quantity
 * @property {number} postage
 * @property {{ digest: string, alt: string }[]} photos
 * @property {number} valid_until
 *
 * @typedef {Record<string, any> & { transaction: string }} Item one transaction of a work and how far it has come
 *
 * @typedef {object} Work something that must be finished or undone, whatever happens in between
 * @property {string} id
 * @property {'join' | 'load' | 'checkout' | 'stall' | 'recover' | 'withdraw' | 'renew' | 'giveback' | 'payout' | 'restore'} kind
 * @property {number} created unix seconds
 * @property {number} changed unix seconds
 * @property {number} rev grows with every change
 * @property {Item[]} items
 * @property {number} at index of the item being run
 * @property {'running' | 'done' | 'stopped'} state
 * @property {string} reason why it stopped: a refusal, or ""
 * @property {Record<string, any>} about what it is for
 *
 * @typedef {{ kind: string, id: string, value: any }} Change one record put, or deleted when value is null
 *
 * @typedef {object} Outcome what a step decided
 * @property {Item} item
 * @property {Change[]} changes
 * @property {boolean} [done] the item is finished
 * @property {string} [stop] the work ends here, for this reason
 * @property {number} [wait] milliseconds before the next try
 * @property {string} [trouble] what stands in its way meanwhile: a refusal that may pass
 */

export {}
