package db_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// TestLogTellsWhoIsGone: an audit finds a RESCUE for which the log has no reason: the
// stall's certificate had ended days ago, it was revoked, or it had not answered for thirty days;
// also where it goes on from an earlier one. What the books keep of silences is what the
// log says.
func TestLogTellsWhoIsGone(t *testing.T) {
	const day = 24 * 60 * 60
	certificate := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"body":{"not_after":%d}}`, now+400*day))
	opened := scrip.Record{At: now, Kind: "R3", Evidence: []string{"a.b.c", "a." + certificate + ".c"}}
	at := func(kind string, days ...int64) (all []scrip.Record) {
		for _, d := range days {
			all = append(all, scrip.Record{At: now + d*day, Kind: kind})
		}
		return all
	}
	thirty := make([]int64, 30)
	for i := range thirty {
		thirty[i] = int64(i)
	}
	for name, tc := range map[string]struct {
		log    [][]scrip.Record
		faults int
	}{
		"in force":           {[][]scrip.Record{at("RESCUE", 399)}, 1},
		"lapsed":             {[][]scrip.Record{at("CALL", 400, 401, 402, 403, 404), at("T12", 404), at("CALL", 405, 406), at("RESCUE", 407)}, 0},
		"lapsed just now":    {[][]scrip.Record{at("RESCUE", 400), at("CALL", 400), at("RESCUE", 401)}, 2},
		"in force again":     {[][]scrip.Record{at("CALL", 400, 401, 402), at("NOTED", 30), at("CALL", 400, 401, 402, 403), at("RESCUE", 407)}, 1},
		"renewed":            {[][]scrip.Record{at("CALL", 400, 401, 402, 403, 404, 405, 406), {opened}, at("RESCUE", 407)}, 1},
		"revoked, and heard": {[][]scrip.Record{at("CALL", 1), at("REVOKE", 2), at("T12", 3), at("RESCUE", 3)}, 0},
		"revoked":            {[][]scrip.Record{at("REVOKE", 1), at("RESCUE", 1)}, 0},
		"silent":             {[][]scrip.Record{at("CALL", thirty...), at("RESCUE", 30)}, 0},
		"silent too short":   {[][]scrip.Record{at("CALL", thirty...), at("RESCUE", 29)}, 1},
		"called too seldom":  {[][]scrip.Record{at("CALL", thirty[1:]...), at("RESCUE", 35)}, 1},
		"heard":              {[][]scrip.Record{at("CALL", thirty[:20]...), at("T12", 20), at("CALL", thirty[20:]...), at("RESCUE", 60)}, 1},
		"heard at last":      {[][]scrip.Record{at("CALL", thirty...), at("NOTED", 31), at("RESCUE", 31)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
			s := w.stalled()
			add := func(list ...scrip.Record) {
				for _, r := range list {
					r.Tx, r.Vendor = id(), s.Vendor
					c := scrip.BrokerChange{Log: []scrip.Record{r}}
					if r.Kind == "REVOKE" {
						c.Revoke = s.Vendor
					}
					w.wantBooks(nil, c)
				}
			}
			look := func(from db.Checked) db.BooksSnapshot {
				got, err := w.books.Snapshot(context.Background(), db.Question{From: from})
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(got.Silences) != fmt.Sprint(got.Logged.Silences) {
					t.Errorf("silences: the books have %v, the log %v", got.Silences, got.Logged.Silences)
				}
				return got
			}
			add(opened)
			checked, faults := look(db.Checked{}).Checked, 0
			for _, part := range tc.log {
				add(part...)
				got := look(checked)
				checked, faults = got.Checked, faults+len(got.Log.Faults)
			}
			if whole := len(look(db.Checked{}).Log.Faults); faults != tc.faults || whole != tc.faults {
				t.Errorf("faults: got %d going on and %d in all, want %d", faults, whole, tc.faults)
			}
		})
	}
}
