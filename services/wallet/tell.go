package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// toldAtMost bounds how many answers in a row one thread is read in.
const toldAtMost = 2 * scrip.MaxEvents / 10

// Say adds an event to the thread of an order, or to a conversation, by its tx. It
// is written down before it is sent; a crash from then on leaves it to be sent again
// by Listen. Where the seller was faster it is signed anew, if it may still follow:
// *Refused with scrip.OutOfTurn where it may not. What a person wrote is cleaned.
func (w *Wallet) Say(ctx context.Context, tx scrip.ID, e scrip.Event) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return err
	}
	return w.say(ctx, t, e, "")
}

// Show is Say of a photo, a JPEG of at most scrip.MaxTalkPhoto bytes, with words of what
// it shows.
func (w *Wallet) Show(ctx context.Context, tx scrip.ID, photo []byte, words string) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return err
	}
	t.photo = photo
	return w.say(ctx, t, scrip.Event{Kind: "photo", Text: words, Photo: jose.Digest(photo)}, "")
}

// Photo asks the seller for a photo of a thread, its own or the buyer's, and returns it
// as it was sent: nothing but its digest and its size was looked at. *Refused with
// scrip.NotFound: the stall does not have it.
func (w *Wallet) Photo(ctx context.Context, tx scrip.ID, digest string) ([]byte, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return nil, err
	}
	id, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return nil, err
	}
	body := scrip.Tell{Vendor: t.kept.Vendor, Order: t.now.Order, Events: []scrip.ToldEvent{}, Photo: digest}
	r, err := w.sign(draft{t.key.Thumbprint(), string(t.kept.Vendor), id, body, scrip.Attachments{}}, t.key)
	if err != nil {
		return nil, err
	}
	a, err := w.askTell(ctx, &t, r)
	switch {
	case err != nil:
		return nil, err
	case a.no != nil:
		return nil, a.no
	case a.said.Body.Photo != digest:
		return nil, unfinished("check TOLD", errAnswer)
	}
	return a.said.Photo, nil
}

// Ask begins a conversation about an offer, as its seller signed it, and returns its
// ID. It needs no account's money, and shows the pseudonym that a purchase there
// would.
func (w *Wallet) Ask(ctx context.Context, offer, text string) (scrip.ID, error) {
	return w.inTalk(ctx, offer, func(thread) bool { return false }, scrip.Event{Kind: "ask", Text: text})
}

// Proposal is what a buyer would pay for so many of an offer.
type Proposal struct {
	Price    scrip.Money // of one
	Quantity int
	Text     string // a word with it; may be empty
}

// Propose proposes a price to the seller of an offer, as it was signed, in the
// conversation about it, where there is one that is not closed, else in a new one; and
// returns the conversation's ID. The seller answers with a private offer, or declines.
func (w *Wallet) Propose(ctx context.Context, offer string, p Proposal) (scrip.ID, error) {
	about := func(t thread) bool {
		return t.now.Talk && len(t.now.Said) > 0 && t.now.May(scrip.Buyer, "propose", max(w.now(), t.now.Last))
	}
	return w.inTalk(ctx, offer, about, scrip.Event{Kind: "propose", Text: p.Text, Price: p.Price, Quantity: p.Quantity})
}

// inTalk says something about an offer: in a conversation about it that will do, or in
// a new one.
func (w *Wallet) inTalk(ctx context.Context, offer string, do func(thread) bool, e scrip.Event) (scrip.ID, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	named, err := unverified(offer)
	if err != nil {
		return "", err
	}
	certificate, err := w.certificate(ctx, named.vendor)
	if err != nil {
		return "", err
	}
	o, err := scrip.Verify[scrip.Offer](offer, string(named.vendor), w.merchantKeys(ctx, certificate))
	if err != nil {
		return "", err
	}
	e.Offer = o.Body.Offer
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return "", fmt.Errorf("list threads: %w", err)
	}
	for _, row := range rows {
		t, err := w.openThread(ctx, row)
		if err != nil {
			return "", err
		}
		if t.kept.Vendor == named.vendor && do(t) && t.now.Said[0].Offer == e.Offer {
			return row.Tx, w.say(ctx, t, e, "")
		}
	}
	t, err := w.newTalk(ctx, certificate, o.Body.Title)
	if err != nil {
		return "", err
	}
	return t.row.Tx, w.say(ctx, t, e, o.Digest)
}

// newTalk is a conversation that was not begun, with the pseudonym that it shows.
func (w *Wallet) newTalk(ctx context.Context, c scrip.Certificate, title string) (thread, error) {
	key, fresh, err := w.pseudonym(ctx, c.Vendor)
	if err != nil {
		return thread{}, err
	}
	if fresh != nil {
		if err := w.cfg.Purse.Apply(ctx, PurseChange{Pseudonym: fresh}); err != nil {
			return thread{}, fmt.Errorf("keep a pseudonym: %w", err)
		}
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return thread{}, err
	}
	t := thread{kept: keptThread{Vendor: c.Vendor, Stall: c.Name, Title: title, Order: tx}, row: SealedThread{Tx: tx}, key: key}
	t.now = Conversation{Thread: scrip.Asked(tx), Vendor: c.Vendor, Talk: true}
	return t, nil
}

// say is Say in an opened thread.
func (w *Wallet) say(ctx context.Context, t thread, e scrip.Event, previous string) error {
	if t.kept.Tell != nil { // what was said before goes first
		if err := w.tellAgain(ctx, &t); err != nil && !settled(err) {
			return err
		}
	}
	e = e.Cleaned()
	err := w.sayNow(ctx, &t, e, previous)
	if errors.Is(err, scrip.OutOfTurn) && previous == "" {
		if err := w.listen(ctx, &t); err != nil {
			return err
		}
		err = w.sayNow(ctx, &t, e, previous)
	}
	return err
}

func (w *Wallet) sayNow(ctx context.Context, t *thread, e scrip.Event, previous string) error {
	err := t.now.Takes(scrip.Buyer, e.Kind, max(w.now(), t.now.Last))
	if no, ok := scrip.AsRefusal(err); ok {
		return &Refused{Message: "TELL", Reason: no}
	}
	if err := w.writeTell(ctx, t, t.now.Follow(e, previous)); err != nil {
		return err
	}
	return w.tellAgain(ctx, t)
}

// writeTell signs an event and the TELL that brings it, and writes both down.
func (w *Wallet) writeTell(ctx context.Context, t *thread, body scrip.Event) error {
	if err := body.Valid(); err != nil {
		return err
	}
	m := scrip.Compose(t.key.Thumbprint(), string(t.kept.Vendor), t.now.Tx, w.now(), body, scrip.Attachments{})
	signed, err := jose.Sign(w.cfg.Random, m, t.key)
	if err != nil {
		return fmt.Errorf("sign an event: %w", err)
	}
	r, err := w.signTell(t, signed.JWS)
	if err != nil {
		return err
	}
	t.kept.Event, t.kept.Tell = signed.JWS, &r
	change, err := w.keepThread(t)
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, change)
}

// signTell signs a TELL with these events, one or none.
func (w *Wallet) signTell(t *thread, events ...string) (request, error) {
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return request{}, err
	}
	body, attach := scrip.Tell{Vendor: t.kept.Vendor, Order: t.now.Order, Since: t.now.Seq, Events: []scrip.ToldEvent{}}, scrip.Attachments{}
	for _, jws := range events {
		body.Events = append(body.Events, scrip.ToldEvent{Event: jws})
		if t.photo != nil {
			body.Photo, attach.Photo = jose.Digest(t.photo), t.photo
		}
	}
	return w.sign(draft{t.key.Thumbprint(), string(t.kept.Vendor), tx, body, attach}, t.key)
}

// tellAgain sends a TELL that is written down, and keeps what comes back. After a
// final no it is not sent again.
func (w *Wallet) tellAgain(ctx context.Context, t *thread) error {
	a, err := w.askTell(ctx, t, *t.kept.Tell)
	switch {
	case err != nil:
		return err
	case a.no != nil && a.no.Reason.Transient():
		return unfinished("tell the seller", a.no)
	case a.no == nil:
		return w.hearTold(ctx, t, a.said.Body)
	}
	if err := w.unsaid(ctx, t); err != nil {
		return unfinished("keep the answer to TELL", err)
	}
	return a.no
}

// unsaid forgets an event that was refused, and a conversation that would have begun with it.
func (w *Wallet) unsaid(ctx context.Context, t *thread) error {
	t.kept.Event, t.kept.Tell, t.now.Unsaid = "", nil, nil
	if t.unasked() {
		return w.cfg.Purse.Apply(ctx, PurseChange{Unasked: &t.row})
	}
	change, err := w.keepThread(t)
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, change)
}

func (w *Wallet) askTell(ctx context.Context, t *thread, r request) (answer[scrip.Told], error) {
	it := Item{Tx: r.Tx, Transaction: "TELL", Vendor: t.kept.Vendor}
	return askStall[scrip.Told](ctx, w, it, r)
}

// hearTold keeps the events of a TOLD, in one commit with what they say of the
// receipt. Each follows the one before, or nothing of it is kept; and where an event
// was told, it is among them.
func (w *Wallet) hearTold(ctx context.Context, t *thread, told scrip.Told) error {
	certificate, err := w.anyCertificate(ctx, t.kept.Vendor)
	if err != nil {
		return err
	}
	heard := *t
	heard.now.Said, heard.kept.Events = heard.now.Said[:len(heard.now.Said):len(heard.now.Said)], heard.kept.Events[:len(heard.kept.Events):len(heard.kept.Events)]
	for _, e := range told.Events {
		if err := heard.add(e.Event, w.merchantKeys(ctx, certificate), w.brokerKeys(ctx)); err != nil {
			return unfinished("check TOLD", errors.Join(errAnswer, err))
		}
		if last := heard.now.Said[len(heard.now.Said)-1]; last.By == scrip.Seller && last.At > w.now()+scrip.MaxAhead {
			return unfinished("check TOLD", errAnswer) // until it is time
		}
		heard.kept.Events = append(heard.kept.Events, e.Event)
	}
	if told.Order != t.now.Order || told.Seq < heard.now.Seq || told.Seq > heard.now.Seq && len(told.Events) == 0 {
		return unfinished("check TOLD", errAnswer)
	}
	if heard.kept.Tell != nil && !heard.hasUnsaid() {
		if told.Seq > heard.now.Seq {
			return w.keepTold(ctx, t, heard) // it is among those that did not fit
		}
		return unfinished("check TOLD", errAnswer)
	}
	heard.kept.Event, heard.kept.Tell, heard.now.Unsaid = "", nil, nil
	return w.keepTold(ctx, t, heard)
}

// unasked reports whether it is a conversation in which nothing was said.
func (t *thread) unasked() bool { return t.now.Talk && t.now.Seq == 0 && t.kept.Tell == nil }

// hasUnsaid reports whether the event that was written down is in the thread.
func (t *thread) hasUnsaid() bool {
	for _, s := range t.now.Said {
		if s.Signed == t.kept.Event {
			return true
		}
	}
	return false
}

// keepTold makes heard what is kept, if it is any news.
func (w *Wallet) keepTold(ctx context.Context, t *thread, heard thread) error {
	if heard.now.Seq == t.now.Seq && (heard.kept.Tell == nil) == (t.kept.Tell == nil) {
		return nil
	}
	heard.now.Now = heard.now.At(w.now())
	change, err := w.keepThread(&heard)
	if err != nil {
		return err
	}
	if change.Amend, err = w.sentBy(ctx, heard.now); err != nil {
		return err
	}
	if err := w.cfg.Purse.Apply(ctx, change); err != nil {
		return unfinished("keep TOLD", err)
	}
	*t = heard
	return nil
}

// Listen asks what was said about an order, or in a conversation, by its tx, and
// returns it. What was written down and not answered goes first.
func (w *Wallet) Listen(ctx context.Context, tx scrip.ID) (Conversation, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Conversation{}, err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return Conversation{}, err
	}
	err = w.listen(ctx, &t)
	return t.now, err
}

// listen asks until there is no more.
func (w *Wallet) listen(ctx context.Context, t *thread) error {
	if t.kept.Tell != nil {
		if err := w.tellAgain(ctx, t); err != nil && !settled(err) {
			return err
		}
	}
	if t.unasked() {
		return nil // the stall does not know of it
	}
	for range toldAtMost {
		r, err := w.signTell(t)
		if err != nil {
			return err
		}
		a, err := w.askTell(ctx, t, r)
		if err != nil {
			return err
		}
		if a.no != nil {
			return a.no
		}
		if err := w.hearTold(ctx, t, a.said.Body); err != nil {
			return err
		}
		if t.now.Seq >= a.said.Body.Seq {
			return nil
		}
	}
	return nil
}

// ListenAll is Listen in every thread where more is to be expected, and of the last
// orders: in another sequence each time, so that no stall learns of others by when
// it is asked. The error joins what it could not ask.
func (w *Wallet) ListenAll(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	open, err := w.openThreads(ctx)
	if err != nil {
		return err
	}
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	var errs []error
	for _, t := range open {
		errs = append(errs, w.listen(ctx, &t))
	}
	return errors.Join(errs...)
}

// mostOrders is how many of the last orders are asked about that nothing was said of.
const mostOrders = 200

// openThreads are those where more is to be expected.
func (w *Wallet) openThreads(ctx context.Context) ([]thread, error) {
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return nil, fmt.Errorf("list threads: %w", err)
	}
	receipts, err := w.cfg.Purse.Receipts(ctx, 0, mostOrders)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	all, seen := []scrip.ID{}, map[scrip.ID]bool{}
	for _, row := range rows {
		all = append(all, row.Tx)
	}
	for _, r := range receipts {
		all = append(all, r.Tx)
	}
	var open []thread
	for _, tx := range all {
		if seen[tx] {
			continue
		}
		seen[tx] = true
		t, err := w.thread(ctx, tx)
		if err != nil {
			return nil, err
		}
		if t.kept.Tell != nil || t.now.Open(w.now()) {
			open = append(open, t)
		}
	}
	return open, nil
}

// sentBy amends the receipt of an order by what its seller said of sending it,
// where that is news.
func (w *Wallet) sentBy(ctx context.Context, c Conversation) ([]SealedReceipt, error) {
	if c.Talk {
		return nil, nil
	}
	sealed, err := w.cfg.Purse.Receipt(ctx, c.Tx)
	if err != nil {
		return nil, fmt.Errorf("look up a receipt: %w", err)
	}
	r, err := w.openReceipt(sealed)
	if err != nil {
		return nil, err
	}
	at, note := r.Sent, r.Note
	for _, s := range c.Said {
		if s.By != scrip.Seller || s.Kind != string(scrip.StateSent) {
			continue
		}
		if r.Sent == 0 {
			r.Sent = s.At
		}
		r.Note = s.Text
	}
	if r.Sent == at && r.Note == note {
		return nil, nil
	}
	sealed, err = w.seal(r)
	return []SealedReceipt{sealed}, err
}
