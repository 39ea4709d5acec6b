// Package api is JSON over HTTP from both ends. It translates and decides
// nothing.
//
// [New] serves whichever services it is given, behind the checks that every
// request passes: size, strict JSON, and the contract in openapi.yaml. [Dial]
// gives the far side of the same: [BrokerClient], [StallClient], [BankClient]
// and [MarketClient] have the interfaces of the services themselves, so that a
// wallet or a merchant cannot tell near from far.
//
// The sealed steps of the protocol are one table (steps.go), which server and
// client read: a line there is all that HTTP knows of a message. Everything else
// is plain JSON, and its server and client are generated from openapi.yaml
// (*.gen.go). openapi.yaml holds both, and tests hold both to it.
//
// A refusal travels as the same word in both directions, through one table
// (problem.go). Everything else that goes wrong is logged once, here, with the
// request's id, and shows nothing.
package api

//go:generate go run ./generate ../openapi.yaml openapi.gen.json
//go:generate go tool oapi-codegen --config=generate.server.yaml ../openapi.yaml
//go:generate go tool oapi-codegen --config=generate.client.yaml ../openapi.yaml
