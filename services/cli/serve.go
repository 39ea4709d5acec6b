package cli

import (
	"context"
	"crypto/sha256"
	_ "embed" // openapi.yaml
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// Document is the OpenAPI document of the wallet's API. It is written first, as the one of
// the instances is; every answer that a test gets is held to it.
//
//go:embed openapi.yaml
var Document []byte

type walletServe struct {
	Listen string `help:"Where programs reach it: an address of this machine alone." default:"127.0.0.1:8787" env:"PEERSCRIP_WALLET_LISTEN"`
}

// Run serves until the process is told to stop.
func (c walletServe) Run(ctx context.Context, line *Command) error {
	config := line.config()
	told := config.Out
	config.In, config.JSON = nil, true // nobody is there to be asked
	w, err := Open(ctx, config)
	if err != nil {
		return err
	}
	if err := w.Unlock(ctx); err != nil {
		return errors.Join(w.InWords(err), w.Close())
	}
	listener, err := api.ListenLocal(c.Listen)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	token, file, err := folder.At(config.Data).WalletToken(config.Random)
	if err != nil {
		return errors.Join(err, listener.Close(), w.Close())
	}
	fmt.Fprintf(told, "peerscrip wallet is ready: http://%s\nits token is in %s\n", listener.Addr(), file)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { w.Run(running) })
	err = api.ServeLocal(ctx, listener, api.LocalConfig{
		Document: Document, Token: token, Operations: w.operations(), Trouble: w.trouble, Watch: line.Watch, Log: slog.Default(), Random: config.Random,
	})
	stop()
	background.Wait()
	return errors.Join(err, w.Close())
}

// operations are what the document describes.
func (w *Wallet) operations() map[string]api.Operation {
	return map[string]api.Operation{
		"account": func(ctx context.Context, _ api.Asked) (any, error) {
			owner, err := w.settings.Purse.Owner(ctx)
			return Account{Account: owner.Account, Bank: owner.Bank}, err
		},
		"balance":  func(ctx context.Context, _ api.Asked) (any, error) { return w.Settled(ctx) },
		"plan":     reading(func(ctx context.Context, asked askedFor) (any, error) { return w.PlanOf(ctx, asked.wanted()) }),
		"pay":      reading(w.payFor),
		"payment":  w.payment,
		"collect":  reading(func(ctx context.Context, to askedTo) (any, error) { return w.CollectRefunds(ctx, to.To) }),
		"load":     reading(w.loadUntil),
		"exchange": reading(w.exchangeUntil),
		"payout":   reading(w.payoutFor),
		"withdraw": func(ctx context.Context, _ api.Asked) (any, error) { return w.withdrawn(ctx) },
		"receipts": w.receipts,
		"receipt":  w.receipt,
		"bundle": func(ctx context.Context, asked api.Asked) (any, error) {
			return w.BundleOf(ctx, asked.Path("order"), asked.Query.Get("order") != "false")
		},
		"orders":  func(ctx context.Context, _ api.Asked) (any, error) { return w.ThreadsNow(ctx) },
		"order":   func(ctx context.Context, asked api.Asked) (any, error) { return w.ThreadNow(ctx, asked.Path("order")) },
		"say":     w.sayFor,
		"photo":   w.photoFor,
		"ask":     reading(w.askFor),
		"propose": reading(w.proposeFor),
		"holds":   func(ctx context.Context, _ api.Asked) (any, error) { return w.holdsKnown(ctx) },
		"release": func(ctx context.Context, asked api.Asked) (any, error) {
			return w.ReleaseOrder(ctx, asked.Path("order"))
		},
		"reclaim":  w.reclaimFor,
		"dispute":  w.disputeFor,
		"earnings": func(ctx context.Context, _ api.Asked) (any, error) { return w.EarningsNow(ctx) },
	}
}

// reading reads a body that fits the document.
func reading[T any](do func(context.Context, T) (any, error)) api.Operation {
	return func(ctx context.Context, asked api.Asked) (any, error) {
		body, err := read[T](asked)
		if err != nil {
			return nil, err
		}
		return do(ctx, body)
	}
}

func read[T any](asked api.Asked) (body T, err error) {
	if err := json.Unmarshal(asked.Body, &body); err != nil {
		return body, mistake("the body does not fit: " + err.Error())
	}
	return body, nil
}

// askedFor is what is to be bought.
type askedFor struct {
	Lines []struct {
		Listing  string `json:"listing"`
		Quantity int    `json:"quantity"`
	} `json:"lines"`
	Delivery *scrip.Delivery `json:"delivery,omitempty"`
	Note     string          `json:"note"`
}

// wanted is the same as commands are told it.
func (a askedFor) wanted() Wanted {
	o := Wanted{Quantity: 1, Note: a.Note}
	for _, line := range a.Lines {
		listing := line.Listing
		if vendor, offer, err := readListing(listing); err == nil && line.Quantity > 0 {
			listing = privateListing(vendor, offer, line.Quantity)
		}
		o.Listings = append(o.Listings, listing)
	}
	if a.Delivery != nil {
		o.Delivery = Delivery{Way: a.Delivery.Way, Label: a.Delivery.Label}
		if to := a.Delivery.Address; to != nil {
			o.Delivery.Postal = Postal{Name: to.Name, Street: to.Lines, Postcode: to.Postcode, Town: to.Town, Country: to.Country, Phone: to.Phone}
		}
	}
	return o
}

// askedPayment is a purchase that is asked for by a key.
type askedPayment struct {
	Key string `json:"key"`
	askedFor
	Exchange scrip.Money `json:"exchange"` // see wallet.BuyAhead
	Load     scrip.Money `json:"load"`     // most that may come from the bank
}

// key is the purchase's key, with a digest of all else that is asked.
func (a askedPayment) key() (wallet.Key, error) {
	name := a.Key
	a.Key = ""
	return keyOf(name, a)
}

// keyOf is a key with a digest of what is asked for it.
func keyOf(name string, asked any) (wallet.Key, error) {
	b, err := json.Marshal(asked)
	digest := sha256.Sum256(b)
	return wallet.Key{Name: name, Digest: base64.RawURLEncoding.EncodeToString(digest[:])}, err
}

// payFor buys, once for a key: the same again, at any time, is answered with the same purchase. What was
// bought is looked up before anything is fetched, so that neither the stall nor its
// listing need be there any more.
func (w *Wallet) payFor(ctx context.Context, asked askedPayment) (any, error) {
	key, err := asked.key()
	if err != nil {
		return nil, err
	}
	if receipt, err := w.BoughtAs(ctx, key); !errors.Is(err, scrip.ErrAbsent) {
		return w.boughtAs(ctx, receipt, err)
	}
	all, basket, err := w.basket(ctx, asked.wanted())
	if err != nil {
		return nil, err
	}
	if err := inStock(all); err != nil {
		return nil, err
	}
	basket.Key = key
	return w.buy(ctx, all, basket, asked.Exchange, asked.Load)
}

// payment tells the purchase of a key, and goes on with it.
func (w *Wallet) payment(ctx context.Context, asked api.Asked) (any, error) {
	receipt, err := w.BoughtAs(ctx, wallet.Key{Name: asked.Path("key")})
	return w.boughtAs(ctx, receipt, err)
}

// boughtAs is a purchase that was made by an earlier request.
func (w *Wallet) boughtAs(ctx context.Context, r wallet.Receipt, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	refunded, err := w.Refunded(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := w.settings.Purse.Notice(ctx, r.Tx)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return nil, err
	}
	return Bought{receiptOf(r, refunded[r.Tx].Amount), waiting.Tx == ""}, nil
}

// askedTo says where money goes.
type askedTo struct {
	To string `json:"to"`
}

// askedUntil is how much there is to be: good everywhere or, with a listing, at its stall.
type askedUntil struct {
	Listing string      `json:"listing"`
	Until   scrip.Money `json:"until"`
}

// loadUntil loads what is missing. What an earlier request began is ended first, so that the same again loads nothing more.
func (w *Wallet) loadUntil(ctx context.Context, asked askedUntil) (any, error) {
	w.finish(ctx)
	b, err := w.Balance(ctx)
	if missing := asked.Until - b.Broker; err == nil && missing > 0 {
		err = w.Load(ctx, missing)
	}
	return w.then(ctx, err)
}

// exchangeUntil exchanges what is missing at a stall, likewise.
func (w *Wallet) exchangeUntil(ctx context.Context, asked askedUntil) (any, error) {
	vendor, _, err := readListing(asked.Listing)
	if err != nil {
		return nil, err
	}
	w.finish(ctx)
	b, err := w.Balance(ctx)
	if err != nil {
		return nil, err
	}
	missing := asked.Until
	for _, there := range b.Vendors {
		if there.Vendor == vendor {
			missing -= there.Value
		}
	}
	if missing > 0 {
		err = w.Exchange(ctx, vendor, missing)
	}
	return w.then(ctx, err)
}

func (w *Wallet) payoutFor(ctx context.Context, asked struct {
	To    string `json:"to"`
	Stall string `json:"stall"`
}) (any, error) {
	return w.PayOut(ctx, Earned{Stall: asked.Stall, To: asked.To})
}

// withdrawn takes what is good at every stall to the bank. That there is nothing is no
// trouble: so the same again is answered.
func (w *Wallet) withdrawn(ctx context.Context) (any, error) {
	if err := w.Withdraw(ctx); err != nil && !errors.Is(err, wallet.ErrNothing) {
		return nil, err
	}
	return w.Settled(ctx)
}

// receipts tells receipts, the newest first.
func (w *Wallet) receipts(ctx context.Context, asked api.Asked) (any, error) {
	offset := 0
	if text := asked.Query.Get("offset"); text != "" {
		var err error
		if offset, err = strconv.Atoi(text); err != nil {
			return nil, mistake("offset is a number")
		}
	}
	return w.receiptsFrom(ctx, offset)
}

// receipt tells one receipt.
func (w *Wallet) receipt(ctx context.Context, asked api.Asked) (any, error) {
	r, err := w.findReceipt(ctx, scrip.ID(asked.Path("order")))
	if err != nil {
		return nil, err
	}
	refunded, err := w.Refunded(ctx)
	return receiptOf(r, refunded[r.Tx].Amount), err
}

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

// ownStatuses are how HTTP tells the words that are the wallet's own; those of refusals are
// the instances'.
var ownStatuses = map[string]struct {
	code  int
	title string
}{
	wordConfirm:          {409, "The bank wants its customer's word"},
	wordUnfinished:       {503, "Not settled yet"},
	wordLoading:          {409, "More is needed from the bank than was allowed"},
	wordMistake:          {422, "The request asks for what cannot be"},
	wordFault:            {500, "Internal error"},
	"busy":               {409, "An earlier payment is not settled yet"},
	"nothing-there":      {409, "There is nothing to do that with"},
	"no-wallet":          {409, "There is no wallet"},
	"wallet-exists":      {409, "There is a wallet already"},
	"wrong-passphrase":   {403, "The passphrase does not open the wallet"},
	"other-broker":       {409, "This is another broker"},
	"in-use":             {409, "Another command has the wallet"},
	"bought-lately":      {409, "It was bought in the last day"},
	"too-many-loadings":  {422, "That takes too many loadings"},
	"wallet-changed":     {409, "The wallet has changed meanwhile"},
	"stall-silent":       {409, "The stall did not take the exchange up in time"},
	"stall-declined":     {409, "The stall did not issue for the money"},
	"no-answer":          {409, "The stall gave no answer"},
	"exchange-too-small": {422, "That is less than the purchase needs"},
	"clock-wrong":        {503, "The clock cannot be right"},
	"keys-foreign":       {503, "The broker shows keys that do not follow"},
}

// trouble is an error as the API tells it.
func (w *Wallet) trouble(err error) api.Trouble {
	f := w.failure(err)
	t := api.Trouble{Word: f.Word, Detail: f.Sentence, Members: map[string]any{}}
	t.Status, t.Title = api.StatusOf(f.Word)
	if own, is := ownStatuses[f.Word]; is {
		t.Status, t.Title = own.code, own.title
	}
	if f.Word == wordFault {
		t.Detail, t.Fault = "", err
	}
	if f.Link != "" {
		t.Members["link"] = f.Link
	}
	if f.Loads > 0 {
		t.Members["loads"] = f.Loads
	}
	return t
}
