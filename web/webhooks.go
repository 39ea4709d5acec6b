package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// webhookRow is an address that is told, on the list of them.
type webhookRow struct {
	Href, URL string
	Off       bool
}

// webhookView is one of them with what became of what it was told.
type webhookView struct {
	Path, URL, Flash string
	Secret           string // a new one: it is shown this once
	Off              bool
	Deliveries       []deliveryRow
}

// deliveryRow is one message.
type deliveryRow struct {
	Kind, Event string
	Tried       stamp // zero: not yet
	Next        stamp // zero: it is over
	State, Tone string
	Why         string
	Again       bool // it can be sent again
}

// shownSecret is a webhook's secret as receivers take it.
func shownSecret(s scrip.WebhookSecret) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(s)
}

func webhookPath(id scrip.ID) string { return programsPath + "/webhooks/" + string(id) }

// addWebhook has an address told, and shows its secret in the answer to its form, as addKey does.
func (s *server) addWebhook(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	ctx, v := r.Context(), programsView{URL: scrip.CleanLine(r.PostForm.Get("url")), Faults: faults{}, Scopes: scopeChoices(r.Context(), nil)}
	secret, err := d.AddWebhook(ctx, v.URL)
	switch {
	case errors.Is(err, scrip.Unreadable):
		v.Faults.want("url", false, tr(ctx, "Write a whole address that begins with https://."))
	case errors.Is(err, scrip.PartyMismatch):
		v.Faults.want("url", false, tr(ctx, "This address is not on the public network, so nothing can be sent there."))
	case errors.Is(err, scrip.TooMany):
		v.Faults.want("url", false, tr(ctx, "There are {{.Most}} addresses already. Remove one first.", "Most", scrip.MaxWebhooks))
	case err != nil:
		return fmt.Errorf("add a webhook: %w", err)
	}
	if err != nil {
		return s.showPrograms(w, r, http.StatusUnprocessableEntity, d, v)
	}
	return s.showPrograms(w, r, http.StatusOK, d, programsView{Secret: shownSecret(secret), MadeName: v.URL, Scopes: v.Scopes})
}

func (s *server) webhook(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showWebhook(w, r, d, "")
}

func (s *server) showWebhook(w http.ResponseWriter, r *http.Request, d Desk, secret string) error {
	hook, list, err := d.SellerWebhook(r.Context(), scrip.ID(chi.URLParam(r, "id")))
	if err != nil {
		return fmt.Errorf("read a webhook: %w", err)
	}
	v := webhookView{Path: webhookPath(hook.ID), URL: hook.URL, Secret: secret, Off: hook.OffAt > 0, Flash: s.deskSessions.PopString(r.Context(), keyFlash)}
	for _, one := range list {
		v.Deliveries = append(v.Deliveries, deliveryRowOf(r.Context(), one))
	}
	return s.render(w, r, http.StatusOK, webhookPage(s.head("sell", tr(r.Context(), "Messages to your server")), v))
}

func deliveryRowOf(ctx context.Context, d scrip.WebhookDelivery) deliveryRow {
	row := deliveryRow{Kind: d.Kind, Event: strconv.FormatInt(d.Event, 10), Why: whyNot(ctx, d), Again: d.Event > 0 && d.Tries > 0}
	if d.TriedAt > 0 {
		row.Tried = moment(d.TriedAt)
	}
	switch {
	case d.Done:
		row.State, row.Tone = tr(ctx, "Taken"), "badge--success"
	case d.NextAt == 0:
		row.State, row.Tone = tr(ctx, "Not taken"), "badge--warn"
	default:
		row.State, row.Next = tr(ctx, "Waits"), moment(d.NextAt)
	}
	return row
}

// whyNot says what came of the last try of what was not taken.
func whyNot(ctx context.Context, d scrip.WebhookDelivery) string {
	switch {
	case d.Tries == 0 || d.Done:
		return ""
	case d.Status > 0:
		return tr(ctx, "Your server answered with status {{.Status}}.", "Status", strconv.Itoa(d.Status))
	case d.Why == "not-public":
		return tr(ctx, "The address leads to a network that is not public.")
	case d.Why == "timed-out":
		return tr(ctx, "Your server did not answer within 10 seconds.")
	}
	return tr(ctx, "Your server could not be reached.")
}

// changeWebhook makes one change of a webhook and goes on to a page, with a sentence.
func (s *server) changeWebhook(change func(ctx context.Context, r *http.Request, d Desk, id scrip.ID) (to, said string, err error)) ownerPage {
	return func(w http.ResponseWriter, r *http.Request, d Desk) error {
		if err := r.ParseForm(); err != nil {
			return fmt.Errorf("read the form: %w", err)
		}
		to, said, err := change(r.Context(), r, d, scrip.ID(chi.URLParam(r, "id")))
		if err != nil {
			return fmt.Errorf("change a webhook: %w", err)
		}
		s.deskSessions.Put(r.Context(), keyFlash, said)
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
}

func (s *server) rotateWebhook(w http.ResponseWriter, r *http.Request, d Desk) error {
	id := scrip.ID(chi.URLParam(r, "id"))
	secret, err := d.RotateWebhook(r.Context(), id)
	if errors.Is(err, scrip.TxConflict) {
		s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "A new secret was made elsewhere in the same moment, and is shown there. None was made here: press the button again if you need one."))
		http.Redirect(w, r, webhookPath(id), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return fmt.Errorf("rotate a webhook's secret: %w", err)
	}
	return s.showWebhook(w, r, d, shownSecret(secret))
}

func testWebhook(ctx context.Context, _ *http.Request, d Desk, id scrip.ID) (to, said string, err error) {
	said = tr(ctx, "Your server took the test.")
	tried, err := d.TestWebhook(ctx, id)
	if tried.Tries = 1; err == nil && !tried.Done {
		said = tr(ctx, "The test was not taken.") + " " + whyNot(ctx, tried)
	}
	return webhookPath(id), said, err
}

func dropWebhook(ctx context.Context, _ *http.Request, d Desk, id scrip.ID) (to, said string, err error) {
	err = d.DropWebhook(ctx, id)
	if errors.Is(err, scrip.NotFound) {
		err = nil // it is gone, as was asked
	}
	return programsPath, tr(ctx, "The address is removed. Nothing is sent there any more."), err
}

func turnWebhook(ctx context.Context, r *http.Request, d Desk, id scrip.ID) (to, said string, err error) {
	on := r.PostForm.Get("on") == "1"
	said = tr(ctx, "Nothing is sent now. What happens meanwhile is sent once you go on.")
	if on {
		said = tr(ctx, "Messages are sent again.")
	}
	return webhookPath(id), said, d.TurnWebhook(ctx, id, on)
}

func resendWebhook(ctx context.Context, r *http.Request, d Desk, id scrip.ID) (to, said string, err error) {
	event, err := strconv.ParseInt(r.PostForm.Get("event"), 10, 64)
	if err != nil {
		return "", "", scrip.Unreadable
	}
	return webhookPath(id), tr(ctx, "It is sent again."), d.ResendWebhook(ctx, id, event)
}
