package services

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"peerscrip/api"
)

// TestWitnessLearnsForOthers: who asks and goes away keeps nobody from learning a log's new
// keys, for which it is asked once in a while alone.
func TestWitnessLearnsForOthers(t *testing.T) {
	var asked atomic.Int64
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer broker.Close()
	peer, err := api.Dial(api.DialConfig{BaseURL: broker.URL, HTTPClient: broker.Client()})
	if err != nil {
		t.Fatal(err)
	}
	log := &brokerLog{at: broker.URL, broker: peer.Broker(), log: slog.New(slog.DiscardHandler)}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	log.Learn(gone)
	first := asked.Load()
	log.Learn(t.Context())
	if first == 0 || asked.Load() != first {
		t.Errorf("the broker: asked %d times for who is gone and %d in all, want once for both", first, asked.Load())
	}
}
