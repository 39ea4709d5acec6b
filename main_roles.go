package main

import (
	"context"
	"errors"
	"os"
	"peerscrip/services"
	"peerscrip/services/storage"
	"time"
)

// where are the flags of every command that keeps data and listens.
type where struct {
	Listen      string        `help:"Address to listen on." default:"127.0.0.1:8080" env:"PEERSCRIP_LISTEN"`
	Operator    string        `help:"Address of the operator's console and figures, like 127.0.0.1:8081: of this machine alone, or any where it is reached over TLS (--domain, --operator-url); default is none." env:"PEERSCRIP_OPERATOR"`
	OperatorURL string        `name:"operator-url" help:"Where a proxy in front of the operator's address is reached, over TLS, like https://console.example." env:"PEERSCRIP_OPERATOR_URL" placeholder:"URL"`
	Data        string        `help:"Folder for databases and keys, made when missing." default:"./data" env:"PEERSCRIP_DATA"`
	BaseURL     string        `help:"How others reach this process; default is the address listened on." env:"PEERSCRIP_BASE_URL"`
	Rate        int           `help:"API requests, and pages of the catalogue, a minute allowed each client address; 0 for no limit." default:"1200" env:"PEERSCRIP_RATE"`
	ClientIP    string        `help:"Header in which a proxy in front tells the client's address, like X-Real-IP." env:"PEERSCRIP_CLIENT_IP"`
	MinFree     int           `help:"MiB of the disk that are kept free: below it nothing new is taken, and it is said." default:"64" env:"PEERSCRIP_MIN_FREE"`
	Drain       time.Duration `help:"How long it goes on answering once it was told to stop, while /readyz says that it is not ready, so that a load balancer turns elsewhere." default:"0s" env:"PEERSCRIP_DRAIN"`
	Contact     string        `help:"How the operator is reached: a mail address, a web address, or words. /contact says so." env:"PEERSCRIP_CONTACT"`
	Imprint     string        `help:"Text file that says who the operator is, for /contact." type:"filecontent" env:"PEERSCRIP_IMPRINT" placeholder:"FILE"`
	Terms       string        `help:"Text file with the operator's own terms, for /contact." type:"filecontent" env:"PEERSCRIP_TERMS" placeholder:"FILE"`
	certifying
	Posts int `help:"Forms a minute allowed each client address; 0 for no limit." default:"120" env:"PEERSCRIP_POSTS"`
}

func (w where) config(role services.Role) services.Config {
	return services.Config{
		Role: role, Listen: w.Listen, Operator: w.Operator, OperatorURL: w.OperatorURL, Data: w.Data, BaseURL: w.BaseURL, Rate: w.Rate, Posts: w.Posts, ClientIP: w.ClientIP, MinFree: w.MinFree, Document: document, Watch: watch,
		Drain: w.Drain, Contact: w.Contact, Imprint: w.Imprint, Terms: w.Terms,
		ACME: services.ACME{Domain: w.Domain, Directory: w.ACMEDirectory, Roots: w.ACMERoots, Email: w.ACMEEmail, Listen: w.ListenHTTP},
	}
}

// certifying are the flags of a process that gets its certificate by itself.
type certifying struct {
	Domain        string `help:"Name under which the process is reached: it gets a certificate for it by itself, and speaks TLS on --listen (:443). Whoever gives it agrees to the authority's terms." env:"PEERSCRIP_DOMAIN"`
	ListenHTTP    string `name:"listen-http" help:"With --domain, address for HTTP, by which the authority makes sure of the name; everybody else is led to https." default:":80" env:"PEERSCRIP_LISTEN_HTTP"`
	ACMEDirectory string `name:"acme-directory" help:"With --domain, the authority: URL of its ACME directory; default is Let's Encrypt." env:"PEERSCRIP_ACME_DIRECTORY"`
	ACMERoots     string `name:"acme-roots" help:"With --domain, file with the certificates by which the authority's address is believed; default is the system's." type:"existingfile" env:"PEERSCRIP_ACME_ROOTS"`
	ACMEEmail     string `name:"acme-email" help:"With --domain, where the authority writes when something is wrong." env:"PEERSCRIP_ACME_EMAIL"`
}

// issuing are the flags of roles that issue scrip.
type issuing struct {
	ScripLifetime time.Duration `help:"How long scrip is good before it must be renewed." default:"8760h" env:"PEERSCRIP_SCRIP_LIFETIME"`
}

// keeping are the flags that say where books are.
type keeping struct {
	Database string `help:"URL of the PostgreSQL database (postgres://...) in which the books are kept, for one process or several; default is files of the data folder. With a password in it, give it in the environment." env:"PEERSCRIP_DATABASE" placeholder:"URL"`
	VaultKey string `help:"Key (43 characters) under which secrets in that database are sealed; default is what vault.key in the data folder has." env:"PEERSCRIP_VAULT_KEY" placeholder:"KEY"`
}

func (k keeping) apply(c services.Config) services.Config {
	c.Database, c.VaultKey = k.Database, k.VaultKey
	return c
}

// at is where the commands for a data folder find what they work on.
func (k keeping) at(data string) storage.Config {
	return storage.Config{Data: data, Database: k.Database, VaultKey: k.VaultKey}
}

// minting are the flags of roles with a broker.
type minting struct {
	issuing
	Currency string        `help:"ISO 4217 code of the one currency." default:"EUR" env:"PEERSCRIP_CURRENCY"`
	Heads    []string      `help:"Files of signed heads of the log that were kept elsewhere; a book that does not continue them does not start." type:"existingfile" env:"PEERSCRIP_HEADS"`
	LockTime time.Duration `help:"How long an announced exchange keeps its scrip." default:"1m" env:"PEERSCRIP_LOCK_TIME"`
	Witness  []string      `help:"Witness that cosigns the heads of the log: its URL and its key, with a space between; any number of them." env:"PEERSCRIP_WITNESS" placeholder:"URL KEY"`
}

func (m minting) apply(c services.Config) services.Config {
	c.Currency, c.LockTime, c.ScripLifetime, c.Heads, c.Witnesses = m.Currency, m.LockTime, m.ScripLifetime, m.Heads, m.Witness
	return c
}

// taking are the flags of who takes real money: either turns it on, in the place of the sandbox. Keys are never on the command line, where others of the machine read them: they are
// in files, or in the environment.
type taking struct {
	StripeKeyFile     string `help:"File with the key of Stripe's API, which turns real money on in the place of the sandbox; or PEERSCRIP_STRIPE_KEY has the key itself." type:"existingfile" env:"PEERSCRIP_STRIPE_KEY_FILE" placeholder:"FILE"`
	StripeWebhookFile string `help:"File with the secret of the webhook endpoint at Stripe; or PEERSCRIP_STRIPE_WEBHOOK has the secret itself." type:"existingfile" env:"PEERSCRIP_STRIPE_WEBHOOK_FILE" placeholder:"FILE"`
	StripeURL         string `help:"Address of Stripe's API; default is Stripe's own." env:"PEERSCRIP_STRIPE_URL"`
	BankIBAN          string `help:"Account at a bank to which customers transfer money, and from which it goes to them by files; default is none." env:"PEERSCRIP_BANK_IBAN" placeholder:"IBAN"`
	BankName          string `help:"Who holds that account." env:"PEERSCRIP_BANK_NAME"`
	BankBIC           string `help:"BIC of its bank." env:"PEERSCRIP_BANK_BIC"`
	TransferFee       string `help:"What who transfers pays beside the amount, like 0.10; default is nothing." env:"PEERSCRIP_TRANSFER_FEE"`
	CardFee           string `help:"What who pays by card pays beside the amount, like 0.25+1.5%; default is nothing." env:"PEERSCRIP_CARD_FEE"`
}

func (t taking) money() (services.Money, error) {
	key, err := services.ReadKey(t.StripeKeyFile, os.Getenv("PEERSCRIP_STRIPE_KEY"))
	if err != nil {
		return services.Money{}, err
	}
	webhook, err := services.ReadKey(t.StripeWebhookFile, os.Getenv("PEERSCRIP_STRIPE_WEBHOOK"))
	return services.Money{
		StripeKey: key, StripeWebhook: webhook, StripeURL: t.StripeURL, CardFee: t.CardFee,
		BankIBAN: t.BankIBAN, BankName: t.BankName, BankBIC: t.BankBIC, TransferFee: t.TransferFee,
	}, err
}

// hosting are the flags of roles with hosted stalls.
type hosting struct {
	OperatorKey string `help:"Key (43 characters) that seals hosted stalls' keys; default is made and kept in the data folder." env:"PEERSCRIP_OPERATOR_KEY"`
	MaxStalls   int    `help:"How many stalls may be hosted." default:"1000" env:"PEERSCRIP_MAX_STALLS"`
}

// reaching are the flags of roles that ask stalls elsewhere.
type reaching struct {
	PrivateStalls bool `help:"Ask stalls at addresses that are not public too: this machine's, and those of private networks. Anybody who opens a stall says where it is." env:"PEERSCRIP_PRIVATE_STALLS"`
}

// remote are the flags of roles whose broker is elsewhere.
type remote struct {
	BrokerURL string `help:"Base URL of the broker." required:"" env:"PEERSCRIP_BROKER_URL"`
	BrokerKey string `help:"Fingerprint of one of the broker's keys, as its operator's \"peerscrip keys\" prints it; default is to believe the first that are shown." env:"PEERSCRIP_BROKER_KEY"`
}

type demoCommand struct {
	where
	minting
	hosting
	People bool `help:"Sample people have bought, written and rated for some weeks." default:"true" negatable:"" env:"PEERSCRIP_PEOPLE"`
}

// Run serves until the process is told to stop. A demo is on a machine of one's
// own, and so are the stalls that are tried with it.
func (c demoCommand) Run(ctx context.Context) error {
	config := hosted(c.minting.apply(c.config(services.Demo)), c.hosting)
	config.PrivateStalls, config.People = true, c.People
	return serve(ctx, config)
}

type serveCommand struct {
	where
	keeping
	minting
	hosting
	reaching
	taking
}

// Run serves until the process is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	config := hosted(c.keeping.apply(c.minting.apply(c.config(services.Serve))), c.hosting)
	config.PrivateStalls = c.PrivateStalls
	var err error
	if config.Money, err = c.money(); err != nil {
		return err
	}
	return serve(ctx, config)
}

type brokerCommand struct {
	where
	keeping
	minting
	reaching
	taking
	Name string `help:"The broker's name." default:"peerscrip" env:"PEERSCRIP_NAME"`
}

// Run serves until the process is told to stop.
func (c brokerCommand) Run(ctx context.Context) error {
	config := c.keeping.apply(c.minting.apply(c.config(services.Broker)))
	config.Name, config.PrivateStalls = c.Name, c.PrivateStalls
	var err error
	if config.Money, err = c.money(); err != nil {
		return err
	}
	return serve(ctx, config)
}

type marketCommand struct {
	where
	keeping
	issuing
	hosting
	remote
	reaching
}

// Run serves until the process is told to stop.
func (c marketCommand) Run(ctx context.Context) error {
	config := hosted(c.keeping.apply(c.config(services.Market)), c.hosting)
	config.BrokerURL, config.BrokerKey, config.ScripLifetime = c.BrokerURL, c.BrokerKey, c.ScripLifetime
	config.PrivateStalls = c.PrivateStalls
	return serve(ctx, config)
}

type relayCommand struct {
	where
	remote
	MaxStalls int `help:"How many stalls may be reached through it." default:"1000" env:"PEERSCRIP_MAX_STALLS"`
}

// Run serves until the process is told to stop.
func (c relayCommand) Run(ctx context.Context) error {
	config := c.config(services.Relay)
	config.BrokerURL, config.BrokerKey, config.MaxStalls = c.BrokerURL, c.BrokerKey, c.MaxStalls
	return serve(ctx, config)
}

type witnessCommand struct {
	where
	Log  []string `help:"Log that is witnessed: the base URL of its broker, whose keys are followed, perhaps with the fingerprint of one of them behind a space; or the key of any log (NAME+HASH+KEY). Any number of them." required:"" env:"PEERSCRIP_LOG" placeholder:"URL|KEY"`
	Name string   `help:"The witness's name, which is part of its key and does not change; default is the host of the base URL." env:"PEERSCRIP_NAME"`
}

// Run serves until the process is told to stop.
func (c witnessCommand) Run(ctx context.Context) error {
	config := c.config(services.Witness)
	config.Logs, config.Name = c.Log, c.Name
	return serve(ctx, config)
}

type stallCommand struct {
	where
	keeping
	issuing
	remote
	Relay string `help:"Base URL of a relay through which customers reach the stall, where nobody can connect to this machine; default is that they reach the base URL." env:"PEERSCRIP_RELAY" placeholder:"URL"`
	Name  string `help:"The stall's name." required:"" env:"PEERSCRIP_NAME"`
	About string `help:"What the stall says of itself." env:"PEERSCRIP_ABOUT"`
	Bank  string `help:"Reference of the bank account that earnings are paid to; default is a new one at the sandbox bank. It cannot be changed later." env:"PEERSCRIP_BANK"`
}

// Run serves until the process is told to stop.
func (c stallCommand) Run(ctx context.Context) error {
	config := c.keeping.apply(c.config(services.Stall))
	config.BrokerURL, config.BrokerKey, config.ScripLifetime = c.BrokerURL, c.BrokerKey, c.ScripLifetime
	config.Name, config.About, config.Bank, config.Relay = c.Name, c.About, c.Bank, c.Relay
	return serve(ctx, config)
}

func hosted(c services.Config, h hosting) services.Config {
	c.OperatorKey, c.MaxStalls = h.OperatorKey, h.MaxStalls
	return c
}

// serve runs a role until the process is told to stop, or cannot listen any
// more.
func serve(ctx context.Context, c services.Config) error {
	program, err := services.Start(ctx, c)
	if err != nil {
		return err
	}
	program.Announce(os.Stdout)
	select {
	case <-ctx.Done():
		return program.Stop()
	case err := <-program.Failed():
		return errors.Join(err, program.Stop())
	}
}
