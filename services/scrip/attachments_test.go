package scrip_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/jose"
	"peerscrip/jose/josetest"
	"peerscrip/services/scrip"
)

// Each message is refused with one attachment too few, one too many, or one of
// a name nobody knows; evidence too, which shows their digests.
func TestAttachmentsAreExact(t *testing.T) {
	w := newWorld()
	all := map[string]any{"scrip": w.scrip, "secret": string(w.secret), "reply_key": w.reply, "order": w.order, "possession": "a.b.c", "note": "hello"}
	for _, k := range w.kinds() {
		right := slices.Sorted(maps.Keys(w.message(k).Attach))
		if got := scrip.Wanted(k.body); !slices.Equal(got, right) {
			t.Errorf("%s: wanted %v, the good message has %v", k.typ(), got, right)
		}
		for name, value := range all {
			m := w.message(k)
			if _, there := m.Attach[name]; there {
				delete(m.Attach, name)
			} else {
				m.Attach[name] = value
			}
			for way, open := range map[string]func() (opening, error){
				"Open":      func() (opening, error) { return k.open(w, w.request(m)) },
				"OpenReply": func() (opening, error) { return k.reply(w, w.answer(m)) },
				"Verify":    func() (opening, error) { return k.verify(w, w.sign(m).JWS) },
			} {
				if _, err := open(); !errors.Is(err, scrip.Unreadable) {
					t.Errorf("%s of %s with attachments %v: got %v, want %v", way, k.typ(), slices.Sorted(maps.Keys(m.Attach)), err, scrip.Unreadable)
				}
			}
		}
	}
}

// PAYOUT into scrip may come with the scrip it is to grow, and its secret, or
// with neither; PAYOUT to the bank with neither.
func TestPayoutMayPresentScrip(t *testing.T) {
	w := newWorld()
	k := w.find(t, "PAYOUT")
	for _, test := range []struct {
		to            string
		scrip, secret bool
		want          error
	}{
		{scrip.ToScrip, true, true, nil},
		{scrip.ToScrip, false, false, nil},
		{scrip.ToScrip, true, false, scrip.Unreadable},
		{scrip.ToScrip, false, true, scrip.Unreadable},
		{scrip.ToBank, true, true, scrip.Unreadable},
		{scrip.ToBank, false, false, nil},
	} {
		m := w.message(k, func(m *jose.Message) {
			body := k.body.(scrip.Payout)
			body.To = test.to
			m.Body = body
			if test.scrip {
				m.Attach["scrip"] = w.scrip
			}
			if test.secret {
				m.Attach["secret"] = string(w.secret)
			}
		})
		got, err := k.open(w, w.request(m))
		if !errors.Is(err, test.want) || (err == nil && (got.attachments.Scrip != nil) != test.scrip) {
			t.Errorf("PAYOUT to %s, scrip %t, secret %t: got %v, want %v", test.to, test.scrip, test.secret, err, test.want)
		}
		if _, err := k.verify(w, w.sign(m).JWS); !errors.Is(err, test.want) {
			t.Errorf("evidence of PAYOUT to %s, scrip %t, secret %t: got %v, want %v", test.to, test.scrip, test.secret, err, test.want)
		}
	}
}

// T6 and T11 bring scrip if and only if they say that there is change, COLLECTED
// and PAID_OUT if and only if they say that it has a value.
func TestChangeIsAttached(t *testing.T) {
	w := newWorld()
	none := map[string]scrip.Body{
		"T6":        scrip.Exchanged{Vendor: scrip.VendorID(w.vendor), Value: 1, Receipt: "a.b.c"},
		"T11":       scrip.Paid{Price: 1, OrderID: id("order id"), OrderDigest: hash("order")},
		"COLLECTED": scrip.CollectedRefunds{Vendor: scrip.VendorID(w.vendor), Refunds: []scrip.CollectedRefund{}},
		"PAID_OUT": scrip.PaidOut{
			Account: scrip.AccountID(w.account), Vendor: scrip.VendorID(w.vendor), Amount: 1, To: scrip.ToBank,
		},
	}
	for typ, body := range none {
		k := w.find(t, typ)
		bare := w.message(k, func(m *jose.Message) { m.Body, m.Attach = body, nil })
		if got, err := k.reply(w, w.answer(bare)); err != nil || got.attachments.Scrip != nil {
			t.Errorf("%s without change: got %v, want nil and no scrip", typ, err)
		}
		for name, m := range map[string]jose.Message{
			"with scrip and no change":    w.message(k, func(m *jose.Message) { m.Body = body }),
			"with change and no scrip":    w.message(k, func(m *jose.Message) { m.Attach = nil }),
			"with scrip and no secret":    w.message(k, func(m *jose.Message) { delete(m.Attach, "secret") }),
			"with negative change":        w.message(k, func(m *jose.Message) { m.Body, m.Attach = withChange(body, -1), nil }),
			"with change above the bound": w.message(k, func(m *jose.Message) { m.Body = withChange(body, scrip.MaxMoney+1) }),
		} {
			if _, err := k.reply(w, w.answer(m)); !errors.Is(err, scrip.Unreadable) {
				t.Errorf("%s %s: got %v, want %v", typ, name, err, scrip.Unreadable)
			}
		}
	}
}

func withChange(body scrip.Body, change scrip.Money) scrip.Body {
	switch b := body.(type) {
	case scrip.Exchanged:
		b.Change = change
		return b
	case scrip.Paid:
		b.Change = change
		return b
	case scrip.CollectedRefunds:
		b.Amount = change
		b.Refunds = []scrip.CollectedRefund{{Refund: id("refund"), Purchase: id("tx"), Amount: change}}
		return b
	case scrip.PaidOut:
		b.To, b.Value = scrip.ToScrip, change
		return b
	}
	return body
}

// What is attached must be well formed, whatever its digest says.
func TestAttachmentsAreWellFormed(t *testing.T) {
	w := newWorld()
	changed := func(edit func(*scrip.Scrip)) scrip.Scrip {
		s := w.scrip
		edit(&s)
		return s
	}
	ordered := func(edit func(*scrip.Order)) scrip.Order {
		o := w.order
		o.Lines = slices.Clone(o.Lines)
		edit(&o)
		return o
	}
	for _, test := range []struct {
		name, attachment string
		value            any
		want             scrip.Refusal
	}{
		{"scrip of nothing", "scrip", changed(func(s *scrip.Scrip) { s.Value = 0 }), scrip.ScripInvalid},
		{"scrip of too much", "scrip", changed(func(s *scrip.Scrip) { s.Value = scrip.MaxMoney + 1 }), scrip.ScripInvalid},
		{"scrip without issuer", "scrip", changed(func(s *scrip.Scrip) { s.Issuer = "" }), scrip.ScripInvalid},
		{"scrip id misspelt", "scrip", changed(func(s *scrip.Scrip) { s.ScripID += "=" }), scrip.ScripInvalid},
		{"cust id misspelt", "scrip", changed(func(s *scrip.Scrip) { s.CustID = s.CustID[1:] }), scrip.ScripInvalid},
		{"scrip that never expires", "scrip", changed(func(s *scrip.Scrip) { s.Expires = 0 }), scrip.ScripInvalid},
		{"no currency", "scrip", changed(func(s *scrip.Scrip) { s.Props.Currency = "" }), scrip.ScripInvalid},
		{"certificate cut", "scrip", changed(func(s *scrip.Scrip) { s.Certificate = s.Certificate[1:] }), scrip.ScripInvalid},
		{"scrip with one member more", "scrip", map[string]any{
			"issuer": w.scrip.Issuer, "value": 1, "scrip_id": w.scrip.ScripID, "cust_id": w.scrip.CustID, "expires": 1,
			"props": map[string]any{"currency": "EUR", "owner": "Ada"}, "certificate": w.scrip.Certificate,
		}, scrip.Unreadable},
		{"scrip that is text", "scrip", "scrip", scrip.Unreadable},
		{"scrip with a fraction", "scrip", map[string]any{"value": 1.5}, scrip.Unreadable},
		{"secret cut", "secret", string(w.secret)[1:], scrip.ScripInvalid},
		{"secret empty", "secret", "", scrip.ScripInvalid},
		{"secret that is a number", "secret", 1, scrip.Unreadable},
		{"reply key cut", "reply_key", hash("x")[1:], scrip.Unreadable},
		{"reply key empty", "reply_key", "", scrip.Unreadable},
		{"order of none", "order", ordered(func(o *scrip.Order) { o.Lines[0].Quantity = 0 }), scrip.TooMany},
		{"order of less than none", "order", ordered(func(o *scrip.Order) { o.Lines[0].Quantity = -1 }), scrip.TooMany},
		{"order of too many", "order", ordered(func(o *scrip.Order) { o.Lines[0].Quantity = scrip.MaxQuantity + 1 }), scrip.TooMany},
		{"order of no line", "order", ordered(func(o *scrip.Order) { o.Lines = nil }), scrip.TooMany},
		{"order of too many lines", "order", ordered(func(o *scrip.Order) {
			o.Lines = slices.Repeat(o.Lines, scrip.MaxLines+1)
		}), scrip.TooMany},
		{"order of no offer", "order", ordered(func(o *scrip.Order) { o.Lines[0].Version = "" }), scrip.Unreadable},
		{"order of an offer without its digest", "order", ordered(func(o *scrip.Order) { o.Lines[0].Digest = "" }), scrip.Unreadable},
		{"order with a note too long", "order", ordered(func(o *scrip.Order) { o.Note = string(make([]byte, 501)) }), scrip.TooMany},
		{"order posted to no address", "order", ordered(func(o *scrip.Order) { o.Delivery.Address = nil }), scrip.Unreadable},
		{"order collected at an address", "order", ordered(func(o *scrip.Order) { o.Delivery.Way = scrip.WayCollect }), scrip.Unreadable},
		{"order that flies", "order", ordered(func(o *scrip.Order) { o.Delivery.Way = "fly" }), scrip.Unreadable},
		{"order to no country", "order", ordered(func(o *scrip.Order) {
			o.Delivery.Address = &scrip.Address{Name: "Ann", Lines: []string{"1 Lane"}, Town: "Town"}
		}), scrip.Unreadable},
		{"possession empty", "possession", "", scrip.Unreadable},
		{"possession that is an object", "possession", map[string]any{"account": "a"}, scrip.Unreadable},
	} {
		k := w.find(t, "T10")
		if test.attachment == "possession" {
			k = w.find(t, "T3")
		}
		m := w.message(k, func(m *jose.Message) { m.Attach[test.attachment] = test.value })
		if _, err := k.open(w, w.request(m)); !errors.Is(err, test.want) {
			t.Errorf("%s with %s: got %v, want %v", k.typ(), test.name, err, test.want)
		}
	}
}

// FuzzAttachments attaches whatever JSON is there under a name a message wants:
// nothing panics, and what is not taken is refused.
func FuzzAttachments(f *testing.F) {
	w := newWorld()
	for name, good := range w.attached() {
		for _, text := range []string{string(good), `null`, `{}`, `{"value":-1}`, `"AAAA"`, `1e400`} {
			f.Add(name, []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, name string, value []byte) { w.attach(t, name, value) })
}

// An attachment that was damaged before it was sealed is refused, or taken.
func TestDamagedAttachments(t *testing.T) {
	w := newWorld()
	good := w.attached()
	names := slices.Sorted(maps.Keys(good))
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			name := rapid.SampledFrom(names).Draw(t, "name")
			w.attach(t, name, josetest.Damage(t, good[name]))
		}
	})
}

// attached is one good attachment of each name.
func (w world) attached() map[string][]byte {
	good := map[string][]byte{}
	for name, value := range map[string]any{"scrip": w.scrip, "secret": string(w.secret), "reply_key": w.reply, "order": w.order, "possession": "a.b.c"} {
		good[name] = must(json.Marshal(value))
	}
	return good
}

// attach puts a value in the place of the attachment of a name, in the first
// kind of message that has one, and wants it taken or refused.
func (w world) attach(t reporter, name string, value []byte) {
	if !json.Valid(value) {
		return
	}
	for _, k := range w.kinds() {
		m := w.message(k)
		if _, there := m.Attach[name]; !there {
			continue
		}
		m.Attach[name] = json.RawMessage(value)
		by := w.signing
		if m.SelfKeyed {
			by = w.alias
		}
		signed, _, err := signedFor(m, by)
		if err != nil {
			continue // null somewhere: cannot be signed
		}
		if _, err := k.open(w, must(signed.Seal(w.envelope.Public()))); err != nil {
			if _, ok := scrip.AsRefusal(err); !ok {
				t.Errorf("%s with %s %s: got %v, want a refusal", k.typ(), name, value, err)
			}
		}
		return
	}
}

// A photo comes with a TELL that adds an event, and with a TOLD that was asked for it,
// and is what the body says: of no other digest, not larger than may be, and nothing
// where no photo is named. The largest fits an envelope.
func TestPhotoIsAttached(t *testing.T) {
	w := newWorld()
	largest := make([]byte, scrip.MaxTalkPhoto)
	tell := func(photo []byte, digest string, events int) jose.Message {
		return w.message(w.find(t, "TELL"), func(m *jose.Message) {
			body := scrip.Tell{Vendor: scrip.VendorID(w.vendor), Order: id("order"), Events: []scrip.ToldEvent{}, Photo: digest}
			for range events {
				body.Events = append(body.Events, scrip.ToldEvent{Event: "x.x." + strings.Repeat("x", scrip.MaxJWS("EVENT")-4)})
			}
			m.Body = body
			if photo != nil {
				m.Attach["photo"] = base64.RawURLEncoding.EncodeToString(photo)
			}
		})
	}
	told := func(photo []byte, digest string) jose.Message {
		return w.message(w.find(t, "TOLD"), func(m *jose.Message) {
			m.Body, m.Attach = scrip.Told{Order: id("order"), Events: []scrip.ToldEvent{}, Photo: digest}, map[string]any{}
			if photo != nil {
				m.Attach["photo"] = base64.RawURLEncoding.EncodeToString(photo)
			}
		})
	}
	one, digest := []byte("photo"), jose.Digest([]byte("photo"))
	for name, c := range map[string]struct {
		m    jose.Message
		want error
	}{
		"TELL with the largest": {tell(largest, jose.Digest(largest), 1), nil}, "TELL that asks": {tell(nil, digest, 0), nil},
		"TELL that asks, and brings": {tell(one, digest, 0), scrip.Unreadable}, "TELL that brings none": {tell(nil, digest, 1), scrip.Unreadable},
		"TELL that names none": {tell(one, "", 1), scrip.Unreadable}, "TELL with another": {tell(one, jose.Digest(nil), 1), scrip.Unreadable},
		"TELL with one too large": {tell(append(largest[:len(largest):len(largest)], 0), jose.Digest(append(largest[:len(largest):len(largest)], 0)), 1), scrip.Unreadable},
		"TELL with nothing":       {tell([]byte{}, jose.Digest(nil), 1), scrip.Unreadable},
		"TOLD with the largest":   {told(largest, jose.Digest(largest)), nil}, "TOLD with another": {told(one, jose.Digest(nil)), scrip.Unreadable},
		"TOLD that brings none": {told(nil, digest), scrip.Unreadable}, "TOLD that names none": {told(one, ""), scrip.Unreadable},
	} {
		k := w.find(t, c.m.Typ)
		open := func() (opening, error) { return k.open(w, w.request(c.m)) }
		if c.m.Typ == "TOLD" {
			open = func() (opening, error) { return k.reply(w, w.answer(c.m)) }
		}
		got, err := open()
		if !errors.Is(err, c.want) || err == nil && jose.Digest(got.attachments.Photo) != photoNamed(c.m) && len(c.m.Attach) > 1 {
			t.Errorf("%s: got %v, want %v and the photo", name, err, c.want)
		}
	}
}

func photoNamed(m jose.Message) string {
	if tell, ok := m.Body.(scrip.Tell); ok {
		return tell.Photo
	}
	return m.Body.(scrip.Told).Photo
}
