package docs_test

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestDataFolder holds architecture.md's list of the data folder's files to what
// package folder keeps there, and to which paths it hands out.
func TestDataFolder(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## The data folder")
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, row := range regexp.MustCompile(`(?m)^([a-z]\S*) {2,}\S`).FindAllStringSubmatch(section, -1) {
		documented = append(documented, row[1])
	}
	kept := filesOf(t)
	slices.Sort(documented)
	slices.Sort(kept)
	if !slices.Equal(documented, kept) {
		t.Errorf("files of the data folder: got %v documented, want %v", documented, kept)
	}
}

// filesOf lists all that a folder can have.
func filesOf(t *testing.T) []string {
	t.Helper()
	f := folder.At(t.TempDir())
	euro, err := scrip.ParseCurrency("EUR")
	sealing, failed := jose.NewEnvelopeKey(rand.Reader)
	_, keys := f.BrokerKeys(rand.Reader, 1)
	_, stall := f.StallKeys(rand.Reader)
	_, sample := f.SampleKeys("<name>", rand.Reader)
	_, owner := f.MakeOwner("SBX", rand.Reader)
	_, operator := f.OperatorKey(rand.Reader)
	_, link := f.MakeDeskLink(rand.Reader)
	_, console := f.MakeOperatorLink(rand.Reader)
	_, scrape := f.ScrapeToken(rand.Reader)
	_, _, api := f.WalletToken(rand.Reader)
	err = errors.Join(err, failed, console, scrape, api, keys, stall, sample, owner, operator, link, f.StallBegun(), f.KeepCurrency(euro), f.KeepBank(scrip.SandboxBank), f.KeepCertificate(folder.Certificate{}, ""),
		f.KeepHead("head"), f.KeepContradiction("heads"), f.KeepRestored(folder.Restored{}), f.KeepMoving("postgres://"), f.KeepElsewhere("postgres://"), f.KeepMarketElsewhere("postgres://"), f.KeepStallElsewhere("postgres://"), f.KeepAudited([]byte("{}")), f.KeepBroker(scrip.BrokerInfo{Chain: scrip.Chain{Envelope: sealing.Public()}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, lock := range []func() (io.Closer, error){f.Lock, f.LockPurse} {
		held, err := lock()
		if err == nil {
			err = held.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{f.Books(), f.Market(), f.Shelf("<vendor>"), f.OwnShelf(), f.Purse(), f.VaultKeyFile(), f.TLS(), f.Witness()}
	err = filepath.WalkDir(f.Path(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		paths[i] = filepath.ToSlash(strings.TrimPrefix(path, f.Path()+string(filepath.Separator)))
		if in := filepath.Dir(paths[i]); in == "operator" {
			paths[i] = in + "/<link>"
		}
	}
	return paths
}
