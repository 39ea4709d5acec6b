//go:build held

package main

import (
	"fmt"
	"net/http"
	"os"

	"peerscrip/api"
	"peerscrip/api/contract"
	"peerscrip/services/cli"
)

func misfits(misfit string) { fmt.Fprintln(os.Stderr, misfit) }

// Built with the tag "held", as whole-program tests build it, the program holds
// its every answer to openapi.yaml and says on standard error what does not fit. A key of 32
// characters in the environment opens its wallets: a passphrase takes each command half a
// second.
func init() {
	if key := os.Getenv("PEERSCRIP_TEST_WALLET_KEY"); key != "" {
		walletKey = []byte(key)
	}
	watch, watchWallet = holding(api.Contract), holding(cli.Contract)
}

// holding holds a server's answers to a document. That is read when there is a server:
// most commands are none, and would take longer for it than for all else that they do.
func holding(document []byte) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		held, err := contract.Read(document)
		if err != nil {
			panic(err)
		}
		return held.Watch(next, misfits)
	}
}
