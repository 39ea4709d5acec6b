package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Sessions keep what visitors of the pages are in the middle of, in a market's database or
// a broker's: see web.Sessions. It is safe for concurrent use.
type Sessions struct{ db *DB }

// NewSessions keeps sessions in d, which must be of kind Market or Broker.
func NewSessions(d *DB) (*Sessions, error) {
	if d.kind != Market && d.kind != Broker {
		return nil, fmt.Errorf("sessions in a database of kind %q", d.kind)
	}
	return &Sessions{d}, nil
}

// Session returns what a session holds, or scrip.ErrAbsent.
func (s *Sessions) Session(ctx context.Context, part, token string, at int64) ([]byte, error) {
	return one(ctx, s.db, "read a session", func(b []byte) ([]byte, error) { return b, nil },
		`SELECT content FROM session WHERE part = ? AND token = ? AND until > ? AND length(content) > 0`, part, token, at)
}

// mostOver bounds how many sessions that are over go with one that is kept.
const mostOver = 100

// KeepSession keeps what a session holds, unless it was ended.
func (s *Sessions) KeepSession(ctx context.Context, part, token string, content []byte, at, until int64) error {
	err := s.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		err := c.do(`DELETE FROM session WHERE (part, token) IN (SELECT part, token FROM session WHERE until <= ? ORDER BY until LIMIT ?)`, at, mostOver)
		if err != nil {
			return err
		}
		err = c.do(`INSERT INTO session (part, token, content, until) VALUES (?, ?, ?, ?) ON CONFLICT (part, token)
			DO UPDATE SET content = excluded.content, until = excluded.until WHERE length(session.content) > 0`, part, token, content, until)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// EndSession ends a session, and remembers until then that it was.
func (s *Sessions) EndSession(ctx context.Context, part, token string, until int64) error {
	err := s.db.commit(ctx, func(tx *sqlx.Tx) error {
		err := change{tx: tx}.do(`INSERT INTO session (part, token, content, until) VALUES (?, ?, ?, ?) ON CONFLICT (part, token)
			DO UPDATE SET content = excluded.content, until = excluded.until`, part, token, []byte{}, until)
		return err
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}
