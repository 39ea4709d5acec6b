package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrHalf is returned for a folder in which one half of a party is there and the
// other is gone. A party is made in a folder that has neither half, which is the
// one explicit act there is; a half is never made anew beside the other, because
// that would be another party under the same name, or the same with no memory.
var ErrHalf = errors.New("half of it is missing")

// half says which half is missing and how to go on.
func (f Folder) half(who, there, gone, goOn string) error {
	return fmt.Errorf("the %s in %s: %w: %s is there and %s is gone. %s To begin a new %s instead, name an empty folder with --data",
		who, f.path, ErrHalf, there, gone, goOn, who)
}

// How to go on without a book, and without keys.
const (
	findBook = "A book is money: put back the very one that was in use, from its disk or a mirror of it. An older copy brings spent money back to life."
	findKeys = "Put the keys back from their backup: no others fit the book."
)

// WholeBroker refuses a broker of which the keys or the book are gone: ErrHalf.
// To be asked before either is made.
func (f Folder) WholeBroker() error {
	if err := f.NotElsewhere(); err != nil {
		return err
	}
	if filled(f.file("broker", "keys.json")) && filled(f.Books()) && !there(f.file("broker", "currency")) {
		return f.half("broker", "broker/book.db", "broker/currency", `Write the code of its currency, like EUR and nothing else, into that file.`)
	}
	return f.whole("broker", f.brokerKeys(), f.Books())
}

// WholeStall is WholeBroker of a stand-alone stall.
func (f Folder) WholeStall() error {
	if err := f.StallNotElsewhere(); err != nil {
		return err
	}
	return f.whole("stall", f.stallKeys(), f.OwnShelf())
}

// whole tells a party that is being made from one that lost its book by a mark in
// its keys, which is set when the book was made (see Begun).
func (f Folder) whole(who string, keys keyFile, book string) error {
	kept, err := readKeys(keys)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filled(book):
		return f.half(who, who+"/book.db", who+"/keys.json", findKeys)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && kept.Begun && !filled(book):
		return f.half(who, who+"/keys.json", who+"/book.db", findBook)
	}
	return err
}

// WholeMarket refuses a market whose database is gone while books of stalls are
// there, or whose operator's key is gone while its database is there and the key
// is not given from elsewhere: ErrHalf. One whose database is elsewhere is ErrElsewhere.
func (f Folder) WholeMarket(given bool) error {
	if err := f.MarketNotElsewhere(); err != nil {
		return err
	}
	stalls, err := filepath.Glob(f.Shelf("*"))
	switch {
	case err != nil:
		return err
	case len(stalls) > 0 && !filled(f.Market()):
		return f.half("market", "stalls/", "market/market.db", "It has the keys of the stalls it hosts: put it back from its backup.")
	case !given && filled(f.Market()) && !there(f.operatorKey()):
		return f.half("market", "market/market.db", "market/operator.key", "Put it back from its backup, or give the key with --operator-key.")
	}
	return nil
}

// WholeShelf refuses a hosted stall whose book is gone: ErrHalf.
func (f Folder) WholeShelf(shelf string) error {
	if filled(shelf) {
		return nil
	}
	return f.half("stall", "its entry in market/market.db", shelf, findBook)
}

// Stray says of a stall's book that the market does not have the keys to it: ErrHalf.
func (f Folder) Stray(shelf string) error {
	return f.half("stall", shelf, "its entry in market/market.db",
		"It owes money. Put back the market.db that was in use last, which has the stall's keys; without it the stall is gone: move its folder elsewhere, and have the broker revoke it, so that its customers are paid back.")
}

// BrokerBegun writes down that the broker's book was made. A crash before it is
// a broker that is still being made: the next start goes on.
func (f Folder) BrokerBegun() error { return inTurn(func() error { return begun(f.brokerKeys()) }) }

// StallBegun is BrokerBegun of a stand-alone stall.
func (f Folder) StallBegun() error { return inTurn(func() error { return begun(f.stallKeys()) }) }

func begun(keys keyFile) error {
	kept, err := readKeys(keys)
	if err != nil || kept.Begun {
		return err
	}
	kept.Begun = true
	return writeKeys(keys, kept)
}

// filled reports whether a file has anything in it, or cannot be looked at.
func filled(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return info.Size() > 0
}
