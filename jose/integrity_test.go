package jose_test

import (
	"strings"
	"testing"

	"peerscrip/jose"
)

// every is one good message of each kind, as it travels.
func every(w world) []vector {
	var all []vector
	scenarios := w.scenarios()
	for _, name := range []string{"request", "reply", "mandate", "order"} {
		all = append(all, scenarios[name].vector(w, spoil{name: "good"}))
	}
	return all
}

// Claim C4: a one-bit change at any byte is refused, with the one error. Every
// bit of evidence is tried, and of what is sealed one bit of every byte.
func TestOneBitChange(t *testing.T) {
	for _, v := range every(newWorld()) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			good := v.Envelope
			for i := range good {
				for bit := range 8 {
					if (v.Kind != "evidence" || testing.Short()) && bit != i%8 {
						continue
					}
					changed := []byte(good)
					changed[i] ^= 1 << bit
					v.Envelope = string(changed)
					if _, step, public := v.open(); step == nil || public != jose.ErrOpen {
						t.Errorf("byte %d, bit %d: got %v, want ErrOpen", i, bit, public)
					}
				}
			}
		})
	}
}

// A message cut short at any byte, or with any byte more or missing, is refused.
func TestCutAndDoubled(t *testing.T) {
	for _, v := range every(newWorld()) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			good := v.Envelope
			for i := range good {
				for _, changed := range []string{good[:i], good[i:] + good[:i], good[:i] + good[i+1:], good[:i] + good[i:i+1] + good[i:]} {
					if changed == good {
						continue
					}
					v.Envelope = changed
					if _, step, public := v.open(); step == nil || public != jose.ErrOpen {
						t.Errorf("byte %d: got %v, want ErrOpen", i, public)
					}
				}
			}
		})
	}
}

// Segments of two good messages do not mix.
func TestSegmentsDoNotMix(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"request", "reply", "mandate"} {
		s := w.scenarios()[name]
		a, b := s.vector(w, spoil{name: "one"}), s.vector(w, spoil{name: "two"})
		mine, other := strings.Split(a.Envelope, "."), strings.Split(b.Envelope, ".")
		for i := range mine {
			if mine[i] == other[i] {
				continue
			}
			mixed := append([]string{}, mine...)
			mixed[i] = other[i]
			a.Envelope = strings.Join(mixed, ".")
			if _, _, public := a.open(); public != jose.ErrOpen {
				t.Errorf("%s, segment %d of another message: got %v, want ErrOpen", name, i, public)
			}
		}
	}
}

// A kind of message opens as that kind only.
func TestKindsDoNotMix(t *testing.T) {
	for _, v := range every(newWorld()) {
		for _, kind := range []string{"request", "reply", "evidence"} {
			if kind == v.Kind {
				continue
			}
			as := v
			as.Kind = kind
			as.Keys.ReplyKey = newWorld().reply.Encode()
			if _, _, public := as.open(); public != jose.ErrOpen {
				t.Errorf("%s opened as %s: got %v, want ErrOpen", v.Name, kind, public)
			}
		}
	}
}
