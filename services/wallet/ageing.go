package wallet

import "peerscrip/services/scrip"

// due reports whether p is to be renewed at now (unix seconds). Its issuer grants
// that from the same second on.
func (p Piece) due(now int64) bool { return now >= scrip.DueFrom(p.Made, p.Expires) }

// askedAgain reports whether an issuer that said this when it was to renew scrip is
// asked again by itself at now (unix seconds). What was not answered is, once the
// scrip buys nothing else; what was too old is, while by the clock of this device it
// is not: either clock may be wrong, and then right again, and the money is owed all
// the while. Pure.
func askedAgain(said scrip.Refusal, expires, now int64) bool {
	if said == scrip.ScripExpired {
		return now < expires+scrip.Grace
	}
	return said.Transient() && expires <= now
}
