package services

import (
	"context"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Accounts and stalls are opened at the broker here for sellers that are this
// program itself: a stand-alone stall and the sample stalls. A person's account
// is opened by the person's wallet.

// openAccount is protocol R1, R2. The same key has the same account for ever.
func (h *house) openAccount(ctx context.Context, key jose.SigningKey, bank, name string) (scrip.AccountID, error) {
	body := scrip.AccountRequest{Bank: bank, Name: name}
	m, err := ask[scrip.AccountOpened](ctx, h, key.Thumbprint(), key, body)
	if err != nil {
		return "", fmt.Errorf("open an account: %w", err)
	}
	return m.Body.Account, nil
}

// openStall is protocol R3, R4: it returns the stall's certificate. The same
// stall key has the same one.
func (h *house) openStall(ctx context.Context, account scrip.AccountID, key jose.SigningKey, body scrip.StallRequest) (string, error) {
	m, err := ask[scrip.StallOpened](ctx, h, string(account), key, body)
	if err != nil {
		return "", fmt.Errorf("open a stall: %w", err)
	}
	return m.Body.Certificate, nil
}

// possession proves that a stall's own key belongs to the account.
func (h *house) possession(account scrip.AccountID, keys folder.Identity) (string, error) {
	tx, err := scrip.NewID(h.Random)
	if err != nil {
		return "", err
	}
	body := scrip.Possession{Account: account, Envelope: keys.Envelope.Thumbprint()}
	m := scrip.Compose(keys.Signing.Thumbprint(), string(h.info().ID), tx, h.Clock().Unix(), body, scrip.Attachments{})
	signed, err := jose.Sign(h.Random, m, keys.Signing)
	return signed.JWS, err
}

// ask sends the broker one request and opens its reply.
func ask[R scrip.Body](ctx context.Context, h *house, from string, key jose.SigningKey, body scrip.Body) (scrip.Opened[R], error) {
	tx, err := scrip.NewID(h.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	replyKey, err := jose.NewReplyKey(h.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	m := scrip.Compose(from, string(h.info().ID), tx, h.Clock().Unix(), body, scrip.Attachments{ReplyKey: &replyKey})
	envelope, err := jose.Seal(h.Random, m, key, h.info().Envelope)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	answer, err := h.broker.Send(ctx, body.Type(), scrip.Sealed{Envelope: envelope})
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	return scrip.OpenReply[R](answer.Envelope, replyKey, from, tx, h.issuer.keys)
}
