package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// patience is how long a witness is waited for.
const patience = 10 * time.Second

// Client asks one witness. It is safe for concurrent use.
type Client struct {
	at, key string
	by      note.Verifier
	http    *http.Client
}

var errNamed = errors.New("a witness is named by where it is asked and its key, with a space between: \"https://witness.example NAME+HASH+KEY\"")

// Named is the witness that an operator names in this way.
func Named(text string, transport http.RoundTripper) (*Client, error) {
	at, key, _ := strings.Cut(strings.TrimSpace(text), " ")
	key = strings.TrimSpace(key)
	if !scrip.ValidBaseURL(at) {
		return nil, fmt.Errorf("%w, not %q", errNamed, text)
	}
	by, err := jose.CosignerVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNamed, err)
	}
	return &Client{at: at, key: key, by: by, http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}, nil
}

// Key is the witness's, by which its cosignatures are known.
func (c *Client) Key() string { return c.key }

// Name is how the witness's key calls it.
func (c *Client) Name() string { return c.by.Name() }

// Cosign asks for a cosignature of a signed head, which continues the log of old records as
// the proof proves. tree.OtherSize and tree.ErrContradicts are the witness's word; any other
// error settles nothing, and the same may be asked again.
func (c *Client) Cosign(ctx context.Context, old int64, proof []tree.Hash, head string) (tree.Cosignature, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	at, err := url.JoinPath(c.at, Path)
	if err != nil {
		return tree.Cosignature{}, err
	}
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(request{old, proof, head}.text()))
	if err != nil {
		return tree.Cosignature{}, err
	}
	asked.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := c.http.Do(asked)
	if err != nil {
		return tree.Cosignature{}, fmt.Errorf("ask the witness: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return tree.Cosignature{}, fmt.Errorf("read the witness's answer: %w", err)
	}
	return c.read(answer.StatusCode, string(body), old, head)
}

// read is what an answer means.
func (c *Client) read(status int, body string, old int64, head string) (tree.Cosignature, error) {
	switch status {
	case http.StatusOK:
		return tree.OpenCosignature(head, body, c.by)
	case http.StatusConflict:
		size, err := tree.ParseSize(strings.TrimSuffix(body, "\n"))
		if err != nil {
			return tree.Cosignature{}, fmt.Errorf("read the witness's answer: %w", errForm)
		}
		if size == old { // of the same size, and another
			return tree.Cosignature{}, tree.ErrContradicts
		}
		return tree.Cosignature{}, tree.OtherSize(size)
	case http.StatusUnprocessableEntity:
		return tree.Cosignature{}, tree.ErrContradicts
	case http.StatusNotFound:
		return tree.Cosignature{}, errors.New("the witness does not know the log: its operator has to name it (--log)")
	case http.StatusForbidden:
		return tree.Cosignature{}, errors.New("the witness does not know the key that signed the head")
	}
	return tree.Cosignature{}, fmt.Errorf("the witness answered with status %d", status)
}
