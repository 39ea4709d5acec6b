package services

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/services/folder"
)

// Rotate makes the next KEYS of the broker in a data folder, with a new signing
// key, a new envelope key, or both. No process may be using the folder: the broker shows them, and signs with them, from its next start on.
func Rotate(data string, signing, envelope bool) (err error) {
	f := folder.At(data)
	if !f.HasBooks() {
		return fmt.Errorf("this is no broker's data folder: %s", data)
	}
	lock, err := f.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	_, err = f.Rotate(rand.Reader, time.Now().Unix(), folder.Rotation{Signing: signing, Envelope: envelope})
	return err
}

// PrintKeys prints the chain of the keys of the broker in a data folder.
func PrintKeys(out io.Writer, data string) error {
	chain, err := folder.At(data).BrokerChain()
	if err != nil {
		return err
	}
	for i, link := range chain.Links {
		fmt.Fprintf(out, "%4d  from %s  %s\n", i+1, time.Unix(link.NotBefore, 0).UTC().Format(time.RFC3339), link.Digest)
	}
	_, err = fmt.Fprintf(out, "\nFingerprint of the keys in force, for --broker-key: %s\n", chain.Fingerprint())
	return err
}
