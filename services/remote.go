package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// How long a process waits for its broker when it starts.
const (
	brokerPatience = 30 * time.Second
	brokerPause    = 500 * time.Millisecond
)

// brokerWord is the file of the data folder in which a process keeps what its
// broker elsewhere said of itself.
const brokerWord = "broker.json"

// informer says who a broker is.
type informer interface {
	Info(ctx context.Context) (scrip.BrokerInfo, error)
}

// brokerFile is what a process keeps of its broker.
type brokerFile struct {
	ID            scrip.ID         `json:"id"`
	Name          string           `json:"name"`
	BaseURL       string           `json:"base_url"`
	Currency      string           `json:"currency"`
	Signing       []jose.VerifyKey `json:"signing"`
	Envelope      jose.SealKey     `json:"envelope"`
	MaxCharge     scrip.Money      `json:"max_charge"`
	ScripLifetime int64            `json:"scrip_lifetime"`
}

// rememberInfo asks the broker who it is and keeps the answer at path. A
// process that knew its broker once starts at once without it; one that never
// did waits a while. A broker with another identity than before is refused.
func rememberInfo(ctx context.Context, broker informer, path string, log *slog.Logger) (scrip.BrokerInfo, error) {
	before, known, err := readInfo(path)
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
	return info, writeInfo(path, info)
}

func readInfo(path string) (scrip.BrokerInfo, bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return scrip.BrokerInfo{}, false, nil
	}
	var f brokerFile
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return scrip.BrokerInfo{}, false, fmt.Errorf("read what the broker said before: %w", err)
	}
	currency, err := scrip.ParseCurrency(f.Currency)
	return scrip.BrokerInfo{
		ID: f.ID, Name: f.Name, BaseURL: f.BaseURL, Currency: currency, Signing: f.Signing, Envelope: f.Envelope,
		MaxCharge: f.MaxCharge, ScripLifetime: f.ScripLifetime,
	}, true, err
}

func writeInfo(path string, i scrip.BrokerInfo) error {
	b, err := json.MarshalIndent(brokerFile{
		ID: i.ID, Name: i.Name, BaseURL: i.BaseURL, Currency: i.Currency.Code, Signing: i.Signing, Envelope: i.Envelope,
		MaxCharge: i.MaxCharge, ScripLifetime: i.ScripLifetime,
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeSecret(path, b)
}
