package web

import (
	"strconv"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// underwayRow is a message of a stall that the broker has yet to answer.
type underwayRow struct {
	What   string // in its seller's words
	Amount sum
	Since  stamp
	Tries  string
	Tried  stamp // zero: not since the program started
	Text   string
	Link   string // where to confirm; empty: nowhere
}

// underwayWords are the messages of a stall in its seller's words.
var underwayWords = map[string]string{
	"T5":     "A buyer exchanges money for your stall's",
	"T12":    "Report of an order",
	"T23":    "A buyer gives your stall's money back",
	"REFUND": "Refund of an order",
}

func (s *server) underwayRow(u merchant.Underway) underwayRow {
	row := underwayRow{
		What: underwayWords[u.Message], Amount: s.sum(u.Amount), Since: moment(u.Since), Tries: strconv.Itoa(u.Attempt.Times),
		Text: waitingBecause(u.Attempt), Link: u.Attempt.Link,
	}
	if u.Attempt.Last > 0 {
		row.Tried = moment(u.Attempt.Last)
	}
	return row
}

// waitingBecause says why the broker has not answered, and what helps.
func waitingBecause(a merchant.Attempt) string {
	switch {
	case a.Link != "":
		return "Your stall has not earned that much, so your bank is to pay. It waits for your word."
	case a.Why == string(scrip.BankDeclined):
		return "Your stall has not earned that much, and your bank account does not cover the rest. Put money into it: this is tried again by itself."
	case a.Why == merchant.Unreachable, a.Why == string(scrip.Unavailable):
		return "The broker cannot be reached now. This is tried again by itself."
	case a.Why != "":
		return "The broker has declined for now (" + a.Why + "). This is tried again by itself."
	}
	return "On its way to the broker."
}
