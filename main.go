// Command peerscrip is a peer-to-peer marketplace for second-hand goods with
// its own electronic money. The role it plays is its first argument.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/cli"
	"peerscrip/services/scrip"
	"peerscrip/services/tour"
)

//go:embed openapi.yaml
var document []byte

// watch stands before all handlers; nothing does but in the program that tests
// build.
var watch func(http.Handler) http.Handler

// commandLine is every flag and command. The flags of the roles can be set in
// the environment, as PEERSCRIP_ and their names.
type commandLine struct {
	Demo     demoCommand     `cmd:"" help:"Everything in one process, with sample stalls and goods to buy."`
	Serve    serveCommand    `cmd:"" help:"Everything in one process: broker, bank, market."`
	Broker   brokerCommand   `cmd:"" help:"The broker and its sandbox bank."`
	Market   marketCommand   `cmd:"" help:"The web marketplace and hosted stalls, with a broker elsewhere."`
	Stall    stallCommand    `cmd:"" help:"One stall on its own node, with a broker elsewhere."`
	Desk     deskCommand     `cmd:"" help:"Make a new link to the desk of a stall on its own node. It works once; links before it stop working."`
	Wallet   walletCommand   `cmd:"" help:"The wallet on the command line."`
	Tour     tourCommand     `cmd:"" help:"Go through all eight transactions as a new customer, show the 27 messages, and check the books; exit 1 if anything fails."`
	Health   healthCommand   `cmd:"" help:"Ask a process of this machine whether it is ready; exit 1 if not."`
	Audit    auditCommand    `cmd:"" help:"Check from the databases that the books close; exit 1 if not."`
	Keys     keysCommand     `cmd:"" help:"Show the chain of a broker's keys, or make the next ones, in its data folder."`
	Disputes disputesCommand `cmd:"" help:"List what buyers dispute, with what both sides say, in a broker's data folder."`
	Decide   decideCommand   `cmd:"" help:"Decide a dispute: so much to the buyer, the rest to the seller, and why."`
	Revoke   revokeCommand   `cmd:"" help:"Take a stall's certificate back, for good, in a broker's data folder."`
	Seller   sellerCommand   `cmd:"" help:"What the owner of a stall on its own node does without the desk: answer proposals, compare with the broker."`
	Operator operatorCommand `cmd:"" help:"Make a new link to the operator's console of a process that runs with --operator. It works once; links before it stop working."`
	Queue    queueCommand    `cmd:"" help:"List what stalls of a data folder set aside instead of telling it to the broker, and have it told again."`
	Blocked  blockedCommand  `cmd:"" help:"List the buyers whom stalls of a data folder have blocked, block one, or take that back."`
	Verify   verifyCommand   `cmd:"" help:"Say what a receipt file proves; exit 1 if it does not hold."`

	LogLevel slog.Level `help:"What to log: debug, info, warn or error." default:"info" env:"PEERSCRIP_LOG_LEVEL"`
}

// where are the flags of every command that keeps data and listens.
type where struct {
	Listen   string `help:"Address to listen on." default:"127.0.0.1:8080" env:"PEERSCRIP_LISTEN"`
	Operator string `help:"Loopback address of the operator's page, like 127.0.0.1:8081; default is none." env:"PEERSCRIP_OPERATOR"`
	Data     string `help:"Folder for databases and keys, made when missing." default:"./data" env:"PEERSCRIP_DATA"`
	BaseURL  string `help:"How others reach this process; default is the address listened on." env:"PEERSCRIP_BASE_URL"`
	Rate     int    `help:"API requests, and pages of the catalogue, a minute allowed each client address; 0 for no limit." default:"1200" env:"PEERSCRIP_RATE"`
	ClientIP string `help:"Header in which a proxy in front tells the client's address, like X-Real-IP." env:"PEERSCRIP_CLIENT_IP"`
	MinFree  int    `help:"MiB of the disk that are kept free: below it nothing new is taken, and it is said." default:"64" env:"PEERSCRIP_MIN_FREE"`
	Contact  string `help:"How the operator is reached: a mail address, a web address, or words. /contact says so." env:"PEERSCRIP_CONTACT"`
	Imprint  string `help:"Text file that says who the operator is, for /contact." type:"filecontent" env:"PEERSCRIP_IMPRINT" placeholder:"FILE"`
	Terms    string `help:"Text file with the operator's own terms, for /contact." type:"filecontent" env:"PEERSCRIP_TERMS" placeholder:"FILE"`
	Posts    int    `help:"Forms a minute allowed each client address; 0 for no limit." default:"120" env:"PEERSCRIP_POSTS"`
}

func (w where) config(role services.Role) services.Config {
	return services.Config{
		Role: role, Listen: w.Listen, Operator: w.Operator, Data: w.Data, BaseURL: w.BaseURL, Rate: w.Rate, Posts: w.Posts, ClientIP: w.ClientIP, MinFree: w.MinFree, Document: document, Watch: watch,
		Contact: w.Contact, Imprint: w.Imprint, Terms: w.Terms,
	}
}

// issuing are the flags of roles that issue scrip.
type issuing struct {
	ScripLifetime time.Duration `help:"How long scrip is good before it must be renewed." default:"8760h" env:"PEERSCRIP_SCRIP_LIFETIME"`
}

// minting are the flags of roles with a broker.
type minting struct {
	issuing
	Currency string        `help:"ISO 4217 code of the one currency." default:"EUR" env:"PEERSCRIP_CURRENCY"`
	Heads    []string      `help:"Files of signed heads of the log that were kept elsewhere; a book that does not continue them does not start." type:"existingfile" env:"PEERSCRIP_HEADS"`
	LockTime time.Duration `help:"How long an announced exchange keeps its scrip." default:"1m" env:"PEERSCRIP_LOCK_TIME"`
}

func (m minting) apply(c services.Config) services.Config {
	c.Currency, c.LockTime, c.ScripLifetime, c.Heads = m.Currency, m.LockTime, m.ScripLifetime, m.Heads
	return c
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
	minting
	hosting
	reaching
}

// Run serves until the process is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	config := hosted(c.minting.apply(c.config(services.Serve)), c.hosting)
	config.PrivateStalls = c.PrivateStalls
	return serve(ctx, config)
}

type brokerCommand struct {
	where
	minting
	reaching
	Name string `help:"The broker's name." default:"peerscrip" env:"PEERSCRIP_NAME"`
}

// Run serves until the process is told to stop.
func (c brokerCommand) Run(ctx context.Context) error {
	config := c.minting.apply(c.config(services.Broker))
	config.Name, config.PrivateStalls = c.Name, c.PrivateStalls
	return serve(ctx, config)
}

type marketCommand struct {
	where
	issuing
	hosting
	remote
	reaching
}

// Run serves until the process is told to stop.
func (c marketCommand) Run(ctx context.Context) error {
	config := hosted(c.config(services.Market), c.hosting)
	config.BrokerURL, config.BrokerKey, config.ScripLifetime = c.BrokerURL, c.BrokerKey, c.ScripLifetime
	config.PrivateStalls = c.PrivateStalls
	return serve(ctx, config)
}

type stallCommand struct {
	where
	issuing
	remote
	Name  string `help:"The stall's name." required:"" env:"PEERSCRIP_NAME"`
	About string `help:"What the stall says of itself." env:"PEERSCRIP_ABOUT"`
	Bank  string `help:"Reference of the bank account that earnings are paid to; default is a new one at the sandbox bank. It cannot be changed later." env:"PEERSCRIP_BANK"`
	Batch int    `help:"Purchases reported to the broker in one message." default:"1" env:"PEERSCRIP_BATCH"`
}

// Run serves until the process is told to stop.
func (c stallCommand) Run(ctx context.Context) error {
	config := c.config(services.Stall)
	config.BrokerURL, config.BrokerKey, config.ScripLifetime = c.BrokerURL, c.BrokerKey, c.ScripLifetime
	config.Name, config.About, config.Bank, config.Batch = c.Name, c.About, c.Bank, c.Batch
	return serve(ctx, config)
}

type deskCommand struct {
	Data    string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	BaseURL string `help:"How the owner reaches the stall; default is the address that the broker certified." env:"PEERSCRIP_BASE_URL"`
}

// Run prints the link.
func (c deskCommand) Run() error {
	link, err := services.DeskLink(c.Data, c.BaseURL)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}

// sellerCommand is what a stall's owner does on the machine with its data folder.
type sellerCommand struct {
	Talks     sellerTalks     `cmd:"" help:"List the orders and conversations whose last word is the buyer's."`
	Offer     sellerOffer     `cmd:"" help:"Answer a conversation with a private offer: what was proposed, or other terms."`
	Decline   sellerDecline   `cmd:"" help:"Decline what was proposed in a conversation."`
	Reconcile sellerReconcile `cmd:"" help:"Hold the money of the stall's protected orders against the broker's books, and print what differs."`
}

// ofStall is the flag of every command of a seller.
type ofStall struct {
	Data string `help:"The stall's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

func (s ofStall) seller() services.Seller { return services.Seller{Data: s.Data, Out: os.Stdout} }

type sellerTalks struct{ ofStall }

// Run lists them.
func (c sellerTalks) Run(ctx context.Context) error { return c.seller().Talks(ctx) }

type sellerOffer struct {
	ofStall
	Conversation string `arg:"" help:"The conversation, as talks prints it."`
	Text         string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
	Price        string `help:"Of one, like 10.00; default is what was proposed."`
	Quantity     int    `help:"How many together; default is as many as were proposed."`
	Hours        int    `help:"For how many hours it stands, 72 at most." default:"72"`
}

// Run offers.
func (c sellerOffer) Run(ctx context.Context) error {
	return c.seller().Offer(ctx, services.Bargain{Conversation: c.Conversation, Price: c.Price, Quantity: c.Quantity, Hours: c.Hours, Text: c.Text})
}

type sellerDecline struct {
	ofStall
	Conversation string `arg:"" help:"The conversation, as talks prints it."`
	Text         string `arg:"" optional:"" help:"A word with it, of at most 500 characters."`
}

// Run declines.
func (c sellerDecline) Run(ctx context.Context) error {
	return c.seller().Decline(ctx, c.Conversation, c.Text)
}

type sellerReconcile struct{ ofStall }

// Run compares.
func (c sellerReconcile) Run(ctx context.Context) error { return c.seller().Reconcile(ctx) }

type operatorCommand struct {
	Data     string `help:"The data folder of the process." default:"./data" env:"PEERSCRIP_DATA"`
	Operator string `help:"Loopback address that the process was given as --operator." default:"127.0.0.1:8081" env:"PEERSCRIP_OPERATOR"`
}

// Run prints the link.
func (c operatorCommand) Run() error {
	link, err := services.OperatorLink(c.Data, c.Operator)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}

type revokeCommand struct {
	Vendor string `arg:"" help:"The stall's vendor ID, as in the address of its page."`
	Data   string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

// Run revokes and says so.
func (c revokeCommand) Run(ctx context.Context) error {
	name, err := services.Revoke(ctx, c.Data, c.Vendor)
	if err != nil {
		return err
	}
	fmt.Printf("revoked: %s (%s). Markets close it when they next read the directory; its customers can still give their scrip back.\n", name, c.Vendor)
	return nil
}

type keysCommand struct {
	Data string   `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	New  []string `help:"Make the next keys, which follow from those in force: signing, envelope, or both with a comma between. Stop the broker first; it uses them from its next start on, and everybody follows." enum:"signing,envelope"`
}

// Run makes the next keys, if it is asked to, and prints the chain.
func (c keysCommand) Run() error {
	if len(c.New) > 0 {
		if err := services.Rotate(c.Data, slices.Contains(c.New, "signing"), slices.Contains(c.New, "envelope")); err != nil {
			return err
		}
	}
	return services.PrintKeys(os.Stdout, c.Data)
}

type queueCommand struct {
	Data  string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Again bool   `help:"Have all of it told again, by the process that runs on the folder or by the next."`
}

// Run prints what is set aside, and why.
func (c queueCommand) Run(ctx context.Context) error {
	return services.Queue(ctx, os.Stdout, c.Data, c.Again)
}

type blockedCommand struct {
	Data    string `help:"The data folder of the stalls." default:"./data" env:"PEERSCRIP_DATA"`
	Block   string `help:"Block the buyer of this order or conversation: no new order of it is taken, and no line of a conversation about a listing. What is paid goes on." placeholder:"ORDER"`
	Unblock string `help:"Take that back, for the pseudonym as it is listed." placeholder:"PSEUDONYM"`
}

// Run prints who is blocked, after what it changes.
func (c blockedCommand) Run(ctx context.Context) error {
	return services.Blocked(ctx, os.Stdout, c.Data, services.Blocking{Block: c.Block, Unblock: c.Unblock})
}

type auditCommand struct {
	Data  string   `help:"Data folder to audit." default:"./data" env:"PEERSCRIP_DATA"`
	With  []string `help:"Further data folders, of markets and stalls whose scrip is to be counted too."`
	Whole bool     `help:"Read the whole log, not from where the last audit ended."`
	Heads []string `help:"Files of signed heads of the log that were kept elsewhere, which it must continue." type:"existingfile"`
}

// Run prints the findings.
func (c auditCommand) Run(ctx context.Context) error {
	heads, err := audit.ReadHeads(c.Heads)
	if err != nil {
		return err
	}
	look := audit.Continue
	if c.Whole {
		look = audit.Folders
	}
	report, err := look(ctx, append([]string{c.Data}, c.With...), heads...)
	if err != nil {
		return err
	}
	return report.Print(os.Stdout)
}

type verifyCommand struct {
	File       string `arg:"" help:"Receipt, as \"wallet receipts --bundle\" and the order's page make it." type:"existingfile"`
	BrokerKeys string `help:"File with the broker's keys (the answer of its /v1/broker/keys), or the broker's address. What is proven is proven to who trusts these keys." required:"" env:"PEERSCRIP_BROKER_KEYS" placeholder:"FILE|URL"`
	BrokerKey  string `help:"Fingerprint that must be among them." env:"PEERSCRIP_BROKER_KEY"`
}

// Run prints what is proven.
func (c verifyCommand) Run(ctx context.Context) error {
	return cli.PrintVerified(ctx, os.Stdout, c.File, c.BrokerKeys, c.BrokerKey)
}

type tourCommand struct {
	BrokerURL string   `help:"Base URL of the broker whose stalls are visited; default is a broker and a stall that are started for the tour. It takes test money of the sandbox bank, and buys one thing for 60.00 at most." env:"PEERSCRIP_BROKER_URL"`
	Audit     []string `help:"Data folders of the broker and its stalls, to check the books in the end." type:"existingdir"`
	JSON      bool     `name:"json" help:"Print one JSON object."`
}

// Run goes through the transactions.
func (c tourCommand) Run(ctx context.Context) error {
	return tour.Run(ctx, tour.Config{
		BrokerURL: c.BrokerURL, Audit: c.Audit, JSON: c.JSON, Out: os.Stdout, Document: document, Random: rand.Reader,
	})
}

type healthCommand struct {
	Listen string `help:"Address the process listens on." default:"127.0.0.1:8080" env:"PEERSCRIP_LISTEN"`
}

// Run says nothing when all is well.
func (c healthCommand) Run(ctx context.Context) error { return services.Ready(ctx, c.Listen) }

// walletCommand is the wallet on the command line.
type walletCommand = cli.Command

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

func main() {
	var line commandLine
	parsed := kong.Parse(&line, kong.Name("peerscrip"), kong.UsageOnError(),
		kong.Description("A peer-to-peer marketplace for second-hand goods with its own electronic money."))
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: line.LogLevel})))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&line); err != nil {
		fmt.Fprintln(os.Stderr, "peerscrip:", err)
		os.Exit(1)
	}
}

type disputesCommand struct {
	Data   string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	Shows  bool   `help:"Print the signed messages that were shown, too."`
	Photos string `help:"Folder to which the photos that were shown are written, made anew of their pixels." type:"existingdir"`
}

// Run lists the disputes, the oldest first.
func (c disputesCommand) Run(ctx context.Context) error {
	list, currency, err := services.Disputes(ctx, c.Data, c.Photos)
	for _, d := range list {
		fmt.Printf("%s %s  %s, %s %s held, since %s\n", d.Vendor, d.Purchase, d.Stall.Name, currency.Format(d.Left), currency.Code,
			time.Unix(d.Since, 0).Format(time.DateTime))
		for _, said := range d.Said {
			fmt.Printf("  %s  %s: %s (shows %d messages)\n", time.Unix(said.At, 0).Format(time.DateTime), map[scrip.Side]string{scrip.Buyer: "buyer", scrip.Seller: "seller"}[said.By], strings.ReplaceAll(said.Text, "\n", "\n    "), len(said.Shows))
			if said.Photo != "" {
				fmt.Printf("    photo %s\n", services.ShownFile(d, said.Photo))
			}
			for _, jws := range said.Shows {
				if c.Shows {
					fmt.Printf("    %s\n", jws)
				}
			}
		}
	}
	if len(list) == 0 && err == nil {
		fmt.Println("nothing waits for a decision")
	}
	return err
}

type decideCommand struct {
	Vendor   string `arg:"" help:"The stall's vendor ID."`
	Purchase string `arg:"" help:"The purchase, as disputes names it."`
	Why      string `arg:"" help:"Why: both sides read it."`
	ToBuyer  string `help:"How much of what is held goes to the buyer: 0 to all of it." required:""`
	Data     string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

// Run decides, and says what each side has.
func (c decideCommand) Run(ctx context.Context) error {
	h, err := services.Decide(ctx, c.Data, c.Vendor, c.Purchase, c.ToBuyer, c.Why)
	if err != nil {
		return err
	}
	fmt.Printf("decided: %d to the buyer and %d to the seller, in minor units. Both hear of it when they next ask.\n", h.ToBuyer, h.ToSeller)
	return nil
}
