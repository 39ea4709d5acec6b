package services

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// How long a process waits for its broker when it starts.
const (
	brokerPatience = 30 * time.Second
	brokerPause    = 500 * time.Millisecond
)

// informer says who a broker is.
type informer interface {
	Info(ctx context.Context) (scrip.BrokerInfo, error)
}

// rememberInfo asks the broker who it is and keeps the answer. A
// process that knew its broker once starts at once without it; one that never
// did waits a while. A broker with another identity than before is refused.
func rememberInfo(ctx context.Context, broker informer, f folder.Folder, log *slog.Logger) (scrip.BrokerInfo, error) {
	before, known, err := f.KnownBroker()
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	info, err := broker.Info(ctx)
	if err != nil && known {
		log.Warn("the broker does not answer; going on with what it said before", "err", err)
		return before, nil
	}
	if err != nil {
		log.Info("waiting for the broker", "for", brokerPatience)
	}
	for start := time.Now(); err != nil; info, err = broker.Info(ctx) {
		if time.Since(start) > brokerPatience {
			return scrip.BrokerInfo{}, err
		}
		select {
		case <-time.After(brokerPause):
		case <-ctx.Done():
			return scrip.BrokerInfo{}, ctx.Err()
		}
	}
	if known && before.ID != info.ID {
		return scrip.BrokerInfo{}, fmt.Errorf("it is %s, and was %s before", info.ID, before.ID)
	}
	return info, f.KeepBroker(info)
}
