package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"peerscrip/static"
)

// The pages that a browser keeps have these paths. Each order and conversation has its own; what is kept is the same for all
// of a kind, under the path before its name.
const (
	offlinePath = "/offline"
	anyOrder    = "/wallet/orders/"
	anyTalk     = "/wallet/talks/"
)

// keptSite is what the worker of static/wallet/offline.js finds in self.site.
type keptSite struct {
	Build   string              `json:"build"`
	Files   map[string]keptFile `json:"files"`
	Pages   map[string]string   `json:"pages"`
	AnyPage string              `json:"anyPage"`
	Headers map[string]string   `json:"headers"`
}

type keptFile struct {
	Digest string `json:"digest"`
	Type   string `json:"type"`
}

// offlineWorker is the service worker that shows the wallet's pages while nothing answers. They stand in it as this server
// makes them now, so a browser that asks for it anew has all of them of one build, or none. It holds nothing that is one
// person's.
func (s *server) offlineWorker(w http.ResponseWriter, r *http.Request) error {
	site, err := s.keptSite(w.Header(), r)
	if err != nil {
		return err
	}
	data, err := json.Marshal(site)
	if err != nil {
		return fmt.Errorf("write what is kept: %w", err)
	}
	worker, err := static.Read("wallet/offline.js")
	if err != nil {
		return fmt.Errorf("read the worker: %w", err)
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Add("Vary", "Accept-Language, Cookie")
	return s.send(w, r, append(append([]byte("self.site = "), data...), append([]byte("\n"), worker...)...))
}

func (s *server) keptSite(answered http.Header, r *http.Request) (keptSite, error) {
	site := keptSite{Build: static.Build(), Files: map[string]keptFile{}, Pages: map[string]string{}, AnyPage: offlinePath, Headers: map[string]string{}}
	files, err := static.Kept()
	if err != nil {
		return site, fmt.Errorf("list the files that are kept: %w", err)
	}
	for _, f := range files {
		site.Files[f.URL] = keptFile{f.SHA256, f.Type}
	}
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"} {
		site.Headers[name] = answered.Get(name)
	}
	for path, view := range s.keptPages(r.Context()) {
		var page bytes.Buffer
		if err := view.Render(context.WithValue(r.Context(), hereKey{}, path), &page); err != nil {
			return site, fmt.Errorf("render %s: %w", path, err)
		}
		site.Pages[path] = page.String()
	}
	return site, nil
}

// keptPages are the pages that show what a browser has of its own, each as it is while nothing answers.
func (s *server) keptPages(ctx context.Context) map[string]templ.Component {
	head := func(h Head) Head {
		h.Offline = true
		return h
	}
	pages := map[string]templ.Component{
		offlinePath: offlinePage(head(s.head("", tr(ctx, "This page needs a connection")))),
		"/saved":    savedPage(head(s.savedHead(ctx))),
	}
	for path, shell := range map[string]shell{"/wallet": moneyShell, "/wallet/orders": ordersShell, anyOrder: orderShell, anyTalk: talkShell, "/wallet/envelopes": envelopesShell} {
		pages[path] = walletPage(head(s.shellHead(ctx, shell)), shell.view)
	}
	return pages
}

// manifest is what a browser asks for that offers to install the site.
type manifest struct {
	Name            string         `json:"name"`
	ShortName       string         `json:"short_name"`
	ID              string         `json:"id"`
	StartURL        string         `json:"start_url"`
	Scope           string         `json:"scope"`
	Display         string         `json:"display"`
	Lang            string         `json:"lang"`
	BackgroundColor string         `json:"background_color"`
	ThemeColor      string         `json:"theme_color"`
	Icons           []manifestIcon `json:"icons"`
	Shortcuts       []manifestLink `json:"shortcuts"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

type manifestLink struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// manifestPath is where pages say that the manifest is.
const manifestPath = "/site.webmanifest"

func (s *server) manifest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	picture := func(name, sizes, purpose string) manifestIcon {
		return manifestIcon{static.URL("img/" + name + ".png"), sizes, "image/png", purpose}
	}
	body, err := json.Marshal(manifest{
		Name: s.Site.Name, ShortName: s.Site.Name, ID: "/", StartURL: "/", Scope: "/", Display: "standalone", Lang: localeOf(ctx).Tag.String(),
		BackgroundColor: "#f4f6f2", ThemeColor: "#ffffff",
		Icons: []manifestIcon{
			picture("app-192", "192x192", "any"), picture("app-512", "512x512", "any"),
			picture("app-maskable-192", "192x192", "maskable"), picture("app-maskable-512", "512x512", "maskable"),
		},
		Shortcuts: []manifestLink{
			{tr(ctx, "Wallet"), "/wallet"}, {tr(ctx, "Orders"), "/wallet/orders"}, {tr(ctx, "Saved"), "/saved"}, {tr(ctx, "Sell"), s.Site.sellHref()},
		},
	})
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Add("Vary", "Accept-Language, Cookie")
	return s.send(w, r, body)
}
