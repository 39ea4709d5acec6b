package web

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestRatings: what a buyer said of a purchase stands on the stall's page, and the seller answers it once.
func TestRatings(t *testing.T) {
	s := newShop(t)
	v, here := atDesk(t, s), stallPath(s.attic.Vendor())
	v.get("/desk/ratings").want(t, 200, "No ratings yet")
	purchase := string(s.rated(3, "Took a week.\nWorks."))
	v.get(here).want(t, 200, "Took a week.", "3 of 5 stars", "!/answer")
	s.Clock.Advance(15 * time.Minute)
	s.read(t)
	for _, path := range []string{here, listingPath(s.typewriter), listingPath(s.typewriter) + "/checkout", "/stalls"} {
		v.get(path).want(t, 200, "(name checked)", "3.0 ", "1 rating", "at least 1 sale<", "open since")
	}
	v.get("/").want(t, 200, "(name checked)", "of 5 stars")
	page := v.get("/desk/ratings")
	page.want(t, 200, "Took a week.", "Publish the answer")
	action := "/desk/ratings/" + purchase + "/answer"
	_, after, _ := strings.Cut(page.body, `name="rating" value="`)
	digest, _, _ := strings.Cut(after, `"`)
	v.post(action, url.Values{"rating": {digest}, "words": {strings.Repeat("x", 501)}}).want(t, 422, "at most 500 characters", "xxxx")
	v.post(action, url.Values{"rating": {strings.Repeat("A", 43)}, "words": {"Sorry"}}).want(t, 422, "has changed this rating", ">Sorry</textarea>")
	v.post(action, url.Values{"rating": {digest}, "words": {" Sorry, the post\u202e was slow. "}}).want(t, 200, "Your answer is published.", "Sorry, the post was slow.", "!Publish the answer")
	v.post(action, url.Values{"rating": {digest}, "words": {"Again"}}).want(t, 200, "!Again")
	s.Clock.Advance(2 * time.Minute)
	v.get(here).want(t, 200, "Sorry, the post was slow.")
}
