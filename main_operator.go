package main

import (
	"context"
	"fmt"
	"os"
	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"slices"
	"strings"
	"time"
)

type operatorCommand struct {
	Data        string `help:"The data folder of the process." default:"./data" env:"PEERSCRIP_DATA"`
	Operator    string `help:"Address that the process was given as --operator." default:"127.0.0.1:8081" env:"PEERSCRIP_OPERATOR"`
	OperatorURL string `name:"operator-url" help:"Where the console is reached over TLS, if the process was given --operator-url." env:"PEERSCRIP_OPERATOR_URL" placeholder:"URL"`
	Domain      string `help:"The name that the process was given, if it has a certificate of its own." env:"PEERSCRIP_DOMAIN"`
}

// Run prints the link.
func (c operatorCommand) Run() error {
	link, err := services.OperatorLink(c.Data, services.Console{Listen: c.Operator, URL: c.OperatorURL, Domain: c.Domain})
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}

type migrateDatabaseCommand struct {
	From     string `help:"Data folder of a broker, a market, both or a stall on its own node, which no process uses; it stays as it is." default:"./data" env:"PEERSCRIP_DATA"`
	To       string `help:"URL of an empty PostgreSQL database (postgres://...). With a password in it, give it in the environment." required:"" env:"PEERSCRIP_DATABASE" placeholder:"URL"`
	VaultKey string `help:"Key (43 characters) under which secrets in that database are to be sealed; default is what vault.key in the data folder has." env:"PEERSCRIP_VAULT_KEY" placeholder:"KEY"`
}

// Run moves what the folder has and proves it.
func (c migrateDatabaseCommand) Run(ctx context.Context) error {
	if err := services.MoveDatabase(ctx, os.Stdout, storage.Config{Data: c.From, Database: c.To, VaultKey: c.VaultKey}); err != nil {
		return err
	}
	fmt.Printf("\nAll of it is in the database. Start it with --database, and never again without: the money in %s was moved.\n", c.From)
	return nil
}

type revokeCommand struct {
	keeping
	Vendor string `arg:"" help:"The stall's vendor ID, as in the address of its page."`
	Data   string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

// Run revokes and says so.
func (c revokeCommand) Run(ctx context.Context) error {
	name, err := services.Revoke(ctx, c.at(c.Data), c.Vendor)
	if err != nil {
		return err
	}
	fmt.Printf("revoked: %s (%s). Markets close it when they next read the directory; its customers can still give their scrip back.\n", name, c.Vendor)
	return nil
}

type keysCommand struct {
	keeping
	Data string   `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	New  []string `help:"Make the next keys, which follow from those in force: signing, envelope, or both with a comma between. A running broker follows, and uses them some seconds later; those before are good for 20 seconds more." enum:"signing,envelope"`
}

// Run makes the next keys, if it is asked to, and prints the chain.
func (c keysCommand) Run(ctx context.Context) error {
	if len(c.New) > 0 {
		if err := services.Rotate(ctx, c.at(c.Data), slices.Contains(c.New, "signing"), slices.Contains(c.New, "envelope")); err != nil {
			return err
		}
	}
	return services.PrintKeys(ctx, os.Stdout, c.at(c.Data))
}

type disputesCommand struct {
	keeping
	Data   string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
	Shows  bool   `help:"Print the signed messages that were shown, too."`
	Photos string `help:"Folder to which the photos that were shown are written, made anew of their pixels." type:"existingdir"`
}

// Run lists the disputes, the oldest first.
func (c disputesCommand) Run(ctx context.Context) error {
	list, currency, err := services.Disputes(ctx, c.at(c.Data), c.Photos)
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
	keeping
	Vendor   string `arg:"" help:"The stall's vendor ID."`
	Purchase string `arg:"" help:"The purchase, as disputes names it."`
	Why      string `arg:"" help:"Why: both sides read it."`
	ToBuyer  string `help:"How much of what is held goes to the buyer: 0 to all of it." required:""`
	Data     string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

// Run decides, and says what each side has.
func (c decideCommand) Run(ctx context.Context) error {
	h, currency, err := services.Decide(ctx, c.at(c.Data), c.Vendor, c.Purchase, c.ToBuyer, c.Why)
	if err != nil {
		return err
	}
	fmt.Printf("decided: %s %s to the buyer and %s %s to the seller. Both hear of it when they next ask.\n",
		currency.Format(h.ToBuyer), currency.Code, currency.Format(h.ToSeller), currency.Code)
	return nil
}

type auditCommand struct {
	keeping
	Data  string   `help:"Data folder to audit." default:"./data" env:"PEERSCRIP_DATA"`
	With  []string `help:"Further data folder, of a market or a stall whose scrip is to be counted too; behind a space the URL of the database, if its books are in one. Any number of them." placeholder:"FOLDER [URL]" sep:"none"`
	Whole bool     `help:"Read the whole log, not from where the last audit ended."`
	Heads []string `help:"Files of signed heads of the log that were kept elsewhere, which it must continue." type:"existingfile"`
}

// Run prints the findings.
func (c auditCommand) Run(ctx context.Context) error {
	heads, err := audit.ReadHeads(c.Heads)
	if err != nil {
		return err
	}
	where := []storage.Config{c.at(c.Data)}
	for _, with := range c.With {
		where = append(where, storage.Named(with))
	}
	report, err := audit.Storages(ctx, where, !c.Whole, heads...)
	if err != nil {
		return err
	}
	return report.Print(os.Stdout)
}

type backupCommand struct {
	To   string `arg:"" help:"Folder for the backup: an empty one, or one that is not there yet."`
	Data string `help:"Data folder to back up." default:"./data" env:"PEERSCRIP_DATA"`
}

// Run backs up.
func (c backupCommand) Run(ctx context.Context) error {
	return services.Backup(ctx, os.Stdout, c.Data, c.To)
}

type restoredCommand struct {
	Data    string `help:"Data folder." default:"./data" env:"PEERSCRIP_DATA"`
	Settled bool   `help:"Say that what happened since the backup is settled: the process that runs on the folder warns of it no more."`
}

// Run says what the folder was restored from, or settles it.
func (c restoredCommand) Run() error {
	if c.Settled {
		return services.Settle(os.Stdout, c.Data)
	}
	return services.PrintRestored(os.Stdout, c.Data)
}

type restoreCommand struct {
	Backup string   `arg:"" help:"Folder of the backup." type:"existingdir"`
	Data   string   `help:"Data folder to restore into: an empty one, or one that is not there yet." required:""`
	Heads  []string `help:"Files of signed heads of the log that were kept elsewhere: they tell how much is missing." type:"existingfile"`
}

// Run restores, and says what it is worth.
func (c restoreCommand) Run(ctx context.Context) error {
	heads, err := audit.ReadHeads(c.Heads)
	if err != nil {
		return err
	}
	return services.Restore(ctx, os.Stdout, c.Backup, c.Data, heads)
}
