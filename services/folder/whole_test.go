package folder_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// put makes a file of a database that is not looked into.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHalf: a party of which one half is gone is not made anew beside the other;
// one that is still being made goes on.
func TestHalf(t *testing.T) {
	for what, tc := range map[string]struct {
		prepare func(f folder.Folder)
		whole   func(f folder.Folder) error
		gone    string // what the sentence says is gone; empty for a folder that is whole
	}{
		"an empty folder, broker": {func(folder.Folder) {}, folder.Folder.WholeBroker, ""},
		"an empty folder, stall":  {func(folder.Folder) {}, folder.Folder.WholeStall, ""},
		"a broker that is being made": {func(f folder.Folder) {
			must(f.BrokerKeys(rand.Reader, 1_800_000_000))
			put(t, f.Books(), "")
		}, folder.Folder.WholeBroker, ""},
		"a broker without its book": {func(f folder.Folder) {
			must(f.BrokerKeys(rand.Reader, 1_800_000_000))
			must(0, f.BrokerBegun())
		}, folder.Folder.WholeBroker, "broker/book.db"},
		"a broker with an empty book": {func(f folder.Folder) {
			must(f.BrokerKeys(rand.Reader, 1_800_000_000))
			must(0, f.BrokerBegun())
			put(t, f.Books(), "")
		}, folder.Folder.WholeBroker, "broker/book.db"},
		"a broker without its keys": {func(f folder.Folder) { put(t, f.Books(), "x") }, folder.Folder.WholeBroker, "broker/keys.json"},
		"a broker without its currency": {func(f folder.Folder) {
			must(f.BrokerKeys(rand.Reader, 1_800_000_000))
			put(t, f.Books(), "x")
		}, folder.Folder.WholeBroker, "broker/currency"},
		"a whole broker": {func(f folder.Folder) {
			must(f.BrokerKeys(rand.Reader, 1_800_000_000))
			must(0, f.KeepCurrency(must(scrip.ParseCurrency("EUR"))))
			must(0, f.BrokerBegun())
			put(t, f.Books(), "x")
		}, folder.Folder.WholeBroker, ""},
		"a stall without its book": {func(f folder.Folder) {
			must(f.StallKeys(rand.Reader))
			must(0, f.StallBegun())
		}, folder.Folder.WholeStall, "stall/book.db"},
		"a stall without its keys": {func(f folder.Folder) { put(t, f.OwnShelf(), "x") }, folder.Folder.WholeStall, "stall/keys.json"},
		"a market without its database": {func(f folder.Folder) { put(t, f.Shelf("v"), "x") }, func(f folder.Folder) error {
			return f.WholeMarket(true)
		}, "market/market.db"},
		"a market without its key": {func(f folder.Folder) { put(t, f.Market(), "x") }, func(f folder.Folder) error {
			return f.WholeMarket(false)
		}, "market/operator.key"},
		"a market whose key is elsewhere": {func(f folder.Folder) { put(t, f.Market(), "x") }, func(f folder.Folder) error {
			return f.WholeMarket(true)
		}, ""},
		"a hosted stall without its book": {func(folder.Folder) {}, func(f folder.Folder) error {
			return f.WholeShelf(f.Shelf("v"))
		}, "stalls/v/book.db"},
	} {
		f := made(t)
		tc.prepare(f)
		err := tc.whole(f)
		if tc.gone == "" {
			if err != nil {
				t.Errorf("%s: got %v, want no error", what, err)
			}
			continue
		}
		if !errors.Is(err, folder.ErrHalf) || !strings.Contains(err.Error(), tc.gone+" is gone") || !strings.Contains(err.Error(), "empty folder") {
			t.Errorf("%s: got %v, want that %s is gone, and how to go on", what, err, tc.gone)
		}
	}
}
