package services

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/static"
	"peerscrip/web"
)

// addHandlers configures what the world sees.
func (h *house) addHandlers() error {
	h.health = &health{clock: time.Now, log: h.Log, parts: h.healthParts()}
	h.api.Ready = h.health.ready
	h.api.Document, h.api.Log, h.api.Rate, h.api.Random = h.Document, h.Log, h.Rate, h.Random
	h.api.Stylesheets = []string{web.Stylesheet(), static.URL("vendor/reference/reference.css")}
	h.api.BaseURL = h.BaseURL
	h.api.Currency, h.api.Clock = func() scrip.Currency { return h.info().Currency }, h.Clock
	h.api.ClientIP = clientIP(h.ClientIP)
	h.addFigures()
	h.api.Explains = h.Role == Demo
	if h.Role == Relay || h.Role == Witness { // which show nothing
		return nil
	}
	var err error
	h.pages, err = h.pageConfig()
	return err
}

// connect lists the origins a wallet on these pages may talk to: the broker,
// and any certified stall on its own node, wherever that is.
func (h *house) connect() []string {
	if h.Role == Broker {
		return nil
	}
	if insecure(h.BaseURL) {
		return []string{"http:", "https:"} // a machine of one's own
	}
	return []string{"https:"}
}

// publicBroker is where a browser reaches the broker: empty for this process.
func (h *house) publicBroker() string {
	if h.Role.hasBroker() {
		return ""
	}
	return h.info().BaseURL
}

// clientIP reads a client's address from a header that a proxy in front of this
// process sets: of all its lines the last, and there the last hop, which is the
// proxy's own word; what stands before is the client's. Where that is no address,
// and without a header's name (nil), the other end of the connection counts.
func clientIP(header string) func(*http.Request) string {
	if header == "" {
		return nil
	}
	return func(r *http.Request) string {
		hops := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
		if last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
			return last.String()
		}
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		return host
	}
}

func insecure(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Scheme == "http"
}
