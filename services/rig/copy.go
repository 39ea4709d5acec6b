package rig

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
)

// Copy is what a rig was at one instant, in memory. What many tests begin with is made
// once, and each goes on from a copy.
type Copy struct {
	files map[string][]byte // of the rig's folder, by their paths in it
	now   time.Time
	edits []func(*broker.Config)
}

// Copy copies the rig while nobody writes in it.
func (r *Rig) Copy() Copy {
	r.T.Helper()
	for _, d := range r.databases {
		if err := d.Checkpoint(r.T.Context()); err != nil { // which leaves all in the one file
			r.T.Fatal(err)
		}
	}
	c := Copy{files: map[string][]byte{}, now: r.Clock.Now(), edits: r.edits}
	err := filepath.WalkDir(r.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") {
			return err
		}
		name, err := filepath.Rel(r.Data, path)
		if err == nil {
			c.files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		r.T.Fatal(err)
	}
	return c
}

// Rig opens the copy, as after the processes of the rig were started again. Its
// stalls are opened by [Stall.In].
func (c Copy) Rig(t testing.TB) *Rig {
	t.Helper()
	r := &Rig{T: t, Data: t.TempDir(), Clock: &Clock{now: c.now}}
	for name, content := range c.files {
		path := filepath.Join(r.Data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.begin(c.edits)
	return r
}

// In opens the stall in a copy of its rig.
func (s *Stall) In(r *Rig, link ...merchant.Broker) *Stall {
	r.T.Helper()
	owner := *s.Owner
	owner.Rig, owner.aliases = r, maps.Clone(s.Owner.aliases)
	return r.keep(&owner, s.Config, link)
}
