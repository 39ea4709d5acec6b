package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Bounds on what is read from a peer, in bytes. What is longer is no answer.
const (
	maxAnswer    = 2 * maxBody // one envelope or two
	maxDirectory = 2 << 20     // a page of 200 stalls, at some 1,500 each, and at most 8 KiB
	maxOffers    = 24 << 20    // 1,000 offers as long as offers can be
	maxPage      = 4 << 20     // 100 listings
	maxFeed      = 6 << 20     // 100 offers as long as offers can be, and the certificates of 100 stalls
	maxPhoto     = 8 << 20
	maxProblem   = 16 << 10
)

// answer reads a peer's answer to a call of the generated client: bounded,
// strict, and with problems turned back into refusals.
func answer[T any](limit int64, resp *http.Response, err error) (T, error) {
	var v T
	body, err := take(limit, "application/json", resp, err)
	if err != nil {
		return v, err
	}
	if err := jose.Decode(body, &v); err != nil {
		return v, unavailable("read the answer", err)
	}
	return v, nil
}

// take reads the body of an answer that is good and of the right type.
func take(limit int64, media string, resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, unavailable("reach the peer", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // read to the end or given up: nothing is lost
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated:
	default:
		return nil, declined(resp)
	}
	if got, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || got != media {
		return nil, unavailable("read the answer", errors.New("not "+media))
	}
	return bounded(resp.Body, limit)
}

// bounded reads at most limit bytes and fails if there are more.
func bounded(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, unavailable("read the answer", withoutURL(err))
	}
	if int64(len(body)) > limit {
		return nil, unavailable("read the answer", fmt.Errorf("longer than %d bytes", limit))
	}
	return body, nil
}

// declined is what an answer other than the wanted one means. A refusal comes
// back as the constant it was. Too many requests, a body that came too slowly, and
// every fault of the peer's, mean that the same may be sent again later.
func declined(resp *http.Response) error {
	word := ""
	if body, err := bounded(resp.Body, maxProblem); err == nil {
		word = parseProblem(body)
	}
	if r := scrip.Refusal(word); r.Valid() {
		return r
	}
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout {
		return unavailable("ask the peer", fmt.Errorf("status %d", resp.StatusCode))
	}
	return fmt.Errorf("the peer answered with status %d %s", resp.StatusCode, word)
}

// unavailable is scrip.Unavailable with its cause.
func unavailable(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, scrip.Unavailable, err)
}

// withoutURL drops the URL that net/http puts into its errors: bank references
// and confirmation keys stand in paths.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
