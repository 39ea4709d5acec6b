package db

import (
	"context"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// keepKeys keeps those of the broker's KEYS that are not there yet, and refuses
// them all where others are there.
func keepKeys(c change) error {
	for i, signed := range c.Broker.Keys {
		err := c.do(`INSERT INTO broker_keys (serial, signed) VALUES (?, ?) ON CONFLICT (serial) DO NOTHING`, i+1, signed)
		if violated(err) != "" {
			return scrip.TxConflict
		}
		if err != nil {
			return fmt.Errorf("keep the broker's keys: %w", err)
		}
	}
	if len(c.Broker.Keys) == 0 {
		return nil
	}
	var kept []string
	if err := c.list(&kept, `SELECT signed FROM broker_keys ORDER BY serial`); err != nil {
		return fmt.Errorf("read the broker's keys: %w", err)
	}
	if !slices.Equal(kept, c.Broker.Keys) {
		return scrip.TxConflict
	}
	return nil
}

// Keys lists the broker's KEYS after a serial, the oldest first.
func (b *Books) Keys(ctx context.Context, after int64, limit int) ([]string, error) {
	list := []string{}
	err := b.db.list(ctx, &list, `SELECT signed FROM broker_keys WHERE serial > ? ORDER BY serial LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the broker's keys: %w", err)
	}
	return list, nil
}
