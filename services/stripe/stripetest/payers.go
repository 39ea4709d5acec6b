package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Session is the last page that was opened: its ID.
func (s *Server) Session() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Max(append(slices.Collect(maps.Keys(s.sessions)), ""))
}

// Pay has the payer of a page pay, all that is asked: "succeeded", or "processing" where its bank has yet to say, or
// "requires_payment_method" where it said no. Again it is what that bank says later.
func (s *Server) Pay(session, status string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pay(session, status, 0)
}

// PayOther has the payer pay another amount, in whatever currency.
func (s *Server) PayOther(session string, amount int64, currency string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pay(session, "succeeded", amount)
	s.intents[s.sessions[session]["payment_intent"].(string)]["currency"] = currency
}

func (s *Server) pay(session, status string, amount int64) {
	o := s.sessions[session]
	if o == nil || o["status"] == "expired" {
		s.t.Errorf("pay %s: there is no such page", session)
		return
	}
	if amount == 0 {
		amount = o["amount_total"].(int64)
	}
	id, before := o["payment_intent"].(string)
	if !before {
		id = s.id("pi")
		s.intents[id] = object{"id": id, "object": "payment_intent", "currency": o["currency"], "metadata": o["intent"], "created": s.Clock().Unix(), "amount_received": int64(0)}
	}
	intent := s.intents[id]
	o["status"], o["payment_intent"], intent["status"] = "complete", id, status
	switch status {
	case "succeeded":
		o["payment_status"], intent["amount_received"] = "paid", amount
		intent["latest_charge"] = object{"id": s.id("ch"), "object": "charge", "amount": amount, "amount_refunded": int64(0), "disputed": false, "payment_intent": id}
	case "requires_payment_method":
		intent["last_payment_error"] = object{"code": "payment_intent_payment_attempt_failed", "decline_code": "insufficient_funds", "type": "card_error"}
	}
}

// Expire ends a page by its time.
func (s *Server) Expire(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session]["status"] = "expired"
}

// Charge is the payment intent of a page that was paid.
func (s *Server) Charge(session string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := s.sessions[session]["payment_intent"].(string)
	return id
}

// GiveBack has somebody give the payer something back at Stripe itself.
func (s *Server) GiveBack(charge string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.intents[charge]["latest_charge"].(object)
	of["amount_refunded"] = of["amount_refunded"].(int64) + amount
	id := s.id("re")
	s.refunds[id] = object{"id": id, "object": "refund", "amount": amount, "currency": s.intents[charge]["currency"], "payment_intent": charge, "metadata": object{}, "status": "succeeded", "created": s.Clock().Unix()}
}

// Dispute has the payer of a charge take what is left of it back through its bank, and returns the dispute: "needs_response", or
// "warning_needs_response", where the bank asks and takes nothing yet.
func (s *Server) Dispute(charge, status string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.intents[charge]["latest_charge"].(object)
	of["disputed"], id = true, s.id("du")
	s.disputed[id] = object{
		"id": id, "object": "dispute", "amount": of["amount"].(int64) - of["amount_refunded"].(int64), "currency": s.intents[charge]["currency"], "charge": of["id"],
		"payment_intent": charge, "status": status, "metadata": object{}, "created": s.Clock().Unix(),
	}
	return id
}

// Decide says how a dispute stands now: "needs_response", "won", "lost", "warning_closed".
func (s *Server) Decide(dispute, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disputed[dispute]["status"] = status
}

// Omit takes a payment out of the list, as if it had never been.
func (s *Server) Omit(charge string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.intents, charge)
}

// Settle says how refunds that are made stand now, all of them.
func (s *Server) Settle(status, reason string) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.refunds {
		if r["status"] == status {
			continue
		}
		if r["status"], r["failure_reason"] = status, reason; status == "failed" {
			charge := s.intents[r["payment_intent"].(string)]["latest_charge"].(object)
			charge["amount_refunded"] = charge["amount_refunded"].(int64) - r["amount"].(int64)
		}
		ids = append(ids, id)
	}
	return ids
}

// Made counts what there is: sessions, refunds, transfers.
func (s *Server) Made() (sessions, refunds, transfers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions), len(s.refunds), len(s.moved)
}

// Notice is a notice as Stripe sends it, and the header that signs it.
func (s *Server) Notice(id, kind, about string) (payload []byte, signature string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o object
	for _, all := range []map[string]object{s.sessions, s.intents, s.refunds, s.moved, s.disputed} {
		if found := all[about]; found != nil {
			o = found
		}
	}
	if intent := s.intents[about]; intent != nil && strings.HasPrefix(kind, "charge.") {
		o = intent["latest_charge"].(object)
	}
	payload = encoded(object{
		"id": id, "object": "event", "type": kind, "livemode": false, "created": s.Clock().Unix(), "api_version": "2020-08-27", "data": object{"object": o},
	})
	return payload, Sign(payload, Webhook, time.Now())
}

// Sign is the header that signs a notice.
func Sign(payload []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// page is where a payer pays, or does not.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	o := s.sessions[r.PathValue("session")]
	s.mu.Unlock()
	if o == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost {
		s.Pay(r.PathValue("session"), "succeeded")
		http.Redirect(w, r, o["success_url"].(string), http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Pay</title><h1>%v %s</h1><form method="post"><button id="pay">Pay</button></form><a id="no" href="%s">Back</a></html>`,
		o["amount_total"], html.EscapeString(o["currency"].(string)), html.EscapeString(o["cancel_url"].(string)))
}
