package world_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// liar is a party that signs something else than it should.
type liar struct {
	name    string
	keys    []jose.EnvelopeKey
	signing jose.SigningKey
	callers scrip.Keys // of requests that are not self-keyed
}

// signs are the keys of what the liar signed before it lied.
func (l liar) signs(from, kid string, at int64) (jose.VerifyKey, error) {
	return l.signing.Public(), nil
}

// retold is the answer to a request with lie told in it, signed and sealed as
// it should be.
func retold[Q, A scrip.Body](t testing.TB, l liar, request, answer string, lie func(*scrip.Opened[A])) string {
	t.Helper()
	q, err := scrip.Open[Q](request, l.keys, l.name, l.callers)
	want(t, "open the request", err, nil)
	a, err := scrip.OpenReply[A](answer, *q.ReplyKey, q.From, q.Tx, l.signs)
	want(t, "open the answer", err, nil)
	lie(&a)
	message := scrip.Compose(l.name, q.From, a.Tx, a.At, a.Body, a.Attachments)
	return must(jose.Reply(rand.Reader, message, l.signing, *q.ReplyKey))
}

// lies are what a stall or a broker tells in place of the truth.
type lies struct {
	t2   func(*scrip.Opened[scrip.Acquired])
	t6   func(*scrip.Opened[scrip.Exchanged])
	t8   func(*scrip.Opened[scrip.Issued])
	t11  func(*scrip.Opened[scrip.Paid])
	t14  func(*scrip.Opened[scrip.ToppedUp])
	t17  func(*scrip.Opened[scrip.Extended])
	t19  func(*scrip.Opened[scrip.ExtendChange])
	t21  func(*scrip.Opened[scrip.Withdrawn])
	bag  func(*scrip.Opened[scrip.CollectedRefunds])
	told func(*scrip.Opened[scrip.Told])
	t25  func(*scrip.Opened[scrip.GivenBack])
	t27  func(*scrip.Opened[scrip.Renewed]) // told by both
}

type lyingBroker struct {
	toBroker
	liar
	stall liar
	*lies
}

func (b lyingBroker) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := b.toBroker.Send(ctx, message, in)
	if err != nil {
		return out, err
	}
	switch message {
	case "T15":
		if b.t17 != nil {
			out.Order = retold[scrip.ExtendOrder](b.w.T, b.stall, in.Order, out.Order, b.t17)
		}
		if b.t19 != nil {
			out.Payment = retold[scrip.ExtendPayment](b.w.T, b.liar, in.Payment, out.Payment, b.t19)
		}
	case "T1":
		if b.t2 != nil {
			out.Envelope = retold[scrip.Acquire](b.w.T, b.liar, in.Envelope, out.Envelope, b.t2)
		}
	case "T13":
		if b.t14 != nil {
			out.Envelope = retold[scrip.TopUp](b.w.T, b.liar, in.Envelope, out.Envelope, b.t14)
		}
	case "T20":
		if b.t21 != nil {
			out.Envelope = retold[scrip.Withdraw](b.w.T, b.liar, in.Envelope, out.Envelope, b.t21)
		}
	case "T26":
		if b.t27 != nil {
			out.Envelope = retold[scrip.Renew](b.w.T, b.liar, in.Envelope, out.Envelope, b.t27)
		}
	}
	return out, nil
}

type lyingStall struct {
	toStall
	liar
	broker liar
	*lies
}

func (s lyingStall) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := s.toStall.Send(ctx, message, in)
	if err != nil {
		return out, err
	}
	switch message {
	case "T4":
		if s.t8 != nil {
			out.Order = retold[scrip.ExchangeOrder](s.w.T, s.liar, in.Order, out.Order, s.t8)
		}
		if s.t6 != nil {
			out.Payment = retold[scrip.ExchangePayment](s.w.T, s.broker, in.Payment, out.Payment, s.t6)
		}
	case "T10":
		if s.t11 != nil {
			out.Envelope = retold[scrip.Mandate](s.w.T, s.liar, in.Envelope, out.Envelope, s.t11)
		}
	case "T22":
		if s.t25 != nil {
			out.Payment = retold[scrip.GiveBackPayment](s.w.T, s.broker, in.Payment, out.Payment, s.t25)
		}
	case "COLLECT":
		if s.bag != nil {
			out.Envelope = retold[scrip.Collect](s.w.T, s.liar, in.Envelope, out.Envelope, s.bag)
		}
	case "TELL":
		if s.told != nil {
			out.Envelope = retold[scrip.Tell](s.w.T, s.liar, in.Envelope, out.Envelope, s.told)
		}
	case "T26":
		if s.t27 != nil {
			out.Envelope = retold[scrip.Renew](s.w.T, s.liar, in.Envelope, out.Envelope, s.t27)
		}
	}
	return out, nil
}

// lyingTo is a customer to whom the broker and the stall tell these lies.
func (w *world) lyingTo(l *lies) customer {
	w.T.Helper()
	purse, ref := w.purse(), w.account(start)
	var account jose.VerifyKey
	broker := liar{string(w.Broker.Identity.ID), w.Broker.Envelope, w.Broker.Signing, func(string, string, int64) (jose.VerifyKey, error) {
		return account, nil
	}}
	stall := liar{string(w.vendor()), []jose.EnvelopeKey{w.stall.Secret.Envelope}, w.stall.Secret.Signing, nil}
	cfg := w.config(purse)
	cfg.Broker = lyingBroker{toBroker{w}, broker, stall, l}
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return lyingStall{toStall{w}, stall, broker, l}, nil }
	made := must(wallet.Make(context.Background(), cfg, ref, ""))
	account = made.Key().Public()
	return customer{made, purse, ref}
}

// TestLies tells the wallet every lie it must notice. It keeps nothing of such
// an answer, and the truth is still welcome.
func TestLies(t *testing.T) {
	if testing.Short() {
		t.Skip("has everybody buy once for each lie")
	}
	other := must(scrip.NewID(rand.Reader))
	for name, l := range map[string]lies{
		"T2 another nonce":    {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Body.Nonce = other }},
		"T2 another value":    {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Body.Value++ }},
		"T2 less scrip":       {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Scrip.Value-- }},
		"T2 another issuer":   {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Scrip.Issuer = other }},
		"T2 another currency": {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Scrip.Props.Currency = "ISK" }},
		"T2 another tx":       {t2: func(o *scrip.Opened[scrip.Acquired]) { o.Tx = other }},

		"T6 less change":       {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Body.Change--; o.Scrip.Value-- }},
		"T6 less scrip":        {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Scrip.Value-- }},
		"T6 another issuer":    {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Scrip.Issuer = other }},
		"T6 another value":     {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Body.Value++ }},
		"T6 another vendor":    {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Body.Vendor = scrip.VendorID(other) }},
		"T6 another's receipt": {t6: func(o *scrip.Opened[scrip.Exchanged]) { o.Body.Receipt += "A" }},

		"T8 another value":  {t8: func(o *scrip.Opened[scrip.Issued]) { o.Body.Value++ }},
		"T8 less scrip":     {t8: func(o *scrip.Opened[scrip.Issued]) { o.Scrip.Value-- }},
		"T8 another issuer": {t8: func(o *scrip.Opened[scrip.Issued]) { o.Scrip.Issuer = other }},

		"T11 another price":  {t11: func(o *scrip.Opened[scrip.Paid]) { o.Body.Price++ }},
		"T11 another order":  {t11: func(o *scrip.Opened[scrip.Paid]) { o.Body.OrderDigest = jose.Digest([]byte("another")) }},
		"T11 less change":    {t11: func(o *scrip.Opened[scrip.Paid]) { o.Body.Change--; o.Scrip.Value-- }},
		"T11 less scrip":     {t11: func(o *scrip.Opened[scrip.Paid]) { o.Scrip.Value-- }},
		"T11 another issuer": {t11: func(o *scrip.Opened[scrip.Paid]) { o.Scrip.Issuer = other }},

		"T14 another value":  {t14: func(o *scrip.Opened[scrip.ToppedUp]) { o.Body.Value++ }},
		"T14 less scrip":     {t14: func(o *scrip.Opened[scrip.ToppedUp]) { o.Scrip.Value-- }},
		"T14 another issuer": {t14: func(o *scrip.Opened[scrip.ToppedUp]) { o.Scrip.Issuer = other }},
		"T17 another value":  {t17: func(o *scrip.Opened[scrip.Extended]) { o.Body.Value++ }},
		"T17 less scrip":     {t17: func(o *scrip.Opened[scrip.Extended]) { o.Scrip.Value-- }},
		"T17 nothing added":  {t17: func(o *scrip.Opened[scrip.Extended]) { o.Body.Value, o.Scrip.Value = 20_00, 20_00 }},
		"T17 another issuer": {t17: func(o *scrip.Opened[scrip.Extended]) { o.Scrip.Issuer = other }},
		"T17 another tx":     {t17: func(o *scrip.Opened[scrip.Extended]) { o.Tx = other }},
		"T19 another value":  {t19: func(o *scrip.Opened[scrip.ExtendChange]) { o.Body.Value-- }},
		"T19 less scrip":     {t19: func(o *scrip.Opened[scrip.ExtendChange]) { o.Scrip.Value-- }},
		"T19 another issuer": {t19: func(o *scrip.Opened[scrip.ExtendChange]) { o.Scrip.Issuer = other }},
		"T19 some came back": {t19: func(o *scrip.Opened[scrip.ExtendChange]) { o.Body.Returned = 1 }},
		"T21 another value":  {t21: func(o *scrip.Opened[scrip.Withdrawn]) { o.Body.Value-- }},
		"T21 another tx":     {t21: func(o *scrip.Opened[scrip.Withdrawn]) { o.Tx = other }},
		"T25 another value":  {t25: func(o *scrip.Opened[scrip.GivenBack]) { o.Body.Value-- }},
		"T25 another vendor": {t25: func(o *scrip.Opened[scrip.GivenBack]) { o.Body.Vendor = scrip.VendorID(other) }},
		"T25 another tx":     {t25: func(o *scrip.Opened[scrip.GivenBack]) { o.Tx = other }},
		"T27 another value":  {t27: func(o *scrip.Opened[scrip.Renewed]) { o.Body.Value-- }},
		"T27 less scrip":     {t27: func(o *scrip.Opened[scrip.Renewed]) { o.Scrip.Value-- }},
		"T27 another issuer": {t27: func(o *scrip.Opened[scrip.Renewed]) { o.Scrip.Issuer = other }},
	} {
		t.Run(name, func(t *testing.T) { notices(t, newWorld(t), l) })
	}
}

func notices(t *testing.T, w *world, told lies) {
	ctx, l := t.Context(), told
	c := w.lyingTo(&l)
	offer := w.item(10_00, 2)
	shop := func() error {
		if err := c.Load(ctx, 50_00); err != nil && w.state(c)[0] == 0 {
			return err
		}
		if err := c.Exchange(ctx, w.vendor(), 30_00); err != nil {
			return err
		}
		if _, err := c.Buy(ctx, offer, 1, home); err != nil {
			return err
		}
		if err := c.Extend(ctx, w.vendor(), 5_00); err != nil {
			return err
		}
		if err := c.Load(ctx, 5_00); err != nil {
			return err
		}
		w.Clock.Advance(359 * 24 * 3600 * time.Second)
		if err := c.Renew(ctx); err != nil {
			return err
		}
		return c.Leave(ctx)
	}
	want(t, "what a lie settles", shop(), wallet.ErrUnfinished)
	l = lies{}
	left := must(c.purse.Unfinished(ctx))
	if n := len(left); n != 1 && (told.t27 == nil || n != 2) {
		t.Fatalf("unfinished after a lie: got %d steps, want one for each lie", n)
	}
	want(t, "Resume with the truth", c.Resume(ctx), nil)
	w.check(c)
}
