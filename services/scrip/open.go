package scrip

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"peerscrip/jose"
)

// opening keeps what is our own fault apart from what the sender did: whatever
// was wrong with the envelope, the answer is Unreadable.
func opening(o jose.Opened, err error) error {
	if errors.Is(err, jose.ErrOpen) {
		return unopened{o.RefusedAt}
	}
	return err
}

// unopened is Unreadable, and reads so, with the check at which it failed.
type unopened struct{ check string }

// Error returns the word on the wire.
func (unopened) Error() string { return Unreadable.Error() }

// Unwrap makes it the refusal.
func (unopened) Unwrap() error { return Unreadable }

// at adds to Unreadable the check that failed; any other error is as it is.
func at(check string, err error) error {
	if err == error(Unreadable) {
		return unopened{check}
	}
	return err
}

// FailedCheck names the check at which a message was Unreadable, or is empty where
// that is not known. It helps who writes another implementation, and as well who
// probes for keys: only where no money is real may it be told.
func FailedCheck(err error) string {
	var u unopened
	errors.As(err, &u)
	return u.check
}

// read makes an opened message valid, once: its body by its own rules, its
// attachments by the list of its type. Evidence names attachments by their
// digests and has none of them.
func read[B Body](o jose.Opened, evidence bool) (Opened[B], error) {
	m := Opened[B]{
		From: o.Iss, Tx: ID(o.Tx), At: o.Iat, Digest: o.Digest, Dual: o.Dual,
		OrderDigest: o.Attached[attachedOrder], JWS: o.JWS, Key: o.Key,
	}
	if err := o.DecodeBody(&m.Body); err != nil {
		return Opened[B]{}, unopened{"body"}
	}
	if err := m.Body.Valid(); err != nil {
		return Opened[B]{}, at("body", err)
	}
	if !fits(names(o.Attached), m.Body) {
		return Opened[B]{}, unopened{"attachments"}
	}
	if evidence {
		return m, nil
	}
	if err := m.Attachments.take(o); err != nil {
		return Opened[B]{}, at("attachments", err)
	}
	if m.Photo != nil && jose.Digest(m.Photo) != photoOf(m.Body) {
		return Opened[B]{}, unopened{"attachments"}
	}
	return m, nil
}

// wanted lists, sorted, the attachments body must come with.
func wanted(body Body) []string {
	if c, ok := body.(changer); ok && c.brings() > 0 {
		return []string{attachedScrip, attachedSecret}
	}
	list := attached[body.Type()]
	if photoOf(body) != "" {
		list = slices.Sorted(slices.Values(append([]string{attachedPhoto}, list...)))
	}
	return list
}

// photoOf is the digest of the photo that a body comes with; empty for none.
func photoOf(body Body) string {
	if p, ok := body.(pictured); ok {
		return p.pictured()
	}
	return ""
}

// fits reports whether a body may come with just these attachments.
func fits(there []string, body Body) bool {
	if slices.Equal(there, wanted(body)) {
		return true
	}
	p, ok := body.(presenter)
	return ok && p.presents() && slices.Equal(there, []string{attachedReplyKey, attachedScrip, attachedSecret})
}

func names(attached map[string]string) []string {
	var list []string
	for name := range attached {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// take decodes the attachments that are there and checks their form.
func (a *Attachments) take(o jose.Opened) error {
	for name := range o.Attachments {
		var err error
		switch name {
		case attachedScrip:
			a.Scrip = new(Scrip)
			err = o.DecodeAttachment(name, a.Scrip)
		case attachedSecret:
			err = o.DecodeAttachment(name, (*string)(&a.Secret))
			if err == nil && !validHash(string(a.Secret)) {
				return ScripInvalid
			}
		case attachedReplyKey:
			a.ReplyKey = new(jose.ReplyKey)
			err = o.DecodeAttachment(name, a.ReplyKey)
		case attachedOrder:
			a.Order = new(Order)
			err = o.DecodeAttachment(name, a.Order)
		case attachedPhoto:
			a.Photo, err = decodePhoto(o)
		case attachedProof:
			err = o.DecodeAttachment(name, &a.Possession)
			if err == nil && !isJWS(a.Possession) {
				err = Unreadable
			}
		default:
			return Unreadable
		}
		if err != nil {
			return Unreadable
		}
	}
	return a.valid()
}

// decodePhoto reads a photo that is attached.
func decodePhoto(o jose.Opened) ([]byte, error) {
	var text string
	if err := o.DecodeAttachment(attachedPhoto, &text); err != nil {
		return nil, err
	}
	photo, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(photo) == 0 || len(photo) > MaxTalkPhoto || strings.ContainsAny(text, "\r\n") {
		return nil, Unreadable
	}
	return photo, nil
}

func (a *Attachments) valid() error {
	if a.Scrip != nil {
		if err := a.Scrip.Valid(); err != nil {
			return err
		}
	}
	if a.Order != nil {
		return a.Order.Valid()
	}
	return nil
}

// Unchecked reads the body of a signed message that was verified before it was kept;
// nothing of it is verified again.
func Unchecked[B Body](jws string) (B, error) {
	var claims struct {
		Body B `json:"body"`
	}
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return claims.Body, Unreadable
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return claims.Body, Unreadable
	}
	return claims.Body, nil
}

// SamePayload reports whether two signed messages say the same: whether their
// payloads are the same bytes.
func SamePayload(a, b string) bool {
	first, second := strings.Split(a, "."), strings.Split(b, ".")
	return len(first) == 3 && len(second) == 3 && first[1] == second[1]
}
