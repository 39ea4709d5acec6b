// Command peerscrip is a peer-to-peer marketplace for second-hand goods with
// its own electronic money. The role it plays is its first argument.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"peerscrip/services"
	"peerscrip/services/cli"
	"peerscrip/services/storage"
	"peerscrip/services/tour"
)

//go:embed openapi.yaml
var document []byte

// watch stands before all handlers; nothing does but in the program that tests
// build.
var watch func(http.Handler) http.Handler

// watchWallet is watch for the wallet's API.
var watchWallet func(http.Handler) http.Handler

// walletKey opens wallets instead of a passphrase; none does but in the program that tests
// build.
var walletKey []byte

// commandLine is every flag and command. The flags of the roles can be set in
// the environment, as PEERSCRIP_ and their names.
type commandLine struct {
	Demo            demoCommand            `cmd:"" help:"Everything in one process, with sample stalls and goods to buy."`
	Serve           serveCommand           `cmd:"" help:"Everything in one process: broker, bank, market."`
	Broker          brokerCommand          `cmd:"" help:"The broker and its sandbox bank."`
	Market          marketCommand          `cmd:"" help:"The web marketplace and hosted stalls, with a broker elsewhere."`
	Stall           stallCommand           `cmd:"" help:"One stall on its own node, with a broker elsewhere."`
	Relay           relayCommand           `cmd:"" help:"The way to stalls on machines that take no connections, such as those behind the router of a home."`
	Witness         witnessCommand         `cmd:"" help:"A witness: cosigns the heads of other operators' logs (c2sp.org/tlog-witness), so that nobody is shown another history."`
	Desk            deskCommand            `cmd:"" help:"Make a new link to the desk of a stall on its own node. It works once; links before it stop working."`
	Wallet          walletCommand          `cmd:"" help:"The wallet on the command line."`
	Tour            tourCommand            `cmd:"" help:"Go through all eight transactions as a new customer, show the 27 messages, and check the books; exit 1 if anything fails."`
	Health          healthCommand          `cmd:"" help:"Ask a process of this machine whether it is ready; exit 1 if not."`
	Audit           auditCommand           `cmd:"" help:"Check from the databases that the books close; exit 1 if not."`
	Backup          backupCommand          `cmd:"" help:"Back up a data folder beside the process that runs on it: all its databases as they were at one instant."`
	Restore         restoreCommand         `cmd:"" help:"Restore a backup into an empty folder, audit it, and say what it cannot bring back; exit 1 if its books do not close."`
	Restored        restoredCommand        `cmd:"" help:"Say which backup a data folder was restored from; with --settled, that what happened since is settled."`
	Keys            keysCommand            `cmd:"" help:"Show the chain of a broker's keys, or make the next ones, in its data folder."`
	MigrateDatabase migrateDatabaseCommand `cmd:"" help:"Move a data folder, of a broker, of a market with the stalls that it hosts, of both or of a stall on its own node, into an empty PostgreSQL database, and prove that they are the same."`
	Disputes        disputesCommand        `cmd:"" help:"List what buyers dispute, with what both sides say, in a broker's data folder."`
	Decide          decideCommand          `cmd:"" help:"Decide a dispute: so much to the buyer, the rest to the seller, and why."`
	Revoke          revokeCommand          `cmd:"" help:"Take a stall's certificate back, for good, in a broker's data folder."`
	Bank            bankCommand            `cmd:"" help:"Real money in a broker's data folder: the payment provider's list held against the books, files of a bank, and what belongs to nobody known."`
	Seller          sellerCommand          `cmd:"" help:"What the owner of a stall on its own node does without the desk: listings, orders, proposals, returns, disputes."`
	Operator        operatorCommand        `cmd:"" help:"Make a new link to the operator's console of a process that runs with --operator. It works once; links before it stop working."`
	Queue           queueCommand           `cmd:"" help:"List what stalls of a data folder set aside instead of telling it to the broker, and have it told again."`
	Blocked         blockedCommand         `cmd:"" help:"List the buyers whom stalls of a data folder have blocked, block one, or take that back."`
	Bench           benchCommand           `cmd:"" help:"Measure this program on this machine, or compare its protocol with others by simulation."`
	Verify          verifyCommand          `cmd:"" help:"Say what a receipt file proves; exit 1 if it does not hold."`

	LogLevel slog.Level `help:"What to log: debug, info, warn or error." default:"info" env:"PEERSCRIP_LOG_LEVEL"`
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
		BrokerURL: c.BrokerURL, Audit: c.Audit, JSON: c.JSON, Out: os.Stdout, Err: os.Stderr, Document: document, Random: rand.Reader,
	})
}

type healthCommand struct {
	Listen string `help:"Address the process listens on." default:"127.0.0.1:8080" env:"PEERSCRIP_LISTEN"`
	Domain string `help:"The name that the process was given, if it has a certificate of its own." env:"PEERSCRIP_DOMAIN"`
}

// Run says nothing when all is well.
func (c healthCommand) Run(ctx context.Context) error { return services.Ready(ctx, c.Listen, c.Domain) }

// walletCommand is the wallet on the command line.
type walletCommand = cli.Command

func main() {
	services.UseHeapRoom()
	line := commandLine{Wallet: walletCommand{ForThread: services.PhotoForThread, Watch: watchWallet, Key: walletKey}}
	if err := storage.Told(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peerscrip:", err)
		os.Exit(1)
	}
	parser := kong.Must(&line, kong.Name("peerscrip"), kong.UsageOnError(), cli.Identifiers(),
		kong.Description("A peer-to-peer marketplace for second-hand goods with its own electronic money."))
	parsed, err := cli.Parse(parser, os.Args[1:])
	parser.FatalIfErrorf(err)
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: line.LogLevel})))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&line); err != nil {
		fmt.Fprintln(os.Stderr, "peerscrip:", err)
		os.Exit(1)
	}
}
