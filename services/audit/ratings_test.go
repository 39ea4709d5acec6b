package audit_test

import (
	"testing"

	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestAuditRatings: a rating that is not published as it was given, its answer, and one
// that nobody gave, are found.
func TestAuditRatings(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	s := r.Stall("Attic")
	for stars := range 2 {
		c := r.Customer(100_00)
		held, _ := c.Trade(s, c.Acquire(20_00), 10_00)
		paid, _ := c.Buy(s, held, s.List(10_00, 1))
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		key := c.Alias(s.Vendor())
		for _, counter := range []int64{1, 2} {
			rate := c.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: scrip.Rating{
				Vendor: s.Vendor(), Purchase: paid.Tx, Stars: stars + 1, Counter: counter,
			}})
			if _, err := rig.Send[scrip.Noted](c, r.Broker.Rate, rate); err != nil {
				t.Fatal(err)
			}
		}
	}
	told, err := s.Rated(t.Context(), 0)
	if err == nil {
		err = s.AnswerRating(t.Context(), told[0].Purchase, told[0].Digest, "Thank you!")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, edit, finds string }{
		{"as they are", "", ""},
		{"left out", `DELETE FROM rating WHERE number = 1`, "and is not published"},
		{"another's words", `UPDATE rating SET jws = (SELECT jws FROM rating WHERE number = 2) || 'x' WHERE number = 1`, "and is not published"},
		{"another's answer", `UPDATE rating SET answer = 'a.e30.c', answered = 1 WHERE number = 1`, "and is not published"},
		{"without its answer", `UPDATE rating SET answer = '', answered = 0`, "and is not published"},
		{"made up", `INSERT INTO rating (number, vendor, purchase, pseudonym, stars, counter, rated, first, at, digest, jws)
			SELECT 9, vendor, 'x', pseudonym, 5, 1, rated, 'x', at, 'x', jws FROM rating WHERE number = 1`, "purchases that are rated, as published: 3; by the log 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel() // an audit that finds something looks again for a while
			data := copied(t, r.Data)
			forge(t, folder.At(data).Books(), tc.edit)
			wantFinding(t, tc.finds, data)
		})
	}
}
