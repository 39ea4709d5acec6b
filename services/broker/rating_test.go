package broker_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// rating signs a RATE by a customer's pseudonym at a stall.
func rating(c *rig.Customer, s *rig.Stall, purchase scrip.ID, stars int, counter int64) rig.Sealed {
	key := c.Alias(s.Vendor())
	return c.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: scrip.Rating{
		Vendor: s.Vendor(), Purchase: purchase, Stars: stars, Words: "As described.", Counter: counter,
	}})
}

// bought is a purchase that is recorded.
func bought(t *testing.T, c *rig.Customer, s *rig.Stall) scrip.ID {
	t.Helper()
	held, _ := c.Trade(s, c.Acquire(20_00), 10_00)
	paid, _ := c.Buy(s, held, s.List(10_00, 1))
	return paid.Tx
}

// rate has a rating noted.
func rate(t *testing.T, c *rig.Customer, m rig.Sealed) {
	t.Helper()
	if _, err := rig.Send[scrip.Noted](c, c.Rig.Broker.Rate, m); err != nil {
		t.Fatal(err)
	}
}

func published(t *testing.T, s *rig.Stall) []scrip.ToldRating {
	t.Helper()
	list, err := s.Rated(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRate: one rating for each purchase that is recorded, by who bought; another takes
// its place for thirty days, and the same again changes nothing.
func TestRate(t *testing.T) {
	r := rig.New(t)
	c, friend, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
	tx := bought(t, c, s)
	first := rating(c, s, tx, 2, 5)
	rate := func(what string, m rig.Sealed, of *rig.Customer, want error) {
		t.Helper()
		if _, err := rig.Send[scrip.Noted](of, r.Broker.Rate, m); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	rate("before it is recorded", first, c, scrip.NotFound)
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	bought(t, friend, s)
	rate("another's purchase", rating(friend, s, tx, 1, 5), friend, scrip.NotFound)
	rate("no purchase", rating(c, s, r.ID(), 1, 5), c, scrip.NotFound)
	rate("from the future", rating(c, s, tx, 2, 1<<52), c, scrip.CounterStale)
	rate("it", first, c, nil)
	second := rating(c, s, tx, 4, 6)
	rate("another", second, c, nil)
	rate("the first again", first, c, nil)
	rate("an older one", rating(c, s, tx, 1, 6), c, scrip.CounterStale)
	list := published(t, s)
	if len(list) != 1 || list[0].Stars != 4 || list[0].Digest != second.Signed.Digest() || list[0].Words != "As described." {
		t.Errorf("published: got %+v, want the second", list)
	}
	if p, err := r.Broker.MessageProof(t.Context(), first.Signed.Digest()); err != nil {
		t.Errorf("the first, in the log: %v", err)
	} else if _, err := p.Records(first.Signed.Digest(), "RATE"); err != nil {
		t.Errorf("the first, in the log: %v", err)
	}
	r.Clock.Advance(scrip.RatingChanges * time.Second)
	rate("too late", rating(c, s, tx, 5, 7), c, scrip.AlreadyRecorded)
}

// TestRateWhenItIsOver: a protected purchase is rated when it is known how it ended, or
// after a month.
func TestRateWhenItIsOver(t *testing.T) {
	for name, test := range map[string]struct {
		wait time.Duration
		end  func(escrowed)
		want error
	}{
		"held":          {0, func(escrowed) {}, scrip.OutOfTurn},
		"disputed":      {0, func(w escrowed) { w.says(w.dispute("It is broken."), scrip.HoldDisputed) }, scrip.OutOfTurn},
		"released":      {0, func(w escrowed) { w.says(w.release(false), scrip.HoldReleased) }, nil},
		"reclaimed":     {7 * day, func(w escrowed) { w.says(w.reclaim(false), scrip.HoldReclaimed) }, nil},
		"held for long": {30 * day, func(escrowed) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := reported(t)
			w.Clock.Advance(test.wait)
			test.end(w)
			if _, err := rig.Send[scrip.Noted](w.c, w.Broker.Rate, rating(w.c, w.s, w.p.Tx, 2, 5)); !errors.Is(err, test.want) {
				t.Errorf("RATE: got %v, want %v", err, test.want)
			}
		})
	}
}

// TestRecordOfHolds: a RECORD tells how soon a stall sends, of which parcels it did not,
// and which disputes it lost, by what the books know of its holds.
func TestRecordOfHolds(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(200_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(100_00), 100_00)
	listing := s.List(1_00, 20)
	buy := func() escrowed {
		w := escrowed{r, c, s, c.BuyProtected(s, held, listing)}
		held = w.p.Change
		return w
	}
	var bought []escrowed
	for range 9 {
		bought = append(bought, buy())
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := func() scrip.TrackRecord {
		t.Helper()
		r.Clock.Advance(10 * time.Minute)
		entry, err := r.Broker.Stall(t.Context(), s.Vendor())
		if err != nil {
			t.Fatal(err)
		}
		record, err := scrip.ReadTrackRecord(entry.Record, s.Vendor(), r.Info.Signer(), r.Clock.Now().Unix())
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	for i, w := range bought[:5] { // after 1, 2, 3, 4, 5 days
		if got := said(); got.SendDays != nil || got.Reclaimed != 0 || got.DisputesLost != 0 {
			t.Errorf("after %d parcels: got %+v, want nothing told of them", i, got)
		}
		r.Clock.Advance(day - time.Hour)
		w.says(w.sent(), scrip.HoldSent)
	}
	bought[0].says(bought[0].dispute("It is broken."), scrip.HoldDisputed)
	bought[1].says(bought[1].dispute("It is blue."), scrip.HoldDisputed)
	for i, part := range []scrip.Money{51, 50} {
		if _, err := r.Judge().Decide(t.Context(), s.Vendor(), bought[i].p.Tx, part, "So."); err != nil {
			t.Fatal(err)
		}
	}
	r.Clock.Advance(3 * day)
	bought[5].says(bought[5].reclaim(false), scrip.HoldReclaimed)
	got := said()
	if got.SendDays == nil || *got.SendDays != 3 || got.Reclaimed != 1 || got.DisputesLost != 1 || got.Sales != 5 {
		t.Errorf("RECORD: got %+v, want half sent within 3 days, 1 reclaimed, 1 lost", got)
	}
}

// TestAnswerRating: a rating has one answer, by its own stall; a rating that takes the
// place of another has none.
func TestAnswerRating(t *testing.T) {
	r := rig.New(t)
	c, s, other := r.Customer(100_00), r.Stall("Attic"), r.Stall("Barn")
	tx := bought(t, c, s)
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	rate(t, c, rating(c, s, tx, 2, 5))
	told := published(t, s)[0]
	if err := other.AnswerRating(t.Context(), tx, told.Digest, "No!"); !errors.Is(err, scrip.NotFound) {
		t.Errorf("another stall's answer: got %v, want %v", err, scrip.NotFound)
	}
	if err := s.AnswerRating(t.Context(), tx, told.Digest, strings.Repeat("x", scrip.MaxWords+1)); !errors.Is(err, scrip.TooMany) {
		t.Errorf("a long answer: got %v, want %v", err, scrip.TooMany)
	}
	if err := s.AnswerRating(t.Context(), tx, told.Digest, " Sorry!\u202e "); err != nil {
		t.Fatal(err)
	}
	if err := s.AnswerRating(t.Context(), tx, told.Digest, "Once more"); !errors.Is(err, scrip.AlreadyRecorded) {
		t.Errorf("another answer: got %v, want %v", err, scrip.AlreadyRecorded)
	}
	if list := published(t, s); len(list) != 1 || list[0].Answer != "Sorry!" {
		t.Errorf("published: got %+v, want the answer", list)
	}
	rate(t, c, rating(c, s, tx, 5, 6))
	if list := published(t, s); len(list) != 1 || list[0].Answer != "" || list[0].Stars != 5 {
		t.Errorf("rated anew: got %+v, want no answer", list)
	}
	if err := s.AnswerRating(t.Context(), tx, told.Digest, "To what was"); !errors.Is(err, scrip.NotFound) {
		t.Errorf("an answer to what was: got %v, want %v", err, scrip.NotFound)
	}
}

// TestRatingsInPages: a reader goes on below the last number of a page.
func TestRatingsInPages(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	var seen []int
	for i := range 3 {
		c := r.Customer(100_00)
		tx := bought(t, c, s)
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		rate(t, c, rating(c, s, tx, i+1, 1))
	}
	for page := (scrip.RatingPage{Vendor: s.Vendor()}); ; {
		list, err := r.Books.Ratings(t.Context(), page, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range scrip.ReadRatings(list, r.Info.ID, s.Vendor(), s.Certificate.Signer()) {
			seen = append(seen, one.Stars)
		}
		if len(list) < 2 {
			break
		}
		page.Before = list[1].Number
	}
	if want := []int{3, 2, 1}; len(seen) != 3 || seen[0] != want[0] || seen[2] != want[2] {
		t.Errorf("got %v, want %v", seen, want)
	}
	if _, err := r.Broker.Ratings(t.Context(), scrip.RatingPage{Vendor: scrip.VendorID(r.ID())}); !errors.Is(err, scrip.UnknownVendor) {
		t.Errorf("of no stall: got %v, want %v", err, scrip.UnknownVendor)
	}
}

// TestReadRatings: what is published and not as it was signed is left out.
func TestReadRatings(t *testing.T) {
	r := rig.New(t)
	c, s, other := r.Customer(0), r.Stall("Attic"), r.Stall("Barn")
	good := rating(c, s, r.ID(), 3, 1).Signed
	answer, err := jose.Sign(rand.Reader, scrip.Compose(string(other.Vendor()), string(r.Info.ID), r.ID(), 1, scrip.RatingAnswer{
		Vendor: s.Vendor(), Purchase: r.ID(), Rating: good.Digest(), Words: "By another",
	}, scrip.Attachments{}), other.Secret.Signing)
	if err != nil {
		t.Fatal(err)
	}
	list := []scrip.PublicRating{
		{Number: 4, Rating: rating(c, other, r.ID(), 3, 1).Signed.JWS}, {Number: 3, Rating: good.JWS[:len(good.JWS)-4] + "AAAA"},
		{Number: 2, Rating: good.JWS, Answer: answer.JWS, AnsweredAt: 5}, {Number: 1, Rating: "x"},
	}
	told := scrip.ReadRatings(list, r.Info.ID, s.Vendor(), s.Certificate.Signer())
	if len(told) != 1 || told[0].Number != 2 || told[0].Answer != "" || told[0].AnsweredAt != 0 {
		t.Errorf("got %+v, want the good one, without another's answer", told)
	}
}

// TestTrackRecord: the directory tells of a stall what the books say, in coarse counts,
// signed for two days, and the same as long as that is so.
func TestTrackRecord(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	said := func() (string, scrip.TrackRecord) {
		t.Helper()
		entry, err := r.Broker.Stall(t.Context(), s.Vendor())
		if err != nil {
			t.Fatal(err)
		}
		record, err := scrip.ReadTrackRecord(entry.Record, s.Vendor(), r.Info.Signer(), r.Clock.Now().Unix())
		if err != nil {
			t.Fatal(err)
		}
		return entry.Record, record
	}
	if _, got := said(); got.Sales != 0 || got.Ratings != 0 || got.Average != 0 || got.Since != s.Certificate.NotBefore {
		t.Errorf("a new stall: got %+v", got)
	}
	var last string
	for i := range 6 {
		c := r.Customer(100_00)
		tx := bought(t, c, s)
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			rate(t, c, rating(c, s, tx, 5-i, 1))
		}
	}
	r.Clock.Advance(10 * time.Minute)
	last, got := said()
	if got.Sales != 5 || got.Ratings != 2 || got.Average != 45 {
		t.Errorf("six sales, two of them rated: got %+v, want at least 5, 2 and 4.5", got)
	}
	r.Clock.Advance(10 * time.Minute)
	if again, _ := said(); again != last {
		t.Errorf("nothing has changed, and it is signed anew")
	}
	r.Clock.Advance(24 * time.Hour)
	if again, got := said(); again == last || got.ValidUntil <= r.Clock.Now().Unix() {
		t.Errorf("a day later: got the same, want one that is valid for longer")
	}
	if _, err := scrip.ReadTrackRecord(last, s.Vendor(), r.Info.Signer(), r.Clock.Now().Add(25*time.Hour).Unix()); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("an old one: got %v, want %v", err, scrip.Unavailable)
	}
}
