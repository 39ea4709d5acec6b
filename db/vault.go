package db

import (
	"errors"

	"peerscrip/services/scrip"
)

// secretSize is that of each half of a slot of the vault.
const secretSize = 32

// The statements of the vault.
var (
	reuseSlot = both(`UPDATE vault SET used = 1, secret = ?
		WHERE {vendor = ? AND }slot = (SELECT min(slot) FROM vault WHERE {vendor = ? AND }used = 0) RETURNING slot`)
	newSlot = both(`INSERT INTO vault ({vendor, }used, secret) VALUES ({?, }1, ?) RETURNING slot`)
)

// keep puts two secrets into a slot of the vault, a free one if there is one,
// and returns its number. Triggers overwrite it when its owner dies.
func (c change) keep(a, b []byte) (slot int64, err error) {
	secret := make([]byte, 2*secretSize)
	copy(secret, a)
	copy(secret[secretSize:], b)
	defer clear(secret)
	err = c.getBoth(&slot, reuseSlot, secret, c.of, c.of)
	if errors.Is(err, scrip.ErrAbsent) {
		err = c.getBoth(&slot, newSlot, c.of, secret)
	}
	return slot, err
}
