package stripetest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) answer(r *http.Request) (int, []byte) {
	path, form := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/"), r.Form
	post := r.Method == http.MethodPost
	var o object
	switch {
	case path[0] == "checkout" && len(path) == 2 && post:
		o = s.openSession(form)
	case path[0] == "checkout" && len(path) == 3:
		o = s.shown(s.sessions[path[2]], len(form["expand[0]"]) > 0)
	case path[0] == "checkout" && path[len(path)-1] == "expire":
		if o = s.sessions[path[2]]; o != nil && o["status"] != "open" {
			return http.StatusBadRequest, failure("invalid_request_error", "resource_missing")
		} else if o != nil {
			o["status"] = "expired"
		}
	case path[0] == "refunds" && len(path) == 1 && post:
		return s.refund(form)
	case path[0] == "refunds" && len(path) == 1:
		return http.StatusOK, list(s.refunds, form, "payment_intent")
	case path[0] == "refunds":
		o = s.refunds[path[1]]
	case path[0] == "transfers" && len(path) == 1 && post:
		o = s.transfer(form)
	case path[0] == "transfers" && len(path) == 1:
		return http.StatusOK, list(s.moved, form, "transfer_group")
	case path[0] == "transfers":
		o = s.moved[path[1]]
	case path[0] == "disputes" && len(path) == 1:
		return http.StatusOK, list(s.disputed, form, "payment_intent")
	case path[0] == "payment_intents" && len(path) == 1:
		return http.StatusOK, list(s.intents, form, "")
	case path[0] == "accounts" && post:
		o = object{"id": s.id("acct"), "object": "account"}
	case path[0] == "account_links" && post:
		o = object{"object": "account_link", "url": s.URL + "/connect/" + form.Get("account")}
	}
	if o == nil {
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing")
	}
	return http.StatusOK, encoded(o)
}

// list is a page of what was made, the newest first, as far as it fits what is asked.
func list(of map[string]object, form url.Values, by string) []byte {
	var all []object
	since, _ := strconv.ParseInt(form.Get("created[gte]"), 10, 64)
	for _, o := range of {
		if want := form.Get(by); (by == "" || want == "" || o[by] == want) && o["created"].(int64) >= since {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(b["id"].(string), a["id"].(string)) })
	if after := form.Get("starting_after"); after != "" {
		all = all[1+slices.IndexFunc(all, func(o object) bool { return o["id"] == after }):]
	}
	const page = 2 // so that there are many
	more := len(all) > page
	return encoded(object{"object": "list", "data": append([]object{}, all[:min(len(all), page)]...), "has_more": more, "url": "/v1"})
}

func metadata(form url.Values, prefix string) object {
	m := object{}
	for name, values := range form {
		if inner, ours := strings.CutPrefix(name, prefix); ours {
			m[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return m
}

func (s *Server) openSession(form url.Values) object {
	total := int64(0)
	for i := range 10 {
		amount, _ := strconv.ParseInt(form.Get(fmt.Sprintf("line_items[%d][price_data][unit_amount]", i)), 10, 64)
		total += amount
	}
	id := s.id("cs")
	s.sessions[id] = object{
		"id": id, "object": "checkout.session", "status": "open", "payment_status": "unpaid", "amount_total": total,
		"currency": form.Get("line_items[0][price_data][currency]"), "client_reference_id": form.Get("client_reference_id"), "metadata": metadata(form, "metadata["),
		"success_url": form.Get("success_url"), "cancel_url": form.Get("cancel_url"), "url": s.URL + "/pay/" + id,
		"intent": metadata(form, "payment_intent_data[metadata]["), "created": s.Clock().Unix(),
	}
	return s.sessions[id]
}

// shown is a session with its payment intent as an object, where that is asked for.
func (s *Server) shown(session object, expanded bool) object {
	if id, paid := session["payment_intent"].(string); paid && expanded {
		session = maps.Clone(session)
		session["payment_intent"] = s.intents[id]
	}
	return session
}

func (s *Server) refund(form url.Values) (int, []byte) {
	intent := s.intents[form.Get("payment_intent")]
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	if intent == nil {
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing")
	}
	charge := intent["latest_charge"].(object)
	if left := charge["amount"].(int64) - charge["amount_refunded"].(int64); amount > left {
		return http.StatusBadRequest, failure("invalid_request_error", "charge_already_refunded")
	}
	id := s.id("re")
	r := object{
		"id": id, "object": "refund", "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"], "metadata": metadata(form, "metadata["), "created": s.Clock().Unix(),
	}
	s.refunded(r)
	if r["status"] != "failed" {
		charge["amount_refunded"] = charge["amount_refunded"].(int64) + amount
	}
	s.refunds[id] = r
	return http.StatusOK, encoded(r)
}

func (s *Server) transfer(form url.Values) object {
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	id := s.id("tr")
	s.moved[id] = object{
		"id": id, "object": "transfer", "amount": amount, "currency": form.Get("currency"), "destination": form.Get("destination"),
		"transfer_group": form.Get("transfer_group"), "metadata": metadata(form, "metadata["), "reversed": false, "created": s.Clock().Unix(),
	}
	return s.moved[id]
}
