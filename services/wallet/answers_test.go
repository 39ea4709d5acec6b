package wallet

import (
	"crypto/rand"
	"encoding/json"

	"peerscrip/services/scrip"
)

// message is one message of the answer, if it came.
func (s *settler) message(name string) (said, bool) {
	raw, there := s.v.Answer[name]
	var m said
	if there {
		if err := json.Unmarshal(raw, &m); err != nil {
			s.t.Fatal(err)
		}
	}
	return m, there
}

func (s *settler) refused() *Refused {
	m, there := s.message("REFUSE")
	if !there {
		return nil
	}
	return &Refused{Message: "T0", Reason: m.Reason}
}

func answerOf[B scrip.Body](s *settler, name string, say func(said) scrip.Opened[B]) answer[B] {
	a := answer[B]{no: s.refused()}
	if m, there := s.message(name); there {
		o := say(m)
		a.said = &o
	}
	return a
}

func bankAnswer[B scrip.Body](s *settler, name string, say func(said) scrip.Opened[B]) answer[B] {
	a := answerOf(s, name, say)
	if m, there := s.message("PENDING"); there {
		o := opened(s, m, "", 0, scrip.Pending{Link: m.Link})
		a.pending = &o
	}
	return a
}

// opened is a message with scrip of a value attached, told as the vector says.
func opened[B scrip.Body](s *settler, m said, vendor scrip.VendorID, value scrip.Money, body B) scrip.Opened[B] {
	o := scrip.Opened[B]{Tx: s.it.Tx, At: s.w.now(), Body: body}
	if value == 0 {
		return o
	}
	issuer := theBroker
	if vendor != "" {
		issuer = scrip.ID(vendor)
	}
	if m.Wrong == "issuer" {
		issuer = another
	}
	currency := "EUR"
	if m.Wrong == "currency" {
		currency = "ISK"
	}
	id, err := scrip.NewID(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	o.Attachments = scrip.Attachments{Secret: "secret", Scrip: &scrip.Scrip{
		Issuer: issuer, Value: value + off(m, "scrip"), ScripID: id, Expires: o.At + 1, Props: scrip.Props{Currency: currency},
	}}
	return o
}

// off is by how much a value of a message is off.
func off(m said, what string) scrip.Money {
	if m.Wrong == what {
		return 1
	}
	return 0
}

func (s *settler) vendorIn(m said) scrip.VendorID {
	if m.Wrong == "vendor" {
		return scrip.VendorID(another)
	}
	return theVendor
}
