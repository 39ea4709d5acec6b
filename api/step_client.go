package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"peerscrip/services/scrip"
)

// send sends a sealed message to the peer's broker, or to one of its merchants,
// and returns the sealed answer. An answer that is not of the step's shape is
// none.
func (p *Peer) send(ctx context.Context, message string, to Party, vendor scrip.VendorID, in scrip.Sealed) (scrip.Sealed, error) {
	step, ok := stepFor(message, to)
	if !ok {
		return scrip.Sealed{}, fmt.Errorf("%s takes no %s", to, message)
	}
	in, _ = step.Takes.of(in) // what is missing, the peer refuses
	body, err := json.Marshal(in)
	if err != nil {
		return scrip.Sealed{}, err
	}
	at, err := url.JoinPath(p.base, step.at(url.PathEscape(string(vendor))))
	if err != nil {
		return scrip.Sealed{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return scrip.Sealed{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	resp, err := p.http.Do(request)
	out, err := answer[scrip.Sealed](maxAnswer, resp, err)
	if err != nil {
		return scrip.Sealed{}, err
	}
	if fitting, whole := step.Gives.of(out); !whole || fitting != out {
		return scrip.Sealed{}, unavailable("read the answer", errors.New("not of the form of one to "+message))
	}
	if to == M {
		out.Head = headIn(resp)
	}
	return out, nil
}

// Send sends a message that brokers take.
func (b BrokerClient) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return b.peer.send(ctx, message, B, "", in)
}

// Send sends a message that merchants take.
func (s StallClient) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	return s.peer.send(ctx, message, M, s.vendor, in)
}
