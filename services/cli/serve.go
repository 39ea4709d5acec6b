package cli

import (
	"context"
	_ "embed" // the OpenAPI document
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"peerscrip/api"
	"peerscrip/services/folder"
)

// Document is the OpenAPI document of the wallet's API. It is written first, as the one of
// the instances is; every answer that a test gets is held to it.
//
//go:embed openapi.yaml
var Document []byte

// Contract is the same as JSON, which is read in a third of the time.
//
//go:generate go run ../../api/generate openapi.yaml openapi.gen.json
//go:embed openapi.gen.json
var Contract []byte

type walletServe struct {
	Listen string `help:"Where programs reach it: an address of this machine alone." default:"127.0.0.1:8787" env:"PEERSCRIP_WALLET_LISTEN"`
}

// Run serves until the process is told to stop.
func (c walletServe) Run(ctx context.Context, line *Command) error {
	config := line.config()
	told := config.Out
	config.In, config.Err, config.JSON = nil, nil, true // nobody is there to be asked, or told
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
		Document: Document, Contract: Contract, Token: token, Operations: w.operations(), Trouble: w.trouble, Watch: line.Watch, Log: slog.Default(), Random: config.Random,
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
	"other-books":        {409, "The broker has shown different books"},
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
	if f.Given != nil {
		t.Members["given"], t.Members["needed"] = *f.Given, f.Needed
	}
	return t
}
