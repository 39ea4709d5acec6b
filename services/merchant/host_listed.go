package merchant

import (
	"context"
	"fmt"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// listedFor is how old the broker's directory may be where reading it only saves a
// round; listedEvery how often a minute it is read for who says that a stall is certified
// by now. Nothing proves who asks, and it is read in pages, each a request to the broker:
// a stranger's forms must not use up what the market may ask there.
const (
	listedFor   = time.Minute
	listedEvery = 20
)

// listed is the part of the broker's directory that was last read. The next reading goes
// on after it, and after the last part from the first.
type listed struct {
	mu   sync.Mutex // held while it is read
	part scrip.DirectoryPart
	at   time.Time // when that began, by the host's clock; zero: it never was
}

// lately is what was read of the directory a minute ago, or since.
func (h *Host) lately(ctx context.Context) ([]scrip.CertifiedStall, error) {
	h.listed.mu.Lock()
	defer h.listed.mu.Unlock()
	age := h.HostConfig.Stall.Clock().Sub(h.listed.at)
	if !h.listed.at.IsZero() && age >= 0 && age < listedFor {
		return h.listed.part.Stalls, nil
	}
	return h.readDirectory(ctx)
}

// justNow is the next part of the directory as it is: scrip.Unavailable where it was read
// so often this minute.
func (h *Host) justNow(ctx context.Context) ([]scrip.CertifiedStall, error) {
	if err := h.asked.Take("", 1, h.now()); err != nil {
		return nil, err
	}
	h.listed.mu.Lock()
	defer h.listed.mu.Unlock()
	return h.readDirectory(ctx)
}

// readDirectory reads and keeps it. The caller holds h.listed.mu.
func (h *Host) readDirectory(ctx context.Context) ([]scrip.CertifiedStall, error) {
	at := h.HostConfig.Stall.Clock()
	part, err := h.Directory.Stalls(ctx, h.listed.part.Next)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	h.listed.part, h.listed.at = part, at
	return part.Stalls, nil
}
