package api

import (
	"slices"
	"strings"
)

// Party is one of the three whom messages pass between, by its letter in
// docs/protocol.md.
type Party string

// The customer, the broker, the merchant.
const (
	C Party = "C"
	B Party = "B"
	M Party = "M"
)

// Rate is how often one client may send a message.
type Rate int

// Seldom is for what costs its sender nothing and the instance a row for ever, Less
// for what costs it a message elsewhere before it knows who asks; limit.go holds the
// figures.
const (
	Usual Rate = iota
	Less
	Seldom
)

// Step is one sealed step of the protocol as HTTP carries it: who asks whom,
// where, and what comes back. The server mounts the steps, the client sends by
// them, and a test holds each to its operation in openapi.yaml.
type Step struct {
	Takes     Shape
	From, To  Party
	Resource  string // last part of the path
	Operation string // operationId
	Gives     Shape
	Rate      Rate
}

// steps are all sealed steps. A part that ends in "?" may be missing. What is
// given is what comes of it when all goes well: REFUSE may stand in its place,
// NOTED and PENDING while it is not decided.
var steps = []Step{
	{envelope("R1"), C, B, "accounts", "openAccount", envelope("R2"), Seldom},
	{envelope("BANK"), C, B, "banks", "changeBank", envelope("NOTED"), Usual},
	{envelope("REKEY"), C, B, "rekeyings", "replaceKey", envelope("NOTED"), Seldom},
	{envelope("R3"), C, B, "stalls", "openStall", envelope("R4"), Seldom},
	{envelope("RENAME"), M, B, "names", "renameStall", envelope("R4"), Seldom},
	{envelope("REVOKE"), C, B, "revocations", "revokeStall", envelope("NOTED"), Usual},
	{envelope("OWNER"), M, B, "owners", "owner", envelope("OWNED"), Usual},
	{envelope("T1"), C, B, "acquisitions", "acquire", envelope("T2"), Usual},
	{envelope("T3"), C, B, "announcements", "announce", envelope("NOTED"), Usual},
	{pair("T4", "T4"), C, M, "exchanges", "stallExchange", pair("T8", "T6?"), Less},
	{forward("T5", "T4"), M, B, "exchanges", "exchange", forward("T7", "T6?"), Usual},
	{envelope("CLAIM"), C, M, "claims", "stallClaim", envelope("T8"), Usual},
	{envelope("T9"), C, B, "notices", "notice", envelope("NOTED"), Usual},
	{envelope("T10"), C, M, "purchases", "stallPurchase", envelope("T11"), Usual},
	{envelope("T12"), M, B, "records", "record", envelope("NOTED"), Usual},
	{envelope("T13"), C, B, "top-ups", "topUp", envelope("T14"), Usual},
	{pair("T15", "T15"), C, B, "extensions", "extend", pair("T17?", "T19?"), Usual},
	{relay("T16", "T15"), B, M, "extensions", "stallExtend", relay("T18", "T17?"), Usual},
	{envelope("T20"), C, B, "withdrawals", "withdraw", envelope("T21"), Usual},
	{pair("T22", "T22"), C, M, "givebacks", "stallGiveBack", pair("REFUSE?", "T25?"), Usual},
	{forward("T23", "T22"), M, B, "givebacks", "giveBack", forward("T24", "T25?"), Usual},
	{envelope("T26"), C, B, "renewals", "renew", envelope("T27"), Usual},
	{envelope("T26"), C, M, "renewals", "stallRenew", envelope("T27"), Usual},
	{envelope("REFUND"), M, B, "refunds", "refund", envelope("REFUNDED"), Usual},
	{envelope("COLLECT"), C, M, "collections", "stallCollect", envelope("COLLECTED"), Usual},
	{envelope("TELL"), C, M, "events", "stallTell", envelope("TOLD"), Usual},
	{envelope("STATEMENT"), C, B, "statements", "statement", envelope("STATED"), Usual},
	{envelope("PAYOUT"), C, B, "payouts", "payout", envelope("PAID_OUT"), Usual},
	{envelope("RESCUE"), C, B, "rescues", "rescue", envelope("RESCUED"), Usual},
	{envelope("RATE"), C, B, "ratings", "rate", envelope("NOTED"), Less},
	{envelope("ANSWER"), M, B, "answers", "answerRating", envelope("NOTED"), Usual},
	{envelope("SENT"), M, B, "shipments", "sent", envelope("HELD"), Usual},
	{envelope("RELEASE"), C, B, "releases", "release", envelope("HELD"), Usual},
	{envelope("RECLAIM"), C, B, "reclaims", "reclaim", envelope("HELD"), Usual},
	{envelope("DISPUTE"), C, B, "disputes", "dispute", envelope("HELD"), Usual},
	{envelope("DEFEND"), M, B, "defences", "defend", envelope("HELD"), Usual},
	{envelope("WATCH"), C, B, "watches", "watch", envelope("WATCHED"), Usual},
	{envelope("CALL"), B, M, "calls", "stallCall", envelope("NOTED"), Usual},
}

// Steps lists all sealed steps, in the order of the protocol.
func Steps() []Step { return slices.Clone(steps) }

// Message is the name of what is asked. With To it names the step: T26 goes to
// brokers and to merchants.
func (s Step) Message() string {
	if s.Takes.Envelope != "" {
		return s.Takes.Envelope.Message()
	}
	return s.Takes.Order.Message()
}

// vendorParam stands for the vendor's ID in the path of a merchant's step.
const vendorParam = "vendor"

// Path is the step's path as openapi.yaml writes it.
func (s Step) Path() string {
	if s.To == M {
		return "/v1/stalls/{" + vendorParam + "}/" + s.Resource
	}
	return "/v1/broker/" + s.Resource
}

// at is the path at one merchant, or at the broker.
func (s Step) at(vendor string) string {
	return strings.Replace(s.Path(), "{"+vendorParam+"}", vendor, 1)
}

// stepFor finds a step by its message and who takes it.
func stepFor(message string, to Party) (Step, bool) {
	i := slices.IndexFunc(steps, func(s Step) bool { return s.To == to && s.Message() == message })
	if i < 0 {
		return Step{}, false
	}
	return steps[i], true
}
