package db

import (
	"errors"

	"peerscrip/services/scrip"
)

// secretSize is that of each half of a slot of the vault.
const secretSize = 32

// keep puts two secrets into a slot of the vault, a free one if there is one,
// and returns its number. Triggers overwrite it when its owner dies.
func (c change) keep(a, b []byte) (slot int64, err error) {
	secret := make([]byte, 2*secretSize)
	copy(secret, a)
	copy(secret[secretSize:], b)
	defer clear(secret)
	err = c.get(&slot, `UPDATE vault SET used = 1, secret = ?
		WHERE slot = (SELECT min(slot) FROM vault WHERE used = 0) RETURNING slot`, secret)
	if errors.Is(err, scrip.ErrAbsent) {
		err = c.get(&slot, `INSERT INTO vault (used, secret) VALUES (1, ?) RETURNING slot`, secret)
	}
	return slot, err
}
