package api

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen listens at an address that a flag names, and says of one that another program has what to do.
func Listen(address, flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: another program has this address; name another one with %s", err, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}
