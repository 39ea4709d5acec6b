package tour

import (
	"path"
	"slices"
	"strings"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// passage is the way of one message in a request or an answer, as the table of the
// API's steps has it.
type passage struct {
	name     string
	from, to api.Party
	through  api.Party // who passes it on; "" for what goes straight
	relayed  bool      // the second half of its way through another party
	size     func(scrip.Sealed) int
	// shownBy names the message that the customer must have opened for this one to
	// be what it is taken for, and no REFUSE; "" for what is asked.
	shownBy string
}

// Sizes of a message in a body, in bytes.
func inEnvelope(b scrip.Sealed) int { return len(b.Envelope) }
func inOrder(b scrip.Sealed) int    { return len(b.Order) }
func inPayment(b scrip.Sealed) int  { return len(b.Payment) }
func inBoth(b scrip.Sealed) int     { return len(b.Order) + len(b.Payment) }

// asked is the message of a step's request. The part beside it was counted
// where it came from.
func asked(s api.Step) passage {
	size := inEnvelope
	if s.Takes.Envelope == "" {
		size = inBoth
	}
	return passage{name: s.Message(), from: s.From, to: s.To, size: size}
}

// given are the messages of a step's answer, by their numbers. The order part is
// the merchant's word and the payment part the broker's, both to the customer,
// whoever is asked.
func given(s api.Step) []passage {
	passages := []passage{
		replied(s),
		passed(s, s.Gives.Order.Message(), api.M, inOrder),
		passed(s, s.Gives.Payment.Message(), api.B, inPayment),
	}
	passages = slices.DeleteFunc(passages, func(l passage) bool { return l.name == "" })
	slices.SortFunc(passages, func(a, b passage) int { return number(a.name) - number(b.name) })
	return passages
}

// replied is what a step answers to who asks. What is said between broker and
// merchant shows by what goes on to the customer beside it.
func replied(s api.Step) passage {
	l := passage{name: s.Gives.Envelope.Message(), from: s.To, to: s.From, size: inEnvelope}
	l.shownBy = l.name
	if l.to != api.C {
		l.shownBy = s.Gives.Order.Message() + s.Gives.Payment.Message()
	}
	return l
}

// passed is a part of an answer that is for the customer.
func passed(s api.Step, name string, writer api.Party, size func(scrip.Sealed) int) passage {
	l := passage{name: name, from: writer, to: api.C, size: size, shownBy: name}
	switch {
	case writer != s.To:
		l.through, l.relayed = s.To, true
	case s.From != api.C:
		l.through = s.From
	}
	return l
}

// behind are the messages between broker and merchant without which a step's
// answer cannot be: the request that passes its part on, and the answer to that.
func behind(s api.Step) []passage {
	for _, on := range api.Steps() {
		if on.From != s.To || on.Takes.Envelope == "" || s.Message() != on.Takes.Order.Message()+on.Takes.Payment.Message() {
			continue
		}
		request, answer := asked(on), replied(on)
		request.shownBy = answer.shownBy
		return []passage{request, answer}
	}
	return nil
}

// stepAt finds the step of a path like /v1/broker/notices.
func stepAt(at string) (api.Step, bool) {
	for _, s := range api.Steps() {
		pattern := strings.Replace(s.Path(), "{vendor}", "*", 1)
		if found, err := path.Match(pattern, at); err == nil && found {
			return s, true
		}
	}
	return api.Step{}, false
}

// messages are all messages of the tour: the customer's that have no number, and all
// others by their numbers.
func messages() []passage {
	var list []passage
	add := func(l passage) {
		if number(l.name) == 0 && l.from != api.C && l.to != api.C {
			return // a stall's HELD
		}
		known := slices.ContainsFunc(list, func(m passage) bool { return m.name == l.name })
		if _, told := captions[l.name]; told && !known && !l.relayed {
			list = append(list, l)
		}
	}
	for _, s := range api.Steps() {
		add(asked(s))
		for _, l := range given(s) {
			add(l)
		}
	}
	slices.SortFunc(list, func(a, b passage) int { return number(a.name) - number(b.name) })
	return list
}
