package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"peerscrip/api"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/wallet"
)

// Heads is how the broker's books, as sellers saw them, stand against what it shows the wallet.
type Heads struct {
	Head    string          `json:"head"`    // of the broker's log, as it signed it, to which all belong that were compared; empty before the first
	Waiting int             `json:"waiting"` // heads that sellers told, and that wait to be compared
	Forks   []Contradiction `json:"forks"`   // what contradicts the broker
	Unknown []string        `json:"unknown"` // names that were to be settled and that nothing has, or not any more: it was passed over
}

// Contradiction is two heads that the broker signed, and that do not belong to one log.
type Contradiction struct {
	Name     string         `json:"name"`     // by which it is said to be explained
	Vendor   scrip.VendorID `json:"vendor"`   // of the stall that saw the one
	Stall    string         `json:"stall"`    // its name, where it is known
	At       int64          `json:"at"`       // when it was found
	Proven   bool           `json:"proven"`   // no log has both; else the broker has not proved that one continues the other
	Settled  bool           `json:"settled"`  // it was said to be explained; until then no money is added where it is proven
	Says     string         `json:"says"`     // in words
	Evidence string         `json:"evidence"` // a text with both, which "peerscrip verify" checks
}

func (h Heads) print(p *page) {
	if len(h.Unknown) > 0 {
		p.printf("nothing has this name, or not any more; it was passed over: %s\n", strings.Join(h.Unknown, ", "))
	}
	switch {
	case len(h.Forks) > 0:
	case h.Head == "":
		p.printf("nothing was compared yet: sellers tell what they saw of the broker's books with each purchase and each message\n")
	default:
		p.printf("what sellers saw of the broker's books is what it shows you\n")
	}
	if h.Waiting > 0 {
		p.printf("waiting to be compared: %d\n", h.Waiting)
	}
	for _, f := range h.Forks {
		settled := ""
		if f.Settled {
			settled = ", settled"
		}
		p.printf("%s, %s%s: %s\n", f.Name, day(f.At), settled, f.Evidence)
	}
	open := []string{}
	for _, f := range h.Forks {
		if !f.Settled {
			open = append(open, f.Name)
		}
	}
	switch {
	case slices.ContainsFunc(h.Forks, func(f Contradiction) bool { return f.Proven && !f.Settled }):
		p.printf(otherBooks, strings.Join(open, ","))
	case len(open) > 0:
		p.printf(notShown, strings.Join(open, ","))
	}
}

// otherBooks is what somebody does to whom other books were shown than to a seller.
const otherBooks = `Keep the evidence (peerscrip wallet heads --evidence FILE): anybody can check it. Ask who runs the broker, and others who use it.
Its books were put back to an older copy, somebody else has its key, or it cheats. Until you say that it is explained (peerscrip wallet heads --settle %s)
no money is added; what you have can be spent and withdrawn.
`

// notShown is what somebody does whom the broker has not shown that it is the same books.
const notShown = `The broker is asked again with each command. If it never shows it, ask who runs it: its books were put back to an older copy, or it
cheats. Once that is explained, say so: peerscrip wallet heads --settle %s
`

// HeadsNow compares what waits, and tells how it stands; evidence is a file into which what
// contradicts the broker is written, or empty; settle names contradictions that are explained, as they were told before. What was found
// since is told, and not settled; a name that nothing has any more is told, too.
func (w *Wallet) HeadsNow(ctx context.Context, evidence string, settle []string) (Heads, error) {
	said := Heads{Forks: []Contradiction{}, Unknown: []string{}}
	err := w.settle(ctx, settle, &said)
	if err != nil {
		return said, err
	}
	failed := w.CompareHeads(ctx)
	kept, err := w.HeadsKept(ctx)
	if err != nil {
		return said, err
	}
	for _, h := range kept {
		if h.By == "" {
			said.Head = h.Note
		} else {
			said.Waiting++
		}
	}
	if said.Forks, err = w.contradictions(ctx); err != nil {
		return said, err
	}
	if evidence != "" && len(said.Forks) > 0 {
		text := ""
		for _, f := range said.Forks {
			text += f.Evidence + "\n"
		}
		err = os.WriteFile(evidence, []byte(text), 0o600)
	}
	if err == nil && said.Waiting > 0 {
		err = failed // which is why they wait
	}
	return said, err
}

// settle has contradictions of these names be explained, and says which names nothing has.
func (w *Wallet) settle(ctx context.Context, names []string, said *Heads) error {
	if len(names) == 0 {
		return nil
	}
	forks, err := w.Forks(ctx)
	if err != nil {
		return err
	}
	shown, unknown := forksNamed(forks, names)
	said.Unknown = append(said.Unknown, unknown...)
	return w.SettleForks(ctx, shown...)
}

// forksNamed are the contradictions of these names, and the names that none has: of what the broker has proved meanwhile nothing is kept,
// so that it cannot be told from what never was.
func forksNamed(forks []wallet.Fork, names []string) (shown []wallet.Fork, unknown []string) {
	for _, name := range names {
		if at := slices.IndexFunc(forks, func(f wallet.Fork) bool { return f.Name() == name }); at >= 0 {
			shown = append(shown, forks[at])
		} else {
			unknown = append(unknown, name)
		}
	}
	return shown, unknown
}

func (w *Wallet) contradictions(ctx context.Context) ([]Contradiction, error) {
	forks, err := w.Forks(ctx)
	list := []Contradiction{}
	for _, f := range forks {
		name := w.nameOf(ctx, f)
		list = append(list, Contradiction{f.Name(), f.Seen.By, name, f.At, f.Proven, f.Settled, f.Sentence(name), f.Evidence(name)})
	}
	return list, err
}

// nameOf is how the stall is called that saw a head.
func (w *Wallet) nameOf(ctx context.Context, f wallet.Fork) string {
	known, err := w.purse.KnownStall(ctx, f.Seen.By)
	if err != nil { // it is not known any more
		return "a seller"
	}
	return known.Name
}

// warn tells a person, whatever the command was, that the broker contradicts itself.
func (w *Wallet) warn(ctx context.Context, said Said) {
	switch said.(type) {
	case Heads, Bundle: // which says it, and which is a file
		return
	}
	if w.Wallet == nil {
		return
	}
	forks, err := w.Forks(ctx)
	if err != nil { // what the purse cannot read, the command itself says
		return
	}
	at := slices.IndexFunc(forks, func(f wallet.Fork) bool { return f.Proven && !f.Settled })
	if at < 0 {
		at = slices.IndexFunc(forks, func(f wallet.Fork) bool { return !f.Settled })
	}
	if at >= 0 {
		w.printf("\n%s\nWhat to do: peerscrip wallet heads\n", forks[at].Sentence(w.nameOf(ctx, forks[at])))
	}
}

// maxHeads bounds how many heads of a file are held against each other.
const maxHeads = 32

// printHeads says what signed heads in a file prove to who trusts these keys: a file with the
// broker's KEYS, or the address of a broker, which is then asked for proofs, too.
// ErrNotProven: nothing against the broker.
func printHeads(ctx context.Context, out io.Writer, notes []string, keys, fingerprint string) error {
	broker := scrip.ID(tree.Origin(notes[0])[len(tree.Name("")):])
	chain, _, err := readKeys(ctx, keys, broker)
	if err == nil {
		err = chain.Pinned(fingerprint)
	}
	if err != nil {
		return err
	}
	var heads []tree.Head
	for i, note := range notes {
		head, err := tree.OpenHead(note, broker, chain.Ever())
		if err != nil {
			return notProven(fmt.Sprintf("head %d was not signed by the broker with these keys", i+1))
		}
		fmt.Fprintf(out, "signed by the broker: %d records, root %s\n", head.Size, head.Root)
		heads = append(heads, head)
	}
	against := false
	for i, a := range heads {
		for _, b := range heads[:i] {
			contradicts, err := printPair(ctx, out, b, a, keys)
			if err != nil {
				return err
			}
			against = against || contradicts
		}
	}
	if !against {
		return notProven("this proves nothing against the broker")
	}
	return nil
}

// printPair says of two heads whether one log can have both.
func printPair(ctx context.Context, out io.Writer, a, b tree.Head, keys string) (contradicts bool, err error) {
	if b.Size < a.Size {
		a, b = b, a
	}
	switch {
	case a == b:
		fmt.Fprintf(out, "of %d records: the same head twice\n", a.Size)
		return false, nil
	case a.Size == b.Size:
		fmt.Fprintf(out, "PROVEN: the broker signed two different heads of %d records. It keeps two sets of books, or had others\n", a.Size)
		return true, nil
	case !isAddress(keys):
		fmt.Fprintf(out, "of %d and %d records: by themselves they do not contradict each other. With the broker's address as --broker-keys it is asked for the proof\n", a.Size, b.Size)
		return false, nil
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: keys})
	if err != nil {
		return false, err
	}
	proof, err := peer.Broker().Consistency(ctx, a.Size, b.Size)
	if err != nil {
		return false, fmt.Errorf("ask the broker for the proof that its log of %d records continues that of %d: %w", b.Size, a.Size, err)
	}
	if proof.Verify(a, b) == nil {
		fmt.Fprintf(out, "of %d and %d records: the broker proves that the one continues the other\n", a.Size, b.Size)
		return false, nil
	}
	fmt.Fprintf(out, "AGAINST THE BROKER: what it shows does not prove that its log of %d records continues that of %d\n", b.Size, a.Size)
	return true, nil
}

// compare holds what sellers told of the broker's books against what it shows. What cannot be
// compared now is written down, and compared with the next command.
func (w *Wallet) compare(ctx context.Context) {
	if err := w.CompareHeads(ctx); err != nil && ctx.Err() == nil && !w.config.JSON {
		w.printf("what the seller saw of the broker's books is not compared yet: %v\n", err)
	}
}

// notProven is ErrNotProven of heads, in words.
type notProven string

func (e notProven) Error() string { return string(e) }

// Is makes it ErrNotProven.
func (e notProven) Is(target error) bool { return target == ErrNotProven }
