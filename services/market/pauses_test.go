package market

import "testing"

func TestPausesGrow(t *testing.T) {
	p := newPauses(60)
	now := int64(1000)
	for _, want := range []int64{60, 120, 240, 480, 960, 1920, 3600, 3600} {
		if !p.over("v", now) {
			t.Fatalf("at %d: got a pause, want none", now)
		}
		p.grow("v", now)
		if p.over("v", now+want-1) || !p.over("v", now+want) {
			t.Errorf("at %d: want a pause of %d seconds", now, want)
		}
		now += want
	}
	p.end("v")
	if p.grow("v", now); !p.over("v", now+60) {
		t.Error("after an answer: want the first pause again")
	}
}

// TestNearStallsAreReadSeldom: a stall that tells of its changes is left alone for ten
// minutes after an answer.
func TestNearStallsAreReadSeldom(t *testing.T) {
	p := newPauses(15)
	p.rest("v", 1000, 1, NearEvery)
	if p.over("v", 1599) || !p.over("v", 1600) {
		t.Error("a near stall: want it left alone for 600 seconds")
	}
}

// TestMuchThatIsNewIsReadSeldom: a stall that signs all it offers anew is left alone for
// what that costs; one that changes a few things is not.
func TestMuchThatIsNewIsReadSeldom(t *testing.T) {
	p := newPauses(15)
	for fresh, want := range map[int]int64{0: 0, 1: 0, 50: 0, 54: 1, MaxOffers: 237} {
		p.grow("v", 1000)
		p.rest("v", 1000, fresh, 0)
		if !p.over("v", 1000+want) || want > 0 && p.over("v", 1000+want-1) {
			t.Errorf("%d fresh: want it left alone for %d seconds", fresh, want)
		}
	}
}
