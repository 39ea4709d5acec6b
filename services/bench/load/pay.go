package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Visit has the client buy at a stall from now on, under a fresh pseudonym.
func (c *Client) Visit(s *Stall) (err error) {
	peer, err := dial(s.cert.BaseURL, transport())
	if err != nil {
		return err
	}
	c.stall, c.party, c.holds = s, peer.Stall(s.Vendor), scrip.Held{}
	c.alias, err = jose.NewSigningKey(rand.Reader)
	return err
}

// Through has the client reach the stall that it visits at another address: that of
// another process of the stall's market.
func (c *Client) Through(address string) error {
	peer, err := dial(address, transport())
	if err != nil {
		return err
	}
	c.party = peer.Stall(c.stall.Vendor)
	return nil
}

// Load acquires BrokerScrip of an amount from the bank (T1, T2). The client has none.
func (c *Client) Load(ctx context.Context, amount scrip.Money) error {
	c.counter++
	nonce, err := scrip.NewID(rand.Reader)
	if err != nil {
		return err
	}
	m, err := toBroker[scrip.Acquired](ctx, c, scrip.Acquire{Account: c.account, Amount: amount, Nonce: nonce, Counter: c.counter}, scrip.Attachments{})
	c.purse = held(m)
	return err
}

// Exchange changes BrokerScrip of an amount to VendorScrip of the stall (T3 to T8).
func (c *Client) Exchange(ctx context.Context, amount scrip.Money) error {
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		return err
	}
	name, vendor := scrip.Pseudonym(c.alias.Thumbprint()), c.stall.Vendor
	possession, err := c.possession(tx)
	if err != nil {
		return err
	}
	t3, err := c.atBroker(tx, scrip.Announcement{Account: c.account, ScripID: c.purse.Scrip.ScripID, Value: amount, Vendor: vendor, Pseudonym: name},
		scrip.Attachments{Secret: c.purse.Secret, Possession: possession})
	if err != nil {
		return err
	}
	if _, err := asked[scrip.Noted](ctx, c.broker, t3, c.info.Signer()); err != nil {
		return err
	}
	order, err := c.atStall(tx, scrip.ExchangeOrder{Value: amount, Vendor: vendor, Pseudonym: name}, scrip.Attachments{})
	if err != nil {
		return err
	}
	payment, err := c.atBroker(tx, scrip.ExchangePayment{Account: c.account, Value: amount, Vendor: vendor, Pseudonym: name}, scrip.Attachments{Scrip: &c.purse.Scrip})
	if err != nil {
		return err
	}
	in, err := sealedPair(order, payment)
	if err != nil {
		return err
	}
	out, err := c.party.Send(ctx, "T4", in)
	if err != nil {
		return fmt.Errorf("send T4: %w", err)
	}
	t8, err := scrip.OpenReply[scrip.Issued](out.Order, order.reply, order.message.Iss, tx, c.stall.signer())
	if err != nil {
		return fmt.Errorf("open T8: %w", err)
	}
	var t6 scrip.Opened[scrip.Exchanged]
	if out.Payment == "" { // the stall has no T6, so the broker is asked for it by the same T3
		t6, err = asked[scrip.Exchanged](ctx, c.broker, t3, c.info.Signer())
	} else {
		t6, err = scrip.OpenReply[scrip.Exchanged](out.Payment, payment.reply, payment.message.Iss, tx, c.info.Signer())
	}
	if err != nil {
		return fmt.Errorf("open T6: %w", err)
	}
	c.holds, c.purse = held(t8), held(t6)
	return nil
}

func (c *Client) possession(tx scrip.ID) (string, error) {
	nonce, err := scrip.NewID(rand.Reader)
	if err != nil {
		return "", err
	}
	body := scrip.AliasPossession{Account: c.account, Vendor: c.stall.Vendor, Nonce: nonce}
	m := scrip.Compose(c.alias.Thumbprint(), string(c.info.ID), tx, time.Now().Unix(), body, scrip.Attachments{})
	signed, err := jose.Sign(rand.Reader, m, c.alias)
	return signed.JWS, err
}

func sealedPair(order, payment request) (in scrip.Sealed, err error) {
	o, p, err := jose.SignPair(rand.Reader, order.message, payment.message, order.by, payment.by)
	if err != nil {
		return in, err
	}
	if in.Order, err = o.Seal(order.to); err != nil {
		return in, err
	}
	in.Payment, err = p.Seal(payment.to)
	return in, err
}

// Left is how many purchases the client's VendorScrip pays for.
func (c *Client) Left() int { return int(c.holds.Scrip.Value / Price) }

// Buy buys one of the stall's listings (T10, T11): of those that have stock, the next one.
func (c *Client) Buy(ctx context.Context) error { return c.buy(ctx, false) }

// BuyNoticed is Buy with the broker told before it, as wallets do (T9).
func (c *Client) BuyNoticed(ctx context.Context) error { return c.buy(ctx, true) }

func (c *Client) buy(ctx context.Context, noticed bool) error {
	l, err := c.stall.next()
	if err != nil {
		return err
	}
	t10, price, err := c.mandate(l)
	if err != nil {
		return err
	}
	if noticed {
		if err := c.notice(ctx, t10, price); err != nil {
			return err
		}
	}
	m, err := asked[scrip.Paid](ctx, c.party, t10, c.stall.signer())
	if err != nil {
		return err
	}
	if m.Body.Price+m.Body.Change != c.holds.Scrip.Value {
		return errors.New("price and change are not what was paid with")
	}
	c.holds = held(m)
	c.orders++
	return nil
}

// notice tells the broker of a purchase (T9).
func (c *Client) notice(ctx context.Context, t10 request, price scrip.Money) error {
	order, err := json.Marshal(t10.message.Attach["order"])
	if err != nil {
		return err
	}
	tx := scrip.ID(t10.message.Tx)
	t9, err := c.atBroker(tx, scrip.Notice{Account: c.account, Vendor: c.stall.Vendor, Price: price, OrderDigest: jose.Digest(order)}, scrip.Attachments{})
	if err != nil {
		return err
	}
	_, err = asked[scrip.Noted](ctx, c.broker, t9, c.info.Signer())
	return err
}

// Somewhere is where everything goes that is bought here.
func Somewhere() scrip.Delivery {
	return scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{
		Name: "Ann Lee", Lines: []string{"12 Elm Street"}, Postcode: "1011", Town: "Amsterdam", Country: "NL",
	}}
}

// mandate is a T10 for one of a listing, and what it pays.
func (c *Client) mandate(l scrip.Listing) (request, scrip.Money, error) {
	to := Somewhere()
	price, err := l.Total(1, to)
	if err != nil {
		return request{}, 0, err
	}
	line := scrip.OrderLine{Version: l.Version, Digest: jose.Signed{JWS: l.JWS}.Digest(), Quantity: 1}
	t10, err := c.atStall("", scrip.Mandate{Vendor: c.stall.Vendor, Price: price}, scrip.Attachments{
		Scrip: &c.holds.Scrip, Secret: c.holds.Secret, Order: &scrip.Order{Lines: []scrip.OrderLine{line}, Delivery: to},
	})
	return t10, price, err
}

// Checkout is a first purchase as it is without a wallet's plan: T1 to T11, of
// just what one listing of the stall costs, which is price. T12 goes its way behind it.
func (c *Client) Checkout(ctx context.Context, price scrip.Money) error {
	if err := c.Load(ctx, price); err != nil {
		return err
	}
	if err := c.Exchange(ctx, price); err != nil {
		return err
	}
	return c.Buy(ctx)
}
