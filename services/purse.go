package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// WalletConfig is what the wallet command is told.
type WalletConfig struct {
	Data       string // folder of the purse
	BrokerURL  string // base URL of the broker
	Passphrase string // opens the purse
	Out        io.Writer
	Random     io.Reader
}

// Purse is a wallet on the command line: what it does, it tells Out.
type Purse struct {
	*wallet.Wallet
	config   WalletConfig
	broker   api.BrokerClient
	bank     api.BankClient
	database *db.DB
	settings wallet.Config
}

// OpenPurse opens the purse in a data folder and reaches its broker. Close must
// be called.
func OpenPurse(ctx context.Context, c WalletConfig) (*Purse, error) {
	peer, err := api.Dial(api.DialConfig{BaseURL: strings.TrimSuffix(c.BrokerURL, "/")})
	if err != nil {
		return nil, err
	}
	database, err := db.Open(ctx, filepath.Join(c.Data, "wallet", "purse.db"), db.Wallet)
	if err != nil {
		return nil, err
	}
	purse, err := db.NewPurse(database)
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	p := &Purse{config: c, broker: peer.Broker(), bank: peer.Bank(), database: database}
	p.settings = wallet.Config{
		Purse: purse, Broker: p.broker, Directory: p.broker, Dial: dialStall, Passphrase: c.Passphrase,
		Random: c.Random, Progress: p.tell,
	}
	return p, nil
}

// dialStall reaches a merchant where its certificate says it is.
func dialStall(c scrip.Certificate) wallet.Stall {
	peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL})
	if err != nil {
		return unreachable{fmt.Errorf("the stall's address: %w", err)}
	}
	return peer.Stall(c.Vendor)
}

// unreachable is a merchant whose certificate names no address to dial.
type unreachable struct{ err error }

func (u unreachable) Exchange(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, u.err
}

func (u unreachable) Claim(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, u.err
}

func (u unreachable) Purchase(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, u.err
}

func (u unreachable) Renew(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, u.err
}

// Close closes the purse.
func (p *Purse) Close() error { return p.database.Close() }

// Unlock opens the wallet. What looks at the purse then finishes what is
// unfinished and renews what is due; what spends does not begin with that: told the same again,
// they go on with what they began, and must find it unfinished for it.
func (p *Purse) Unlock(ctx context.Context) error {
	w, err := wallet.Open(ctx, p.settings)
	p.Wallet = w
	return err
}

// finish finishes what is unfinished, as far as it can.
func (p *Purse) finish(ctx context.Context) {
	if err := p.Resume(ctx); err != nil {
		p.printf("unfinished: %v\n", err)
	}
}

// minPassphrase is the least number of characters of a new wallet's passphrase,
// as in the browser.
const minPassphrase = 10

var errPassphrase = fmt.Errorf("choose a passphrase of at least %d characters", minPassphrase)

// Make makes the wallet. Without a bank reference it opens an account at the
// sandbox bank.
func (p *Purse) Make(ctx context.Context, bank, name string) error {
	if utf8.RuneCountInString(p.config.Passphrase) < minPassphrase {
		return errPassphrase
	}
	if bank == "" {
		reference, err := p.bank.OpenAccount(ctx)
		if err != nil {
			return fmt.Errorf("open an account at the sandbox bank: %w", err)
		}
		bank = reference
	}
	w, err := wallet.Make(ctx, p.settings, bank, name)
	if err != nil {
		return err
	}
	p.Wallet = w
	p.printf("account %s\nbank    %s\n", w.Account(), bank)
	return nil
}

// Fund puts test money into the wallet's account at the sandbox bank.
func (p *Purse) Fund(ctx context.Context, amount string) error {
	owner, err := p.settings.Purse.Owner(ctx)
	if err != nil {
		return err
	}
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	key, err := scrip.NewID(p.config.Random)
	if err != nil {
		return err
	}
	balance, err := p.bank.Deposit(ctx, owner.Bank, money, key)
	if err != nil {
		return err
	}
	p.printf("at the bank %s\n", p.say(ctx, balance))
	return nil
}

// LoadAmount loads an amount, as people write it, from the bank, to what there
// is. Told the same again, it goes on with what it began.
func (p *Purse) LoadAmount(ctx context.Context, amount string) error {
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := p.Load(ctx, money); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// GiveBack gives what is good at every stall back to the bank.
func (p *Purse) GiveBack(ctx context.Context) error {
	if err := p.Withdraw(ctx); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// RenewAll renews what has expired or soon will.
func (p *Purse) RenewAll(ctx context.Context) error {
	if err := p.Renew(ctx); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// ExchangeAmount exchanges an amount, as people write it, for scrip of the stall
// that has a listing. Told the same again, it goes on with what it began.
func (p *Purse) ExchangeAmount(ctx context.Context, listing, amount string) error {
	vendor, _, err := readListing(listing)
	if err != nil {
		return err
	}
	money, err := p.Info(ctx).Currency.Parse(amount)
	if err != nil {
		return err
	}
	if err := p.Exchange(ctx, vendor, money); err != nil {
		return err
	}
	return p.PrintBalance(ctx)
}

// PrintPlan prints what buying a listing would take.
func (p *Purse) PrintPlan(ctx context.Context, listing string, quantity int) error {
	p.finish(ctx)
	jws, vendor, err := p.offer(ctx, listing)
	if err != nil {
		return err
	}
	offer, err := p.Offer(ctx, jws)
	if err != nil {
		return err
	}
	total, err := offer.Total(quantity)
	if err != nil {
		return err
	}
	plan, err := p.Plan(ctx, vendor, total)
	if err != nil {
		return err
	}
	p.printf("%d x %s: %s\n", quantity, offer.Title, p.say(ctx, total))
	for _, step := range plan.Steps {
		p.printf("  %s  %-30s %s\n", step.Transaction, transactionNames[step.Transaction], p.say(ctx, step.Amount))
	}
	return nil
}

var transactionNames = map[string]string{
	"6.1": "load from the bank",
	"6.2": "exchange for the stall's scrip",
	"6.3": "pay the stall",
	"6.4": "load more from the bank, up to",
	"6.6": "give back to the bank",
	"6.8": "renew what expires",
}

// Order is what Pay is asked to buy.
type Order struct {
	Listing  string // its page's address
	Quantity int
	Delivery string
	Exchange string // an amount, as people write it, or empty: see wallet.BuyAhead
}

// Pay buys a listing. If it was cut off before, the same again goes on with that
// purchase and makes no second one.
func (p *Purse) Pay(ctx context.Context, o Order) error {
	ahead := scrip.Money(0)
	if o.Exchange != "" {
		var err error
		if ahead, err = p.Info(ctx).Currency.Parse(o.Exchange); err != nil {
			return err
		}
	}
	jws, _, err := p.offer(ctx, o.Listing)
	if err != nil {
		return err
	}
	receipt, err := p.BuyAhead(ctx, scrip.Order{Offer: jws, Quantity: o.Quantity, Delivery: o.Delivery}, ahead)
	if err != nil {
		return err
	}
	p.printf("bought %s at %s for %s\norder   %s\n", receipt.Title, receipt.Stall, p.say(ctx, receipt.Price), receipt.OrderID)
	if err := p.Deliver(ctx); err != nil {
		p.printf("the notice to the broker waits: %v\n", err)
	}
	return nil
}

var errListing = errors.New("name a listing by its page's address: http://.../l/VENDOR/OFFER")

// readListing reads the address of a listing's page.
func readListing(listing string) (scrip.VendorID, scrip.ID, error) {
	u, err := url.Parse(listing)
	if err != nil {
		return "", "", errListing
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 {
		return "", "", errListing
	}
	vendor, offer := scrip.VendorID(parts[len(parts)-2]), scrip.ID(parts[len(parts)-1])
	if !vendor.Valid() || !offer.Valid() {
		return "", "", errListing
	}
	return vendor, offer, nil
}

// offer fetches a listing's signed offer from the stall itself.
func (p *Purse) offer(ctx context.Context, listing string) (string, scrip.VendorID, error) {
	vendor, offer, err := readListing(listing)
	if err != nil {
		return "", "", err
	}
	stall, err := p.Stall(ctx, vendor)
	if err != nil {
		return "", "", fmt.Errorf("find the stall: %w", err)
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: stall.BaseURL})
	if err != nil {
		return "", "", err
	}
	public, err := peer.Stall(vendor).Offer(ctx, offer)
	return public.Offer, vendor, err
}

// PrintBalance prints what the wallet holds.
func (p *Purse) PrintBalance(ctx context.Context) error {
	p.finish(ctx)
	b, err := p.Balance(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.config.Out, 0, 0, 2, ' ', 0)
	line := func(name string, m scrip.Money) { fmt.Fprintf(t, "%s\t%s\n", name, p.say(ctx, m)) }
	line("good at every stall", b.Broker)
	for _, v := range b.Vendors {
		line("good at "+v.Name, v.Value)
	}
	line("total", b.Total)
	if b.Expired > 0 {
		line("of it expired, to be renewed", b.Expired)
	}
	if b.Expires > 0 {
		fmt.Fprintf(t, "first to be renewed\tbefore %s\n", time.Unix(b.Expires, 0).Format(time.DateOnly))
	}
	if b.AtStake > 0 || b.Owed > 0 {
		line("of it in unfinished payments", b.AtStake)
		line("owed by stalls", b.Owed)
	}
	return t.Flush()
}

// PrintReceipts prints the newest receipts.
func (p *Purse) PrintReceipts(ctx context.Context) error {
	p.finish(ctx)
	receipts, err := p.Receipts(ctx, 0, 50)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.config.Out, 0, 0, 2, ' ', 0)
	for _, r := range receipts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n",
			time.Unix(r.At, 0).Format(time.DateTime), p.say(ctx, r.Price), r.Title, r.Stall, r.OrderID)
	}
	return t.Flush()
}

func (p *Purse) say(ctx context.Context, m scrip.Money) string {
	currency := p.Info(ctx).Currency
	return currency.Format(m) + " " + currency.Code
}

// tell prints a message as it goes by.
func (p *Purse) tell(e wallet.Event) { p.printf("  %-5s %s\n", e.Message, e.Direction) }

func (p *Purse) printf(format string, args ...any) { fmt.Fprintf(p.config.Out, format, args...) }
