package merchant

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"peerscrip/services/scrip"
)

// Webhooks tells sellers' own servers, by the convention of Standard Webhooks.
type Webhooks interface {
	// Check is why an address is not told: scrip.Unreadable for what is none, and
	// scrip.PartyMismatch for one that is not of the public network.
	Check(url string) error
	// Post sends one message. A status of 0 is told with a word of why no answer came.
	Post(ctx context.Context, m WebhookMessage) (status int, why string)
}

// WebhookMessage is what one webhook is told.
type WebhookMessage struct {
	Vendor        scrip.VendorID // whose it is
	URL, ID, Body string
	At            time.Time
	Secrets       []scrip.WebhookSecret // each of them signs it
}

// oldSecretFor is how long, in seconds, a webhook's secret is good once another has taken its place.
const oldSecretFor = 24 * 60 * 60

// ToldEvent is an event of the feed as programs read it.
type ToldEvent struct {
	Event    int64    `json:"event"`
	Kind     string   `json:"kind"`
	At       int64    `json:"at"` // unix seconds
	Order    scrip.ID `json:"order,omitempty"`
	Seq      int      `json:"seq,omitempty"`
	Refund   scrip.ID `json:"refund,omitempty"`
	Offer    scrip.ID `json:"offer,omitempty"`
	Purchase scrip.ID `json:"purchase,omitempty"`
}

// Tell is an event as programs read it.
func Tell(e scrip.SellerEvent) ToldEvent {
	told := ToldEvent{Event: e.Seq, Kind: e.Kind, At: e.At}
	switch e.Kind {
	case scrip.OfferSoldOut, scrip.OfferExpiring:
		told.Offer = e.Object
	case scrip.RatingNew:
		told.Purchase = e.Object
	default:
		told.Order = e.Object
	}
	switch e.Kind {
	case scrip.RefundCollected:
		told.Refund = scrip.ID(e.Part)
	case scrip.OrderEvent:
		if _, err := fmt.Sscan(e.Part, &told.Seq); err != nil {
			told.Seq = 0 // not as it is written
		}
	}
	return told
}

// body is the payload of a message: its type, its time, and what to read anew.
func (s *Stall) webhookBody(kind string, at int64, e ToldEvent) (string, error) {
	text, err := json.Marshal(struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      any    `json:"data"`
	}{kind, time.Unix(at, 0).UTC().Format(time.RFC3339), struct {
		Vendor scrip.VendorID `json:"vendor"`
		ToldEvent
	}{s.Vendor(), e}})
	if err != nil {
		return "", fmt.Errorf("write a webhook's message: %w", err)
	}
	return string(text), nil
}

// changeWebhook applies what becomes of a webhook.
func (s *Stall) changeWebhook(ctx context.Context, w scrip.WebhookChange) error {
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Webhook: &w}})
}

func (s *Stall) newSecret() (scrip.WebhookSecret, error) {
	secret := make(scrip.WebhookSecret, 32)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return nil, fmt.Errorf("draw a webhook's secret: %w", err)
	}
	return secret, nil
}

// AddWebhook has an address told of what happens from now on, and returns what its messages are signed
// with, which is shown this once. scrip.Unreadable, scrip.PartyMismatch: as Check; scrip.TooMany: there are
// scrip.MaxWebhooks.
func (s *Stall) AddWebhook(ctx context.Context, url string) (scrip.WebhookSecret, error) {
	if !scrip.ValidWebhookURL(url) || s.Webhooks == nil {
		return nil, scrip.Unreadable
	}
	if err := s.Webhooks.Check(url); err != nil {
		return nil, err
	}
	id, err := scrip.NewID(s.Random)
	if err != nil {
		return nil, err
	}
	secret, err := s.newSecret()
	if err != nil {
		return nil, err
	}
	w := scrip.Webhook{ID: id, URL: url, Secret: secret, Old: make(scrip.WebhookSecret, 32)}
	if err := s.changeWebhook(ctx, scrip.WebhookChange{Add: &w}); err != nil {
		return nil, err
	}
	return secret, nil
}

// RotateWebhook gives a webhook another secret and returns it; the one before is good for a day more, in
// which messages have both signatures. scrip.NotFound: there is no such webhook; scrip.TxConflict: somebody else gave it one meanwhile,
// and this one is not made. Each rotation ends the old secret later than the one before it did, so that this tells them apart.
func (s *Stall) RotateWebhook(ctx context.Context, id scrip.ID) (scrip.WebhookSecret, error) {
	was, err := s.Shelf.Webhook(ctx, id)
	if err != nil {
		return nil, absent(err)
	}
	secret, err := s.newSecret()
	if err != nil {
		return nil, err
	}
	w := scrip.Webhook{ID: id, Secret: secret, Old: was.Secret, OldUntil: max(s.Clock().Unix()+oldSecretFor, was.OldUntil+1)}
	if err := s.changeWebhook(ctx, scrip.WebhookChange{Rotate: &w, Was: was.OldUntil}); err != nil {
		return nil, err
	}
	return secret, nil
}

// DropWebhook tells an address nothing more. scrip.NotFound: there is no such webhook.
func (s *Stall) DropWebhook(ctx context.Context, id scrip.ID) error {
	return s.changeWebhook(ctx, scrip.WebhookChange{Drop: id})
}

// TurnWebhook stops telling a webhook, or goes on with it: what was told meanwhile is not lost.
func (s *Stall) TurnWebhook(ctx context.Context, id scrip.ID, on bool) error {
	w := scrip.Webhook{ID: id}
	if !on {
		w.OffAt = s.Clock().Unix()
	}
	return s.changeWebhook(ctx, scrip.WebhookChange{Turn: &w})
}

// ResendWebhook sends a delivery again, as if it were new. scrip.NotFound: it is not listed any more.
func (s *Stall) ResendWebhook(ctx context.Context, id scrip.ID, event int64) error {
	return s.changeWebhook(ctx, scrip.WebhookChange{Again: &scrip.WebhookDelivery{Webhook: id, Event: event}})
}

// SellerWebhooks lists the webhooks, the first first.
func (s *Stall) SellerWebhooks(ctx context.Context) ([]scrip.Webhook, error) {
	return s.Shelf.Webhooks(ctx)
}

// listedDeliveries is how many deliveries a webhook's page lists.
const listedDeliveries = 50

// SellerWebhook returns a webhook and its newest deliveries, the newest first, or scrip.NotFound.
func (s *Stall) SellerWebhook(ctx context.Context, id scrip.ID) (scrip.Webhook, []scrip.WebhookDelivery, error) {
	w, err := s.Shelf.Webhook(ctx, id)
	if err != nil {
		return w, nil, absent(err)
	}
	list, err := s.Shelf.Deliveries(ctx, id, listedDeliveries)
	return w, list, err
}

// TestWebhook sends a message of the type "test" now and returns what came of it, which is kept as the last test.
func (s *Stall) TestWebhook(ctx context.Context, id scrip.ID) (scrip.WebhookDelivery, error) {
	w, err := s.Shelf.Webhook(ctx, id)
	if err != nil {
		return scrip.WebhookDelivery{}, absent(err)
	}
	at := s.Clock().Unix()
	d := scrip.WebhookDelivery{Webhook: id, Kind: "test"}
	if d.Body, err = s.webhookBody(d.Kind, at, ToldEvent{Kind: d.Kind, At: at}); err != nil {
		return d, err
	}
	fresh, err := scrip.NewID(s.Random)
	if err != nil {
		return d, err
	}
	d.Status, d.Why = s.post(ctx, w, "test_"+string(fresh), d.Body)
	d.Done = taken(d.Status)
	return d, s.changeWebhook(ctx, scrip.WebhookChange{Tested: &d})
}
