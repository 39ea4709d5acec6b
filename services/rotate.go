package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// Rotate makes the next KEYS of a broker, with a new signing key, a new envelope key, or
// both. No process may be using its storage: the broker shows them, and signs with them,
// from its next start on.
func Rotate(ctx context.Context, at storage.Config, signing, envelope bool) (err error) {
	return withKeys(ctx, at, func(f folder.Folder, shared *db.DB) error {
		rest := f.Lock
		if shared != nil {
			rest = func() (io.Closer, error) { return atRest(ctx, shared) }
		}
		lock, err := rest()
		if err != nil {
			return err
		}
		_, err = f.Rotate(rand.Reader, time.Now().Unix(), folder.Rotation{Signing: signing, Envelope: envelope})
		return errors.Join(err, lock.Close())
	})
}

// atRest keeps processes from starting on a database while none runs.
func atRest(ctx context.Context, shared *db.DB) (io.Closer, error) {
	owner, err := scrip.NewID(rand.Reader)
	if err != nil {
		return nil, err
	}
	l := lessee{db: shared, owner: string(owner), log: slog.Default(), every: leaseAgain}
	if !l.lease(ctx, jobKeys) {
		return nil, errors.New("another command makes new keys")
	}
	done := closer(func() error { return shared.GiveBack(context.WithoutCancel(ctx), jobKeys, l.owner) })
	n, err := shared.Leased(ctx, jobProcess, time.Now().Unix())
	if err == nil && n > 0 {
		err = fmt.Errorf("%w by %d processes of this broker. Stop them first; one that was killed counts for %s more", folder.ErrInUse, n, leaseFor)
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	return done, nil
}

// PrintKeys prints the chain of a broker's keys.
func PrintKeys(ctx context.Context, out io.Writer, at storage.Config) error {
	return withKeys(ctx, at, func(f folder.Folder, _ *db.DB) error {
		chain, err := f.BrokerChain()
		if err != nil {
			return err
		}
		for i, link := range chain.Links {
			fmt.Fprintf(out, "%4d  from %s  %s\n", i+1, time.Unix(link.NotBefore, 0).UTC().Format(time.RFC3339), link.Digest)
		}
		_, err = fmt.Fprintf(out, "\nFingerprint of the keys in force, for --broker-key: %s\n", chain.Fingerprint())
		return err
	})
}

// withKeys does something with a broker's keys: in a folder without its books being opened,
// beside these in a database that processes share.
func withKeys(ctx context.Context, at storage.Config, do func(f folder.Folder, shared *db.DB) error) error {
	s, err := storage.At(at)
	if err == nil {
		err = isBroker(s)
	}
	if err != nil {
		return err
	}
	if !s.Apart(db.Broker) {
		return do(s.Folder, nil)
	}
	database, err := s.Open(ctx, s.Folder.Books(), db.Broker)
	if err != nil {
		return err
	}
	f, err := s.Beside(database)
	if err == nil {
		err = do(f, database)
	}
	return errors.Join(err, database.Close())
}
