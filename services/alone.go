package services

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"peerscrip/db"
)

// A job that one process at a time does is leased for leaseFor and leased again every
// leaseAgain while it goes on; who does not have it asks as often. A process that was
// killed is followed after leaseFor at most, one that ends its job at once.
const (
	leaseFor   = 15 * time.Second
	leaseAgain = 5 * time.Second
)

// Names of what is leased: the broker's rounds; having its heads cosigned; what is asked of
// a payment provider; reading the directory and the stalls for the catalogue; a stand-alone
// stall's being opened at the broker, and its place at a relay.
const (
	jobRounds    = "rounds of the broker"
	jobCosigning = "asking the witnesses"
	jobMoney     = "asking the payment provider"
	jobReading   = "reading the stalls"
	jobOpening   = "opening the stall"
	jobRelay     = "being at the relay"
)

// lessee is this process, as others that share its database know it.
type lessee struct {
	db    *db.DB
	owner string // drawn when the process starts
	log   *slog.Logger
	every time.Duration // how often it leases again; leaseAgain but in tests
}

// alone makes of a job one that goes on in one process at a time of those that share a
// database. Nothing that it does is wrong if two do it for a moment, as they may where a
// clock is off or the database was out of reach: rows decide. It is only done twice.
func (l lessee) alone(job string, do func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		for ctx.Err() == nil {
			if l.lease(ctx, job) {
				l.hold(ctx, job, do)
			}
			select {
			case <-time.After(l.every):
			case <-ctx.Done():
			}
		}
	}
}

// turnAgain is how often who waits for a turn asks for it.
const turnAgain = 100 * time.Millisecond

// inTurn does something when nobody else does it. One that was killed while it did is
// followed after its lease.
func (l lessee) inTurn(ctx context.Context, job string, do func() error) error {
	for {
		now := time.Now()
		mine, err := l.db.Lease(ctx, job, l.owner, now.Unix(), now.Add(leaseFor).Unix())
		if err != nil {
			return err
		}
		if mine {
			return errors.Join(do(), l.db.GiveBack(context.WithoutCancel(ctx), job, l.owner))
		}
		select {
		case <-time.After(turnAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hold does a job that is leased until it ends, ctx ends, or the lease is lost.
func (l lessee) hold(ctx context.Context, job string, do func(context.Context)) {
	doing, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do(doing)
	}()
	again := time.NewTicker(l.every)
	defer again.Stop()
	for {
		select {
		case <-ended:
			giving, done := context.WithTimeout(context.WithoutCancel(ctx), l.every)
			defer done()
			if err := l.db.GiveBack(giving, job, l.owner); err != nil {
				l.log.Warn("a job was not given back, and waits for its lease to run out", "job", job, "err", err)
			}
			return
		case <-again.C:
			if !l.lease(ctx, job) {
				stop()
			}
		}
	}
}

// lease reports whether a job is this process's for now.
func (l lessee) lease(ctx context.Context, job string) bool {
	now := time.Now()
	mine, err := l.db.Lease(ctx, job, l.owner, now.Unix(), now.Add(l.every*time.Duration(leaseFor/leaseAgain)).Unix())
	if err != nil && ctx.Err() == nil {
		l.log.Warn("a job was not leased", "job", job, "err", err)
	}
	return mine && err == nil
}
