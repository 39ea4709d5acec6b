// @ts-check
/**
 * Countries to which a parcel needs a postcode, as Google's address data say (github.com/bojanz/address has them): the twin of
 * services/scrip/postcode.go, held to its testdata/delivery.json.
 * @module
 */

const need = new Set(`
  AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FK FM FR GB GF GG GL GP GR GS GU HU IM IN IO IT JE JP KR
  KZ LI LT LU LV MF MH MP MQ MX MY NC NL NO NZ PF PL PM PN PR PT PW RE RO RU SE SG SH SJ SK SM TC TR TW UA
  US VI WF YT ZA`.trim().split(/\s+/))

/** @param {string} country its code */
export const needsPostcode = country => need.has(country)
