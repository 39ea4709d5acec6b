package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"peerscrip/services/rig"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// node is a broker and a stand-alone stall, as docker-compose.yml has them.
type node struct {
	broker, stall *process
	vendor        scrip.VendorID
	desk          *seller // who is at the stall's desk
}

// startNode starts a broker and a stall that lists some goods.
func startNode(t testing.TB, things ...goods) node {
	t.Helper()
	return startNodeBehind(t, nil, nil, things...)
}

// startNodeBehind is startNode with a proxy in front of the stall, and one
// between the stall and the broker; nil is none.
func startNodeBehind(t testing.TB, toStall, toBroker *proxy, things ...goods) node {
	t.Helper()
	n := node{broker: newProcess(t, "broker")}
	n.broker.env = []string{"PEERSCRIP_LOG_LEVEL=info"}
	n.broker.start()
	brokerURL := n.broker.url
	if toBroker != nil {
		toBroker.leadTo(n.broker.url)
		brokerURL = toBroker.url
	}
	n.stall = newProcess(t, "stall", "--broker-url="+brokerURL, "--name=The Corner Stall")
	n.stall.env = []string{"PEERSCRIP_LOG_LEVEL=debug"} // which must not tell more than it should
	if toStall != nil {
		toStall.leadTo(n.stall.url)
		n.stall.args = append(n.stall.args, "--base-url="+toStall.url)
	}
	n.stall.start()
	n.vendor = soleVendor(t, n.broker.url)
	n.desk = enterDesk(n.stall)
	for _, thing := range things {
		n.desk.list(thing)
	}
	return n
}

// soleVendor is the one stall in a broker's directory.
func soleVendor(t testing.TB, brokerURL string) scrip.VendorID {
	t.Helper()
	stalls := directory(t, brokerURL)
	if len(stalls) != 1 {
		t.Fatalf("got %d stalls in the directory, want one", len(stalls))
	}
	return stalls[0].Vendor
}

func directory(t testing.TB, brokerURL string) []scrip.CertifiedStall {
	t.Helper()
	peer, err := api.Dial(api.DialConfig{BaseURL: brokerURL})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := peer.Broker().Stalls(t.Context(), "")
	if err != nil {
		t.Fatalf("ask for the directory: %v", err)
	}
	return listed.Stalls
}

func healthy(t testing.TB, p *process) bool {
	t.Helper()
	return exec.Command(program(t), "health", "--listen", p.listen).Run() == nil
}

// found searches the market for a listing and returns the offer as the stall
// that the market names gives it.
func found(t testing.TB, b *buyer, m *process, words string) string {
	t.Helper()
	var results market.Results
	eventually(t, 30*time.Second, "the market shows the stall's listing", func() bool {
		var err error
		results, err = b.dial(m.url).Market().Search(t.Context(), market.Query{Text: words})
		b.must("search", err)
		return len(results.Items) == 1
	})
	item := results.Items[0]
	page, err := http.Get(fmt.Sprintf("%s/l/%s/%s", m.url, item.Vendor, item.Offer.Offer))
	b.must("open the listing's page", err)
	page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("the listing's page: got %s, want 200", page.Status)
	}
	public, err := b.dial(item.Stall.BaseURL).Stall(item.Vendor).Offer(t.Context(), item.Offer.Offer)
	b.must("fetch the offer", err)
	return public.Offer
}

// buys buys one of an offer, which must work.
func (b *buyer) buys(jws, when string) wallet.Receipt {
	b.t.Helper()
	receipt, err := b.Buy(b.t.Context(), jws, 1, rig.To("12 Elm Street"))
	b.must("buy "+when, err)
	return receipt
}

// TestStartingNodes: what cannot start says why and exits 1.
func TestStartingNodes(t *testing.T) {
	t.Parallel()
	taken := startProcess(t, "broker")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"port taken":          {[]string{"broker", "--listen", taken.listen, "--data", t.TempDir()}, "address already in use"},
		"no name":             {[]string{"stall", "--broker-url", taken.url, "--data", t.TempDir()}, "name"},
		"not a currency":      {[]string{"broker", "--listen", freePort(t), "--currency=EURO", "--data", t.TempDir()}, "currency"},
		"slash at the end":    {[]string{"serve", "--listen", freePort(t), "--base-url=https://market.example/", "--data", t.TempDir()}, "without a path or a slash"},
		"no time to lock for": {[]string{"broker", "--listen", freePort(t), "--lock-time=-1s", "--data", t.TempDir()}, "above 0"},
		"bad operator's key":  {[]string{"serve", "--listen", freePort(t), "--operator-key=abc", "--data", t.TempDir()}, "43 characters"},
		"nothing to audit":    {[]string{"audit", "--data", t.TempDir()}, "no broker's books"},
		"nobody there":        {[]string{"health", "--listen", freePort(t)}, "refused"},
		"not a base URL":      {[]string{"stall", "--name=A", "--listen", freePort(t), "--broker-url=nonsense", "--data", t.TempDir()}, "URL"},
		"wallet without home": {[]string{"wallet", "--passphrase=x", "--data", t.TempDir(), "--broker-url", taken.url, "balance"}, "make one first"},
	} {
		out, err := exec.CommandContext(t.Context(), program(t), c.args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() < 1 || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: got %v and %q, want a failure that says %q", name, err, tail(string(out)), c.want)
		}
	}
	auditOf(t, taken.data)
}
