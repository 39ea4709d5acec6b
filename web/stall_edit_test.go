package web

import (
	"net/url"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// TestStallsPage: what a seller says of the stall stands beside what it sells; while the seller is away nothing there can be
// bought, and a closed stall has left the market.
func TestStallsPage(t *testing.T) {
	s := newShop(t)
	v, listing, here := atDesk(t, s), listingPath(s.typewriter), stallPath(s.attic.Vendor())
	v.get("/desk/page").want(t, 200, "Things from three generations", `value="open" checked`, `min="`)
	form := map[string]string{"about": "We collect.\r\nAsk!", "place": " Lübeck,  DE", "opening": "away", "away": "yesterday"}
	v.upload("/desk/page", form, map[string]string{"picture": string(aPhoto(t, 9))}).
		want(t, 422, "Choose the day on which you are back", "We collect.", "Lübeck, DE", "portrait")
	form["away"] = s.Clock.Now().Add(72 * time.Hour).UTC().Format(dateLayout)
	v.upload("/desk/page", form, map[string]string{"picture": string(aPhoto(t, 9))}).want(t, 200, "is saved.", `value="away" checked`)
	s.read(t)
	v.get("/desk").want(t, 200, "You are away until", `!</time>.<a`)
	v.get(here).want(t, 200, "We collect.", "Lübeck, DE", `class="portrait portrait--lg"`, "The seller is away", "Portable typewriter")
	v.get(listing).want(t, 200, "The seller is away", "Ask the seller", "!>Buy<", "!Put in basket")
	v.get(listing+"/checkout").want(t, 200, "The seller is away")
	v.get("/").want(t, 200, "Portable typewriter", "Back "+day(s.Clock.Now().Add(72*time.Hour).Unix()).in(locales()[0]))
	form["opening"], form["drop"] = "closed", "yes"
	v.upload("/desk/page", form, nil).want(t, 200, "is saved.", "!portrait", `value="closed" checked`)
	s.read(t)
	v.get("/desk").want(t, 200, "You have closed your stall.")
	v.get("/stalls").want(t, 200, "!Attic")
	v.get(here).want(t, 200, "This stall is closed", "!Portable typewriter")
	v.get(listing).want(t, 200, "This stall is closed", "!>Buy<")
	form["opening"] = "open"
	v.upload("/desk/page", form, nil).want(t, 200, "is saved.")
	s.read(t)
	v.get(listing).want(t, 200, ">Buy<")
}

// TestRenameAtTheDesk: the other name stands at the desk at once; one that is taken is told in place, with what was typed.
func TestRenameAtTheDesk(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.post("/desk/name", url.Values{"name": {"SPIN  AGAIN"}}).want(t, 422, "cannot be used", `value="SPIN AGAIN"`)
	v.post("/desk/name", url.Values{"name": {" Attic  & Daughters "}}).want(t, 200, "is called", "Attic &amp; Daughters")
	v.get("/desk").want(t, 200, "Attic &amp; Daughters")
	if got := s.attic.Current().Name; got != "Attic & Daughters" {
		t.Errorf("the certificate: got %q", got)
	}
	if stall, err := s.Broker.Stall(t.Context(), s.attic.Vendor()); err != nil || scrip.LookAlike(stall.Name, "Attic & Sons") {
		t.Errorf("the directory: got %q, %v", stall.Name, err)
	}
}
