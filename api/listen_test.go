package api_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"peerscrip/api"
)

// TestListen: of an address that another program has it is said which flag names another one, of the wallet's too; and a wallet's API is
// not to be reached from elsewhere.
func TestListen(t *testing.T) {
	taken, err := api.Listen("127.0.0.1:0", "--operator")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, operator := api.Listen(taken.Addr().String(), "--operator")
	_, wallet := api.ListenLocal(taken.Addr().String())
	for flag, err := range map[string]error{"--operator": operator, "--listen": wallet} {
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: got %v, want %v and the flag", flag, err, syscall.EADDRINUSE)
		}
	}
	if _, err := api.ListenLocal(":0"); !errors.Is(err, api.ErrNotLocal) {
		t.Errorf("the wallet's, of every address: got %v, want %v", err, api.ErrNotLocal)
	}
}
