package folder

import (
	"encoding/json"
	"fmt"
	"os"
)

// Restored is the backup that a folder was restored from, until its operator says that what
// happened since is settled.
type Restored struct {
	At  int64 `json:"at"`  // unix seconds: of which instant the backup is
	Log int64 `json:"log"` // records of the broker's log in it; 0 without books

	// Before is what the folder that was backed up was restored from itself, when that was not settled: it is missing here too. nil: nothing.
	Before *Restored `json:"before,omitempty"`
}

// KeepRestored marks the folder. It is written before anything is restored, so that a folder
// that was cut off in the middle of it is marked, too.
func (f Folder) KeepRestored(r Restored) error { return writeJSON(f.restored(), r) }

// Restored is what the folder was restored from: fs.ErrNotExist where it was not, or what
// happened since is settled.
func (f Folder) Restored() (r Restored, err error) {
	b, err := os.ReadFile(f.restored())
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return Restored{}, fmt.Errorf("read what the folder was restored from: %w", err)
	}
	return r, nil
}

// SettleRestored takes the mark away: fs.ErrNotExist where there is none.
func (f Folder) SettleRestored() error {
	if err := os.Remove(f.restored()); err != nil {
		return err
	}
	return syncDir(f.path)
}

func (f Folder) restored() string { return f.file("restored.json") }
