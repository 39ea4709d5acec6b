package load

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Client is one customer without a purse: what it holds is in memory. It is used by one
// goroutine at a time.
type Client struct {
	broker  api.BrokerClient
	bank    api.BankClient
	info    scrip.BrokerInfo
	key     jose.SigningKey // the account's
	account scrip.AccountID
	counter int64

	purse  scrip.Held // BrokerScrip; none: its value is 0
	stall  *Stall
	party  api.StallClient
	alias  jose.SigningKey // the pseudonym at the stall
	holds  scrip.Held      // VendorScrip of the stall; none: its value is 0
	orders int             // how many it has made
}

// transport keeps a connection for each client, as browsers do.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.DisableCompression = 4, true
	return t
}

func dial(base string, way http.RoundTripper) (*api.Peer, error) {
	return api.Dial(api.DialConfig{BaseURL: base, HTTPClient: &http.Client{Transport: way}})
}

// Join opens a bank account with test money, and an account at the broker (R1).
func Join(ctx context.Context, brokerURL string, money scrip.Money) (*Client, error) {
	peer, err := dial(brokerURL, transport())
	if err != nil {
		return nil, err
	}
	c := &Client{broker: peer.Broker(), bank: peer.Bank()}
	if c.info, err = c.broker.Info(ctx); err != nil {
		return nil, fmt.Errorf("ask who the broker is: %w", err)
	}
	if c.info.Chain, err = (scrip.Chain{Broker: c.info.ID}).Learn(ctx, c.broker.Keys); err != nil {
		return nil, err
	}
	if c.key, err = jose.NewSigningKey(rand.Reader); err != nil {
		return nil, err
	}
	reference, err := c.bank.OpenAccount(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a bank account: %w", err)
	}
	if money > 0 {
		key, err := scrip.NewID(rand.Reader)
		if err != nil {
			return nil, err
		}
		if _, err := c.bank.Deposit(ctx, reference, money, key); err != nil {
			return nil, fmt.Errorf("put test money in: %w", err)
		}
	}
	c.account = scrip.AccountID(c.key.Thumbprint()) // who asks, until it has an account
	opened, err := toBroker[scrip.AccountOpened](ctx, c, scrip.AccountRequest{Bank: reference}, scrip.Attachments{})
	if err != nil {
		return nil, err
	}
	c.account = opened.Body.Account
	return c, nil
}

// request is a message that is ready to be sent.
type request struct {
	message jose.Message
	by      jose.SigningKey
	to      jose.SealKey
	reply   jose.ReplyKey
}

// requestOf completes a message with a reply key and, unless it has one, a transaction.
func requestOf(from, to string, tx scrip.ID, body scrip.Body, attach scrip.Attachments, by jose.SigningKey, sealTo jose.SealKey) (request, error) {
	r := request{by: by, to: sealTo}
	var err error
	if tx == "" {
		if tx, err = scrip.NewID(rand.Reader); err != nil {
			return r, err
		}
	}
	if r.reply, err = jose.NewReplyKey(rand.Reader); err != nil {
		return r, err
	}
	attach.ReplyKey = &r.reply
	r.message = scrip.Compose(from, to, tx, time.Now().Unix(), body, attach)
	return r, nil
}

// atBroker is a request of the account's to the broker.
func (c *Client) atBroker(tx scrip.ID, body scrip.Body, attach scrip.Attachments) (request, error) {
	return requestOf(string(c.account), string(c.info.ID), tx, body, attach, c.key, c.info.Envelope)
}

// atStall is a request of the pseudonym's to the stall.
func (c *Client) atStall(tx scrip.ID, body scrip.Body, attach scrip.Attachments) (request, error) {
	return requestOf(c.alias.Thumbprint(), string(c.stall.Vendor), tx, body, attach, c.alias, c.stall.cert.Envelope)
}

// asked sends a request and opens its answer; a refusal is the error.
func asked[R scrip.Body](ctx context.Context, party sender, r request, senders scrip.Keys) (scrip.Opened[R], error) {
	typ := r.message.Typ
	envelope, err := jose.Seal(rand.Reader, r.message, r.by, r.to)
	if err != nil {
		return scrip.Opened[R]{}, fmt.Errorf("seal %s: %w", typ, err)
	}
	out, err := party.Send(ctx, typ, scrip.Sealed{Envelope: envelope})
	if err != nil {
		return scrip.Opened[R]{}, fmt.Errorf("send %s: %w", typ, err)
	}
	m, err := scrip.OpenReply[R](out.Envelope, r.reply, r.message.Iss, scrip.ID(r.message.Tx), senders)
	if err != nil {
		return m, fmt.Errorf("answer to %s: %w", typ, err)
	}
	return m, nil
}

// sender is a broker or a stall.
type sender interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)
}

func toBroker[R scrip.Body](ctx context.Context, c *Client, body scrip.Body, attach scrip.Attachments) (scrip.Opened[R], error) {
	r, err := c.atBroker("", body, attach)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	return asked[R](ctx, c.broker, r, c.info.Signer())
}

// held is the scrip that an answer brought; none: its value is 0.
func held[B scrip.Body](m scrip.Opened[B]) (h scrip.Held) {
	if m.Scrip != nil {
		h = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	return h
}
