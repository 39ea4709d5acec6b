package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// ware is what the tour buys.
type ware struct {
	scrip.Offer
	signed string
	total  scrip.Money // of one, with postage
}

// customer makes a wallet with test money at the bank.
func (t *tour) customer(ctx context.Context, home string) (done func() error, err error) {
	client := &http.Client{}
	if t.ear.customers {
		client.Transport = t.ear
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: t.BrokerURL, HTTPClient: client})
	if err != nil {
		return nil, err
	}
	t.broker, t.bank = peer.Broker(), peer.Bank()
	data := filepath.Join(home, "customer")
	database, err := db.Open(ctx, folder.At(data).Purse(), db.Wallet)
	if err != nil {
		return nil, err
	}
	if len(t.Audit) > 0 {
		t.Audit = append(slices.Clone(t.Audit), data)
	}
	reference, err := t.bank.OpenAccount(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open an account at the sandbox bank: %w", err), database.Close())
	}
	t.wallet, err = t.makeWallet(ctx, database, client, reference)
	if err == nil {
		err = t.choose(ctx, client)
	}
	if err == nil {
		err = t.fund(ctx, reference)
	}
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return database.Close, nil
}

func (t *tour) makeWallet(ctx context.Context, database *db.DB, client *http.Client, bank string) (*wallet.Wallet, error) {
	purse, err := db.NewPurse(database)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(t.Random, key); err != nil {
		return nil, err
	}
	return wallet.Make(ctx, wallet.Config{
		Purse: purse, Broker: t.broker, Directory: t.broker, Key: key, Random: t.Random, Progress: t.ear.opened,
		Clock: func() time.Time { return time.Now().Add(time.Duration(t.ahead.Load()) * time.Second) },
		Dial: func(c scrip.Certificate) (wallet.Party, error) {
			peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL, HTTPClient: client})
			if err != nil {
				return nil, err
			}
			return peer.Stall(c.Vendor), nil
		},
	}, bank, "")
}

// fund puts test money into the bank account: what the tour spends.
func (t *tour) fund(ctx context.Context, reference string) error {
	key, err := scrip.NewID(t.Random)
	if err != nil {
		return err
	}
	if _, err := t.bank.Deposit(ctx, reference, 3*t.thing.total, key); err != nil {
		return fmt.Errorf("put test money in: %w", err)
	}
	return nil
}

// dearest is the most a tour buys for, in whole units of the currency: less than what
// the bank wants to be confirmed.
const dearest = 60

var errNothingToBuy = errors.New("no stall of this broker that answers has anything for at most 60 and at least twice the smallest coin")

// choose looks for the first thing that can be bought.
func (t *tour) choose(ctx context.Context, client *http.Client) error {
	part, err := t.broker.Stalls(ctx, "")
	if err != nil {
		return fmt.Errorf("look for stalls: %w", err)
	}
	info, err := t.broker.Info(ctx)
	if err != nil {
		return fmt.Errorf("ask the broker who it is: %w", err)
	}
	most := info.Currency.Units(dearest)
	for _, s := range part.Stalls {
		peer, err := api.Dial(api.DialConfig{BaseURL: s.BaseURL, HTTPClient: client})
		if err != nil || s.Revoked {
			continue
		}
		offers, err := peer.Stall(s.Vendor).Offers(ctx)
		if err != nil {
			slog.Debug("a stall is passed over", "stall", s.Name, "err", err)
			continue
		}
		for _, public := range offers {
			offer, err := t.wallet.Offer(ctx, public.Offer)
			if err != nil || public.Stock < 1 {
				continue
			}
			if total, err := offer.Total(1, nowhere(offer)); err == nil && total >= 2 && total <= most {
				t.thing = ware{offer, public.Offer, total}
				t.report.Broker, t.report.Stall, t.report.Listing = t.BrokerURL, s.Name, offer.Title
				return nil
			}
		}
	}
	return errNothingToBuy
}

// nowhere is how the tour has an offer delivered: it is collected where it can be,
// and else posted to an address that says what it is.
func nowhere(o scrip.Offer) scrip.Delivery {
	to := scrip.Address{Name: "The tour", Lines: []string{"Nothing is to be sent"}, Town: "Nowhere", Country: "NL"}
	for _, w := range o.Ways() {
		if w.Way == scrip.WayCollect {
			return scrip.Delivery{Way: scrip.WayCollect, Label: w.Label}
		}
		if len(w.Countries) > 0 {
			to.Country = w.Countries[0]
		}
	}
	return scrip.Delivery{Way: scrip.WayPost, Address: &to}
}
