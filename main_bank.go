package main

import (
	"context"
	"os"

	"peerscrip/services"
)

// bankCommand is what an operator does about real money.
type bankCommand struct {
	Reconcile reconcileCommand  `cmd:"" help:"Hold the payment provider's list of the last days against the books, and say each difference; exit 1 if there is one."`
	Import    bankImportCommand `cmd:"" help:"Book a statement (camt.053) or a notification (camt.054) of the bank's: what came in, what left, what came back. Each is booked once. A status report (pain.002) takes back what the bank refused."`
	Export    bankExportCommand `cmd:"" help:"Write the payments that wait to be made by the bank into a file for it (pain.001). Each is ordered once."`
	Refused   refusedCommand    `cmd:"" help:"Take all payments of a file back into their accounts, because the bank did not take it and said so otherwise than by a status report."`
	Suspense  suspenseCommand   `cmd:"" help:"List money that came in for nobody known, and what is missing."`
	Settle    settleCommand     `cmd:"" help:"Say whose such money is, or that it was sent back."`
	House     houseCommand      `cmd:"" help:"Show the money of your own that stands in for what payers dispute; put some in, or take some out."`
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

type refusedCommand struct {
	ofBank
	Message string `arg:"" help:"Message ID of the file: its name, without .xml."`
	Why     string `help:"What the owners of the payments are told. Default is that the bank refused them."`
}

// Run takes them back, and says how many.
func (c refusedCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.RefuseBankFile(ctx, os.Stdout, c.at(c.Data), money, c.Message, c.Why)
}

type houseCommand struct {
	ofBank
	Put  string `help:"So much of your own money is at the bank or the provider beside that of customers." placeholder:"AMOUNT" xor:"way"`
	Take string `help:"So much of it you took out again." placeholder:"AMOUNT" xor:"way"`

	Reference string `help:"With --put or --take: what your bank calls the transfer, or a name of your own. Under one name it is booked once, so ask again when you did not hear an answer." placeholder:"NAME"`
}

// Run books it, and says what the house holds.
func (c houseCommand) Run(ctx context.Context) error {
	money, err := c.money()
	if err != nil {
		return err
	}
	return services.MoveHouse(ctx, os.Stdout, c.at(c.Data), money, services.HouseMove{Put: c.Put, Take: c.Take, Reference: c.Reference})
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
