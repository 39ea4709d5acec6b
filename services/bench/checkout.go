package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/bench/load"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// apart starts a broker and a market, each a process of its own.
func (r *run) apart(listings int) (m market, broker *load.Server, err error) {
	if broker, err = r.start("broker", r.data(), "--private-stalls"); err != nil {
		return m, nil, err
	}
	place, err := r.start("market", r.data(), "--broker-url="+broker.URL, "--private-stalls")
	if err != nil {
		return m, nil, err
	}
	m.servers = []*load.Server{broker, place}
	return m, broker, r.fill(&m, broker.URL, place.URL, 1, listings)
}

// checkouts are fresh checkouts by the wallet in Go: nothing is held, so each goes from the
// bank's money to the receipt, T1 to T11, and T9 and T12 behind it.
func (r *run) checkouts() error {
	m, broker, err := r.apart(enough(2 * r.Size.Checkouts))
	if err != nil {
		return err
	}
	offers := m.stalls[0].Offers()
	w, done, err := r.wallet(broker.URL, scrip.Money(2*r.Size.Checkouts)*load.Price)
	if err != nil {
		return err
	}
	var waits []time.Duration
	start, own := time.Now(), ownTime()
	for i := range r.Size.Checkouts {
		began := time.Now()
		_, err := w.BuyAhead(r.ctx, wallet.Just(offers[i%len(offers)], 1, load.Somewhere()), 0)
		if err == nil {
			err = w.Deliver(r.ctx)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("checkout %d: %w", i, err), done())
		}
		waits = append(waits, time.Since(began))
	}
	took, used := time.Since(start), ownTime()-own
	half := middle(waits)
	count := float64(r.Size.Checkouts)
	r.add(Row{What: "half of them within", Reached: milliseconds(half), Unit: "ms", Goal: &Goal{Most: 15}, Note: fmt.Sprintf("one after the other; the wallet's purse is a database on the same disk; wallet's processor %.1f ms each", milliseconds(used)/count)})
	r.add(Row{What: "99 % within", Reached: milliseconds(waits[min(len(waits)-1, len(waits)*99/100)]), Unit: "ms"}) // middle has sorted them
	r.add(Row{What: "checkouts", Reached: count / took.Seconds(), Unit: "a second"})
	return done()
}

// wallet makes a wallet with test money at the bank.
func (r *run) wallet(brokerURL string, money scrip.Money) (w *wallet.Wallet, done func() error, err error) {
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	peer, err := api.Dial(api.DialConfig{BaseURL: brokerURL, HTTPClient: client})
	if err != nil {
		return nil, nil, err
	}
	broker, bank := peer.Broker(), peer.Bank()
	reference, err := bank.OpenAccount(r.ctx)
	if err != nil {
		return nil, nil, err
	}
	key, err := scrip.NewID(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if _, err := bank.Deposit(r.ctx, reference, money, key); err != nil {
		return nil, nil, err
	}
	d, err := db.Open(r.ctx, folder.At(r.data()).Purse(), db.Wallet)
	if err != nil {
		return nil, nil, err
	}
	purse, err := db.NewPurse(d)
	if err == nil {
		w, err = wallet.Make(r.ctx, wallet.Config{
			Purse: purse, Broker: broker, Directory: broker, Key: make([]byte, 32), Random: rand.Reader,
			Dial: func(c scrip.Certificate) (wallet.Party, error) {
				peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL, HTTPClient: client})
				if err != nil {
					return nil, err
				}
				return peer.Stall(c.Vendor), nil
			},
		}, reference, "")
	}
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return w, func() error { client.CloseIdleConnections(); return d.Close() }, nil
}

// repeated are r purchases for one exchange (claim C17), and what each costs broker and
// stall, each a process of its own. Between everybody and the broker stands what counts
// bytes.
func (r *run) repeated() error {
	for _, times := range r.Size.Times {
		if err := r.repeat(times); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) repeat(times int) error {
	wire, err := listenWire()
	if err != nil {
		return err
	}
	defer wire.close()
	address, err := freeAddress()
	if err != nil {
		return err
	}
	wire.to(address)
	broker, err := r.start("broker", r.data(), "--private-stalls", "--base-url="+wire.url, "--listen="+address)
	if err != nil {
		return err
	}
	place, err := r.start("market", r.data(), "--broker-url="+wire.url, "--private-stalls")
	if err != nil {
		return err
	}
	m := market{servers: []*load.Server{broker, place}}
	count := max(r.Size.Exchanges, 4*r.Size.Exchanges/times)
	if err := r.fill(&m, wire.url, place.URL, 1, enough(2*count*times)); err != nil {
		return err
	}
	worth := scrip.Money(times) * load.Price
	clients := make([]*load.Client, 4)
	for i := range clients {
		if clients[i], err = load.Join(r.ctx, wire.url, scrip.Money(2*count+2)*worth); err != nil {
			return err
		}
		if err := errors.Join(clients[i].Visit(m.stalls[0]), clients[i].Load(r.ctx, scrip.Money(2*count+2)*worth)); err != nil {
			return err
		}
	}
	both := r.rest(m.servers...)
	if err := both(r.ctx); err != nil {
		return err
	}
	before, err := broker.Used()
	if err != nil {
		return err
	}
	wire.bytes.Store(0)
	got, err := load.Run(r.ctx, m.servers, clients, count, func(ctx context.Context, c *load.Client) error {
		if err := c.Exchange(ctx, worth); err != nil {
			return err
		}
		for range times {
			if err := c.BuyNoticed(ctx); err != nil {
				return err
			}
		}
		return nil
	}, both)
	if err != nil {
		return err
	}
	after, err := broker.Used()
	if err != nil {
		return err
	}
	if err := r.stop(); err != nil {
		return err
	}
	purchases := float64(count * times)
	atBroker := milliseconds(after-before) / purchases
	r.add(Row{
		What: fmt.Sprintf("%d for one exchange: broker's processor", times), Reached: atBroker, Unit: "ms",
		Note: fmt.Sprintf("for one purchase; stall's %.2f ms; %s bytes over the broker's connections; it authorizes %.2g times (T5) and records twice (T9, T12)",
			milliseconds(got.Server)/purchases-atBroker, figure(float64(wire.bytes.Load())/purchases), 1/float64(times)),
	})
	return nil
}
