package broker

import (
	"context"
	"errors"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Head returns the signed head of the log, signing a new one first when the
// log has grown and the last one is HeadEvery old. scrip.NotFound while the log
// is empty.
//
// A head is kept before anybody sees it, so that the log can always be held
// against what was said of it; and every head is kept, so there must not be too
// many: one for each HeadEvery in which something happened is at most one for
// each record, a tenth of its size, and still lets a buyer see a purchase in
// the log while it is fresh.
func (b *Broker) Head(ctx context.Context) (string, error) {
	signed, err := b.signedHead(ctx)
	return signed.Note, err
}

func (b *Broker) signedHead(ctx context.Context) (scrip.SignedHead, error) {
	last, err := b.Books.SignedHead(ctx)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return scrip.SignedHead{}, err
	}
	at := b.Clock().Unix()
	since := at - int64(b.HeadEvery/time.Second)
	if last.At > at {
		since = last.At // the clock was set back: signed anyway
	} else if last.Note != "" && last.At > since {
		return last, nil
	}
	now, err := b.Books.LogHead(ctx)
	switch {
	case err != nil:
		return scrip.SignedHead{}, err
	case now.Size == 0:
		return scrip.SignedHead{}, scrip.NotFound
	case now.Size == last.Size:
		return last, nil
	}
	note, err := now.Sign(b.Identity.ID, b.signing())
	if err != nil {
		return scrip.SignedHead{}, err
	}
	head := scrip.SignedHead{Size: now.Size, At: at, Note: note, Since: since}
	if err := b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Head: &head}}); err != nil {
		return scrip.SignedHead{}, err
	}
	return b.Books.SignedHead(ctx) // another may have come first
}

// Proof proves that a record, by its number from 0, is in the log. It shows
// hashes alone. scrip.NotFound for a record that is not there,
// scrip.Unavailable for one that the next head will cover.
func (b *Broker) Proof(ctx context.Context, index int64) (tree.Inclusion, error) {
	head, err := b.signedHead(ctx)
	if err != nil {
		return tree.Inclusion{}, err
	}
	if index >= head.Size {
		now, err := b.Books.LogHead(ctx)
		if err == nil && index < now.Size {
			err = scrip.Unavailable
		} else if err == nil {
			err = scrip.NotFound
		}
		return tree.Inclusion{}, err
	}
	p, err := b.Books.Inclusion(ctx, index, head.Size)
	p.Head = head.Note
	return p, err
}

// MessageProof proves that a signed message is in the log, to who knows its
// digest. Errors as for Proof.
func (b *Broker) MessageProof(ctx context.Context, digest string) (tree.Inclusion, error) {
	index, entry, err := b.Books.Recorded(ctx, digest)
	if errors.Is(err, scrip.ErrAbsent) {
		return tree.Inclusion{}, scrip.NotFound
	}
	if err != nil {
		return tree.Inclusion{}, err
	}
	p, err := b.Proof(ctx, index)
	p.Entry = entry
	return p, err
}

// Consistency proves that the log of its first to records begins with its
// first from, 1 <= from <= to: scrip.NotFound for what the signed head does not
// cover.
func (b *Broker) Consistency(ctx context.Context, from, to int64) (tree.Consistency, error) {
	head, err := b.signedHead(ctx)
	if err != nil {
		return tree.Consistency{}, err
	}
	if from < 1 || from > to || to > head.Size {
		return tree.Consistency{}, scrip.NotFound
	}
	return b.Books.Consistency(ctx, from, to)
}
