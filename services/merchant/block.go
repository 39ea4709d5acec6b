package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Blocked is a buyer whom the seller has blocked.
type Blocked struct {
	scrip.Blocking
	Titles []string // of what that was about; none where it is no longer there
}

// Block blocks the buyer of an order or a conversation: from now on its T4 and T10 and its
// lines in conversations without an order are refused (scrip.Blocked). What it has paid
// for goes on, and its money is given back as anybody's. scrip.NotFound: no such thread;
// scrip.TooMany: beyond scrip.MaxBlocked.
func (s *Stall) Block(ctx context.Context, thread scrip.ID) error {
	t, err := s.thread(ctx, thread)
	if err != nil {
		return err
	}
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{
		Block: &scrip.Blocking{Pseudonym: t.Pseudonym, Thread: thread, Talk: t.Talk},
	}})
}

// Unblock takes it back. Who was not blocked stays so.
func (s *Stall) Unblock(ctx context.Context, buyer scrip.Pseudonym) error {
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Unblock: buyer}})
}

// Blocked lists the buyers who are blocked, the last one first.
func (s *Stall) Blocked(ctx context.Context) ([]Blocked, error) {
	list, err := s.Shelf.Blocked(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]scrip.ID, len(list))
	for i, b := range list {
		ids[i] = b.Thread
	}
	titles, err := s.Shelf.Titles(ctx, ids)
	blocked := make([]Blocked, len(list))
	for i, b := range list {
		blocked[i] = Blocked{b, titles[b.Thread]}
	}
	return blocked, err
}

// notBlocked is scrip.Blocked for who is. For T10 and conversations the commit says it; T4
// begins so early that its money has not moved yet.
func (s *Stall) notBlocked(ctx context.Context, p scrip.Pseudonym) error {
	if is, err := s.Shelf.IsBlocked(ctx, p); err != nil || !is {
		return err
	}
	return scrip.Blocked
}
