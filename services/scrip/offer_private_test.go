package scrip_test

import (
	"errors"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// A private offer is for one pseudonym, and for 72 hours at most.
func TestCheckPrivate(t *testing.T) {
	me, other := scrip.Pseudonym(jose.Digest([]byte("me"))), scrip.Pseudonym(jose.Digest([]byte("other")))
	for name, c := range map[string]struct {
		whose   scrip.Pseudonym
		seconds int64
		want    error
	}{
		"mine":               {me, 72 * 3600, nil},
		"another's":          {other, 3600, scrip.PartyMismatch},
		"mine for too long":  {me, 72*3600 + 1, scrip.Unreadable},
		"anybody's for long": {"", 90 * 24 * 3600, nil},
	} {
		o := scrip.Opened[scrip.Offer]{At: 1_800_000_000, Body: scrip.Offer{For: c.whose, ValidUntil: 1_800_000_000 + c.seconds}}
		if err := scrip.CheckPrivate(o, me); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
