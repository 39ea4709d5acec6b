package services

import (
	"testing"

	"peerscrip/services/folder"
)

// TestOperatorLinkElsewhere: the operator of a market or of a stall whose books are in a
// database gets in again by the data folder.
func TestOperatorLinkElsewhere(t *testing.T) {
	t.Parallel()
	at := Console{Listen: "127.0.0.1:8081"}
	for name, keep := range map[string]func(folder.Folder) error{
		"market": func(f folder.Folder) error { return f.KeepMarketElsewhere("postgres://db/market") },
		"stall":  func(f folder.Folder) error { return f.KeepStallElsewhere("postgres://db/stall") },
	} {
		data := t.TempDir()
		if _, err := OperatorLink(data, at); err == nil {
			t.Errorf("%s: an empty folder: got a link, want an error", name)
		}
		if err := keep(folder.At(data)); err != nil {
			t.Fatal(err)
		}
		if link, err := OperatorLink(data, at); err != nil || link == "" {
			t.Errorf("%s: got %q, %v, want a link", name, link, err)
		}
	}
}
