package api_test

import (
	"peerscrip/api"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/market"
)

// The services fit as they are.
var (
	_ api.Broker = (*broker.Broker)(nil)
	_ api.Bank   = (*bank.Sandbox)(nil)
	_ api.Market = (*market.Market)(nil)
)
