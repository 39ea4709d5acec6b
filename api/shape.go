package api

import (
	"strings"

	"peerscrip/services/scrip"
)

// Part is the message that one envelope of a body holds, by its name in
// docs/protocol.md; "?" behind it says that the envelope may be missing. The
// empty Part is an envelope that is never there.
type Part string

// Message is the part's name alone.
func (p Part) Message() string { return strings.TrimSuffix(string(p), "?") }

// must reports whether the envelope is always there.
func (p Part) must() bool { return p != "" && !strings.HasSuffix(string(p), "?") }

// Shape is which envelopes a body has, and what each of them holds. A body has
// at least one.
type Shape struct{ Envelope, Order, Payment Part }

// envelope is one message.
func envelope(message Part) Shape { return Shape{Envelope: message} }

// pair is a two-part message, or the answers of both who read one.
func pair(order, payment Part) Shape { return Shape{Order: order, Payment: payment} }

// forward is a merchant's message to the broker beside the part that it passes
// on; or the broker's answer to it beside the one for its customer.
func forward(message, payment Part) Shape { return Shape{Envelope: message, Payment: payment} }

// relay is the broker's message to a merchant beside the part that it passes on;
// or the merchant's answer to it beside the one for its customer.
func relay(message, order Part) Shape { return Shape{Envelope: message, Order: order} }

// of keeps from a body the envelopes of the shape, and reports whether all that
// must be there are.
func (s Shape) of(body scrip.Sealed) (scrip.Sealed, bool) {
	whole := true
	keep := func(p Part, envelope string) string {
		if p == "" {
			return ""
		}
		whole = whole && (envelope != "" || !p.must())
		return envelope
	}
	kept := scrip.Sealed{
		Envelope: keep(s.Envelope, body.Envelope), Order: keep(s.Order, body.Order), Payment: keep(s.Payment, body.Payment),
	}
	return kept, whole && kept != scrip.Sealed{}
}
