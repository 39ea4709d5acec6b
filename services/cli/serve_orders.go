package cli

import (
	"context"
	_ "embed" // openapi.yaml
	"errors"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// askedEvent is what is to be said in an order, or in a conversation.
type askedEvent struct {
	Seq      *int           `json:"seq"` // of the last event that who says it has seen; nil where it does not care
	Kind     string         `json:"kind"`
	Text     string         `json:"text"`
	Carrier  string         `json:"carrier"`
	Tracking string         `json:"tracking"`
	Address  *scrip.Address `json:"address"`
}

// sayFor says something in a thread. Who tells what it has seen is answered out-of-turn where
// more was said, be it by itself in a request whose answer was lost.
func (w *Wallet) sayFor(ctx context.Context, asked api.Asked) (any, error) {
	e, err := read[askedEvent](asked)
	if err != nil {
		return nil, err
	}
	if e.Seq != nil {
		now, err := w.ThreadNow(ctx, asked.Path("order"))
		if err != nil {
			return nil, err
		}
		if now.Seq != *e.Seq || now.Unsaid != nil {
			return nil, scrip.OutOfTurn
		}
	}
	said := scrip.Event{Kind: e.Kind, Text: e.Text, Carrier: e.Carrier, Tracking: e.Tracking}
	if e.Address != nil {
		if e.Kind != "address" {
			return nil, errAddressKind
		}
		to := Postal{Name: e.Address.Name, Street: e.Address.Lines, Postcode: e.Address.Postcode, Town: e.Address.Town, Country: e.Address.Country, Phone: e.Address.Phone}
		if said.Address, err = to.address(); err != nil {
			return nil, err
		}
	}
	return w.sayIn(ctx, asked.Path("order"), said)
}

const errAddressKind = mistake("only an event of the kind \"address\" has an address")

// photoFor is a photo of a thread.
func (w *Wallet) photoFor(ctx context.Context, asked api.Asked) (any, error) {
	tx, err := w.txOf(ctx, asked.Path("order"))
	if err != nil {
		return nil, err
	}
	photo, err := w.Photo(ctx, tx, asked.Path("digest"))
	if err == nil && jose.Digest(photo) != asked.Path("digest") {
		err = scrip.NotFound
	}
	return api.File{Media: "image/jpeg", Bytes: photo}, err
}

// askedAbout is a question about a listing.
type askedAbout struct {
	Key     string `json:"key"`
	Listing string `json:"listing"`
	Text    string `json:"text"`
}

// askFor asks, once for a key; as with a payment, what was asked is looked up before anything is fetched.
func (w *Wallet) askFor(ctx context.Context, of askedAbout) (any, error) {
	name := of.Key
	of.Key = ""
	return w.sayOnce(ctx, name, of, of.Listing, func(key wallet.Key, offer string) (scrip.ID, error) { return w.AskAs(ctx, key, offer, of.Text) })
}

// sayOnce says something about a listing, once for a key's name, of what is asked.
func (w *Wallet) sayOnce(ctx context.Context, name string, asked any, listing string, say func(key wallet.Key, offer string) (scrip.ID, error)) (any, error) {
	key, err := keyOf(name, asked)
	if err != nil {
		return nil, err
	}
	if tx, err := w.SaidAs(ctx, key); !errors.Is(err, scrip.ErrAbsent) {
		return w.after(ctx, tx, err)
	}
	public, _, err := w.offer(ctx, listing)
	if err != nil {
		return nil, err
	}
	tx, err := say(key, public.Offer)
	return w.after(ctx, tx, err)
}

// askedPrice is a price that is proposed for a listing.
type askedPrice struct {
	Key      string      `json:"key"`
	Listing  string      `json:"listing"`
	Price    scrip.Money `json:"price"`
	Quantity int         `json:"quantity"`
	Text     string      `json:"text"`
}

func (w *Wallet) proposeFor(ctx context.Context, p askedPrice) (any, error) {
	name := p.Key
	p.Key = ""
	proposal := wallet.Proposal{Price: p.Price, Quantity: max(p.Quantity, 1), Text: p.Text}
	return w.sayOnce(ctx, name, p, p.Listing, func(key wallet.Key, offer string) (scrip.ID, error) { return w.ProposeAs(ctx, key, offer, proposal) })
}

// holdsKnown tells how the money of protected purchases stands, and moves none.
func (w *Wallet) holdsKnown(ctx context.Context) (any, error) {
	list, err := w.Holds(ctx)
	said := Holds{Holds: []Hold{}, To: scrip.ToScrip}
	for _, p := range list {
		said.Holds = append(said.Holds, w.holdOf(ctx, p))
	}
	return said, err
}

func (w *Wallet) reclaimFor(ctx context.Context, asked api.Asked) (any, error) {
	to, err := read[askedTo](asked)
	if err != nil {
		return nil, err
	}
	return w.ReclaimOrder(ctx, asked.Path("order"), to.To)
}

func (w *Wallet) disputeFor(ctx context.Context, asked api.Asked) (any, error) {
	p, err := read[struct {
		Text     string `json:"text"`
		Messages bool   `json:"messages"`
	}](asked)
	if err != nil {
		return nil, err
	}
	return w.DisputeOrder(ctx, Problem{Order: asked.Path("order"), Text: p.Text, Messages: p.Messages})
}
