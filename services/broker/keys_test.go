package broker_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
)

// TestForeignKeys: a book takes the KEYS that continue its own, and starts with no
// older ones and no others.
func TestForeignKeys(t *testing.T) {
	r := rig.New(t)
	with := func(signed ...string) error {
		c := r.Broker.Config
		c.Keys = signed
		return broker.New(c).Recognize(t.Context())
	}
	fork, _, err := r.Info.Chain.Succeed(rand.Reader, []jose.VerifyKey{r.SigningKey().Public()}, r.Info.Envelope, 1_800_000_002, r.Signing)
	if err != nil {
		t.Fatal(err)
	}
	at := folder.At(r.Data)
	if _, err := at.Rotate(rand.Reader, 1_800_000_001, folder.Rotation{Signing: true}); err != nil {
		t.Fatal(err)
	}
	rotated, err := at.BrokerKeys(rand.Reader, 0)
	if err != nil {
		t.Fatal(err)
	}
	first, second := rotated.Keys[0], rotated.Keys[1]
	for _, tc := range []struct {
		name string
		keys []string
		want error
	}{
		{"as before", []string{first}, nil},
		{"the next", []string{first, second}, nil},
		{"the next again", []string{first, second}, nil},
		{"older ones", []string{first}, broker.ErrForeignKeys},
		{"others in the last place", []string{first, fork}, broker.ErrForeignKeys},
		{"others from the first", []string{fork, second}, broker.ErrForeignKeys},
	} {
		if err := with(tc.keys...); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
	if kept, err := r.Broker.Keys(t.Context(), 1); err != nil || len(kept) != 1 || kept[0] != second {
		t.Errorf("the book's after the first: got %v, %v, want the second", kept, err)
	}
}
