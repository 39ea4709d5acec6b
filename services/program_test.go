package services

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestFailed: a listener that dies by itself is told to who waits for the
// program's end, the operator's as well, and neither waits for the other to be told.
func TestFailed(t *testing.T) {
	p := &Program{server: &http.Server{}, operator: &http.Server{}, failed: make(chan error, 2)}
	for _, serve := range []func(net.Listener){p.serve, p.serveOperator} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(listener)
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
	p.running.Wait() // both have gone, and nobody has listened yet
	for range 2 {
		if err := <-p.Failed(); err == nil {
			t.Error("a closed listener: got no error, want one")
		}
	}
	p.cancel()
}

// TestAnnouncedCommand: the command that a process tells its operator makes a link to
// this console, wherever that listens.
func TestAnnouncedCommand(t *testing.T) {
	p := &Program{OperatorURL: "http://127.0.0.1:9099", config: Config{Role: Serve, Data: "/srv/market"}}
	var said strings.Builder
	p.Announce(&said)
	if want := "peerscrip operator --data /srv/market --operator 127.0.0.1:9099\n"; !strings.Contains(said.String(), want) {
		t.Errorf("got %q, want %q in it", said.String(), want)
	}
}
