package db

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"

	"peerscrip/services/scrip"
)

// Standing is what a log says of stalls, on which a RESCUE rests.
type Standing struct {
	Ends     map[scrip.VendorID]int64         `json:"ends"`     // of the last certificate of each, unix seconds; 0 once it was revoked
	Silences map[scrip.VendorID]scrip.Silence `json:"silences"` // of those that do not answer CALL
}

func (s Standing) clone() Standing {
	c := Standing{maps.Clone(s.Ends), maps.Clone(s.Silences)}
	if c.Ends == nil {
		c.Ends = map[scrip.VendorID]int64{}
	}
	if c.Silences == nil {
		c.Silences = map[scrip.VendorID]scrip.Silence{}
	}
	return c
}

// add takes a record up. It reports whether the record may be there: a RESCUE only
// where the stall is gone.
func (s Standing) add(r scrip.Record) bool {
	switch r.Kind {
	case "R3":
		if end, ok := endOf(r); ok {
			s.Ends[r.Vendor] = end
		}
	case "REVOKE":
		s.Ends[r.Vendor] = 0
	case scrip.RescueRequest{}.Type():
		end, known := s.Ends[r.Vendor]
		silence := s.Silences[r.Vendor]
		return known && (end == 0 || r.At >= end && silence.Lapsed(r.At)) || silence.Gone(r.At)
	}
	if after := s.Silences[r.Vendor].After(r, s.Ends[r.Vendor]); after != (scrip.Silence{}) {
		s.Silences[r.Vendor] = after
	} else {
		delete(s.Silences, r.Vendor)
	}
	return true
}

// endOf is when the certificate ends that an R3 brought: the last message of its
// record. Whose word it is, the log's tree holds.
func endOf(r scrip.Record) (int64, bool) {
	if len(r.Evidence) == 0 {
		return 0, false
	}
	parts := strings.Split(r.Evidence[len(r.Evidence)-1], ".")
	if len(parts) != 3 {
		return 0, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return 0, false
	}
	var said struct {
		Body struct {
			NotAfter int64 `json:"not_after"`
		} `json:"body"`
	}
	err = json.Unmarshal(payload, &said)
	return said.Body.NotAfter, err == nil
}
