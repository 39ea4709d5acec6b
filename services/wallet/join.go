package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// identity is what Owner.Sealed holds.
type identity struct {
	Key []byte   `json:"key"`          // seed of the account's signing key
	R1  *request `json:"r1,omitempty"` // until R2
}

// Make makes a wallet in a purse without one: it draws the account's key and
// opens an account at the broker (R1, R2), for the bank account with a
// reference. The name is shown only to sellers' customers and may be empty.
// Interrupted, it may be called again with the same arguments, or Open.
func Make(ctx context.Context, cfg Config, bankRef, name string) (*Wallet, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	owner, err := cfg.Purse.Owner(ctx)
	switch {
	case err == nil && owner.Account != "":
		return nil, ErrExists
	case err == nil && owner.Bank == bankRef && owner.Name == name:
		return Open(ctx, cfg)
	case err != nil && !errors.Is(err, scrip.ErrAbsent):
		return nil, fmt.Errorf("make a wallet: %w", err)
	}
	key, err := jose.NewSigningKey(cfg.Random)
	if err != nil {
		return nil, err
	}
	return begin(ctx, cfg, Owner{Bank: bankRef, Name: name}, key)
}

// MakeOf makes a wallet in a purse without one, of the account whose key and
// bank reference are kept elsewhere too, opened or not: R2 names the same account
// there and here. The account's BrokerScrip is one piece, so no second wallet of
// it can load while this one holds some. Interrupted, it may be called again, or
// Open.
func MakeOf(ctx context.Context, cfg Config, key jose.SigningKey, bankRef string) (*Wallet, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	owner, err := cfg.Purse.Owner(ctx)
	switch {
	case err == nil && owner.Account != "":
		return nil, ErrExists
	case err != nil && !errors.Is(err, scrip.ErrAbsent):
		return nil, fmt.Errorf("make a wallet: %w", err)
	}
	return begin(ctx, cfg, Owner{Bank: bankRef}, key)
}

// begin makes the wallet of a key, in place of one that has no account.
func begin(ctx context.Context, cfg Config, owner Owner, key jose.SigningKey) (*Wallet, error) {
	v, lock, err := newVault(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a wallet: %w", err)
	}
	owner.Lock = lock
	if owner, err = writeJoin(ctx, cfg, v, owner, key); err != nil {
		return nil, fmt.Errorf("make a wallet: %w", err)
	}
	if owner, err = join(ctx, cfg, v, owner); err != nil {
		return nil, err
	}
	return open(cfg, owner, v)
}

// writeJoin writes down the key and R1. A crash after it leaves an owner
// without an account, whom Open or Make takes up again.
func writeJoin(ctx context.Context, cfg Config, v vault, owner Owner, key jose.SigningKey) (Owner, error) {
	info, err := pin(ctx, cfg)
	if err != nil {
		return Owner{}, err
	}
	now := cfg.Clock().Unix()
	owner.Info = Info{info, now}
	tx, err := scrip.NewID(cfg.Random)
	if err != nil {
		return Owner{}, err
	}
	body := scrip.AccountRequest{Bank: owner.Bank, Name: owner.Name}
	if err := body.Valid(); err != nil {
		return Owner{}, err
	}
	replyKey, err := jose.NewReplyKey(cfg.Random)
	if err != nil {
		return Owner{}, err
	}
	message := scrip.Compose(key.Thumbprint(), string(info.ID), tx, now, body, scrip.Attachments{ReplyKey: &replyKey})
	signed, err := jose.Sign(cfg.Random, message, key)
	if err != nil {
		return Owner{}, err
	}
	id := identity{Key: key.Secret(), R1: &request{Typ: "R1", Tx: tx, From: key.Thumbprint(), Signed: signed, ReplyKey: replyKey}}
	if owner.Sealed, err = v.put(placeOfOwner, id); err != nil {
		return Owner{}, err
	}
	return owner, cfg.Purse.Apply(ctx, PurseChange{Owner: &owner})
}

// pin asks who the broker is, and believes the keys that it shows, among which is
// the fingerprint that was given.
func pin(ctx context.Context, cfg Config) (scrip.BrokerInfo, error) {
	info, err := cfg.Directory.Info(ctx)
	if err != nil {
		return info, fmt.Errorf("ask who the broker is: %w", err)
	}
	info.Chain, err = scrip.Chain{Broker: info.ID}.Learn(ctx, cfg.Directory.Keys)
	if err != nil {
		return info, err
	}
	return info, info.Pinned(cfg.BrokerKey)
}

// join sends R1 and keeps the account that R2 names. The broker gives a key
// one account, however often it is asked.
func join(ctx context.Context, cfg Config, v vault, owner Owner) (Owner, error) {
	var id identity
	if err := v.take(placeOfOwner, owner.Sealed, &id); err != nil {
		return Owner{}, err
	}
	if id.R1 == nil {
		return Owner{}, fmt.Errorf("open an account: %w", scrip.ErrAbsent)
	}
	envelope, err := id.R1.Signed.Seal(owner.Info.Envelope)
	if err != nil {
		return Owner{}, err
	}
	cfg.Progress(Event{Tx: id.R1.Tx, Message: "R1", Direction: Sent})
	answer, err := cfg.Broker.Send(ctx, scrip.AccountRequest{}.Type(), scrip.Sealed{Envelope: envelope})
	if err != nil {
		return Owner{}, unfinished("send R1", err)
	}
	r2, err := scrip.OpenReply[scrip.AccountOpened](answer.Envelope, id.R1.ReplyKey, id.R1.From, id.R1.Tx, owner.Info.Signer())
	if err != nil {
		return Owner{}, answered("R1", err)
	}
	cfg.Progress(Event{Tx: id.R1.Tx, Message: "R2", Direction: Received})
	owner.Account = r2.Body.Account
	return owner, cfg.Purse.Apply(ctx, PurseChange{Account: owner.Account})
}
