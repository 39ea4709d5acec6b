package broker

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Errors of Recognize: the books are not those that the broker kept.
var (
	ErrForeignKeys = errors.New("the books know of other keys than these")
	ErrForeignHead = errors.New("a head of the log was not signed with these keys")
	ErrWentBack    = errors.New("the log is not the one that was signed")
)

// Recognize refuses books that were kept with other keys, or later ones
// (ErrForeignKeys), whose last signed head is not by these keys (ErrForeignHead),
// or whose log does not continue that head, or those kept elsewhere
// (ErrWentBack). Whoever went on with them would sign a second history, so it is
// asked before anything is served. KEYS that the books do not have yet, it puts in:
// until then nobody is shown them.
func (b *Broker) Recognize(ctx context.Context, elsewhere ...string) error {
	err := b.Books.Apply(ctx, scrip.Change{At: b.Clock().Unix(), Broker: &scrip.BrokerChange{Keys: b.keys.now.Load().Keys}})
	if errors.Is(err, scrip.TxConflict) {
		return ErrForeignKeys
	}
	if err != nil {
		return err
	}
	last, err := b.Books.SignedHead(ctx)
	if err == nil {
		elsewhere = append([]string{last.Note}, elsewhere...)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	for _, note := range elsewhere {
		head, err := tree.OpenHead(note, b.Identity.ID, b.Identity.Ever())
		if err != nil {
			return ErrForeignHead
		}
		if err := b.continues(ctx, head); err != nil {
			return err
		}
	}
	return nil
}

// continues looks whether the log begins with what a head was signed of.
func (b *Broker) continues(ctx context.Context, head tree.Head) error {
	now, err := b.Books.LogHead(ctx)
	if err != nil {
		return err
	}
	if now.Size < head.Size {
		return fmt.Errorf("%w: a head of %d records was signed, and there are %d", ErrWentBack, head.Size, now.Size)
	}
	root, err := b.Books.Root(ctx, head.Size)
	if err == nil && root != head.Root {
		err = fmt.Errorf("%w: its first %d records are others", ErrWentBack, head.Size)
	}
	return err
}
