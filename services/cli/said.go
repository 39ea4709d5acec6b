package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"peerscrip/services/scrip"
)

// Said is what a command has to say in the end: the one shape that it has as JSON,
// which Shapes declares, and how a person reads it. In a shape amounts are minor units
// of the broker's currency, and times unix seconds.
type Said interface{ print(p *page) }

// page is where a person reads what is said.
type page struct {
	out      io.Writer
	currency scrip.Currency
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p.out, format, args...) }

// say is an amount as people write it.
func (p *page) say(m scrip.Money) string { return p.currency.Format(m) + " " + p.currency.Code }

// Failed is what a command says with --json of what failed: one object, too, and it ends with
// status 1. Done is the shape of what was done until then, or absent.
type Failed struct {
	Failure Failure `json:"failure"`
	Done    Said    `json:"done,omitempty"`
}

// show tells what a command did: to a person, or as JSON with what went wrong.
func (w *Wallet) show(ctx context.Context, x Said, err error) error {
	if err != nil && (x == nil || reflect.ValueOf(x).IsZero()) {
		x = nil
	}
	if !w.config.JSON {
		if x != nil {
			x.print(&page{w.config.Out, w.Info(ctx).Currency})
		}
		w.warn(ctx, x)
		return w.InWords(err)
	}
	if err != nil {
		return errors.Join(w.InWords(err), write(w.config.Out, Failed{w.failure(err), x}))
	}
	return write(w.config.Out, x)
}

// write writes one JSON object on a line of its own.
func write(out io.Writer, x any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// Shapes are the shape that each command has, by its name; of one that has two, the other by
// its flag, too.
var Shapes = map[string]Said{
	"make": Account{}, "fund": Funded{}, "bank": Banked{}, "load": Balance{}, "cancel": CalledOff{}, "withdraw": Balance{}, "leave": Balance{},
	"give-up": GivenUp{}, "rescue": Rescued{}, "revoke": Revoked{}, "rekey": Rekeyed{}, "renew": Balance{}, "plan": Planned{}, "pay": Bought{}, "exchange": Balance{}, "collect": Collected{},
	"earnings": Earnings{}, "payout": PaidOut{}, "balance": Balance{}, "receipts": Receipts{}, "receipts --bundle": Bundle{},
	"orders": Threads{}, "orders ORDER": Thread{}, "orders --reconcile": Compared{}, "message": Thread{}, "ask": Thread{}, "propose": Thread{},
	"photo": Thread{}, "photos": SavedPhotos{}, "address": Thread{}, "received": Thread{}, "return": Thread{}, "returned": Thread{}, "keep": Thread{},
	"call-off": Thread{}, "rate": Rating{}, "holds": Holds{}, "heads": Heads{}, "release": Hold{}, "reclaim": Reclaimed{}, "dispute": Hold{},
	"backup": BackedUp{}, "restore": Restored{},
}
