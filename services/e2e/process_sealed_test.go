package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
)

// TestSealedStalls: the keys of hosted stalls are at rest under the operator's
// key alone, each stall has a book of its own, and another operator's key does
// not start the process.
func TestSealedStalls(t *testing.T) {
	t.Parallel()
	operator := bytes.Repeat([]byte{7}, 32)
	p := newProcess(t, "demo", "--no-people")
	p.env = []string{"PEERSCRIP_OPERATOR_KEY=" + base64.RawURLEncoding.EncodeToString(operator), "PEERSCRIP_LOG_LEVEL=debug"}
	p.start()
	hosted := tenants(t, p)
	if len(hosted) < 2 {
		t.Fatalf("got %d hosted stalls, want some", len(hosted))
	}
	seeds, sealed := needles{}, map[string]bool{}
	for _, tenant := range hosted {
		keys, err := merchant.OpenKeys([32]byte(operator), string(tenant.ID), tenant.Keys)
		if err != nil {
			t.Fatalf("open the keys of %s: %v", tenant.Name, err)
		}
		for _, seed := range [][]byte{keys.Signing.Secret(), keys.Envelope.Secret()} {
			seeds.add("a stall's key", base64.RawURLEncoding.EncodeToString(seed))
		}
		sealed[string(tenant.Keys)] = false
		if _, err := os.Stat(folder.At(p.data).Shelf(tenant.Vendor)); err != nil {
			t.Errorf("%s has no book of its own: %v", tenant.Name, err)
		}
	}
	seeds.add("the operator's key", base64.RawURLEncoding.EncodeToString(operator))
	files := filesIn(t, p.data)
	files["stdout"], files["stderr"] = []byte(p.stdout.String()), []byte(p.stderr.String())
	seeds.absent(t, files)
	for name, b := range files { // the search looks where the sealed keys are
		for keys := range sealed {
			sealed[keys] = sealed[keys] || bytes.Contains(b, []byte(keys))
		}
		if info, err := os.Stat(filepath.Join(p.data, name)); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, want it for its owner alone", name, info.Mode())
		}
	}
	for _, found := range sealed {
		if !found {
			t.Error("the search does not find the sealed keys either")
		}
	}

	p.stop()
	p.env = []string{"PEERSCRIP_OPERATOR_KEY=" + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))}
	p.launch()
	if code := p.wait(20 * time.Second); code != 1 || !strings.Contains(p.stderr.String(), "not sealed by this operator's key") {
		t.Errorf("another operator's key: got exit code %d and %q", code, tail(p.stderr.String()))
	}
	p.env = []string{"PEERSCRIP_OPERATOR_KEY=" + base64.RawURLEncoding.EncodeToString(operator)}
	p.start()
	if again := tenants(t, p); len(again) != len(hosted) {
		t.Errorf("got %d stalls after a restart, want %d", len(again), len(hosted))
	}
	auditOf(t, p.data)
}

// tenants reads the hosted stalls of a process's market.
func tenants(t testing.TB, p *process) []merchant.Tenant {
	t.Helper()
	database, err := db.OpenReadOnly(context.Background(), folder.At(p.data).Market(), db.Market)
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	store, err := db.NewHosted(database)
	if err != nil {
		t.Fatal(err)
	}
	list, err := store.Tenants(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return list
}
