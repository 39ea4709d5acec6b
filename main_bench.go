package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"peerscrip/services/bench"
	"peerscrip/services/peers"
)

// benchCommand measures the program on the machine it runs on.
type benchCommand struct {
	Run   benchRunCommand   `cmd:"" default:"withargs" help:"Measure purchases, databases, audits, pages and more, each beside what the machine needs for it at the least. Starts processes of its own on loopback addresses, in temporary folders."`
	Peers benchPeersCommand `cmd:"" help:"Compare the work of this protocol's broker with that of PPay's and WhoPay's, by simulation at unit costs measured here."`
}

type benchRunCommand struct {
	Quick    bool          `help:"Less of everything, in under a minute."`
	JSON     bool          `name:"json" help:"Print one JSON object." xor:"form"`
	Into     string        `help:"Page that is written anew between <!-- bench SECTION --> and <!-- /bench SECTION -->, where it has that, and else between <!-- bench --> and its end, like docs/benchmarks.md." type:"existingfile" xor:"form"`
	Only     []string      `help:"Sections to measure, with commas between; default is all." placeholder:"SECTION"`
	Most     int           `help:"Most listings, records and accounts that are filled in, like 100000; default is a million of each." placeholder:"N"`
	Folder   string        `help:"Where temporary folders are made; default is the system's place for them." type:"existingdir"`
	Soak     time.Duration `help:"How long half of what the machine can do is kept up, like 15m; default is not at all."`
	Database string        `help:"PostgreSQL server to measure with too, as postgres://user@host/postgres: its user may make databases, and those that are made are dropped. Default is SQLite alone." placeholder:"URL"`
	Log      string        `help:"File in which the processes log; default is nowhere." placeholder:"FILE"`
}

// Run measures and prints.
func (c benchRunCommand) Run(ctx context.Context) (err error) {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program's own file: %w", err)
	}
	config := bench.Config{
		Program: program, Size: bench.Whole, Only: c.Only, Folder: c.Folder, Soak: c.Soak, Database: c.Database,
		Said: func(section string) { fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), section) },
	}
	if c.Quick {
		config.Size = bench.Quick
	}
	if c.Most > 0 {
		config.Size = config.Size.UpTo(c.Most)
	}
	if c.Log != "" {
		log, err := os.Create(c.Log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		config.Log = log
	}
	report, err := bench.Run(ctx, config)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		err = report.JSON(os.Stdout)
	case c.Into != "":
		err = report.Into(c.Into, len(c.Only) == 0)
	default:
		err = report.Print(os.Stdout, false)
	}
	if err != nil {
		return err
	}
	if len(report.Failed) > 0 {
		return errors.New("not everything could be measured")
	}
	return nil
}

type benchPeersCommand struct {
	Peers    int     `help:"How many peers." default:"1000"`
	Days     float64 `help:"How long." default:"10"`
	Online   float64 `help:"Part of the time that a peer is online, where it is not varied." default:"0.5"`
	Session  float64 `help:"Mean hours online in one go." default:"2"`
	PerDay   float64 `help:"Payments that one peer makes a day." default:"10"`
	Sellers  float64 `help:"Part of the peers who sell." default:"1"`
	Repeat   float64 `help:"Part of payments that go to somebody who was paid before." default:"0.5"`
	Lifetime float64 `help:"Days for which coins and scrip are good." default:"3"`
	Seed     uint64  `help:"The same seed draws the same peers." default:"1"`
	JSON     bool    `name:"json" help:"Print one JSON object." xor:"form"`
	Into     string  `help:"Page whose part between <!-- bench peers --> and <!-- /bench peers --> is written anew, like docs/benchmarks.md." type:"existingfile" xor:"form"`
	Chart    string  `help:"File for a chart (SVG)." placeholder:"FILE"`
	Folder   string  `help:"Where a temporary folder is made; default is the system's place for them." type:"existingdir"`
}

// Run simulates and prints.
func (c benchPeersCommand) Run(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program's own file: %w", err)
	}
	report, err := bench.Peers(ctx, program, c.Folder, peers.Config{
		Peers: c.Peers, Days: c.Days, Online: c.Online, Session: c.Session, PerDay: c.PerDay, Sellers: c.Sellers, Repeat: c.Repeat, Lifetime: c.Lifetime, Seed: c.Seed,
	})
	if err != nil {
		return err
	}
	if c.Chart != "" {
		if err := writeChart(c.Chart, report); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		return report.JSON(os.Stdout)
	case c.Into != "":
		return bench.Into(c.Into, bench.Part{Mark: "bench peers", Write: report.Markdown})
	}
	return report.Print(os.Stdout)
}

func writeChart(path string, report peers.Report) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(report.Chart(f), f.Close())
}
