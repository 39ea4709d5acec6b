package e2e_test

import (
	"strings"
	"testing"
	"time"

	"peerscrip/services/market"
)

// TestPrivateStalls: a market asks no stall of its own machine for its goods, on
// plain http neither, unless its operator says so.
func TestPrivateStalls(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	shut := startProcess(t, "market", "--broker-url="+n.broker.url, "--private-stalls=false")
	eventually(t, 20*time.Second, "the market tells of the stall that it does not ask", func() bool {
		return strings.Contains(shut.stderr.String(), "--private-stalls")
	})
	b := newBuyer(t, n.broker.url, 1, nil)
	none, err := b.dial(shut.url).Market().Search(t.Context(), market.Query{})
	if b.must("search", err); len(none.Items) != 0 {
		t.Errorf("without --private-stalls: got %d listings, want none", len(none.Items))
	}
	open := startProcess(t, "market", "--broker-url="+n.broker.url, "--private-stalls")
	found(t, b, open, "spirit")
}
