package web

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"peerscrip/services/scrip"
)

// sessionLife is how long a session of the desk, the bank or the console lasts at most.
const sessionLife = 24 * time.Hour

// Sessions keep what visitors are in the middle of, where every process that serves the same pages finds it. A token is the
// digest of a cookie's, and part is the site's part that the cookie goes to: what is of one part is not found in another.
type Sessions interface {
	// Session returns what a session holds, or scrip.ErrAbsent: there is none, it is over at that time, or it was ended.
	Session(ctx context.Context, part, token string, at int64) ([]byte, error)
	// KeepSession keeps what a session holds until it is over (unix seconds). One that was ended stays ended.
	KeepSession(ctx context.Context, part, token string, content []byte, at, until int64) error
	// EndSession ends a session, and remembers until then that it was.
	EndSession(ctx context.Context, part, token string, until int64) error
}

// newManager is a manager of sessions of one part of the site. What only reads a session does not save it: a page that asks by
// itself whether something has changed would put it back to what it was, and its cookie with it.
func newManager(kept Sessions, part string) *scs.SessionManager {
	m := scs.New()
	m.Lifetime, m.HashTokenInStore = sessionLife, true
	m.Store = sessionStore{kept, part}
	return m
}

// sessionStore is Sessions as scs asks for them, of one part of the site. A session that has ended, or has another token since,
// stays ended: a request that was under way meanwhile (an upload, say) would else save it once more, with all the desks that
// were open in it. When a session is over is told by the clock of cookies, not by the market's.
type sessionStore struct {
	of   Sessions
	part string
}

var _ scs.CtxStore = sessionStore{}

// FindCtx returns a session; false: there is none, or it has ended.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, err := s.of.Session(ctx, s.part, token, time.Now().Unix())
	if errors.Is(err, scrip.ErrAbsent) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// CommitCtx saves a session, unless it has ended. What the visitor did is done: who closes the page now must still find it.
func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.of.KeepSession(context.WithoutCancel(ctx), s.part, token, b, time.Now().Unix(), expiry.Unix())
}

// DeleteCtx ends a session. For as long as one lasts it is remembered that this one has ended; by then no request of it is
// under way.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.of.EndSession(context.WithoutCancel(ctx), s.part, token, time.Now().Add(sessionLife).Unix())
}

// Find is FindCtx, Commit CommitCtx and Delete DeleteCtx where scs has no request at hand.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx.
func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx.
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
