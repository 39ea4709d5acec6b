package services

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// Ready asks the process that listens on an address of this machine whether it
// can do its work. One that has a domain is asked over TLS; whose certificate it shows does
// not matter, since it is this machine's.
func Ready(ctx context.Context, listen, domain string) error {
	client, scheme := http.DefaultClient, "http://"
	if domain != "" {
		if listen == DefaultListen {
			listen = listenTLS
		}
		client, scheme = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: domain, InsecureSkipVerify: true}}}, "https://"
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("the address to ask: %w", err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return AskReady(ctx, client, scheme+net.JoinHostPort(host, port))
}

// NotReady is what a process answers that cannot do its work, or somebody who does not know the question.
type NotReady struct {
	Status int
	Parts  []string // that are not well, as far as they are told
}

// Error implements error.
func (n NotReady) Error() string {
	text := fmt.Sprintf("not ready: %d %s", n.Status, http.StatusText(n.Status))
	if len(n.Parts) > 0 {
		text += ", and not well: " + n.Named()
	}
	return text
}

// Bounds on what is shown of the names of parts: whoever answers chose them.
const (
	mostNamed   = 8
	longestName = 60 // characters
)

// Named are the first of the parts, for people.
func (n NotReady) Named() string {
	few := n.Parts[:min(len(n.Parts), mostNamed)]
	names := make([]string, len(few))
	for i, part := range few {
		name := []rune(scrip.CleanLine(part))
		names[i] = string(name[:min(len(name), longestName)])
	}
	text := strings.Join(names, ", ")
	if more := len(n.Parts) - len(few); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// AskReady asks the process at a base URL whether it can do its work: NotReady.
func AskReady(ctx context.Context, client *http.Client, base string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil || answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusNoContent {
		return err
	}
	var told api.Problem
	if json.Unmarshal(body, &told) != nil {
		told.Parts = nil // it is not one of ours, and names none
	}
	return NotReady{answer.StatusCode, told.Parts}
}
