package api

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// BrokerClient is a broker over HTTP. It implements [Broker].
type BrokerClient struct{ peer *Peer }

// OpenAccount sends R1.
func (b BrokerClient) OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.OpenAccount(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// OpenStall sends R3.
func (b BrokerClient) OpenStall(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.OpenStall(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Acquire sends T1.
func (b BrokerClient) Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Acquire(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// TopUp sends T13.
func (b BrokerClient) TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.TopUp(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Withdraw sends T20.
func (b BrokerClient) Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Withdraw(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Renew sends T26.
func (b BrokerClient) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Renew(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Announce sends T3.
func (b BrokerClient) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Announce(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Exchange sends T5 with T4's payment part.
func (b BrokerClient) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Exchange(ctx, SealedForward{Envelope: in.Envelope, Payment: in.Payment})
	out, err := answer[ForwardAnswer](maxAnswer, resp, err)
	return scrip.Sealed{Envelope: out.Envelope, Payment: out.Payment}, err
}

// Extend sends T15, both parts.
func (b BrokerClient) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Extend(ctx, SealedPair{Order: in.Order, Payment: in.Payment})
	out, err := answer[PartsAnswer](maxAnswer, resp, err)
	return scrip.Sealed{Order: out.Order, Payment: out.Payment}, err
}

// GiveBack sends T23 with T22's payment part.
func (b BrokerClient) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.GiveBack(ctx, SealedForward{Envelope: in.Envelope, Payment: in.Payment})
	out, err := answer[ForwardAnswer](maxAnswer, resp, err)
	return scrip.Sealed{Envelope: out.Envelope, Payment: out.Payment}, err
}

// Notice sends T9.
func (b BrokerClient) Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Notice(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Record sends T12.
func (b BrokerClient) Record(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Record(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Refund sends REFUND.
func (b BrokerClient) Refund(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Refund(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Statement sends STATEMENT.
func (b BrokerClient) Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Statement(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Payout sends PAYOUT.
func (b BrokerClient) Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	resp, err := b.peer.client.Payout(ctx, SealedEnvelope{Envelope: in.Envelope})
	out, err := answer[EnvelopeAnswer](maxAnswer, resp, err)
	return out.sealed(), err
}

// Info reads who the broker is.
func (b BrokerClient) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	resp, err := b.peer.client.BrokerInfo(ctx)
	out, err := answer[BrokerInfo](maxAnswer, resp, err)
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	return out.info()
}

// Keys reads the broker's public keys.
func (b BrokerClient) Keys(ctx context.Context) (jose.JWKS, error) {
	resp, err := b.peer.client.BrokerKeys(ctx)
	return answer[jose.JWKS](maxAnswer, resp, err)
}

// Stalls reads the directory.
func (b BrokerClient) Stalls(ctx context.Context) ([]scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStalls(ctx)
	out, err := answer[StallDirectory](maxDirectory, resp, err)
	if err != nil {
		return nil, err
	}
	list := make([]scrip.CertifiedStall, len(out.Stalls))
	for i, s := range out.Stalls {
		list[i] = s.certified()
	}
	return list, nil
}

// Stall reads one entry of the directory.
func (b BrokerClient) Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStall(ctx, string(vendor))
	out, err := answer[CertifiedStall](maxAnswer, resp, err)
	return out.certified(), err
}

func (a EnvelopeAnswer) sealed() scrip.Sealed { return scrip.Sealed{Envelope: a.Envelope} }
