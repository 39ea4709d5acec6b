package merchant

import (
	"context"
	"fmt"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// certificateMargin is how long before its certificate ends a stall asks for
// the next one.
const certificateMargin = 30 * 24 * time.Hour

// standing is a certificate in force.
type standing struct {
	signed   string // as the broker signed it
	notAfter int64  // unix seconds
}

// Standing returns the stall's certificate as the broker signed it: the newest.
func (s *Stall) Standing() string { return s.standing.Load().signed }

// renewCertificate asks for the next certificate when the last is about to end,
// and has it kept before it is shown. Asked again after a lost answer or a
// crash, the broker names the same one.
func (s *Stall) renewCertificate(ctx context.Context) error {
	now := s.Clock()
	if s.Certifier == nil || now.Add(certificateMargin).Unix() < s.standing.Load().notAfter {
		return nil
	}
	signed, err := s.askCertificate(ctx, now.Unix())
	if err != nil {
		return fmt.Errorf("ask for the next certificate: %w", err)
	}
	next, err := scrip.ReadCertificate(signed, s.Vendor(), s.BrokerKeys)
	if err != nil {
		return fmt.Errorf("read the next certificate: %w", err)
	}
	if !s.Keys.certifiedBy(next) || next.NotAfter <= s.standing.Load().notAfter {
		return nil // the same one: the broker finds it is not time yet
	}
	if s.Certified != nil {
		if err := s.Certified(ctx, signed); err != nil {
			return fmt.Errorf("keep the next certificate: %w", err)
		}
	}
	s.standing.Store(&standing{signed, next.NotAfter})
	return nil
}

// askCertificate sends R3 in the stall's own name.
func (s *Stall) askCertificate(ctx context.Context, at int64) (string, error) {
	vendor, broker := string(s.Vendor()), string(s.BrokerInfo().ID)
	tx, err := scrip.NewID(s.Random)
	if err != nil {
		return "", err
	}
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return "", err
	}
	proof := scrip.Possession{Account: scrip.AccountID(vendor), Envelope: s.Keys.Envelope.Thumbprint()}
	possession, err := jose.Sign(s.Random,
		scrip.Compose(s.Keys.Signing.Thumbprint(), broker, tx, at, proof, scrip.Attachments{}), s.Keys.Signing)
	if err != nil {
		return "", err
	}
	request := scrip.StallRequest{
		Name: s.Certificate.Name, Signing: s.Keys.Signing.Public(), Envelope: s.Keys.Envelope.Public(),
		BaseURL: s.Certificate.BaseURL, Possession: possession.JWS,
	}
	envelope, err := jose.Seal(s.Random, scrip.Compose(vendor, broker, tx, at, request, scrip.Attachments{ReplyKey: &key}),
		s.Keys.Signing, s.BrokerInfo().Envelope)
	if err != nil {
		return "", err
	}
	answer, err := s.Certifier.Send(ctx, "R3", scrip.Sealed{Envelope: envelope})
	if err != nil {
		return "", err
	}
	m, err := scrip.OpenReply[scrip.StallOpened](answer.Envelope, key, vendor, tx, s.BrokerKeys)
	return m.Body.Certificate, err
}
