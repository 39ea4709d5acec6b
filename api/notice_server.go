package api

import (
	"io"
	"net/http"
)

// noticePath is where Stripe's notices go, and signatureHeader what signs them.
const (
	noticePath      = "/v1/bank/stripe/events"
	signatureHeader = "Stripe-Signature"
)

// hear takes a payment provider's notice. It is signed as it stands, so that its bytes are handed over, and not what they mean.
func (s *server) hear(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		unread(w, r, err)
		return
	}
	if err := s.c.Notices.Hear(r.Context(), body, r.Header.Get(signatureHeader)); err != nil {
		refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
