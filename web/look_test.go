package web

import (
	"flag"
	"net/http"
	"testing"
)

var look = flag.String("look", "", "serve the sample pages on this address until interrupted")

// TestLook is for the eye: go test ./web -run TestLook -look 127.0.0.1:8099 -timeout 0
func TestLook(t *testing.T) {
	if *look == "" {
		t.Skip("no -look address")
	}
	t.Logf("a desk is open at http://%s/desk/key/%s", *look, deskToken)
	if err := http.ListenAndServe(*look, testPages(t, newMemory())); err != nil {
		t.Fatal(err)
	}
}
