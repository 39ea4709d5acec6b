package db_test

import (
	"errors"
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// TestSessions: what another process keeps is found, in its part alone, until it is over; and what was ended is not kept again.
func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	var processes [2]*db.Sessions
	for i := range processes {
		s, err := db.NewSessions(dbtest.Open(t, path, db.Market))
		if err != nil {
			t.Fatal(err)
		}
		processes[i] = s
	}
	here, there := processes[0], processes[1]
	keep := func(s *db.Sessions, token, content string, at int64) {
		t.Helper()
		if err := s.KeepSession(t.Context(), "desk", token, []byte(content), at, at+100); err != nil {
			t.Fatal(err)
		}
	}
	is := func(part, token string, at int64, want string) {
		t.Helper()
		b, err := there.Session(t.Context(), part, token, at)
		if want == "" && !errors.Is(err, scrip.ErrAbsent) || want != "" && (err != nil || string(b) != want) {
			t.Errorf("session %s of %s at %d: got %q, %v, want %q", token, part, at, b, err, want)
		}
	}
	keep(here, "a", "one", 1000)
	keep(here, "b", "two", 1000)
	is("desk", "a", 1000, "one")
	is("bank", "a", 1000, "")
	is("desk", "a", 1100, "")
	keep(there, "a", "one more", 1050)
	is("desk", "a", 1100, "one more")
	if err := here.EndSession(t.Context(), "desk", "a", 1200); err != nil {
		t.Fatal(err)
	}
	keep(there, "a", "late", 1060)
	is("desk", "a", 1060, "")
	keep(there, "c", "three", 1100) // when b was over
	is("desk", "b", 1000, "")
	is("desk", "c", 1100, "three")
	if _, err := db.NewSessions(dbtest.Open(t, filepath.Join(t.TempDir(), "purse.db"), db.Wallet)); err == nil {
		t.Error("sessions in a wallet: got no error")
	}
}
