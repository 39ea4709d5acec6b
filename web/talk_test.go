package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// TestAnswer: a seller reads what buyers asked and answers, in a conversation and in an order, without scripts.
func TestAnswer(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it \u202eblue?")
	v := atDesk(t, s)
	here := "/desk/talks/" + string(talk)
	v.get("/desk").want(t, 200, "Waiting for your answer", here, "1 message", "Conversations about listings")
	v.get(here).want(t, 200, "Is it blue?", "The buyer asked", ">Your answer<", ">Send</button>", ">Block this buyer</button>", "!It is packed")
	v.post(here+"/say", nil).want(t, 422, "Write something first.")
	v.post(here+"/say", url.Values{"text": {strings.Repeat("x", 2001)}}).want(t, 422, "That has 2001 characters.")
	v.post(here+"/say", url.Values{"text": {"Green,\r\nI think."}, "kind": {"message"}}).want(t, 200, "You wrote", "Green,\nI think.")
	v.get("/desk").want(t, 200, "!Waiting for your answer", "Conversations about listings")
	v.post(here+"/say", url.Values{"kind": {"packed"}}).want(t, 409, "This has changed meanwhile")

	order := "/desk/orders/" + string(s.order)
	v.get("/desk/talks/"+string(s.order)).want(t, 404)
	v.get("/desk/talks/none").want(t, 404)
	v.post(order+"/say", url.Values{"kind": {"packed"}, "text": {"Tomorrow."}}).want(t, 200, "You packed it", "Tomorrow.", ">Packed</span>")
	v.get("/desk").want(t, 200, ">Packed</span>")
	v.post(order+"/say", url.Values{"kind": {"received"}}).want(t, 409)
}

// TestBlock: a seller blocks the buyer of a conversation or an order, sees whom it has blocked, and takes it back.
func TestBlock(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	v := atDesk(t, s)
	v.get("/desk/blocked").want(t, 200, "Nobody is blocked", "can come back under a new one")
	v.post("/desk/block", url.Values{"thread": {"none"}}).want(t, 404)
	v.post("/desk/block", url.Values{"thread": {string(talk)}}).want(t, 200, "The buyer is blocked.", "/desk/talks/"+string(talk), "Portable typewriter", "!Nobody is blocked")
	page := v.get("/desk/talks/" + string(talk))
	page.want(t, 200, "You blocked this buyer.", ">Unblock</button>", "!>Block this buyer</button>")
	v.get("/desk").want(t, 200, "!Waiting for your answer", ">Blocked</span>")
	v.post("/desk/block", url.Values{"thread": {string(s.order)}}).want(t, 200, "/desk/orders/"+string(s.order))
	buyer := regexp.MustCompile(`name="buyer" value="([^"]*)"`).FindStringSubmatch(page.body)[1]
	v.post("/desk/unblock", url.Values{"buyer": {buyer}}).want(t, 200, "The buyer can write to you and order again.", "!/desk/talks/"+string(talk))
	v.get("/desk").want(t, 200, "Waiting for your answer", "!>Blocked</span>")
}

// TestHaggle: a seller sees what was proposed, and accepts or declines it, without scripts; what is wrong with the terms stands
// beside them, and they keep what was typed.
func TestHaggle(t *testing.T) {
	s := newShop(t)
	before, err := s.attic.Offers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	talk := s.begins(scrip.Event{Kind: "propose", Price: 70_00, Quantity: 1, Text: "For my son."})
	v := atDesk(t, s)
	here := "/desk/talks/" + string(talk)
	v.get(here).want(t, 200, "The buyer would pay", "70.00", "For my son.", ">Accept</button>", `name="price" value="70.00"`, `name="quantity" value="1"`, "Everybody else pays", "85.00", ">Decline</button>")
	terms := func(price, quantity, hours, text string) url.Values {
		return url.Values{"price": {price}, "quantity": {quantity}, "hours": {hours}, "text": {text}}
	}
	v.post(here+"/offer", terms("lots", "none", "73", "Mind the w.")).want(t, 422, `value="lots"`, "Write a price like", "Write a number from 1 to 1000.", "Choose up to 3 days.", "Mind the w.</textarea>")
	v.post(here+"/offer", terms("70", "9", "72", "")).want(t, 422, "So many are not left.", `value="70"`)
	v.post(here+"/offer", terms("70", "1", "72", strings.Repeat("x", 501))).want(t, 422, "Use at most 500 characters.")
	v.post(here+"/offer", terms("72,50", "1", "24", "Mind the w.")).want(t, 200, "You offered it for", "72.50", " until ", "Mind the w.", "Offer it for another price", "!>Decline</button>", "!>Accept</button>")
	if after, err := s.attic.Offers(t.Context()); err != nil || len(after) != len(before) {
		t.Errorf("offers: %d, %v, want the %d there were", len(after), err, len(before))
	}
	v.get("/desk").want(t, 200, "!72.50")

	accepted := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 60_00, Quantity: 1}))
	v.get("/desk").want(t, 200, "Decide on what a buyer would pay")
	v.get(accepted).want(t, 200, "The buyer would pay", `action="`+accepted+`/offer" aria-labelledby="accept-title"`, `name="hours" value="72"`)
	v.post(accepted+"/offer", terms("60.00", "1", "72", "")).want(t, 200, "You offered it for", "60.00", "!>Accept</button>")
	more := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 50_00, Quantity: 1}))
	declined := "/desk/talks/" + string(s.begins(scrip.Event{Kind: "propose", Price: 1, Quantity: 1}))
	v.post(declined+"/say", url.Values{"kind": {"declined"}, "text": {"No."}}).want(t, 200, "You declined", "No.", "!>Decline</button>")
	v.post("/desk/listings/"+string(s.typewriter.Offer.Offer)+"/end", nil).want(t, 200)
	v.get(more).want(t, 200, "!>Accept</button>") // not for sale any more
	v.post(declined+"/offer", terms("70", "1", "72", "")).want(t, 422, "is not for sale any more", "!Offer it for another price")
	v.post("/desk/talks/"+string(s.order)+"/offer", terms("70", "1", "72", "")).want(t, 404)
}

// TestShowPhoto: a seller shows a buyer a photo, in a conversation and in an order, without scripts, and sees it there; what is
// none is said beside it, and the words that were typed stay.
func TestShowPhoto(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	for _, here := range []string{"/desk/talks/" + string(s.asks("Is it blue?")), "/desk/orders/" + string(s.order)} {
		v.get(here).want(t, 200, "Show a photo", `action="`+here+`/photo"`)
		form := map[string]string{"shows": "The \u202eback."}
		v.upload(here+"/photo", form, nil).want(t, 422, "Choose a photo first.", `value="The back."`)
		v.upload(here+"/photo", form, map[string]string{"photo": "none"}).want(t, 422, "This file is not a photo we can read.", `value="The back."`)
		v.upload(here+"/photo", map[string]string{"shows": strings.Repeat("x", 501)}, map[string]string{"photo": string(aPhoto(t, 1))}).want(t, 422, "Use at most 500 characters.")
		page := v.upload(here+"/photo", form, map[string]string{"photo": string(aPhoto(t, 1))})
		page.want(t, 200, "You showed a photo", `alt="The back."`)
		src := regexp.MustCompile(`<img src="(/desk/talks/[^"]+/photos/[^"]+)"`).FindStringSubmatch(page.body)
		if src == nil {
			t.Fatalf("%s: no photo on the page", here)
		}
		if got := v.get(src[1]); got.status != 200 || got.header.Get("Content-Type") != "image/jpeg" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the photo: %d, %v", got.status, got.header)
		}
		v.get(src[1]+"x").want(t, 404)
	}
}

// TestRatingsToAnswer: what a buyer said of the stall waits on the desk until it is answered.
func TestRatingsToAnswer(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	v.get("/desk").want(t, 200, "!Answer a rating")
	s.rated(2, "Slow.")
	s.Clock.Advance(2 * time.Minute)
	v.get("/desk").want(t, 200, "Answer a rating", "2 of 5 stars")
	digest := regexp.MustCompile(`name="rating" value="([^"]*)"`).FindStringSubmatch(v.get("/desk/ratings").body)[1]
	purchase := regexp.MustCompile(`/desk/ratings/([^/]*)/answer`).FindStringSubmatch(v.get("/desk/ratings").body)[1]
	v.post("/desk/ratings/"+purchase+"/answer", url.Values{"rating": {digest}, "words": {"I was ill."}}).want(t, 200, "Your answer is published.")
	v.get("/desk").want(t, 200, "!Answer a rating")
}
