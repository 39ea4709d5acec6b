package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// webhook does what is to become of a stall's webhooks.
func webhook(c change) error {
	w := c.Stall.Webhook
	if w == nil {
		return nil
	}
	switch {
	case w.Add != nil:
		return c.addWebhook(*w.Add)
	case w.Drop != "":
		return c.must(scrip.NotFound, `DELETE FROM webhook WHERE vendor = ? AND id = ?`, c.of, w.Drop)
	case w.Rotate != nil:
		return c.rotate(*w.Rotate, w.Was)
	case w.Turn != nil:
		return c.must(scrip.NotFound, `UPDATE webhook SET off_at = ? WHERE vendor = ? AND id = ?`, w.Turn.OffAt, c.of, w.Turn.ID)
	case w.Spread != nil:
		return c.spread(*w.Spread)
	case w.Again != nil:
		return c.must(scrip.NotFound, `UPDATE webhook_delivery SET next_at = ?, made_at = ?, tries = 0, done = 0
			WHERE vendor = ? AND webhook = ? AND event = ? AND event > 0`, c.At, c.At, c.of, w.Again.Webhook, w.Again.Event)
	case w.Tested != nil:
		return c.tested(*w.Tested)
	}
	return c.deliver(w.Try, w.Tried)
}

func (c change) addWebhook(w scrip.Webhook) error {
	_, err := c.exec(`INSERT INTO webhook (vendor, id, url, made_at, off_at, after) VALUES (?, ?, ?, ?, 0, coalesce((SELECT max(seq) FROM seller_event WHERE vendor = ?), 0))`,
		c.of, w.ID, w.URL, c.At, c.of)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	if err := c.keepSecret(w); err != nil {
		return err
	}
	return c.atMost(scrip.MaxWebhooks, `SELECT count(*) FROM webhook WHERE vendor = ?`, c.of)
}

// keepSecret keeps a webhook's secret, with the one before.
func (c change) keepSecret(w scrip.Webhook) error {
	if len(w.Secret) != secretSize {
		return errors.New("a webhook's secret is not of 32 bytes")
	}
	slot, err := c.keep(w.Secret, w.Old)
	if err != nil {
		return fmt.Errorf("keep a webhook's secret: %w", err)
	}
	_, err = c.exec(`INSERT INTO webhook_secret (vendor, webhook, slot, old_until) VALUES (?, ?, ?, ?)`, c.of, w.ID, slot, w.OldUntil)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if orphaned(err) {
		return scrip.NotFound
	}
	return err
}

// rotate puts a secret in the place of another, which is good for a while. Of two who read the same one the second deletes none, and the
// key of the first's keeps its own out.
func (c change) rotate(w scrip.Webhook, was int64) error {
	if _, err := c.exec(`DELETE FROM webhook_secret WHERE vendor = ? AND webhook = ? AND old_until = ?`, c.of, w.ID, was); err != nil {
		return fmt.Errorf("take a webhook's secret back: %w", err)
	}
	return c.keepSecret(w)
}

// spread makes deliveries of what was told since. Where another process did, it is not
// done twice.
func (c change) spread(s scrip.WebhookSpread) error {
	if err := c.must(scrip.ErrAnswered, `UPDATE webhook SET after = ? WHERE vendor = ? AND id = ? AND after = ?`, s.To, c.of, s.Webhook, s.After); err != nil {
		return err
	}
	var rows []any
	for _, d := range s.Deliveries {
		rows = append(rows, c.of, s.Webhook, d.Event, d.Kind, d.Body, c.At, 0, 0, c.At, 0, 0, "")
	}
	return c.insert(`INSERT INTO webhook_delivery (vendor, webhook, event, kind, body, made_at, tries, tried_at, next_at, done, status, why)`, 12, rows)
}

// deliver takes a delivery to be sent, or keeps what came of it.
func (c change) deliver(try, tried *scrip.WebhookDelivery) error {
	if try != nil {
		return c.must(scrip.ErrAnswered, `UPDATE webhook_delivery SET tries = tries + 1, tried_at = ?, next_at = ?
			WHERE vendor = ? AND webhook = ? AND event = ? AND tries = ? AND next_at > 0`, c.At, try.NextAt, c.of, try.Webhook, try.Event, try.Tries)
	}
	if tried == nil {
		return nil
	}
	_, err := c.exec(`UPDATE webhook_delivery SET next_at = ?, done = ?, status = ?, why = ? WHERE vendor = ? AND webhook = ? AND event = ? AND tries = ?`,
		tried.NextAt, flag(tried.Done), tried.Status, tried.Why, c.of, tried.Webhook, tried.Event, tried.Tries)
	return err
}

func (c change) tested(d scrip.WebhookDelivery) error {
	_, err := c.exec(`INSERT INTO webhook_delivery (vendor, webhook, event, kind, body, made_at, tries, tried_at, next_at, done, status, why)
		VALUES (?, ?, 0, ?, ?, ?, 1, ?, 0, ?, ?, ?) ON CONFLICT (vendor, webhook, event) DO UPDATE SET body = excluded.body,
		made_at = excluded.made_at, tried_at = excluded.tried_at, done = excluded.done, status = excluded.status, why = excluded.why`,
		c.of, d.Webhook, d.Kind, d.Body, c.At, c.At, flag(d.Done), d.Status, d.Why)
	if orphaned(err) {
		return scrip.NotFound
	}
	return err
}

// sweepDeliveries erases of what is over all but the newest.
func (c change) sweepDeliveries() error {
	_, err := c.exec(`DELETE FROM webhook_delivery WHERE vendor = ? AND next_at = 0 AND event > 0 AND (SELECT count(*) FROM webhook_delivery d
		WHERE d.vendor = webhook_delivery.vendor AND d.webhook = webhook_delivery.webhook AND d.next_at = 0 AND d.event > webhook_delivery.event) >= ?`,
		c.of, scrip.KeptTold)
	if err != nil {
		return fmt.Errorf("erase old deliveries: %w", err)
	}
	return nil
}

type webhookRow struct {
	ID       scrip.ID `db:"id"`
	URL      string   `db:"url"`
	MadeAt   int64    `db:"made_at"`
	OffAt    int64    `db:"off_at"`
	After    int64    `db:"after"`
	OldUntil int64    `db:"old_until"`
	secretRow
}

func (r webhookRow) webhook() (scrip.Webhook, error) {
	return scrip.Webhook{
		ID: r.ID, URL: r.URL, MadeAt: r.MadeAt, OffAt: r.OffAt, After: r.After, OldUntil: r.OldUntil,
		Secret: slices.Clone(r.Secret[:secretSize]), Old: slices.Clone(r.Secret[secretSize:]),
	}, nil
}

const selectWebhook = `SELECT w.id, w.url, w.made_at, w.off_at, w.after, s.old_until, v.slot, v.secret FROM webhook w
	JOIN webhook_secret s ON s.vendor = w.vendor AND s.webhook = w.id JOIN vault v ON v.vendor = s.vendor AND v.slot = s.slot WHERE w.vendor = ? `

// Webhooks implements [merchant.Programs].
func (s *Shelf) Webhooks(ctx context.Context) ([]scrip.Webhook, error) {
	return many(ctx, s.db, "list webhooks", webhookRow.webhook, selectWebhook+`ORDER BY w.made_at, w.id`, s.of)
}

// Webhook implements [merchant.Programs].
func (s *Shelf) Webhook(ctx context.Context, id scrip.ID) (scrip.Webhook, error) {
	return one(ctx, s.db, "read a webhook", webhookRow.webhook, selectWebhook+`AND w.id = ?`, s.of, id)
}

type deliveryRow struct {
	Webhook scrip.ID `db:"webhook"`
	Event   int64    `db:"event"`
	Kind    string   `db:"kind"`
	Body    string   `db:"body"`
	MadeAt  int64    `db:"made_at"`
	Tries   int      `db:"tries"`
	TriedAt int64    `db:"tried_at"`
	NextAt  int64    `db:"next_at"`
	Done    bool     `db:"done"`
	Status  int      `db:"status"`
	Why     string   `db:"why"`
}

func (r deliveryRow) delivery() (scrip.WebhookDelivery, error) { return scrip.WebhookDelivery(r), nil }

const selectDelivery = `SELECT webhook, event, kind, body, made_at, tries, tried_at, next_at, done, status, why FROM webhook_delivery WHERE vendor = ? AND webhook = ? `

// Deliveries implements [merchant.Programs].
func (s *Shelf) Deliveries(ctx context.Context, webhook scrip.ID, limit int) ([]scrip.WebhookDelivery, error) {
	return many(ctx, s.db, "list deliveries", deliveryRow.delivery, selectDelivery+`ORDER BY event DESC LIMIT ?`, s.of, webhook, limit)
}

// Undelivered implements [merchant.Programs].
func (s *Shelf) Undelivered(ctx context.Context, webhook scrip.ID, limit int) ([]scrip.WebhookDelivery, error) {
	return many(ctx, s.db, "list what waits for a webhook", deliveryRow.delivery,
		selectDelivery+`AND next_at > 0 ORDER BY next_at, event LIMIT ?`, s.of, webhook, limit)
}
