package services

import (
	"net"
	"net/http"
	"testing"
)

// A listener that dies by itself is told to who waits for the program's end.
func TestFailed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{server: &http.Server{}, failed: make(chan error, 2)}
	p.serve(listener)
	defer p.cancel()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-p.Failed(); err == nil {
		t.Error("a closed listener: got no error, want one")
	}
	p.running.Wait()
}
