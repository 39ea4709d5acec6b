package wallet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Heads is the broker's log as the world sees it.
type Heads interface {
	// Head returns the signed head of the log.
	Head(ctx context.Context) (string, error)
	// Consistency proves that the log of the first to records begins with the first from.
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// ToldHead is a signed head of the broker's log.
type ToldHead struct {
	By   scrip.VendorID // the stall that told it; empty: the broker
	Note string         // as the broker signed it
	At   int64          // unix seconds: since when a head of this stall waits to be compared; of the broker's, when it was kept
}

// Fork is two heads that the broker signed, and that do not belong to one log as far as it
// has shown: evidence, which is kept.
type Fork struct {
	Seen   ToldHead
	Before string // the head of the broker's that it was held against
	At     int64  // unix seconds: when it was found
	Proven bool   // both are of the same size: no log has both. Else the broker has not proved that one continues the other

	Settled bool // its person has said that it is explained: see SettleForks
}

// HeadChange is what becomes of heads.
type HeadChange struct {
	Told    []ToldHead // by stalls, each in the place of what it told before
	Line    string     // the head that all others are held against, in the place of Was; conflict if another one is there
	Was     string     // empty: there was none
	At      int64      // unix seconds: of Line
	Settled *ToldHead  // it was compared: not kept any more, unless the stall has told another one meanwhile
	Fork    *Fork      // a contradiction, the first MaxForks of them
	Explain []Fork     // these are settled, each by Seen.Note and Proven; where one was not before, the next head of the broker's is the first again
	Mended  *ToldHead  // the broker has proved meanwhile what it had not: this head contradicts nothing
}

// MaxForks is how many contradictions a wallet keeps; one is enough.
const MaxForks = 8

// unshown is for how long, in seconds, a broker may know nothing of a head that it signed
// before that is told: a stall may be asked before every process of it knows.
const unshown = 24 * 3600

// hearHead notes the head that came with a stall's answer. It is looked at when heads are
// compared: nothing that pays waits for it.
func (w *Wallet) hearHead(by scrip.VendorID, note string) {
	if by == "" || note == "" || len(note) > tree.MaxHead || w.cfg.Heads == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heard[by] == note {
		return
	}
	if w.heard == nil {
		w.heard, w.unkept = map[scrip.VendorID]string{}, map[scrip.VendorID]string{}
	}
	w.heard[by], w.unkept[by] = note, note
}

// keepHeads writes down what was heard.
func (w *Wallet) keepHeads(ctx context.Context) error {
	w.mu.Lock()
	unkept := w.unkept
	w.unkept = map[scrip.VendorID]string{}
	w.mu.Unlock()
	if len(unkept) == 0 {
		return nil
	}
	var c HeadChange
	for by, note := range unkept {
		c.Told = append(c.Told, ToldHead{by, note, w.now()})
	}
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Heads: &c}); err != nil {
		return fmt.Errorf("keep what stalls told of the broker's log: %w", err)
	}
	return nil
}

// CompareHeads holds what stalls told of the broker's log against what the broker shows this
// wallet, and keeps what contradicts it: see Forks. An error settles nothing, and says
// nothing of the broker; the same is compared again. Without a head that is new nobody is
// asked. A crash in here compares again.
func (w *Wallet) CompareHeads(ctx context.Context) error {
	if w.cfg.Heads == nil {
		return nil
	}
	if err := w.keepHeads(ctx); err != nil {
		return err
	}
	kept, err := w.cfg.Purse.Heads(ctx)
	if err != nil {
		return err
	}
	var line string
	var told []ToldHead
	for _, h := range kept {
		if h.By == "" {
			line = h.Note
		} else {
			told = append(told, h)
		}
	}
	forks, err := w.cfg.Purse.Forks(ctx)
	if err != nil {
		return err
	}
	for _, f := range forks { // what the broker had no proof for, it is asked again
		if !f.Proven && !f.Settled && !slices.Contains(told, f.Seen) {
			told = append(told, f.Seen)
		}
	}
	var errs []error
	for _, h := range told {
		next, err := w.compareHead(ctx, line, h)
		if line = next; err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// compareHead holds one head against the line, and returns the line from then on.
func (w *Wallet) compareHead(ctx context.Context, line string, h ToldHead) (string, error) {
	seen, err := w.openHead(ctx, h.Note)
	if errors.Is(err, tree.ErrProof) { // nobody signed it: it says nothing of anybody
		return line, w.applyHeads(ctx, HeadChange{Settled: &h})
	}
	if err == nil && line == "" {
		line, err = w.firstHead(ctx)
	}
	if err != nil {
		return line, err
	}
	known, err := tree.OpenHead(line, w.brokerID(), w.brokerInfo(ctx).Ever())
	if err != nil {
		return line, fmt.Errorf("read the head that was kept: %w", err)
	}
	switch {
	case seen == known:
		return line, w.applyHeads(ctx, HeadChange{Settled: &h})
	case seen.Size == known.Size:
		return line, w.applyHeads(ctx, HeadChange{Settled: &h, Fork: w.fork(h, line, true)})
	}
	older, newer := known, seen
	if seen.Size < known.Size {
		older, newer = seen, known
	}
	proof, err := w.cfg.Heads.Consistency(ctx, older.Size, newer.Size)
	switch {
	case errors.Is(err, scrip.NotFound) && w.now()-h.At > unshown:
		return line, errors.Join(err, w.applyHeads(ctx, HeadChange{Fork: w.fork(h, line, false)}))
	case err != nil:
		return line, fmt.Errorf("ask the broker for a proof: %w", err)
	case proof.From != older.Size || proof.To != newer.Size:
		return line, fmt.Errorf("%w: a proof of something else", scrip.Unavailable)
	case proof.Verify(older, newer) != nil:
		return line, w.applyHeads(ctx, HeadChange{Fork: w.fork(h, line, false)})
	}
	c := HeadChange{Settled: &h, Mended: &h}
	if newer == seen {
		c.Line, c.Was, c.At, line = h.Note, line, w.now(), h.Note
	}
	return line, w.applyHeads(ctx, c)
}

func (w *Wallet) fork(h ToldHead, line string, proven bool) *Fork {
	return &Fork{Seen: h, Before: line, At: w.now(), Proven: proven}
}

// openHead opens a head of the broker's, which may have signed it with keys that are new to
// the wallet. tree.ErrProof: it has not signed it.
func (w *Wallet) openHead(ctx context.Context, note string) (tree.Head, error) {
	head, err := tree.OpenHead(note, w.brokerID(), w.brokerInfo(ctx).Ever())
	if !errors.Is(err, tree.ErrProof) || tree.Origin(note) != tree.Name(w.brokerID()) {
		return head, err
	}
	if err := w.refreshInfo(ctx); err != nil {
		return tree.Head{}, err
	}
	return tree.OpenHead(note, w.brokerID(), w.brokerInfo(ctx).Ever())
}

// firstHead keeps the broker's own head, for the others to be held against.
func (w *Wallet) firstHead(ctx context.Context) (string, error) {
	note, err := w.cfg.Heads.Head(ctx)
	if err != nil {
		return "", fmt.Errorf("ask the broker for its head: %w", err)
	}
	if _, err := w.openHead(ctx, note); err != nil {
		return "", fmt.Errorf("the broker's head: %w", err)
	}
	return note, w.applyHeads(ctx, HeadChange{Line: note, At: w.now()})
}

func (w *Wallet) applyHeads(ctx context.Context, c HeadChange) error {
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Heads: &c}); err != nil {
		return fmt.Errorf("keep what was compared of the broker's log: %w", err)
	}
	return nil
}

// HeadsKept lists the heads that are kept: first the broker's, which all that were compared
// belong to, then those of stalls that wait to be compared.
func (w *Wallet) HeadsKept(ctx context.Context) ([]ToldHead, error) { return w.cfg.Purse.Heads(ctx) }

// Forks lists what contradicts the broker, the first first. Money is not touched by it.
func (w *Wallet) Forks(ctx context.Context) ([]Fork, error) { return w.cfg.Purse.Forks(ctx) }

// SettleForks has contradictions be explained, as their person says to whom they were shown: they stay as
// evidence, money may be added again unless others are there (see ErrOtherBooks), and what stalls tell from now on is held against
// what the broker shows by now, as if nothing had been compared. What was found meanwhile is not settled: neither another head, nor
// the proof of what was shown as not proven. One that is not there any more, or was settled before, changes nothing.
func (w *Wallet) SettleForks(ctx context.Context, shown ...Fork) error {
	return w.applyHeads(ctx, HeadChange{Explain: shown})
}

// mayAdd refuses to give a broker more money that has signed two histories, until its person
// has settled that: what is there can be spent and withdrawn.
func (w *Wallet) mayAdd(ctx context.Context) error {
	forks, err := w.cfg.Purse.Forks(ctx)
	if err != nil {
		return fmt.Errorf("look for what contradicts the broker: %w", err)
	}
	if slices.ContainsFunc(forks, func(f Fork) bool { return f.Proven && !f.Settled }) {
		return ErrOtherBooks
	}
	return nil
}

// Name is a short name of a contradiction, by which its person says which is explained. Of one head that was seen, what is proven has
// another one than what was not yet.
func (f Fork) Name() string {
	digest := sha256.Sum256(fmt.Appendf(nil, "%t\n%s", f.Proven, f.Seen.Note))
	return hex.EncodeToString(digest[:8])
}

// Sentence says to a person what a contradiction means. seller is how the stall is called.
func (f Fork) Sentence(seller string) string {
	if f.Proven {
		return fmt.Sprintf("The broker has shown you and %s different books. It signed both, and only one of them can be true.", seller)
	}
	return fmt.Sprintf("The broker has not shown yet that %s and you see the same books. It signed both, and is asked again; keep the evidence until it has shown it.", seller)
}

// Evidence is what anybody can check with the broker's public keys: a text with both heads as
// they were signed, for `peerscrip verify`, and for the broker's own audit.
func (f Fork) Evidence(seller string) string {
	return fmt.Sprintf("%s\n\nShown to the owner of this file by the broker:\n\n%s\nShown to %s (stall %s):\n\n%s", f.Sentence(seller), f.Before, seller, f.Seen.By, f.Seen.Note)
}
