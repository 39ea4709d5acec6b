package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// BrokerKeys serves the broker's key set.
func (s *server) BrokerKeys(ctx context.Context, _ BrokerKeysRequestObject) (BrokerKeysResponseObject, error) {
	info, err := s.c.Broker.Info(ctx)
	if err != nil {
		return nil, err
	}
	return keysReply(keySet(info)), nil
}

// keysReply writes a key set as jose writes it, in place of the generated reply.
type keysReply jose.JWKS

// VisitBrokerKeysResponse writes the answer.
func (k keysReply) VisitBrokerKeysResponse(w http.ResponseWriter) error {
	body, err := json.Marshal(jose.JWKS(k))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = bytes.NewReader(body).WriteTo(w)
	return err
}

// BrokerInfo serves who the broker is.
func (s *server) BrokerInfo(ctx context.Context, _ BrokerInfoRequestObject) (BrokerInfoResponseObject, error) {
	info, err := s.c.Broker.Info(ctx)
	return BrokerInfo200JSONResponse(fromInfo(info)), err
}

// OpenAccount serves R1.
func (s *server) OpenAccount(ctx context.Context, r OpenAccountRequestObject) (OpenAccountResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.OpenAccount, r.Body)
	return OpenAccount200JSONResponse{out}, err
}

// OpenStall serves R3.
func (s *server) OpenStall(ctx context.Context, r OpenStallRequestObject) (OpenStallResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.OpenStall, r.Body)
	return OpenStall200JSONResponse{out}, err
}

// Acquire serves T1.
func (s *server) Acquire(ctx context.Context, r AcquireRequestObject) (AcquireResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Acquire, r.Body)
	return Acquire200JSONResponse{out}, err
}

// TopUp serves T13.
func (s *server) TopUp(ctx context.Context, r TopUpRequestObject) (TopUpResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.TopUp, r.Body)
	return TopUp200JSONResponse{out}, err
}

// Withdraw serves T20.
func (s *server) Withdraw(ctx context.Context, r WithdrawRequestObject) (WithdrawResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Withdraw, r.Body)
	return Withdraw200JSONResponse{out}, err
}

// Renew serves T26.
func (s *server) Renew(ctx context.Context, r RenewRequestObject) (RenewResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Renew, r.Body)
	return Renew200JSONResponse{out}, err
}

// Announce serves T3.
func (s *server) Announce(ctx context.Context, r AnnounceRequestObject) (AnnounceResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Announce, r.Body)
	return Announce200JSONResponse{out}, err
}

// Exchange serves T5 with the payment part of T4.
func (s *server) Exchange(ctx context.Context, r ExchangeRequestObject) (ExchangeResponseObject, error) {
	out, err := forward(ctx, s.c.Broker.Exchange, r.Body)
	return Exchange200JSONResponse{out}, err
}

// Extend serves T15, which answers with T17 and T19.
func (s *server) Extend(ctx context.Context, r ExtendRequestObject) (ExtendResponseObject, error) {
	out, err := parts(ctx, s.c.Broker.Extend, r.Body)
	return Extend200JSONResponse{out}, err
}

// GiveBack serves T23 with the payment part of T22.
func (s *server) GiveBack(ctx context.Context, r GiveBackRequestObject) (GiveBackResponseObject, error) {
	out, err := forward(ctx, s.c.Broker.GiveBack, r.Body)
	return GiveBack200JSONResponse{out}, err
}

// Notice serves T9.
func (s *server) Notice(ctx context.Context, r NoticeRequestObject) (NoticeResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Notice, r.Body)
	return Notice200JSONResponse{out}, err
}

// Record serves T12.
func (s *server) Record(ctx context.Context, r RecordRequestObject) (RecordResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Record, r.Body)
	return Record200JSONResponse{out}, err
}

// Refund serves REFUND.
func (s *server) Refund(ctx context.Context, r RefundRequestObject) (RefundResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Refund, r.Body)
	return Refund200JSONResponse{out}, err
}

// Statement serves STATEMENT.
func (s *server) Statement(ctx context.Context, r StatementRequestObject) (StatementResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Statement, r.Body)
	return Statement200JSONResponse{out}, err
}

// Payout serves PAYOUT.
func (s *server) Payout(ctx context.Context, r PayoutRequestObject) (PayoutResponseObject, error) {
	out, err := envelope(ctx, s.c.Broker.Payout, r.Body)
	return Payout200JSONResponse{out}, err
}

// CertifiedStalls serves the directory.
func (s *server) CertifiedStalls(ctx context.Context, _ CertifiedStallsRequestObject) (CertifiedStallsResponseObject, error) {
	stalls, err := s.c.Broker.Stalls(ctx)
	if err != nil {
		return nil, err
	}
	d := CertifiedStalls200JSONResponse{Stalls: make([]CertifiedStall, len(stalls))}
	for i, stall := range stalls {
		d.Stalls[i] = fromCertified(stall)
	}
	return d, nil
}

// CertifiedStall serves one entry of the directory.
func (s *server) CertifiedStall(ctx context.Context, r CertifiedStallRequestObject) (CertifiedStallResponseObject, error) {
	stall, err := s.c.Broker.Stall(ctx, scrip.VendorID(r.Vendor))
	return CertifiedStall200JSONResponse(fromCertified(stall)), err
}
