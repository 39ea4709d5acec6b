package wallet

import (
	"cmp"
	"context"
	"errors"
	"fmt"

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

// DisputeHold says what is wrong with a protected purchase (DISPUTE), and shows the order's
// signed messages: the money stays where it is until the broker's operator decides.
func (w *Wallet) DisputeHold(ctx context.Context, purchase scrip.ID, text string) (scrip.OnHold, error) {
	receipt, err := w.Receipt(ctx, purchase)
	if err != nil {
		return scrip.OnHold{}, err
	}
	shows, size := []scrip.Shown{}, 0
	for _, jws := range append([]string{receipt.Mandate, receipt.Paid}, receipt.Offers()...) {
		if size += len(jws); size > scrip.MaxShowing || len(shows) == scrip.MaxShown {
			break
		}
		shows = append(shows, scrip.Shown{Message: jws})
	}
	return w.aboutHold(ctx, purchase, func(b scrip.Bought) scrip.Body {
		return scrip.Dispute{Vendor: b.Vendor, Purchase: b.Purchase, Mandate: b.Mandate, Paid: b.Paid, Text: scrip.Clean(text), Shows: shows}
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
	by, err := protectionOf(receipt)
	if err == nil && by == nil {
		err = scrip.NotFound
	}
	if err != nil {
		return scrip.OnHold{}, err
	}
	said, err := askAsPseudonym[scrip.OnHold](ctx, w, receipt.Vendor, say(scrip.Bought{
		Vendor: receipt.Vendor, Purchase: purchase, Mandate: receipt.Mandate, Paid: receipt.Paid,
	}), photo...)
	if err != nil {
		return scrip.OnHold{}, err
	}
	if said.Body.Vendor != receipt.Vendor || said.Body.Purchase != purchase {
		return scrip.OnHold{}, unfinished("check HELD", errAnswer)
	}
	return said.Body, w.repeat(ctx, said.Opened)
}

// repeat puts the broker's word on a purchase's money into its thread, unless it is
// there. It is written down before it is sent: to a seller who is not there Listen sends
// it again, and of one who was faster the wallet has heard it.
func (w *Wallet) repeat(ctx context.Context, word scrip.Opened[scrip.OnHold]) error {
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

// protectionOf is the protection of a purchase, by its own mandate; nil for none.
func protectionOf(r Receipt) (*scrip.Protect, error) {
	m, err := scrip.Verify[scrip.Mandate](r.Mandate, string(r.Vendor), nil)
	if err != nil {
		return nil, fmt.Errorf("read a receipt's mandate: %w", err)
	}
	return m.Body.Protect, nil
}

// Protected is a protected purchase and how its money stands. Told is false where the
// broker has not heard of the purchase yet: its seller has not reported it.
type Protected struct {
	Receipt Receipt
	By      scrip.Protect
	Told    bool
	Hold    scrip.OnHold
}

// Open reports whether its money is held, as far as is known.
func (p Protected) Open() bool { return !p.Told || p.Hold.State.Open() }

// mostProtected bounds the receipts that are looked through, and mostWatched the
// answers to WATCH for one stall.
const (
	mostProtected = 1000
	mostWatched   = 100
)

// Holds lists the protected purchases, the newest first, with how their money stands
// (WATCH), and tells their sellers what is news to them. The error joins what could not
// be asked; those are listed as not told.
func (w *Wallet) Holds(ctx context.Context) ([]Protected, error) {
	receipts, err := w.Receipts(ctx, 0, mostProtected)
	if err != nil {
		return nil, err
	}
	var list []Protected
	told := map[scrip.VendorID]map[scrip.ID]scrip.Opened[scrip.OnHold]{}
	var errs []error
	for _, r := range receipts {
		by, err := protectionOf(r)
		if err != nil {
			return nil, err
		}
		if by == nil {
			continue
		}
		if _, asked := told[r.Vendor]; !asked {
			told[r.Vendor], err = w.watch(ctx, r.Vendor)
			errs = append(errs, err)
		}
		p := Protected{Receipt: r, By: *by}
		var word scrip.Opened[scrip.OnHold]
		if word, p.Told = told[r.Vendor][r.Tx]; p.Told {
			p.Hold = word.Body
			errs = append(errs, w.repeat(ctx, word))
		}
		list = append(list, p)
	}
	return list, errors.Join(errs...)
}

// watch asks how the money of the purchases at one stall stands.
func (w *Wallet) watch(ctx context.Context, vendor scrip.VendorID) (map[scrip.ID]scrip.Opened[scrip.OnHold], error) {
	holds, after := map[scrip.ID]scrip.Opened[scrip.OnHold]{}, 0
	for range mostWatched {
		said, err := askAsPseudonym[scrip.Watched](ctx, w, vendor, scrip.Watch{Vendor: vendor, After: after})
		if err != nil {
			return holds, err
		}
		for _, told := range said.Body.Holds {
			h, err := scrip.Verify[scrip.OnHold](told.Hold, said.To, w.brokerKeys(ctx))
			if err != nil || h.Body.Vendor != vendor {
				return holds, unfinished("check WATCHED", errors.Join(errAnswer, err))
			}
			holds[h.Body.Purchase] = h
		}
		if after = said.Body.Next; len(said.Body.Holds) < scrip.MaxWatched {
			break
		}
	}
	return holds, nil
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
