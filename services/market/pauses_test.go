package market

import "testing"

func TestPausesGrow(t *testing.T) {
	p := pauses{step: 60}
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
