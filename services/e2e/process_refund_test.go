package e2e_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/folder"
)

// form sends a form of the desk and returns the page it leads to.
func (s *seller) form(path string, fields url.Values) string {
	s.t.Helper()
	_, page := s.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
	return string(page)
}

var refundKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// TestDeskRefund: a seller takes back part of an order at the desk while the
// broker is away, and the broker covers it when it is back.
func TestDeskRefund(t *testing.T) {
	t.Parallel()
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	b := newBuyer(t, n.broker.url, 100_00, nil)
	jws := b.offers(n.stall.url, n.vendor)["Spirit level"].jws
	b.must("load", b.Load(t.Context(), 50_00))
	b.must("exchange", b.Exchange(t.Context(), n.vendor, 20_00))
	b.buys(jws, "with everyone there")
	b.settle(10 * time.Second)
	book := folder.At(n.stall.data).OwnShelf()
	eventually(t, 20*time.Second, "the broker has heard of the order", func() bool { return readShelf(t, book).recorded() })

	n.broker.stop()
	desk := n.desk
	here := "/desk/orders/" + string(readShelf(t, book).sales[0].ID)
	_, page := desk.send("GET", here, "", nil)
	key := refundKey.FindSubmatch(page)
	if key == nil {
		t.Fatalf("no form to refund an order:\n%s", page)
	}
	fields := url.Values{"key": {string(key[1])}, "refund": {"2.50"}}
	desk.form(here+"/refund", fields)
	shown := desk.form(here+"/refund", fields) // sent twice
	if !strings.Contains(shown, "up to €10.00") || !strings.Contains(shown, "Reported") {
		t.Errorf("after a refund of 2.50, sent twice, the order says\n%s", shown)
	}
	eventually(t, 20*time.Second, "the desk says why the refund waits", func() bool {
		_, page := desk.send("GET", "/desk", "", nil)
		return strings.Contains(string(page), "Refund of an order") && strings.Contains(string(page), "The market cannot be reached now.")
	})

	n.broker.start()
	eventually(t, 90*time.Second, "the broker covers the refund", func() bool {
		_, page := desk.send("GET", here, "", nil)
		return strings.Contains(string(page), "collects it the next time")
	})
	auditOf(t, n.broker.data, n.stall.data)
}
