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
// not begun because the broker's clock was ahead. Asked again after a lost answer or a
// crash, the broker names the same one.
func (s *Stall) renewCertificate(ctx context.Context) error {
	now := s.Clock()
	current := s.Current()
	if s.Certificates == nil || now.Add(certificateMargin).Unix() < current.NotAfter && !early(current, now.Unix()) {
		return nil
	}
	if _, err := s.certify(ctx, s.askCertificate); err != nil {
		return fmt.Errorf("ask for the next certificate: %w", err)
	}
	return nil
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
	if s.Certificates == nil || listed == s.Standing() {
		return nil
	}
	if _, err := s.certify(ctx, s.askCertificate); err != nil {
		return fmt.Errorf("ask for the certificate that the directory lists: %w", err)
	}
	return nil
}

// certifyingAgain is when Run asks again for a certificate whose answer was lost.
type certifyingAgain struct {
	pause growing
	at    time.Time
}

// certifyAgain asks for the certificate of which this process asked before, and may have lost the answer: by R3, which
// shows what came of a RENAME, too. A broker that declines that is asked no more. It tells how long the next look can wait.
func (s *Stall) certifyAgain(ctx context.Context, next *certifyingAgain) (rest time.Duration) {
	if s.Certificates == nil || !s.unanswered.Load() {
		*next = certifyingAgain{}
		return idlePause
	}
	if left := time.Until(next.at); left > 0 {
		return left
	}
	_, err := s.certify(ctx, s.askCertificate)
	if refusal, refused := scrip.AsRefusal(err); refused && !refusal.Transient() {
		s.unanswered.Store(false)
		s.Log.Warn("the broker shows no certificate", "vendor", s.Vendor(), "err", err)
		err = nil
	}
	if err == nil || ctx.Err() != nil {
		*next = certifyingAgain{}
		return idlePause
	}
	rest = next.pause.failed()
	next.at = time.Now().Add(rest)
	s.Log.Warn("the certificate whose answer was lost will be asked for again", "in", rest, "err", err)
	return rest
}

// Rename has the stall certified under another name (RENAME). Asked again after a
// lost answer, the broker names the same certificate. scrip.NameInvalid: the name is
// none, or another stall's, or looks like one that is; scrip.TooMany: the stall keeps
// as many old names as it may; scrip.Unavailable: the broker does not answer; scrip.TxConflict: another process had it
// renamed at the same moment, and that name stands.
func (s *Stall) Rename(ctx context.Context, name string) error {
	if err := scrip.ValidName(name); err != nil {
		return err
	}
	now, err := s.certifyAnew(ctx, func(ctx context.Context) (string, error) { return s.askRename(ctx, scrip.Rename{Name: name}) })
	if err == nil && now.Name != name {
		return scrip.TxConflict
	}
	return err
}

// Move has the stall certified for another address (RENAME), where its customers look
// for it from then on; for the one it has it does nothing. Asked again after a lost answer, the broker names the
// same certificate. scrip.Unavailable: the broker does not answer.
func (s *Stall) Move(ctx context.Context, base string) error {
	_, err := s.certifyAnew(ctx, func(ctx context.Context) (string, error) {
		now, shown, err := s.newest(ctx) // RENAME says the name, too, and that of an older one would come back
		if err != nil || now.BaseURL == base {
			return shown, err
		}
		return s.askRename(ctx, scrip.Rename{Name: now.Name, BaseURL: base})
	})
	return err
}

// newest is what the stall is certified as, as far as this process can know it. Where the answer to a question before was
// lost, the broker is asked (R3), and what it has shown is returned, too. The caller has the turn to certify.
func (s *Stall) newest(ctx context.Context) (now scrip.Certificate, shown string, err error) {
	if !s.unanswered.Load() {
		return s.Current(), "", nil
	}
	shown, err = s.askCertificate(ctx)
	if err != nil {
		return now, "", err
	}
	next, err := s.read(shown)
	if err != nil {
		return now, "", err
	}
	return next.Certificate, shown, nil
}

// certifyAnew asks for what RENAME changes, and returns what the stall is certified as then.
func (s *Stall) certifyAnew(ctx context.Context, ask func(ctx context.Context) (string, error)) (scrip.Certificate, error) {
	before := s.standing.Load()
	now, err := s.certify(ctx, ask)
	if err != nil {
		return now, fmt.Errorf("ask for another certificate: %w", err)
	}
	if s.standing.Load() != before {
		s.Changed()
	}
	return now, nil
}

// askRename sends RENAME.
func (s *Stall) askRename(ctx context.Context, asked scrip.Rename) (string, error) {
	now := s.Clock()
	asked.Vendor, asked.Counter = s.Vendor(), now.UnixMilli()
	signed, err := s.askBroker(ctx, now.Unix(), asked)
	var stale scrip.Stale
	if errors.As(err, &stale) { // a clock that was ahead, and is right again
		asked.Counter = scrip.CaughtUp(asked.Counter, stale) + 1
		signed, err = s.askBroker(ctx, now.Unix(), asked)
	}
	return signed, err
}

// mostOvertaken is how often other processes may keep a certificate while this one asks for it.
const mostOvertaken = 3

// certify asks the broker for a certificate, has the answer kept before it is shown, and returns what the stall is certified
// as then; an empty answer is that nothing was to be asked, and keeps nothing. Which of two certificates is the
// newer cannot be told from them. So a process asks one question at a time, and the answer is kept in the place of the certificate
// that was kept before the question: where another process kept one meanwhile, the broker is asked by R3 which it is now. A lost
// answer, and a crash before it is kept, have it asked for again: see certifyAgain and CatchUp.
func (s *Stall) certify(ctx context.Context, ask func(ctx context.Context) (string, error)) (now scrip.Certificate, err error) {
	select {
	case s.certifying <- struct{}{}:
		defer func() { <-s.certifying }()
	case <-ctx.Done():
		return now, ctx.Err()
	}
	defer func() { s.noteAnswer(err) }()
	for range mostOvertaken {
		before, err := s.followKept(ctx)
		if err != nil {
			return now, err
		}
		signed, err := ask(ctx)
		if err != nil || signed == "" {
			return s.Current(), err
		}
		if err := s.keep(ctx, before, signed); !errors.Is(err, errOvertaken) {
			return s.Current(), err
		}
		ask = s.askCertificate
	}
	return now, scrip.Unavailable
}

// noteAnswer notes that the broker may have certified what this process does not have: keep notes that it has. A broker
// that declines has not, but that says nothing of what it was asked before.
func (s *Stall) noteAnswer(err error) {
	if refusal, refused := scrip.AsRefusal(err); err == nil || refused && !refusal.Transient() {
		return
	}
	if !s.unanswered.Swap(true) {
		s.wakeUp()
	}
}

// errOvertaken is keep's where another process has kept a certificate meanwhile.
var errOvertaken = errors.New("another process was first")

// keep has an answer kept in the place of the certificate of before the question, and shows it. The caller has the turn
// to certify.
func (s *Stall) keep(ctx context.Context, before, signed string) error {
	next, err := s.read(signed)
	if err != nil {
		return err
	}
	if s.Certificates != nil && signed != before {
		err := s.Certificates.Replace(ctx, before, signed)
		if errors.Is(err, scrip.TxConflict) {
			return errOvertaken
		}
		if err != nil {
			return fmt.Errorf("keep the next certificate: %w", err)
		}
	}
	s.standing.Store(next)
	s.unanswered.Store(false)
	return nil
}

// followKept shows the certificate that is kept, and returns it. One that does not read is not shown, which is logged once:
// the broker's answer takes its place, or it reads once the broker's next keys are known. The caller has the turn to certify.
func (s *Stall) followKept(ctx context.Context) (string, error) {
	if s.Certificates == nil {
		return s.Standing(), nil
	}
	signed, err := s.Certificates.Kept(ctx)
	if err != nil {
		return "", fmt.Errorf("read the certificate that is kept: %w", err)
	}
	if signed == s.Standing() {
		return signed, nil
	}
	next, err := s.read(signed)
	if err != nil {
		if signed != s.unread {
			s.Log.Warn("the certificate that is kept is not shown: it is signed with keys of the broker's that are not known yet, or is not for this stall",
				"vendor", s.Vendor(), "err", err)
			s.unread = signed
		}
		return signed, nil
	}
	s.standing.Store(next)
	return signed, nil
}

// Follow takes up a certificate that another process has kept. While this one asks for one it does nothing: that does so, too.
func (s *Stall) Follow(ctx context.Context) error {
	select {
	case s.certifying <- struct{}{}:
		defer func() { <-s.certifying }()
	default:
		return nil
	}
	_, err := s.followKept(ctx)
	return err
}

// read checks a certificate of this stall.
func (s *Stall) read(signed string) (*standing, error) {
	c, err := scrip.ReadCertificate(signed, s.Vendor(), s.BrokerKeys)
	if err == nil && !s.Keys.certifiedBy(c) {
		err = errors.New("it is for other keys")
	}
	if err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	return &standing{signed, c}, nil
}

// askCertificate sends R3 in the stall's own name.
func (s *Stall) askCertificate(ctx context.Context) (string, error) {
	broker, at := string(s.BrokerInfo().ID), s.Clock().Unix()
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
	return s.askBroker(ctx, at, scrip.StallRequest{
		Name: s.Current().Name, Signing: s.Keys.Signing.Public(), Envelope: s.Keys.Envelope.Public(),
		BaseURL: s.Current().BaseURL, Possession: possession.JWS,
	})
}

// askBroker asks for a certificate, in the stall's own name.
func (s *Stall) askBroker(ctx context.Context, at int64, request scrip.Body) (string, error) {
	m, err := askAs[scrip.StallOpened](ctx, s, s.Broker, at, request)
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
