package wallet

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// request is a message as it was written down: signed once, sealed anew each
// time it is sent. Receivers know it by the digest of what was signed.
type request struct {
	Typ      string        `json:"typ"`
	Tx       scrip.ID      `json:"tx"`
	From     string        `json:"from"` // who signed, and whom the answer is for
	Signed   jose.Signed   `json:"signed"`
	ReplyKey jose.ReplyKey `json:"reply_key"`
}

// draft is a message that is about to be written down.
type draft struct {
	from, to string
	tx       scrip.ID
	body     scrip.Body
	attach   scrip.Attachments // but the reply key
}

// message completes d with a fresh reply key.
func (w *Wallet) message(d draft) (jose.Message, jose.ReplyKey, error) {
	if err := d.body.Valid(); err != nil {
		return jose.Message{}, jose.ReplyKey{}, err
	}
	key, err := jose.NewReplyKey(w.cfg.Random)
	d.attach.ReplyKey = &key
	return scrip.Compose(d.from, d.to, d.tx, w.now(), d.body, d.attach), key, err
}

// sign makes the request that says d.
func (w *Wallet) sign(d draft, by jose.SigningKey) (request, error) {
	message, key, err := w.message(d)
	if err != nil {
		return request{}, err
	}
	signed, err := jose.Sign(w.cfg.Random, message, by)
	return request{d.body.Type(), d.tx, d.from, signed, key}, err
}

// talk is a request and where it goes.
type talk struct {
	request
	to   jose.SealKey
	send func(context.Context, scrip.Sealed) (scrip.Sealed, error)
	tell Event // what to say of it
}

// ask sends a request that has one envelope and gives the answer's, unopened.
// Its error settles nothing.
func (w *Wallet) ask(ctx context.Context, t talk) (string, error) {
	envelope, err := t.Signed.Seal(t.to)
	if err != nil {
		return "", unfinished("seal "+t.Typ, err)
	}
	w.tell(t.tell, t.Typ, Sent)
	answer, err := t.send(ctx, scrip.Sealed{Envelope: envelope})
	if err != nil {
		return "", unfinished("send "+t.Typ, err)
	}
	return answer.Envelope, nil
}

// take opens the answer to a request. A signed REFUSE is *Refused; any other
// error is ErrUnfinished, for it settles nothing.
func take[B scrip.Body](w *Wallet, envelope string, r request, e Event, senders scrip.Keys) (scrip.Opened[B], error) {
	o, err := scrip.OpenReply[B](envelope, r.ReplyKey, r.From, r.Tx, senders)
	if err == nil {
		w.tell(e, o.Body.Type(), Received)
		return o, nil
	}
	err = answered(r.Typ, err)
	if errors.As(err, new(*Refused)) {
		w.tell(e, scrip.Refuse{}.Type(), Received)
	}
	return o, err
}

// takeEither opens an answer that is an A or a B; the other one is nil.
func takeEither[A, B scrip.Body](w *Wallet, envelope string, r request, e Event, senders scrip.Keys) (*scrip.Opened[A], *scrip.Opened[B], error) {
	a, err := take[A](w, envelope, r, e, senders)
	if err == nil {
		return &a, nil, nil
	}
	if errors.As(err, new(*Refused)) {
		return nil, nil, err
	}
	b, err := take[B](w, envelope, r, e, senders)
	if err != nil {
		return nil, nil, err
	}
	return nil, &b, nil
}

// answered sorts what OpenReply says: Unreadable is what does not open, so it
// is nobody's word, and neither is a fault of ours.
func answered(typ string, err error) error {
	reason, ok := scrip.AsRefusal(err)
	if !ok || reason == scrip.Unreadable {
		return unfinished("open the answer to "+typ, err)
	}
	return &Refused{Message: typ, Reason: reason}
}

func (w *Wallet) tell(e Event, message string, d Direction) {
	e.Message, e.Direction = message, d
	w.cfg.Progress(e)
}

// money takes the scrip an answer brought, if it is what it must be.
func (w *Wallet) money(a scrip.Attachments, issuer scrip.ID, value scrip.Money) (scrip.Held, error) {
	if a.Scrip == nil || a.Secret == "" || a.Scrip.Issuer != issuer || a.Scrip.Value != value ||
		a.Scrip.Props.Currency != w.currency() {
		return scrip.Held{}, errAnswer
	}
	return scrip.Held{Scrip: *a.Scrip, Secret: a.Secret}, nil
}

// holding is scrip as the purse keeps it; vendor is empty for BrokerScrip. made
// is the signed time (unix seconds) of the message that brought it.
func (w *Wallet) holding(h scrip.Held, vendor scrip.VendorID, made int64) (Holding, error) {
	sealed, err := w.vault.put(placeOfScrip(h.Scrip.ScripID), h)
	return Holding{
		ScripID: h.Scrip.ScripID, Vendor: vendor, Value: h.Scrip.Value, Made: made, Expires: h.Scrip.Expires, Sealed: sealed,
	}, err
}
