package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"peerscrip/db"
)

// Bounds on what readiness costs: anybody may ask.
const (
	readyAge      = 2 * time.Second // so long an answer is given again
	brokerTimeout = 2 * time.Second
	readyTimeout  = 10 * time.Second
)

// Parts by which others decide whether to wait for a process.
const (
	PartDisk    = "disk"    // is full, until somebody makes room
	PartSamples = "samples" // of a demo are being made, and will be there in a while
)

// part is something of a process that can be well or not.
type part struct {
	name   string
	needed bool // without it nothing can be done
	check  func(ctx context.Context) error
}

// health looks at the parts of a process, at most once in readyAge.
type health struct {
	clock func() time.Time
	log   *slog.Logger

	mu       sync.Mutex
	at       time.Time       // under mu
	degraded []string        // under mu
	failed   error           // under mu
	unwell   map[string]bool // under mu: parts that were not well when they were looked at last
	parts    []part
}

// ready writes into each book and asks the broker elsewhere. It returns the parts
// that are not well, by name; and an error when one is among them without which
// nothing can be done.
func (h *health) ready(ctx context.Context) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := h.clock().Sub(h.at); age < 0 || age >= readyAge {
		// It is found out for all who ask in the next while, whether the first waits for it or not.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		h.degraded, h.failed = nil, nil
		for _, p := range h.parts {
			err := p.check(ctx)
			h.told(p.name, err)
			if err == nil {
				continue
			}
			h.degraded = append(h.degraded, p.name)
			if p.needed {
				h.failed = errors.Join(h.failed, fmt.Errorf("%s: %w", p.name, err))
			}
		}
		h.at = h.clock()
	}
	return h.degraded, h.failed
}

// told says in the log why a part is not well, once, and that it is again. h.mu is held.
func (h *health) told(name string, err error) {
	switch {
	case err != nil && !h.unwell[name]:
		h.log.Warn("a part of the process is not well", "part", name, "err", err)
	case err == nil && h.unwell[name]:
		h.log.Info("a part of the process is well again", "part", name)
	}
	if h.unwell == nil {
		h.unwell = map[string]bool{}
	}
	h.unwell[name] = err != nil
}

// healthParts are those of this process.
func (h *house) healthParts() []part {
	parts := []part{{PartDisk, true, func(context.Context) error { return h.disk.room() }}, {restoredPart, false, h.settled}}
	if h.Role == Demo {
		parts = append(parts, part{PartSamples, true, h.past.over})
	}
	if h.certified != nil {
		parts = append(parts, part{"certificate", false, h.certified.check})
	}
	if h.books != nil {
		parts = append(parts, part{"disputes", false, h.decided})
	}
	if h.witnessStates != nil {
		parts = append(parts, part{"witnesses", false, h.cosigned})
	}
	if h.witnessed != nil {
		parts = append(parts, part{"witnessed logs", false, h.uncontradicted})
	}
	for name, database := range h.databases {
		parts = append(parts, part{name, true, database.Probe})
	}
	if h.issuer.broker != nil {
		parts = append(parts, part{"broker", false, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, brokerTimeout)
			defer cancel()
			_, err := h.broker.Info(ctx)
			return err
		}}, part{logPart, false, h.followed.check}, part{"broker's keys", false, h.issuer.check})
	}
	return parts
}

// longDispute is how long a dispute may wait before the process is degraded: somebody
// waits for the money in it.
const longDispute = 7 * 24 * time.Hour

// decided wants no dispute to wait for a decision too long.
func (h *house) decided(ctx context.Context) error {
	oldest, err := h.books.Disputed(ctx, 1)
	if err != nil || len(oldest) == 0 {
		return err
	}
	if age := h.Clock().Sub(time.Unix(oldest[0].Since, 0)); age > longDispute {
		return fmt.Errorf("the oldest dispute has waited for %d days", int(age.Hours())/24)
	}
	return nil
}

// nameOf is how the operator knows a database: by its path in the folder, or its kind.
func (h *house) nameOf(path string, kind db.Kind) string {
	if h.storage.Apart(kind) {
		return "database of the " + string(kind)
	}
	return filepath.ToSlash(strings.TrimPrefix(path, h.folder.Path()+string(filepath.Separator)))
}

// openAlone opens a database of this process: a file, which it alone has, and has the
// disk watched before it writes; or one that others may use, too. A damaged one is refused
// with how to go on.
func (h *house) openAlone(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	database, err := h.storage.OpenAlone(ctx, path, kind)
	if errors.Is(err, db.ErrDamaged) && !h.storage.Apart(kind) {
		return nil, fmt.Errorf("%w. Keep the file and those beside it (-wal, -shm) as they are, and put the book back from its mirror; \"peerscrip audit\" says what one is worth", err)
	}
	if err != nil {
		return nil, err
	}
	watch := db.Watch{Committed: h.committed(kind)}
	if !h.storage.Apart(kind) {
		watch.Room = h.disk.room
	}
	database.Guard(watch)
	return database, nil
}
