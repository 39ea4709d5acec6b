package api

import (
	"context"

	"peerscrip/services/scrip"
)

// OpenBankAccount opens an account at the sandbox bank.
func (s *server) OpenBankAccount(ctx context.Context, _ OpenBankAccountRequestObject) (OpenBankAccountResponseObject, error) {
	reference, err := s.c.Bank.OpenAccount(ctx)
	return OpenBankAccount201JSONResponse{Reference: reference}, err
}

// BankAccount serves a balance.
func (s *server) BankAccount(ctx context.Context, r BankAccountRequestObject) (BankAccountResponseObject, error) {
	balance, err := s.c.Bank.Balance(ctx, r.Reference)
	return BankAccount200JSONResponse{Reference: r.Reference, Balance: int64(balance)}, err
}

// Deposit pays in test money.
func (s *server) Deposit(ctx context.Context, r DepositRequestObject) (DepositResponseObject, error) {
	balance, err := s.c.Bank.Deposit(ctx, r.Reference, scrip.Money(r.Body.Amount), scrip.ID(r.Body.Key))
	return Deposit200JSONResponse{Reference: r.Reference, Balance: int64(balance)}, err
}

// Confirmation serves what waits to be confirmed.
func (s *server) Confirmation(ctx context.Context, r ConfirmationRequestObject) (ConfirmationResponseObject, error) {
	c, err := s.confirmation(ctx, scrip.ID(r.Key))
	return Confirmation200JSONResponse(c), err
}

// Confirm confirms it.
func (s *server) Confirm(ctx context.Context, r ConfirmRequestObject) (ConfirmResponseObject, error) {
	if err := s.c.Bank.Confirm(ctx, scrip.ID(r.Key)); err != nil {
		return nil, err
	}
	c, err := s.confirmation(ctx, scrip.ID(r.Key))
	return Confirm200JSONResponse(c), err
}

// Decline declines it.
func (s *server) Decline(ctx context.Context, r DeclineRequestObject) (DeclineResponseObject, error) {
	if err := s.c.Bank.Decline(ctx, scrip.ID(r.Key)); err != nil {
		return nil, err
	}
	c, err := s.confirmation(ctx, scrip.ID(r.Key))
	return Decline200JSONResponse(c), err
}

func (s *server) confirmation(ctx context.Context, key scrip.ID) (Confirmation, error) {
	c, said, err := s.c.Bank.Confirmation(ctx, key)
	return Confirmation{
		Key: string(c.Key), Reference: c.Reference, Amount: int64(c.Amount),
		Confirmed: said == scrip.Confirmed, Declined: said == scrip.Declined,
	}, err
}
