package broker_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestDirectoryOrder: stalls stand in the order in which they were certified,
// revoked ones among the others, so that of the pages of a directory only the last
// changes when there is one more.
func TestDirectoryOrder(t *testing.T) {
	r := rig.New(t)
	for _, name := range []string{"cellar", "Attic", "Barn", "attic two"} {
		if s := r.Stall(name); name == "Barn" {
			if _, err := broker.Revoke(t.Context(), r.Books, s.Vendor(), r.Clock.Now(), rand.Reader); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := r.Broker.Stalls(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, s := range part.Stalls {
		names = append(names, s.Name)
	}
	if want := []string{"cellar", "Attic", "Barn", "attic two"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	page, err := r.Broker.Directory(t.Context(), part.Stalls[1].Vendor)
	if err != nil || !slices.Equal(page, part.Stalls[2:]) {
		t.Errorf("after the second: got %v, %v, want %v", page, err, part.Stalls[2:])
	}
	if page, err = r.Broker.Directory(t.Context(), part.Stalls[3].Vendor); err != nil || len(page) != 0 {
		t.Errorf("after the last: got %v, %v, want none", page, err)
	}
	if _, err = r.Broker.Directory(t.Context(), scrip.VendorID(r.ID())); !errors.Is(err, scrip.UnknownVendor) {
		t.Errorf("after nobody: got %v, want %v", err, scrip.UnknownVendor)
	}
}

// TestLookAlikeNames: nobody gets a name certified that people would take for
// another stall's, not even for a revoked one's, or that shows nothing.
func TestLookAlikeNames(t *testing.T) {
	r := rig.New(t)
	corner, friend := r.Stall("The Corner Stall"), r.Customer(0)
	tried := []string{"The  Corner Stall", "The Corner Stall\u2800", "The Сorner Stall", "\u2800", "\ufe0f", "THE CORNER STALL"}
	for _, name := range tried {
		r3 := friend.Seal(rig.Message{Body: asksFor(friend, name)})
		if _, err := rig.Send[scrip.StallOpened](friend, r.Broker.OpenStall, r3); !errors.Is(err, scrip.NameInvalid) {
			t.Errorf("R3 for %+q: got %v, want %v", name, err, scrip.NameInvalid)
		}
	}
	if _, err := broker.Revoke(t.Context(), r.Books, corner.Vendor(), r.Clock.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	rig.Ask[scrip.StallOpened](friend, r.Broker.OpenStall, asksFor(friend, "The Corner Shop"))
	r3 := friend.Seal(rig.Message{Body: asksFor(friend, "The Corner Stall")})
	if _, err := rig.Send[scrip.StallOpened](friend, r.Broker.OpenStall, r3); !errors.Is(err, scrip.NameInvalid) {
		t.Errorf("R3 for the name of a revoked stall: got %v, want %v", err, scrip.NameInvalid)
	}
}
