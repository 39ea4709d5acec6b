package broker_test

import (
	"errors"
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
