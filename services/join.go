package services

import (
	"context"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// joiner opens accounts and stalls at the broker, for sellers that are this
// program itself: a stand-alone stall and the sample stalls. A person's account
// is opened by the person's wallet.
type joiner struct {
	cfg    Config
	info   scrip.BrokerInfo
	broker interface {
		OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
		OpenStall(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	}
}

// account is protocol R1, R2. The same key has the same account for ever.
func (j joiner) account(ctx context.Context, key jose.SigningKey, bank, name string) (scrip.AccountID, error) {
	body := scrip.AccountRequest{Bank: bank, Name: name}
	m, err := ask[scrip.AccountOpened](ctx, j, key.Thumbprint(), key, body, j.broker.OpenAccount)
	if err != nil {
		return "", fmt.Errorf("open an account: %w", err)
	}
	return m.Body.Account, nil
}

// stall is protocol R3, R4. The same stall key has the same certificate.
func (j joiner) stall(ctx context.Context, account scrip.AccountID, key jose.SigningKey, body scrip.StallRequest) (string, error) {
	m, err := ask[scrip.StallOpened](ctx, j, string(account), key, body, j.broker.OpenStall)
	if err != nil {
		return "", fmt.Errorf("open a stall: %w", err)
	}
	return m.Body.Certificate, nil
}

// possession proves that a stall's own key belongs to the account.
func (j joiner) possession(account scrip.AccountID, keys folder.Identity) (string, error) {
	tx, err := scrip.NewID(j.cfg.Random)
	if err != nil {
		return "", err
	}
	body := scrip.Possession{Account: account, Envelope: keys.Envelope.Thumbprint()}
	m := scrip.Compose(keys.Signing.Thumbprint(), string(j.info.ID), tx, j.cfg.Clock().Unix(), body, scrip.Attachments{})
	signed, err := jose.Sign(j.cfg.Random, m, keys.Signing)
	return signed.JWS, err
}

// ask sends one request and opens its reply.
func ask[R scrip.Body](
	ctx context.Context, j joiner, from string, key jose.SigningKey, body scrip.Body,
	send func(context.Context, scrip.Sealed) (scrip.Sealed, error),
) (scrip.Opened[R], error) {
	tx, err := scrip.NewID(j.cfg.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	replyKey, err := jose.NewReplyKey(j.cfg.Random)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	m := scrip.Compose(from, string(j.info.ID), tx, j.cfg.Clock().Unix(), body, scrip.Attachments{ReplyKey: &replyKey})
	envelope, err := jose.Seal(j.cfg.Random, m, key, j.info.Envelope)
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	answer, err := send(ctx, scrip.Sealed{Envelope: envelope})
	if err != nil {
		return scrip.Opened[R]{}, err
	}
	return scrip.OpenReply[R](answer.Envelope, replyKey, from, tx, j.info.Signer())
}
