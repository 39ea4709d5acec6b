package merchant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// certificateMargin is how long before its certificate ends a stall asks for
// the next one.
const certificateMargin = 30 * 24 * time.Hour

// standing is a certificate in force, and as the broker signed it.
type standing struct {
	signed string
	scrip.Certificate
}

// Standing returns the stall's certificate as the broker signed it: the newest.
func (s *Stall) Standing() string { return s.standing.Load().signed }

// Newest is the newest certificate, and as the broker signed it.
func (s *Stall) Newest() (scrip.Certificate, string) {
	now := s.standing.Load()
	return now.Certificate, now.signed
}

// Current is what the newest certificate says.
func (s *Stall) Current() scrip.Certificate { return s.standing.Load().Certificate }

// renewCertificate asks for the next certificate when the last is about to end, or has
// not begun because the broker's clock was ahead, and has it kept before it is shown. Asked again after a lost answer or a
// crash, the broker names the same one.
func (s *Stall) renewCertificate(ctx context.Context) error {
	now := s.Clock()
	current := s.Current()
	if s.Certifier == nil || now.Add(certificateMargin).Unix() < current.NotAfter && !early(current, now.Unix()) {
		return nil
	}
	signed, err := s.askCertificate(ctx, now.Unix())
	if err != nil {
		return fmt.Errorf("ask for the next certificate: %w", err)
	}
	return s.stand(ctx, signed)
}

// early reports whether a certificate's time has not come.
func early(c scrip.Certificate, at int64) bool {
	return errors.Is(c.CheckTime(at), scrip.NotYetInForce)
}

// CatchUp takes up a certificate whose answer was lost, be it to a RENAME or an R3: where the
// directory lists another one than the stall has, the broker is asked for it in the stall's own
// name (R3). What is listed is believed in nothing else, so whoever shows an old entry costs the
// stall a question. A crash before it is kept has it asked for again.
func (s *Stall) CatchUp(ctx context.Context, listed string) error {
	if s.Certifier == nil || listed == s.Standing() {
		return nil
	}
	signed, err := s.askCertificate(ctx, s.Clock().Unix())
	if err != nil {
		return fmt.Errorf("ask for the certificate that the directory lists: %w", err)
	}
	return s.stand(ctx, signed)
}

// Rename has the stall certified under another name (RENAME). Asked again after a
// lost answer, the broker names the same certificate. scrip.NameInvalid: the name is
// none, or another stall's, or looks like one that is; scrip.TooMany: the stall keeps
// as many old names as it may; scrip.Unavailable: the broker does not answer.
func (s *Stall) Rename(ctx context.Context, name string) error {
	if err := scrip.ValidName(name); err != nil {
		return err
	}
	return s.certifyAnew(ctx, scrip.Rename{Name: name})
}

// Move has the stall certified for another address (RENAME), where its customers look
// for it from then on; for the one it has it does nothing. Asked again after a lost answer, the broker names the
// same certificate. scrip.Unavailable: the broker does not answer.
func (s *Stall) Move(ctx context.Context, base string) error {
	now := s.Current()
	if now.BaseURL == base {
		return nil
	}
	return s.certifyAnew(ctx, scrip.Rename{Name: now.Name, BaseURL: base})
}

// certifyAnew asks for what RENAME changes.
func (s *Stall) certifyAnew(ctx context.Context, asked scrip.Rename) error {
	now := s.Clock()
	asked.Vendor, asked.Counter = s.Vendor(), now.UnixMilli()
	signed, err := s.askBroker(ctx, s.Broker, now.Unix(), asked)
	var stale scrip.Stale
	if errors.As(err, &stale) { // a clock that was ahead, and is right again
		asked.Counter = scrip.CaughtUp(asked.Counter, stale) + 1
		signed, err = s.askBroker(ctx, s.Broker, now.Unix(), asked)
	}
	if err != nil {
		return fmt.Errorf("ask for another certificate: %w", err)
	}
	if err := s.stand(ctx, signed); err != nil {
		return err
	}
	s.Changed()
	return nil
}

// stand takes up the next certificate, and has it kept before it is shown.
func (s *Stall) stand(ctx context.Context, signed string) error {
	next, newer, err := s.next(signed)
	if err != nil || !newer {
		return err // the same one: the broker finds it is not time yet
	}
	if s.Certified != nil {
		if err := s.Certified(ctx, signed); err != nil {
			return fmt.Errorf("keep the next certificate: %w", err)
		}
	}
	s.standing.Store(next)
	return nil
}

// next reads a certificate, and tells whether it follows the one in force.
func (s *Stall) next(signed string) (_ *standing, newer bool, err error) {
	next, err := scrip.ReadCertificate(signed, s.Vendor(), s.BrokerKeys)
	if err != nil {
		return nil, false, fmt.Errorf("read the next certificate: %w", err)
	}
	now, at := s.Current(), s.Clock().Unix()
	older := next.NotAfter < now.NotAfter || next.NotAfter == now.NotAfter && next.Name == now.Name && next.BaseURL == now.BaseURL
	return &standing{signed, next}, s.Keys.certifiedBy(next) && (!older || early(now, at) && !early(next, at)), nil
}

// Follow takes up a certificate that another process has kept.
func (s *Stall) Follow(signed string) error {
	if signed == s.Standing() {
		return nil
	}
	next, newer, err := s.next(signed)
	if newer {
		s.standing.Store(next)
	}
	return err
}

// askCertificate sends R3 in the stall's own name.
func (s *Stall) askCertificate(ctx context.Context, at int64) (string, error) {
	broker := string(s.BrokerInfo().ID)
	tx, err := scrip.NewID(s.Random)
	if err != nil {
		return "", err
	}
	proof := scrip.Possession{Account: scrip.AccountID(s.Vendor()), Envelope: s.Keys.Envelope.Thumbprint()}
	possession, err := jose.Sign(s.Random,
		scrip.Compose(s.Keys.Signing.Thumbprint(), broker, tx, at, proof, scrip.Attachments{}), s.Keys.Signing)
	if err != nil {
		return "", err
	}
	return s.askBroker(ctx, s.Certifier, at, scrip.StallRequest{
		Name: s.Current().Name, Signing: s.Keys.Signing.Public(), Envelope: s.Keys.Envelope.Public(),
		BaseURL: s.Current().BaseURL, Possession: possession.JWS,
	})
}

// askBroker asks for a certificate, in the stall's own name.
func (s *Stall) askBroker(ctx context.Context, broker Broker, at int64, request scrip.Body) (string, error) {
	m, err := askAs[scrip.StallOpened](ctx, s, broker, at, request)
	return m.Body.Certificate, err
}

// askAs asks the broker for something, in the stall's own name.
func askAs[R scrip.Body](ctx context.Context, s *Stall, broker Broker, at int64, request scrip.Body) (scrip.Opened[R], error) {
	tx, err := scrip.NewID(s.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	vendor, to := string(s.Vendor()), s.BrokerInfo()
	envelope, err := jose.Seal(s.Random, scrip.Compose(vendor, string(to.ID), tx, at, request, scrip.Attachments{ReplyKey: &key}),
		s.Keys.Signing, to.Envelope)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	answer, err := broker.Send(ctx, request.Type(), scrip.Sealed{Envelope: envelope})
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	return scrip.OpenReply[R](answer.Envelope, key, vendor, tx, s.BrokerKeys)
}
