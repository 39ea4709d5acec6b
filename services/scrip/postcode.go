package scrip

import "strings"

// NeedsPostcode reports whether a parcel to that country (its code) needs a postcode: whether Google's address data require one, as
// github.com/bojanz/address has them, at its 344d6e4. A wallet asks for it; an address without one stays valid, as lists like
// this grow old. static/wallet/postcodes.js has the same, held to testdata/delivery.json.
func NeedsPostcode(country string) bool {
	return len(country) == 2 && strings.Contains(needPostcode, " "+country+" ")
}

var needPostcode = " " + strings.Join(strings.Fields(`
	AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FK FM FR GB GF GG GL GP GR GS GU HU IM IN IO IT JE JP KR
	KZ LI LT LU LV MF MH MP MQ MX MY NC NL NO NZ PF PL PM PN PR PT PW RE RO RU SE SG SH SJ SK SM TC TR TW UA
	US VI WF YT ZA`), " ") + " "
