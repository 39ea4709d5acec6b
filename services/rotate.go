package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/storage"
)

// Rotate makes the next KEYS of a broker, with a new signing key, a new envelope key, or
// both, beside the processes that use them or without any: a running broker shows them, and
// signs with them, some seconds later.
func Rotate(ctx context.Context, at storage.Config, signing, envelope bool) (err error) {
	return withKeys(ctx, at, func(f folder.Folder) error {
		_, err := f.Rotate(rand.Reader, time.Now().Unix(), folder.Rotation{Signing: signing, Envelope: envelope})
		return err
	})
}

// PrintKeys prints the chain of a broker's keys.
func PrintKeys(ctx context.Context, out io.Writer, at storage.Config) error {
	return withKeys(ctx, at, func(f folder.Folder) error {
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
func withKeys(ctx context.Context, at storage.Config, do func(folder.Folder) error) error {
	s, err := storage.At(at)
	if err == nil {
		err = isBroker(s)
	}
	if err != nil {
		return err
	}
	if !s.Apart(db.Broker) {
		return do(s.Folder)
	}
	database, err := s.Open(ctx, s.Folder.Books(), db.Broker)
	if err != nil {
		return err
	}
	f, err := s.Beside(database)
	if err == nil {
		err = do(f)
	}
	return errors.Join(err, database.Close())
}
