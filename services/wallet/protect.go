package wallet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// What is said of a protected purchase is not written down before it is sent: the
// broker answers whatever comes, be it new or not, with how the money stands. So after
// a crash or a lost answer the same is asked again, or it is asked how it stands, and
// nothing can count twice. What the broker answers goes into the order's thread with its
// signature, so that the seller has it too.

// ReleaseHold tells the broker that a protected purchase is here and fine (RELEASE): the
// seller has the money. What comes back is how it stands then.
func (w *Wallet) ReleaseHold(ctx context.Context, purchase scrip.ID) (scrip.OnHold, error) {
	return w.aboutHold(ctx, purchase, func(b scrip.Bought) scrip.Body { return scrip.ReleaseRequest(b) })
}

// ReclaimHold asks for the money of a protected purchase that was not sent in time
// (RECLAIM). Where it is the buyer's again, it is paid out as TakeCredit does. What comes
// back is how it stands then: sent, or too early, where it is not the buyer's.
func (w *Wallet) ReclaimHold(ctx context.Context, purchase scrip.ID, to string) (scrip.OnHold, error) {
	h, err := w.aboutHold(ctx, purchase, func(b scrip.Bought) scrip.Body { return scrip.ReclaimRequest(b) })
	if err != nil || h.ToBuyer == 0 {
		return h, err
	}
	_, err = w.TakeCredit(ctx, to)
	return h, err
}

// DisputeHold says what is wrong with a protected purchase (DISPUTE), and shows what
// Evidence gives, or nothing: the money stays where it is until the broker's operator
// decides.
func (w *Wallet) DisputeHold(ctx context.Context, purchase scrip.ID, text string, shows []scrip.Shown) (scrip.OnHold, error) {
	return w.aboutHold(ctx, purchase, func(b scrip.Bought) scrip.Body {
		return scrip.Dispute{
			Vendor: b.Vendor, Purchase: b.Purchase, Mandate: b.Mandate, Paid: b.Paid, Text: scrip.Clean(text), Shows: append([]scrip.Shown{}, shows...),
		}
	})
}

// ExhibitHold shows the broker's operator a photo of a purchase that is disputed, a JPEG
// of at most scrip.MaxTalkPhoto bytes (DISPUTE), with words of what it shows. Where the
// order's thread has it, the event that names it goes along.
func (w *Wallet) ExhibitHold(ctx context.Context, purchase scrip.ID, photo []byte, words string) (scrip.OnHold, error) {
	t, err := w.thread(ctx, purchase)
	if err != nil {
		return scrip.OnHold{}, err
	}
	shows, digest := []scrip.Shown{}, jose.Digest(photo)
	for _, s := range t.now.Said {
		if s.Photo == digest {
			shows = []scrip.Shown{{Message: s.Signed}}
		}
	}
	return w.aboutHold(ctx, purchase, func(b scrip.Bought) scrip.Body {
		return scrip.Dispute{
			Vendor: b.Vendor, Purchase: b.Purchase, Mandate: b.Mandate, Paid: b.Paid, Text: cmp.Or(scrip.Clean(words), "A photo"), Shows: shows, Photo: digest,
		}
	}, photo...)
}

// aboutHold sends what the pseudonym says of a purchase, with the proof of it, and
// returns HELD. scrip.NotFound: the purchase is not protected.
func (w *Wallet) aboutHold(ctx context.Context, purchase scrip.ID, say func(scrip.Bought) scrip.Body, photo ...byte) (scrip.OnHold, error) {
	receipt, err := w.Receipt(ctx, purchase)
	if err != nil {
		return scrip.OnHold{}, err
	}
	if _, ok := protectedBy(receipt); !ok {
		return scrip.OnHold{}, scrip.NotFound
	}
	bought := scrip.Bought{Vendor: receipt.Vendor, Purchase: purchase}
	if !receipt.IsBare() {
		bought.Mandate, bought.Paid = receipt.Mandate, receipt.Paid
	}
	said, err := askAsPseudonym[scrip.OnHold](ctx, w, receipt.Vendor, say(bought), photo...)
	if err != nil {
		return scrip.OnHold{}, err
	}
	if !isOf(receipt, said.Body) {
		return scrip.OnHold{}, unfinished("check HELD", errAnswer)
	}
	if err := w.hear(ctx, []scrip.Opened[scrip.OnHold]{said.Opened}); err != nil {
		return said.Body, err
	}
	return said.Body, w.repeat(ctx, heldOf(said.Opened))
}

// repeat puts the broker's word on a purchase's money into its thread, unless it is
// there. It is written down before it is sent: to a seller who is not there Listen sends
// it again, and of one who was faster the wallet has heard it.
func (w *Wallet) repeat(ctx context.Context, word held) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	t, err := w.thread(ctx, word.Body.Purchase)
	if err != nil {
		return err
	}
	e, ok := t.now.Repeat(scrip.Buyer, word.Body.State, word.JWS, max(w.now(), t.now.Last))
	if !ok {
		return nil
	}
	if err := w.say(ctx, t, e, ""); err != nil && !settled(err) && !errors.Is(err, ErrUnfinished) {
		return err
	}
	return nil
}

// held is a HELD, kept as it was verified when it came.
type held struct {
	JWS  string       `json:"jws"`
	At   int64        `json:"at"` // iat, unix seconds
	Body scrip.OnHold `json:"body"`
}

func heldOf(h scrip.Opened[scrip.OnHold]) held { return held{h.JWS, h.At, h.Body} }

// Protected is a protected purchase and how its money stands. Told is false where the
// broker has not heard of the purchase yet: its seller has not reported it.
type Protected struct {
	Receipt Receipt // of Holds: without what was signed
	By      scrip.Protect
	Told    bool
	Hold    scrip.OnHold
}

// Open reports whether its money is held, as far as is known.
func (p Protected) Open() bool { return !p.Told || p.Hold.State.Open() }

// protectedBy is how the money of a purchase is held, or was, by the broker's last word
// and until there is one by what its mandate asks for; false where it is not protected.
func protectedBy(r Receipt) (Protected, bool) {
	switch {
	case r.Held != nil:
		return Protected{r, scrip.Protect{SendBy: r.Held.Body.SendBy, CheckWithin: r.Held.Body.CheckWithin}, true, r.Held.Body}, true
	case r.Protect != nil:
		return Protected{Receipt: r, By: *r.Protect}, true
	}
	return Protected{}, false
}

// isOf reports whether HELD is about a purchase.
func isOf(r Receipt, h scrip.OnHold) bool {
	return h.Purchase == r.Tx && h.Vendor == r.Vendor && h.Price == r.Price
}

// isLater reports whether HELD says more than the one that is kept, nil for none: a hold
// that has ended does not begin again, and an answer that was overtaken says nothing.
func isLater(before *held, now held) bool {
	return before == nil || before.Body.State.Open() && now.At >= before.At && now.Body != before.Body
}

// wordsLately is for how many seconds after it the broker's word is put into the thread
// of its order; the browser's number too.
const wordsLately = 14 * 86_400

// Holds lists the protected purchases, the newest first, with how their money stands. It
// asks for news of those whose money is held (WATCH), keeps them, and tells the sellers
// what is news to them. The error joins what could not be asked; of that is listed what is
// known.
func (w *Wallet) Holds(ctx context.Context) (list []Protected, _ error) {
	errs := []error{w.askAboutHolds(ctx)}
	err := w.eachProtected(ctx, false, func(p Protected) {
		if p.Told && w.now()-p.Hold.Since < wordsLately {
			errs = append(errs, w.repeat(ctx, *p.Receipt.Held))
		}
		p.Receipt = p.Receipt.bare()
		list = append(list, p)
	})
	return list, errors.Join(append(errs, err)...)
}

// askAboutHolds asks about every stall with a protected purchase that has not ended, and
// keeps what is told.
func (w *Wallet) askAboutHolds(ctx context.Context) error {
	var vendors []scrip.VendorID
	err := w.eachProtected(ctx, true, func(p Protected) {
		if !slices.Contains(vendors, p.Receipt.Vendor) {
			vendors = append(vendors, p.Receipt.Vendor)
		}
	})
	errs := []error{err}
	for _, vendor := range vendors {
		words, err := w.watch(ctx, vendor)
		errs = append(errs, err, w.hear(ctx, words))
	}
	return errors.Join(errs...)
}

// eachProtected shows the protected purchases, the newest first; only those that are open,
// if open.
func (w *Wallet) eachProtected(ctx context.Context, open bool, see func(Protected)) error {
	const page = 50
	for offset := 0; ; offset += page {
		list, err := w.cfg.Purse.Protected(ctx, open, offset, page)
		if err != nil {
			return fmt.Errorf("look through protected purchases: %w", err)
		}
		for _, sealed := range list {
			r, err := w.openReceipt(sealed)
			if err != nil {
				return err
			}
			if by, ok := protectedBy(r); ok {
				see(by)
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

// watch asks how the money of the purchases at one stall stands, all of them from the first
// on: what was told of a purchase whose receipt was not here yet is heard the next time.
// With an error come those that were told until then.
func (w *Wallet) watch(ctx context.Context, vendor scrip.VendorID) (words []scrip.Opened[scrip.OnHold], _ error) {
	for after := 0; ; {
		said, err := askAsPseudonym[scrip.Watched](ctx, w, vendor, scrip.Watch{Vendor: vendor, After: after})
		if err != nil {
			return words, err
		}
		for _, told := range said.Body.Holds {
			h, err := scrip.Verify[scrip.OnHold](told.Hold, said.To, w.brokerKeys(ctx))
			if err != nil || h.Body.Vendor != vendor {
				return words, unfinished("check WATCHED", errors.Join(errAnswer, err))
			}
			words = append(words, h)
		}
		if len(said.Body.Holds) < scrip.MaxWatched {
			return words, nil
		}
		if said.Body.Next <= after { // it would be told for ever
			return words, unfinished("check WATCHED", errAnswer)
		}
		after = said.Body.Next
	}
}

// hear keeps what the broker says of the money of purchases, in one commit: of those that
// this wallet has, and where it is later than what is known.
func (w *Wallet) hear(ctx context.Context, words []scrip.Opened[scrip.OnHold]) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	var news []SealedReceipt
	for _, word := range words {
		r, err := w.Receipt(ctx, word.Body.Purchase)
		if errors.Is(err, scrip.ErrAbsent) {
			continue
		}
		if err != nil {
			return err
		}
		now := heldOf(word)
		if !isOf(r, now.Body) || !isLater(r.Held, now) {
			continue
		}
		r.Held = &now
		sealed, err := w.seal(r)
		if err != nil {
			return err
		}
		news = append(news, sealed)
	}
	if len(news) == 0 {
		return nil
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Amend: news})
}

// Decision reads what an operator decided of a hold: scrip.ErrAbsent where nothing was.
func (w *Wallet) Decision(ctx context.Context, h scrip.OnHold) (scrip.Decided, error) {
	if h.Decision == "" {
		return scrip.Decided{}, scrip.ErrAbsent
	}
	d, err := scrip.Verify[scrip.Decided](h.Decision, string(h.Vendor), w.brokerKeys(ctx))
	if err == nil && d.Body.Purchase != h.Purchase {
		err = errAnswer
	}
	return d.Body, err
}

// TakeCredit has what the account had back of protected purchases paid into its
// BrokerScrip (scrip.ToScrip) or to the bank (scrip.ToBank), by PAYOUT, and returns how
// much that was. Interrupted, the same call or Resume goes on.
func (w *Wallet) TakeCredit(ctx context.Context, to string) (scrip.Money, error) {
	_, credit, err := w.Earnings(ctx)
	if err != nil || credit == 0 {
		return 0, err
	}
	return credit, w.Payout(ctx, "", credit, to)
}

// pseudonymous is what the broker said to a pseudonym.
type pseudonymous[R scrip.Body] struct {
	scrip.Opened[R]
	To string // the pseudonym
}

// askAsPseudonym asks the broker as the pseudonym that the wallet has at a stall, with a
// photo where one is given.
// scrip.NotFound: it has none.
func askAsPseudonym[R scrip.Body](ctx context.Context, w *Wallet, vendor scrip.VendorID, body scrip.Body, photo ...byte) (pseudonymous[R], error) {
	key, fresh, err := w.pseudonym(ctx, vendor)
	if err == nil && fresh != nil {
		err = scrip.NotFound
	}
	if err != nil {
		return pseudonymous[R]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return pseudonymous[R]{}, err
	}
	r, err := w.sign(draft{key.Thumbprint(), string(w.brokerID()), tx, body, scrip.Attachments{Photo: photo}}, key)
	if err != nil {
		return pseudonymous[R]{}, err
	}
	e := Event{Tx: tx, Vendor: vendor}
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker, e})
	if err != nil {
		return pseudonymous[R]{}, err
	}
	said, err := take[R](w, envelope, r, e, w.brokerKeys(ctx))
	return pseudonymous[R]{said, key.Thumbprint()}, err
}
