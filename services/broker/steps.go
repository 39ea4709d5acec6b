package broker

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// step is a message that a broker takes: the method that answers it, and whose pace its
// records count against.
type step struct {
	answer func(*Broker, context.Context, scrip.Sealed) (scrip.Sealed, error)
	pace   pace
}

// pace is who may have only so many records of a kind logged an hour.
type pace int

const (
	unpaced   pace = iota // nothing is logged, or once for each account (R1)
	byAccount             // the account of the record
	byVendor              // its vendor
)

// steps are the messages that a broker takes, by their names in docs/protocol.md.
var steps = map[string]step{
	"R1":        {(*Broker).OpenAccount, unpaced},
	"BANK":      {(*Broker).ChangeBank, byAccount},
	"REKEY":     {(*Broker).Rekey, byAccount},
	"R3":        {(*Broker).OpenStall, byAccount},
	"RENAME":    {(*Broker).Rename, byVendor},
	"REVOKE":    {(*Broker).RevokeStall, byAccount},
	"OWNER":     {(*Broker).Owner, unpaced},
	"T1":        {(*Broker).Acquire, byAccount},
	"T3":        {(*Broker).Announce, byAccount},
	"T5":        {(*Broker).Exchange, byVendor},
	"T9":        {(*Broker).Notice, byAccount},
	"T12":       {(*Broker).Record, byVendor},
	"T13":       {(*Broker).TopUp, byAccount},
	"T15":       {(*Broker).Extend, byAccount},
	"T20":       {(*Broker).Withdraw, byAccount},
	"T23":       {(*Broker).GiveBack, byVendor},
	"T26":       {(*Broker).Renew, byAccount},
	"REFUND":    {(*Broker).Refund, byVendor},
	"STATEMENT": {(*Broker).Statement, unpaced},
	"PAYOUT":    {(*Broker).Payout, byAccount},
	"RESCUE":    {(*Broker).Rescue, byAccount},
	"RATE":      {(*Broker).Rate, byAccount},
	"ANSWER":    {(*Broker).AnswerRating, byVendor},
	"SENT":      {(*Broker).Sent, byVendor},
	"RELEASE":   {(*Broker).Release, byAccount},
	"RECLAIM":   {(*Broker).Reclaim, byAccount},
	"DISPUTE":   {(*Broker).Dispute, byAccount},
	"DEFEND":    {(*Broker).Defend, byVendor},
	"WATCH":     {(*Broker).Watch, unpaced},
}

// Send takes a message by its name, as the method does that it stands for: so to
// those who send, a broker here is the same as one behind HTTP. A name that is not
// a broker's is an error that is no refusal.
func (b *Broker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	step, ok := steps[message]
	if !ok {
		return scrip.Sealed{}, fmt.Errorf("a broker takes no %q", message)
	}
	return step.answer(b, ctx, in)
}
