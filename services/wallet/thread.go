package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Conversation is what buyer and seller signed about an order, or about an offer
// without one, as far as the wallet has heard.
type Conversation struct {
	scrip.Thread
	Vendor scrip.VendorID
	Stall  string // the seller's name
	Title  string // of what it is about
	Talk   bool   // without an order
	Now    scrip.State
	Said   []Said
	// Unsaid was written down and has no answer yet: it is sent again.
	Unsaid *scrip.Event
}

// Said is one event.
type Said struct {
	By scrip.Side
	At int64 // unix seconds, by who signed it
	scrip.Event
	Signed string // its JWS: evidence
}

// keptThread is a thread under the wallet's lock: what was signed, and what was
// not answered. All else is made of that.
type keptThread struct {
	Vendor  scrip.VendorID `json:"vendor"`
	Stall   string         `json:"stall"`
	Title   string         `json:"title"`
	Order   scrip.ID       `json:"order"`
	Mandate string         `json:"mandate,omitempty"` // T10's JWS; empty in a conversation
	Events  []string       `json:"events"`            // each JWS, oldest first

	Event string   `json:"event,omitempty"` // the JWS that Tell brings
	Tell  *request `json:"tell,omitempty"`  // written down, not answered

	Keys []keptKey `json:"keys,omitempty"` // of what was said for a Key, the oldest first
}

// keptKey is a Key, and what was said for it: digests of its name, of what was asked, and of the event.
type keptKey struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Event  string `json:"event"`
}

// mostKeys is how many keys of a thread are remembered: who asks again does so soon.
const mostKeys = 100

// remember keeps for which key an event is said.
func (k *keptThread) remember(key Key, event string) {
	if key.Name == "" {
		return
	}
	name := jose.Digest([]byte(key.Name))
	k.Keys = slices.DeleteFunc(k.Keys, func(of keptKey) bool { return of.Name == name })
	k.Keys = append(k.Keys, keptKey{name, key.Digest, jose.Digest([]byte(event))})
	k.Keys = k.Keys[max(len(k.Keys)-mostKeys, 0):]
}

// has reports whether an event, by its digest, was said, or waits to be told.
func (k *keptThread) has(digest string) bool {
	return k.Event != "" && jose.Digest([]byte(k.Event)) == digest || slices.ContainsFunc(k.Events, func(jws string) bool { return jose.Digest([]byte(jws)) == digest })
}

// thread is a kept thread and where it is kept.
type thread struct {
	kept keptThread
	row  SealedThread
	key  jose.SigningKey // the pseudonym's
	now  Conversation
	// photo goes with what is said next, and asked names it.
	photo []byte
	asked Key
}

// thread opens a thread by its tx; that of an order begins with its receipt.
// scrip.ErrAbsent: there is neither.
func (w *Wallet) thread(ctx context.Context, tx scrip.ID) (thread, error) {
	row, err := w.cfg.Purse.Thread(ctx, tx)
	if err == nil {
		return w.openThread(ctx, row)
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return thread{}, fmt.Errorf("look up a thread: %w", err)
	}
	r, err := w.Receipt(ctx, tx)
	if err != nil {
		return thread{}, err
	}
	return w.readThread(ctx, thread{
		kept: keptThread{Vendor: r.Vendor, Stall: r.Stall, Title: r.Title(), Order: r.OrderID, Mandate: r.Mandate}, row: SealedThread{Tx: tx, Vendor: r.Vendor},
	})
}

func (w *Wallet) openThread(ctx context.Context, row SealedThread) (thread, error) {
	t := thread{row: row}
	if err := w.vault.take(placeOfThread(row.Tx), row.Sealed, &t.kept); err != nil {
		return t, err
	}
	return w.readThread(ctx, t)
}

// readThread makes of what was signed what it has come to.
func (w *Wallet) readThread(ctx context.Context, t thread) (thread, error) {
	key, _, err := w.pseudonym(ctx, t.kept.Vendor)
	if err != nil {
		return t, err
	}
	t.key = key
	t.now = Conversation{Thread: scrip.Asked(t.row.Tx), Vendor: t.kept.Vendor, Stall: t.kept.Stall, Title: t.kept.Title, Talk: t.kept.Mandate == ""}
	if !t.now.Talk {
		m, err := scrip.Verify[scrip.Mandate](t.kept.Mandate, string(t.kept.Vendor), nil)
		if err != nil {
			return t, fmt.Errorf("read a mandate: %w", err)
		}
		t.now.Thread = scrip.Ordered(t.kept.Order, m)
	}
	certificate, err := w.anyCertificate(ctx, t.kept.Vendor)
	if err != nil {
		return t, err
	}
	for _, jws := range t.kept.Events {
		if err := t.add(jws, w.merchantKeys(ctx, certificate), w.brokerKeys(ctx)); err != nil {
			return t, fmt.Errorf("read an event: %w", err)
		}
	}
	if t.kept.Tell != nil {
		_, e, err := scrip.ReadEvent(t.kept.Event, key.Public(), t.kept.Vendor, certificate.Signer(), w.brokerKeys(ctx))
		if err != nil {
			return t, fmt.Errorf("read an event: %w", err)
		}
		t.now.Unsaid = &e.Body
	}
	t.now.Now = t.now.At(w.now())
	return t, nil
}

// add adds one event to what the thread has come to.
func (t *thread) add(jws string, seller, broker scrip.Keys) error {
	by, e, err := scrip.ReadEvent(jws, t.key.Public(), t.kept.Vendor, seller, broker)
	if err != nil {
		return err
	}
	next, err := t.now.Next(by, e)
	if err != nil {
		return err
	}
	t.now.Thread = next
	t.now.Said = append(t.now.Said, Said{by, e.At, e.Body, jws})
	return nil
}

// keepThread is the change that keeps a thread as it is by now.
func (w *Wallet) keepThread(t *thread) (PurseChange, error) {
	row := SealedThread{Tx: t.row.Tx, Vendor: t.kept.Vendor, Version: t.row.Version + 1, At: w.now()}
	var err error
	if row.Sealed, err = w.vault.put(placeOfThread(row.Tx), t.kept); err != nil {
		return PurseChange{}, err
	}
	t.row = row
	return PurseChange{Thread: &row}, nil
}

// Conversation returns a thread by its tx, that of an order too to which nothing
// was said yet: scrip.ErrAbsent where there is none.
func (w *Wallet) Conversation(ctx context.Context, tx scrip.ID) (Conversation, error) {
	t, err := w.thread(ctx, tx)
	return t.now, err
}

// Conversations lists the threads in which something was said, the last one first.
func (w *Wallet) Conversations(ctx context.Context) ([]Conversation, error) {
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return nil, fmt.Errorf("list threads: %w", err)
	}
	list := make([]Conversation, 0, len(rows))
	for _, row := range rows {
		t, err := w.openThread(ctx, row)
		if err != nil {
			return nil, err
		}
		list = append(list, t.now)
	}
	return list, nil
}
