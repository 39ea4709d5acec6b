package wallet

import "peerscrip/services/scrip"

// due reports whether p is to be renewed at now (unix seconds). Its issuer grants
// that from the same second on.
func (p Piece) due(now int64) bool { return now >= scrip.DueFrom(p.Made, p.Expires) }
