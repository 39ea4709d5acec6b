package world_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// handles counts the open files of this process below a folder.
func handles(t *testing.T, folder string) (n int) {
	t.Helper()
	const all = "/proc/self/fd"
	entries, err := os.ReadDir(all)
	if err != nil {
		t.Skip("this system does not tell which files are open")
	}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(all, e.Name())); err == nil && strings.HasPrefix(to, folder) {
			n++
		}
	}
	return n
}

// TestIdleBooksAreClosed: stalls of one market at which nothing happens hold no open
// files, and each is there again when somebody comes. PEERSCRIP_STALLS=1000 opens as
// many, and tells the most files that were open at one time.
func TestIdleBooksAreClosed(t *testing.T) {
	stalls, err := strconv.Atoi(os.Getenv("PEERSCRIP_STALLS"))
	if err != nil {
		stalls = 60
	}
	h := newHouse(t, stalls)
	h.config.Changed, h.Changed = func(scrip.VendorID) {}, func(scrip.VendorID) {}
	folder, err := filepath.EvalSymlinks(h.books)
	if err != nil {
		t.Fatal(err)
	}
	var vendors []scrip.VendorID
	for i := range stalls {
		h.clock.add(10 * time.Second) // Finish asks the directory a few times a minute
		o, name := newOwner(t), fmt.Sprint("Stall ", i)
		d := h.draft(t, o, name)
		vendor := h.c.certify(name, o.account, d)
		if _, err := h.Finish(t.Context(), d.ID, ""); err != nil {
			t.Fatal(err)
		}
		vendors = append(vendors, vendor)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	defer running.Wait()
	defer stop()
	for _, v := range vendors {
		if _, err := h.Stall(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	most := atRest(t, folder)
	t.Logf("%d stalls: at most %d files open at one time, none at rest", stalls, most)

	for start := time.Now(); len(h.Busy()) > 0; time.Sleep(time.Millisecond) { // until each has found that it has nothing to tell
		if time.Since(start) > 5*time.Minute {
			t.Fatalf("%d idle stalls are busy, want none", len(h.Busy()))
		}
	}
	item := merchant.Item{Title: "Lamp", Category: "Home", Condition: "good", Price: 1200, Quantity: 1, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5}
	for _, v := range vendors[:3] {
		stall, err := h.Stall(ctx, v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stall.List(ctx, item); err != nil {
			t.Errorf("list at a stall that rested: %v", err)
		}
		if offers, err := stall.Offers(ctx); err != nil || len(offers) != 1 {
			t.Errorf("offers of a stall that rested: got %d, %v, want 1", len(offers), err)
		}
	}
	atRest(t, folder)
}

// atRest waits until no file of a folder is open, and returns how many were at most.
func atRest(t *testing.T, folder string) (most int) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		n := handles(t, folder)
		if most = max(most, n); n == 0 {
			return most
		}
		if time.Since(start) > 5*time.Minute {
			t.Fatalf("%d files of idle stalls are open, want none", n)
		}
	}
}
