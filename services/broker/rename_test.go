package broker_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestRename: a stall has another name at once, keys and address stay, and nobody else
// gets the old one for a year; a stall keeps so many.
func TestRename(t *testing.T) {
	r := rig.New(t)
	s, friend := r.Stall("Marta's Attic"), r.Customer(0)
	rename := func(name string) error {
		r.Clock.Advance(time.Second)
		return s.Rename(t.Context(), name)
	}
	taken := func(name string) error {
		_, err := rig.Send[scrip.StallOpened](friend, r.Broker.OpenStall, friend.Seal(rig.Message{Body: asksFor(friend, name)}))
		return err
	}
	r.Stall("Corner")
	if err := rename("Соrner"); !errors.Is(err, scrip.NameInvalid) { // Cyrillic
		t.Errorf("another's name: got %v, want %v", err, scrip.NameInvalid)
	}
	if err := rename("Marta's Cellar"); err != nil {
		t.Fatalf("a free name: %v", err)
	}
	before := s.Standing()
	if err := rename("Marta's Cellar"); err != nil || s.Standing() != before {
		t.Errorf("the name that it has: got %v, the same certificate: %t", err, s.Standing() == before)
	}
	listed, err := r.Broker.Stall(t.Context(), s.Vendor())
	now := s.Current()
	if err != nil || listed.Name != "Marta's Cellar" || listed.Certificate != before || now.Name != listed.Name ||
		now.Signing != s.Certificate.Signing || now.BaseURL != s.Certificate.BaseURL || now.NotAfter != s.Certificate.NotAfter {
		t.Errorf("the directory: got %+v, %v; the stall: %+v", listed, err, now)
	}
	for _, name := range []string{"Marta's Attic", "MARTA'S ATTIC", "Marta's Cellar"} {
		if err := taken(name); !errors.Is(err, scrip.NameInvalid) {
			t.Errorf("%s, asked for by somebody else: got %v, want %v", name, err, scrip.NameInvalid)
		}
	}
	for _, name := range []string{"Marta's Attic", "Two", "Three"} { // its own, of before, and two more
		if err := rename(name); err != nil {
			t.Errorf("rename to %s: %v", name, err)
		}
	}
	if err := rename("Four"); !errors.Is(err, scrip.TooMany) {
		t.Errorf("more names than a stall keeps: got %v, want %v", err, scrip.TooMany)
	}
	if err := rename("Two"); err != nil {
		t.Errorf("a name that it keeps: %v", err)
	}
	r.Clock.Advance(scrip.NameKept * time.Second)
	if err := taken("Marta's Cellar"); err != nil {
		t.Errorf("the old name, a year later: got %v, want it free", err)
	}
}

// TestMove: a stall is certified for another address at once, as often as it moves; name,
// keys and time stay, and the wallets that do not find it where it was ask for it anew.
func TestMove(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Marta's Attic")
	was := s.Current()
	for i := range 5 {
		r.Clock.Advance(time.Second)
		base := fmt.Sprintf("https://relay%d.example", i)
		if err := s.Move(t.Context(), base); err != nil {
			t.Fatalf("move to %s: %v", base, err)
		}
		listed, err := r.Broker.Stall(t.Context(), s.Vendor())
		now := s.Current()
		if err != nil || listed.BaseURL != base || listed.Certificate != s.Standing() || now.BaseURL != base ||
			now.Name != was.Name || now.Signing != was.Signing || now.NotAfter != was.NotAfter {
			t.Errorf("at %s: got %+v, %v; the stall: %+v", base, listed, err, now)
		}
	}
	standing := s.Standing()
	if err := s.Move(t.Context(), s.Current().BaseURL); err != nil || s.Standing() != standing {
		t.Errorf("where it is: got %v, want nothing changed", err)
	}
	if err := s.Move(t.Context(), "no address"); err == nil {
		t.Error("to no address: got nil, want an error")
	}
	r.Clock.Advance(time.Second)
	if err := s.Rename(t.Context(), "Marta's Cellar"); err != nil || s.Current().BaseURL != "https://relay4.example" {
		t.Errorf("renamed: got %v at %s, want it where it was", err, s.Current().BaseURL)
	}
}

// TestRenameSentAgain: a recorded RENAME changes nothing back.
func TestRenameSentAgain(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("One")
	key, tx := r.ReplyKey(), map[string]scrip.ID{}
	rename := func(name string, counter int64) error {
		if tx[name] == "" {
			tx[name] = r.ID()
		}
		m := scrip.Compose(string(s.Vendor()), string(r.Info.ID), tx[name], 1, scrip.Rename{Vendor: s.Vendor(), Name: name, Counter: counter},
			scrip.Attachments{ReplyKey: &key})
		envelope, err := jose.Seal(zeros{}, m, s.Secret.Signing, r.Info.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := r.Broker.Rename(t.Context(), scrip.Sealed{Envelope: envelope})
		if err != nil {
			return err
		}
		_, err = scrip.OpenReply[scrip.StallOpened](answer.Envelope, key, string(s.Vendor()), tx[name], r.Info.Signer())
		return r.Declined("RENAME", err)
	}
	for _, tc := range []struct {
		name    string
		counter int64
		want    error
	}{{"Two", 5, nil}, {"Three", 6, nil}, {"Two", 5, nil}, {"Four", 6, scrip.CounterStale}, {"Five", 1 << 52, scrip.CounterStale}} {
		if err := rename(tc.name, tc.counter); !errors.Is(err, tc.want) {
			t.Errorf("to %s with the counter %d: got %v, want %v", tc.name, tc.counter, err, tc.want)
		}
	}
	if listed, err := r.Broker.Stall(t.Context(), s.Vendor()); err != nil || listed.Name != "Three" {
		t.Errorf("the stall: got %q, %v, want Three", listed.Name, err)
	}
}

// zeros is no randomness at all, so that what is signed twice is the same.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
