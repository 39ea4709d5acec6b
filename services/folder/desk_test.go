package folder_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"peerscrip/services/folder"
)

func TestDeskLink(t *testing.T) {
	path := t.TempDir()
	f := folder.At(path)
	use := func(what, token string, want bool) {
		t.Helper()
		if got, err := f.UseDeskLink(token); err != nil || got != want {
			t.Errorf("%s: got %t, %v, want %t", what, got, err, want)
		}
	}
	use("a link where none was made", "guess", false)
	first, err := f.FirstDeskLink(rand.Reader)
	if err != nil || first == "" {
		t.Fatalf("the first link: got %q, %v, want one", first, err)
	}
	use("a guess", "guess", false)
	use("a path", "../keys.json", false)
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := f.UseDeskLink(first); err == nil && got {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if got := good.Load(); got != 1 {
		t.Errorf("a link used 8 times at once: got %d that were let in, want 1", got)
	}
	second, third := makeLink(t, f), makeLink(t, f)
	use("a link before the last", second, false)
	for _, file := range kept(t, filepath.Join(path, "stall")) {
		if strings.Contains(file, third) {
			t.Errorf("the link is kept as it is: %s", file)
		}
	}
	use("the last link", third, true)
	if got, err := f.FirstDeskLink(rand.Reader); err != nil || got != "" {
		t.Errorf("a first link after others: got %q, %v, want none", got, err)
	}
}

func makeLink(t *testing.T, f folder.Folder) string {
	t.Helper()
	token, err := f.MakeDeskLink(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// kept are the names and contents of the files of a folder.
func kept(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Name()+" "+string(b))
	}
	return all
}
