package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
	"peerscrip/static"
)

// shellView is a page the wallet fills.
type shellView struct {
	Title, Lead string
	Tab         string // the wallet's own tab that is current
}

// walletTabs are the wallet's pages; who asks for the envelopes finds them from the messages of a purchase, or under “Advanced”.
var walletTabs = []option{
	{Slug: "wallet", Name: phrase("Money"), Href: "/wallet"},
	{Slug: "orders", Name: phrase("Orders"), Href: "/wallet/orders"},
	{Slug: "envelopes", Name: phrase("Envelopes"), Href: "/wallet/envelopes"},
}

// shell is a page of the wallet as its script knows it, and what stands around.
type shell struct {
	page string
	view shellView
}

// The wallet's pages, each the same for everybody.
var (
	moneyShell = shell{"wallet", shellView{Title: phrase("Wallet"), Tab: "wallet",
		Lead: phrase("Money and keys in this wallet are stored in this browser, locked by your passphrase, and nowhere else.")}}
	ordersShell = shell{"orders", shellView{Title: phrase("Orders"), Tab: "orders",
		Lead: phrase("What you bought, with the seller’s signature on each.")}}
	orderShell     = shell{"order", shellView{Title: phrase("Order"), Tab: "orders"}}
	talkShell      = shell{"order", shellView{Title: phrase("Conversation"), Tab: "orders"}}
	envelopesShell = shell{"envelopes", shellView{Title: phrase("Envelopes"), Tab: "envelopes",
		Lead: phrase("Every message your wallet sent and received, opened: what was signed, what was sealed, and for whom.")}}
)

// walletShell is the page of a shell.
func (s *server) walletShell(of shell) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.render(w, r, http.StatusOK, walletPage(s.shellHead(r.Context(), of), of.view))
	}
}

func (s *server) shellHead(ctx context.Context, of shell) Head {
	h := s.head("wallet", tr(ctx, of.view.Title))
	h.Page = of.page
	return h
}

// walletThing is the page of one order, or of one conversation. Which, its path says to the wallet.
func (s *server) walletThing(of shell) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !scrip.ID(chi.URLParam(r, "tx")).Valid() {
			return scrip.NotFound
		}
		return s.walletShell(of)(w, r)
	}
}

// keeper is the wallet's service worker. Unlike other modules it has one path in every build: a browser knows it by that.
func (s *server) keeper(w http.ResponseWriter, r *http.Request) error {
	body, err := static.Read("wallet/keeper.js")
	if err != nil {
		return fmt.Errorf("read the keeper: %w", err)
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	return s.send(w, r, body)
}

// keptPath has the trace of a wallet: a cookie that says that this browser had one, and goes to this path alone. A browser
// that deletes what scripts have stored keeps it.
const keptPath = "/wallet/kept"

// keptFor is how long the trace lasts, in seconds: as long as browsers keep a cookie.
const keptFor = 400 * 24 * 60 * 60

type kept struct {
	Kept bool `json:"kept"`
}

func (s *server) keepWallet(w http.ResponseWriter, _ *http.Request) (any, error) {
	http.SetCookie(w, &http.Cookie{
		Name: "peerscrip-wallet", Value: "kept", Path: keptPath, MaxAge: keptFor,
		HttpOnly: true, Secure: !s.Insecure, SameSite: http.SameSiteStrictMode,
	})
	return kept{true}, nil
}

func (s *server) walletKept(_ http.ResponseWriter, r *http.Request) (any, error) {
	_, err := r.Cookie("peerscrip-wallet")
	return kept{err == nil}, nil
}
