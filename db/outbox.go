package db

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// send puts a request into the outbox and returns its place there. It stays,
// through any crash, until strike.
func (c change) send(o scrip.Outgoing) (place int64, err error) {
	request, err := json.Marshal(o.Request)
	if err != nil {
		return 0, fmt.Errorf("encode a request: %w", err)
	}
	slot, err := c.keep(o.ReplyKey[:], o.RequestKey[:])
	if err != nil {
		return 0, fmt.Errorf("keep the reply keys of a request: %w", err)
	}
	err = c.getBoth(&place, putOut, c.of, string(request), slot)
	if err != nil {
		return 0, fmt.Errorf("put a request into the outbox: %w", err)
	}
	return place, nil
}

// strike takes the request at a place, which a query finds, out of the outbox
// and erases its keys. An answer counts once: scrip.ErrAnswered when the
// request is not there any more.
func (c change) strike(place string, args ...any) error {
	n, err := c.execBoth(strikeOut.around(place, `)`), append([]any{c.of}, args...)...)
	if err == nil && n == 0 {
		err = scrip.ErrAnswered
	}
	return err
}

// outgoingRow is the part of a row that its request in the outbox adds: NULL once
// that is settled.
type outgoingRow struct {
	Request sql.NullString `db:"request"`
	secretRow
}

const outgoingColumns = `o.request, v.slot, v.secret`

var (
	// outgoing joins the outbox to a row x that has a place in it, or had one.
	outgoing  = both(` LEFT JOIN outbox o ON {o.vendor = x.vendor AND }o.place = x.outbox LEFT JOIN vault v ON {v.vendor = o.vendor AND }v.slot = o.slot `)
	strikeOut = both(`DELETE FROM outbox WHERE {vendor = ? AND }place = (`)
	putOut    = both(`INSERT INTO outbox ({vendor, }request, slot) VALUES ({?, }?, ?) RETURNING place`)
)

// fill adds the request and the keys to what is known of an Outgoing.
func (r outgoingRow) fill(o scrip.Outgoing) (scrip.Outgoing, error) {
	if !r.Request.Valid {
		return o, nil
	}
	if err := json.Unmarshal([]byte(r.Request.String), &o.Request); err != nil {
		return scrip.Outgoing{}, fmt.Errorf("decode a stored request: %w", err)
	}
	o.ReplyKey, o.RequestKey = jose.ReplyKey(r.Secret[:secretSize]), jose.ReplyKey(r.Secret[secretSize:])
	return o, nil
}
