package main

import (
	"context"
	"os"

	"peerscrip/services"
)

// bankCommand is what an operator does about real money.
type bankCommand struct {
	Reconcile reconcileCommand  `cmd:"" help:"Hold the payment provider's list of the last days against the books, and say each difference; exit 1 if there is one."`
	Import    bankImportCommand `cmd:"" help:"Book a statement (camt.053) or a notification (camt.054) of the bank's: what came in, what left, what came back. Each is booked once."`
	Export    bankExportCommand `cmd:"" help:"Write the payments that wait to be made by the bank into a file for it (pain.001). Each is ordered once."`
	Suspense  suspenseCommand   `cmd:"" help:"List money that came in for nobody known, and what is missing."`
	Settle    settleCommand     `cmd:"" help:"Say whose such money is, or that it was sent back."`
}

// ofBank are the flags of each of them.
type ofBank struct {
	keeping
	taking
	Data string `help:"The broker's data folder." default:"./data" env:"PEERSCRIP_DATA"`
}

type reconcileCommand struct {
	ofBank
	Days int `help:"How many days back." default:"3"`
}

// Run prints what is the same and what differs.
func (c reconcileCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.Reconcile(ctx, os.Stdout, c.at(c.Data), money, c.Days)
}

type bankImportCommand struct {
	ofBank
	Files []string `arg:"" help:"Files of the bank's, the oldest first." type:"existingfile"`
}

// Run books the files, and says what became of each.
func (c bankImportCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.ImportBankFiles(ctx, os.Stdout, c.at(c.Data), money, c.Files)
}

type bankExportCommand struct {
	ofBank
	Again string `help:"Message ID of a file that was written before: it is written anew, the same." placeholder:"ID"`
	To    string `help:"Folder for the file, which has the name of its message ID." default:"." type:"existingdir"`
}

// Run writes the file, and says its name.
func (c bankExportCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.ExportBankFile(ctx, os.Stdout, c.at(c.Data), money, c.To, c.Again)
}

type suspenseCommand struct{ ofBank }

// Run lists what waits.
func (c suspenseCommand) Run(ctx context.Context) error {
	return services.PrintSuspense(ctx, os.Stdout, c.at(c.Data))
}

type settleCommand struct {
	ofBank
	ID     string `arg:"" help:"As the list names it."`
	Credit string `help:"Reference of the account, or of the payment, that it is for." xor:"to" required:""`
	Back   bool   `help:"It was sent back to who paid it, or, where money is missing, that was made good." xor:"to" required:""`
}

// Run settles it, and says how.
func (c settleCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.SettleSuspended(ctx, os.Stdout, c.at(c.Data), money, c.ID, c.Credit)
}
