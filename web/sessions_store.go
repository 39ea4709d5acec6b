package web

import (
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

// sessionLife is how long a session of the desk, the bank or the console lasts at most.
const sessionLife = 24 * time.Hour

// newManager is a manager of sessions that lie in memory. What only reads a session does not save it: a page that asks by itself
// whether something has changed would put it back to what it was, and its cookie with it.
func newManager() *scs.SessionManager {
	m := scs.New()
	m.Lifetime, m.HashTokenInStore = sessionLife, true
	m.Store = &sessionStore{of: memstore.New()}
	return m
}

// sessionStore holds sessions, by the digests of their tokens. One that has ended, or has another token since, stays ended: a
// request that was under way meanwhile (an upload, say) would else save it once more, with all the desks that were open in it.
type sessionStore struct {
	mu sync.Mutex
	of *memstore.MemStore // nothing under a token: it has ended
}

var _ scs.Store = (*sessionStore)(nil)

// Find returns a session; false: there is none, or it has ended.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	b, found, err := s.of.Find(token)
	return b, found && len(b) > 0, err
}

// Commit saves a session, unless it has ended.
func (s *sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, found, err := s.of.Find(token)
	if err != nil {
		return fmt.Errorf("look up a session: %w", err)
	}
	if found && len(old) == 0 {
		return nil
	}
	return s.of.Commit(token, b, expiry)
}

// Delete ends a session. For as long as one lasts it is remembered that this one has ended; by then no request of it is under way.
func (s *sessionStore) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of.Commit(token, nil, time.Now().Add(sessionLife))
}
