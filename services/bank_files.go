package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/folder"
	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// ImportBankFiles books files of a bank's, beside the process that uses the books or without it, and prints what became of each. It
// ends with the first that cannot be booked; those before it are.
func ImportBankFiles(ctx context.Context, out io.Writer, at storage.Config, money Money, files []string) error {
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		for _, name := range files {
			content, err := readBounded(name, iso20022.MaxFile)
			if err != nil {
				return err
			}
			i, err := g.Import(ctx, content)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			printImported(out, name, i)
		}
		return nil
	})
}

// printImported says what became of a file.
func printImported(out io.Writer, name string, i bank.Imported) {
	fmt.Fprintf(out, "%s (%s): %d credited, %d for nobody known, %d left, %d came back, %d refused, %d known before\n", name, i.Message, i.Credited, i.Suspended, i.Left, i.Returned, i.Refused, i.Known)
	for _, foreign := range i.Foreign {
		fmt.Fprintf(out, "  not of the broker: %s\n", foreign)
	}
	for _, doubtful := range i.Doubtful {
		fmt.Fprintf(out, "  look at it: %s\n", doubtful)
	}
	if i.Suspended > 0 {
		fmt.Fprintln(out, "  \"peerscrip bank suspense\" lists what is for nobody known")
	}
	if i.Refused > 0 {
		fmt.Fprintln(out, "  what was refused is in its accounts again, with the reason on their pages")
	}
}

// RefuseBankFile takes the payments of an exported file back into their accounts, because the bank did not take it, and says how many.
func RefuseBankFile(ctx context.Context, out io.Writer, at storage.Config, money Money, message, why string) error {
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		i, err := g.Refuse(ctx, message, why)
		if errors.Is(err, scrip.NotFound) {
			return noFile(message)
		}
		if err == nil {
			printImported(out, "refused", i)
		}
		return err
	})
}

// noFile says that nothing was exported under a message ID.
func noFile(message string) error { return fmt.Errorf("no file has the message ID %s", message) }

// HouseMove is money that the operator put in beside that of customers, or took out, as people write it. Empty amounts move nothing.
type HouseMove struct {
	Put, Take string
	Reference string // it is booked once under this name; it is not given where nothing is moved
}

// MoveHouse books such a move, and prints what the house holds.
func MoveHouse(ctx context.Context, out io.Writer, at storage.Config, money Money, m HouseMove) error {
	if m.Put+m.Take == "" && m.Reference != "" {
		return errors.New("--reference names money that is put in or taken out: give --put or --take with it, or neither to see what the house holds")
	}
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		if m.Put+m.Take != "" {
			if err := m.book(ctx, out, g); err != nil {
				return err
			}
		}
		holds, err := g.HouseHolds(ctx)
		if err == nil {
			fmt.Fprintf(out, "the house holds %s %s\n", g.Currency.Format(holds), g.Currency.Code)
		}
		return err
	})
}

// book books a move, and says so where it was booked before.
func (m HouseMove) book(ctx context.Context, out io.Writer, g *bank.Gateway) error {
	reference := strings.TrimSpace(m.Reference)
	if reference == "" || len(reference) > 100 {
		return errors.New("name it with --reference, of at most 100 bytes: what your bank calls the transfer, or a name of your own. Under one name it is booked once, however often it is asked")
	}
	amount, err := g.Currency.Parse(m.Put + m.Take)
	if err == nil && !amount.Positive() {
		err = errors.New("an amount is above nothing")
	}
	if err != nil {
		return err
	}
	before, err := g.MoveHouse(ctx, reference, amount, m.Put != "")
	var other bank.OtherMove
	switch {
	case errors.Is(err, scrip.BankDeclined):
		return errors.New("the house does not hold so much")
	case errors.As(err, &other):
		way := "taken out"
		if other.In {
			way = "put in"
		}
		return fmt.Errorf("%s %s were %s under %q before, and nothing is booked now: give a name that was not used", g.Currency.Format(other.Amount), g.Currency.Code, way, reference)
	case err == nil && before:
		fmt.Fprintf(out, "it was booked under %q before, and is booked once\n", reference)
	}
	return err
}

// readBounded reads a file of at most so many bytes, and one more.
func readBounded(name string, most int64) (content []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(io.LimitReader(file, most+1))
}

// ExportBankFile writes the payments that wait into a file in a folder, or the file of a message ID anew, and prints its name.
func ExportBankFile(ctx context.Context, out io.Writer, at storage.Config, money Money, to, again string) error {
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		export := g.Export
		if again != "" {
			export = func(ctx context.Context) (string, []byte, error) { return g.ExportAgain(ctx, again) }
		}
		message, content, err := export(ctx)
		switch {
		case errors.Is(err, scrip.NotFound):
			return noFile(again)
		case err != nil:
			return err
		case content == nil:
			fmt.Fprintln(out, "nothing waits to be paid by the bank")
			return nil
		}
		name := filepath.Join(to, message+".xml")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return fmt.Errorf("%w: the payments are ordered by now: \"peerscrip bank export --again %s\" writes the file anew", err, message)
		}
		fmt.Fprintln(out, name)
		return nil
	})
}

// mostSuspended is how much is listed of what is suspended.
const mostSuspended = 500

// PrintSuspense lists what waits for the operator.
func PrintSuspense(ctx context.Context, out io.Writer, at storage.Config) error {
	return inBooks(ctx, at, func(books *db.Books, _ folder.Folder) error {
		list, err := books.Suspended(ctx, mostSuspended)
		for _, s := range list {
			fmt.Fprintf(out, "%s  %s  %s  %s  %s  %s %s  %s\n", s.ID, time.Unix(s.At, 0).Format(time.DateTime), s.Way, s.Said, s.Why, s.Payer, s.IBAN, s.Named)
		}
		if len(list) == 0 && err == nil {
			fmt.Fprintln(out, "nothing waits")
		}
		return err
	})
}

// SettleSuspended says whose suspended money is: an account's, or with no reference nobody's, because it was sent back.
func SettleSuspended(ctx context.Context, out io.Writer, at storage.Config, money Money, id, reference string) error {
	return withGateway(ctx, at, money, func(g *bank.Gateway) error {
		s, err := g.Settle(ctx, scrip.ID(id), reference)
		if errors.Is(err, scrip.NotFound) {
			return errors.New("nothing waits under this ID, or there is no such account: \"peerscrip bank suspense\" lists what waits")
		}
		if err == nil {
			fmt.Fprintf(out, "%s: %s %s\n", s.Said, s.Outcome, s.Reference)
		}
		return err
	})
}
