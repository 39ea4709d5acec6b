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

// toBroker is a draft of the account's to the broker.
func (w *Wallet) toBroker(tx scrip.ID, body scrip.Body, attach scrip.Attachments) draft {
	return draft{string(w.account), string(w.brokerID()), tx, body, attach}
}

// talk is a request and where it goes.
type talk struct {
	request
	to   jose.SealKey
	by   Party
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
	answer, err := t.by.Send(ctx, t.Typ, scrip.Sealed{Envelope: envelope})
	if err != nil {
		return "", unfinished("send "+t.Typ, err)
	}
	w.hearHead(t.tell.Vendor, answer.Head)
	return answer.Envelope, nil
}

// take opens the answer to a request. A signed REFUSE is *Refused; any other
// error is ErrUnfinished, for it settles nothing.
func take[B scrip.Body](w *Wallet, envelope string, r request, e Event, senders scrip.Keys) (scrip.Opened[B], error) {
	o, err := scrip.OpenReply[B](envelope, r.ReplyKey, r.From, r.Tx, senders)
	if err == nil {
		w.hearAnswer(o.From, o.At)
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
	no := &Refused{Message: typ, Reason: reason}
	errors.As(err, &no.Stale)
	var at scrip.AtLine
	if errors.As(err, &at) {
		no.Line = at.Line + 1
	}
	return no
}

// answer is what was said to a request: one of its fields is set.
type answer[B scrip.Body] struct {
	said    *scrip.Opened[B]
	pending *scrip.Opened[scrip.Pending] // 6.1, 6.4: the bank waits for its customer
	no      *Refused
}

// heard is what take said, as an answer: a signed no is one.
func heard[B scrip.Body](said scrip.Opened[B], err error) (answer[B], error) {
	var no *Refused
	switch {
	case errors.As(err, &no):
		return answer[B]{no: no}, nil
	case err != nil:
		return answer[B]{}, err
	}
	return answer[B]{said: &said}, nil
}

// askBroker sends a request of an item to the broker.
func askBroker[B scrip.Body](ctx context.Context, w *Wallet, it Item, r request) (answer[B], error) {
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker, it.event()})
	if err != nil {
		return answer[B]{}, err
	}
	return heard(take[B](w, envelope, r, it.event(), w.brokerKeys(ctx)))
}

// askBank is askBroker where the bank may want its customer to confirm first.
func askBank[B scrip.Body](ctx context.Context, w *Wallet, it Item, r request) (answer[B], error) {
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker, it.event()})
	if err != nil {
		return answer[B]{}, err
	}
	said, pending, err := takeEither[B, scrip.Pending](w, envelope, r, it.event(), w.brokerKeys(ctx))
	var no *Refused
	if errors.As(err, &no) {
		return answer[B]{no: no}, nil
	}
	return answer[B]{said: said, pending: pending}, err
}

// askStall sends a request of an item to its merchant.
func askStall[B scrip.Body](ctx context.Context, w *Wallet, it Item, r request) (answer[B], error) {
	envelope := ""
	c, err := w.atStall(ctx, it.Vendor, func(stall Party, c scrip.Certificate) (err error) {
		envelope, err = w.ask(ctx, talk{r, c.Envelope, stall, it.event()})
		return err
	})
	if err != nil {
		return answer[B]{}, err
	}
	return heard(take[B](w, envelope, r, it.event(), w.merchantKeys(ctx, c)))
}

func (w *Wallet) tell(e Event, message string, d Direction) {
	e.Message, e.Direction = message, d
	w.cfg.Progress(e)
}

// received is the scrip that an answer brought, as the purse keeps it, if it is
// what it must be; vendor is empty for BrokerScrip. made is the signed time (unix
// seconds) of the answer.
func (w *Wallet) received(a scrip.Attachments, vendor scrip.VendorID, value scrip.Money, made int64) (Holding, error) {
	issuer := w.brokerID()
	if vendor != "" {
		issuer = scrip.ID(vendor)
	}
	if a.Scrip == nil || a.Secret == "" || a.Scrip.Issuer != issuer || a.Scrip.Value != value ||
		a.Scrip.Props.Currency != w.currency() {
		return Holding{}, errAnswer
	}
	sealed, err := w.vault.put(placeOfScrip(a.Scrip.ScripID), scrip.Held{Scrip: *a.Scrip, Secret: a.Secret})
	return Holding{
		ScripID: a.Scrip.ScripID, Vendor: vendor, Value: value, Made: made, Expires: a.Scrip.Expires, Sealed: sealed,
	}, err
}
