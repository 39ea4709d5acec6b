package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// buyer is a customer of running processes: the wallet in Go on a purse on
// disk, and a sandbox bank account with money in it.
type buyer struct {
	*wallet.Wallet
	t      testing.TB
	broker api.BrokerClient
	sand   api.BankClient
	bank   string      // reference at the sandbox bank
	put    scrip.Money // what was put in there
	client *http.Client

	mu   sync.Mutex
	seen []string // messages as they went by
}

// newBuyer makes a wallet at the broker of a base URL and puts money into its
// bank account. A transport may watch what the wallet sends; nil is the usual.
func newBuyer(t testing.TB, brokerURL string, money scrip.Money, transport http.RoundTripper) *buyer {
	t.Helper()
	b := &buyer{t: t, put: money, client: &http.Client{Transport: transport}}
	peer := b.dial(brokerURL)
	b.broker, b.sand = peer.Broker(), peer.Bank()
	database, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "purse.db"), db.Wallet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Errorf("close a purse: %v", err)
		}
	})
	purse, err := db.NewPurse(database)
	if err != nil {
		t.Fatal(err)
	}
	if b.bank, err = b.sand.OpenAccount(t.Context()); err != nil {
		t.Fatalf("open a bank account: %v", err)
	}
	if _, err := b.sand.Deposit(t.Context(), b.bank, money, rig.NewID(t)); err != nil {
		t.Fatalf("put test money in: %v", err)
	}
	b.Wallet, err = wallet.Make(t.Context(), wallet.Config{
		Purse: purse, Broker: b.broker, Directory: b.broker, Heads: b.broker, Dial: b.stall,
		Key: make([]byte, 32), Random: rand.Reader, Progress: b.note,
	}, b.bank, "")
	if err != nil {
		t.Fatalf("make a wallet: %v", err)
	}
	return b
}

func (b *buyer) dial(url string) *api.Peer {
	b.t.Helper()
	peer, err := api.Dial(api.DialConfig{BaseURL: url, HTTPClient: b.client})
	if err != nil {
		b.t.Fatal(err)
	}
	return peer
}

func (b *buyer) stall(c scrip.Certificate) (wallet.Party, error) {
	return b.dial(c.BaseURL).Stall(c.Vendor), nil
}

func (b *buyer) note(e wallet.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, e.Message)
}

// messages returns what went by since the last call.
func (b *buyer) messages() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := fmt.Sprint(b.seen)
	b.seen = nil
	return list
}

// onSale is an offer and the seller's signature on it.
type onSale struct {
	scrip.Offer
	jws string
}

// offers lists what a stall offers, by title.
func (b *buyer) offers(baseURL string, vendor scrip.VendorID) map[string]onSale {
	b.t.Helper()
	public, err := b.dial(baseURL).Stall(vendor).Offers(b.t.Context())
	b.must("ask a stall for its offers", err)
	list := map[string]onSale{}
	for _, p := range public {
		offer, err := b.Offer(b.t.Context(), p.Offer)
		b.must("read an offer", err)
		list[offer.Title] = onSale{offer, p.Offer}
	}
	return list
}

// must fails the test on an error.
func (b *buyer) must(doing string, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", doing, err)
	}
}

// settle resumes and delivers until nothing is left to do.
func (b *buyer) settle(limit time.Duration) {
	b.t.Helper()
	var err error
	for start := time.Now(); time.Since(start) < limit; time.Sleep(100 * time.Millisecond) {
		if err = b.Resume(context.Background()); err != nil {
			continue
		}
		if err = b.Deliver(context.Background()); err == nil {
			return
		}
	}
	b.t.Errorf("a wallet is not settled after %v: %v", limit, err)
}

// receipts returns all receipts.
func (b *buyer) receipts() []wallet.Receipt {
	b.t.Helper()
	list, err := b.Receipts(context.Background(), 0, 100_000)
	b.must("list receipts", err)
	return list
}

// conserved wants every cent to be at the bank, in the wallet, or on a receipt.
// It returns what the wallet paid and what it holds, and whether that was so.
func (b *buyer) conserved() (paid, held scrip.Money, whole bool) {
	b.t.Helper()
	left, err := b.sand.Balance(context.Background(), b.bank)
	b.must("ask the bank", err)
	balance, err := b.Balance(context.Background())
	b.must("add up a purse", err)
	for _, r := range b.receipts() {
		paid += r.Price
	}
	if balance.AtStake != 0 || balance.Owed != 0 || balance.Doubtful != 0 {
		b.t.Errorf("got at stake %d, owed %d, doubtful %d, want none", balance.AtStake, balance.Owed, balance.Doubtful)
	}
	sum := left + balance.Total + paid
	if sum != b.put {
		b.t.Errorf("bank %d, wallet %d and receipts %d sum to %d, want %d", left, balance.Total, paid, sum, b.put)
	}
	return paid, balance.Total, sum == b.put && balance.AtStake+balance.Owed+balance.Doubtful == 0
}
