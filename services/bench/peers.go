package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"peerscrip/db"
	"peerscrip/services/peers"
	"peerscrip/services/scrip"
)

// Peers measures what one operation costs here, and simulates three protocols' brokers at
// these costs. program is the program's own file, which is asked for a tour: it shows how
// long this protocol's messages are.
func Peers(ctx context.Context, program, folder string, c peers.Config) (report peers.Report, err error) {
	folder, err = os.MkdirTemp(folder, "peerscrip-bench-")
	if err != nil {
		return report, fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	costs, err := unitCosts(ctx, program, folder)
	if err != nil {
		return report, err
	}
	return peers.Run(c, costs)
}

// unitCosts are of messages of the usual length.
func unitCosts(ctx context.Context, program, folder string) (c peers.Costs, err error) {
	const usual, while = 700, 200 * time.Millisecond
	l, err := newLetters()
	if err != nil {
		return c, err
	}
	of, err := l.measure(usual, while)
	if err != nil {
		return c, err
	}
	longer, err := l.measure(10*usual, time.Millisecond)
	if err != nil {
		return c, err
	}
	commit, err := commitCost(ctx, filepath.Join(folder, "books.db"), 3000)
	if err != nil {
		return c, err
	}
	growth := float64(longer.sealed-of.sealed) / (9 * usual)
	messages, err := messageSizes(ctx, program)
	if err != nil {
		return c, err
	}
	empty, err := l.measure(0, time.Millisecond)
	messages["NOTED"] = empty.answered
	return peers.Costs{
		Sign: microseconds(of.sign), Verify: microseconds(of.verify), Open: microseconds(of.open), Reply: microseconds(of.reply), Commit: microseconds(commit),
		Envelope: float64(empty.sealed), Answer: float64(empty.answered), Growth: growth, Messages: messages,
	}, err
}

// messageSizes are the bytes of this protocol's messages, as a tour sees them go by. T4's
// and T22's are both parts; the broker gets one of them, which is about half.
func messageSizes(ctx context.Context, program string) (map[string]int, error) {
	command := exec.CommandContext(ctx, program, "tour", "--json")
	command.Env = []string{"TMPDIR=" + os.TempDir()}
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("ask a tour how long messages are: %w", err)
	}
	var toured struct {
		Messages []struct {
			Number string `json:"number"`
			Bytes  int    `json:"bytes"`
		} `json:"messages"`
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&toured); err != nil {
		return nil, fmt.Errorf("read a tour: %w", err)
	}
	sizes := map[string]int{}
	for _, m := range toured.Messages {
		sizes[m.Number] = m.Bytes
	}
	sizes["T4"], sizes["T22"] = sizes["T4"]/2, sizes["T22"]/2
	sizes["PAYOUT"] = sizes["T1"] // of the same members but one
	return sizes, nil
}

// commitCost is the processor time of a change like T9's: a record in the log with the
// signed message, and a stored reply; of so many of them by sixteen callers, whose commits
// are shared.
func commitCost(ctx context.Context, path string, count int) (cost time.Duration, err error) {
	const callers = 16
	failed := make([]error, callers)
	err = withBooks(ctx, path, func(books *db.Books) error {
		before := ownTime()
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for i := caller; i < count && failed[caller] == nil; i += callers {
					failed[caller] = books.Apply(ctx, noticed(i))
				}
			})
		}
		all.Wait()
		cost = (ownTime() - before) / time.Duration(count)
		return errors.Join(failed...)
	})
	return cost, err
}

// noticed is what a T9 changes.
func noticed(n int) scrip.Change {
	now, tx, account := time.Now().Unix(), idOf("tx", n), scrip.AccountID(idOf("account", n%100))
	return scrip.Change{At: now, Broker: &scrip.BrokerChange{Log: []scrip.Record{{
		At: now, Kind: "T9", Tx: tx, Account: account, Vendor: scrip.VendorID(idOf("vendor", 0)), Amount: 100, Evidence: []string{evidence(n)},
	}}}}
}
