package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// logSigner is who signs the heads of the log that is audited.
type logSigner struct {
	broker scrip.ID
	chain  scrip.Chain      // of its keys
	keys   []jose.VerifyKey // all it ever had; none where they are not beside the books
}

// signerOf reads who the broker is from the keys beside its books.
func signerOf(broker folder.Folder) (logSigner, error) {
	chain, err := broker.BrokerChain()
	if errors.Is(err, fs.ErrNotExist) {
		return logSigner{}, nil
	}
	return logSigner{chain.Broker, chain, chain.Ever()}, err
}

// ReadHeads reads files with signed heads, one after another.
func ReadHeads(files []string) ([]string, error) {
	var heads []string
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read a signed head: %w", err)
		}
		found := splitHeads(string(b))
		if len(found) == 0 {
			return nil, fmt.Errorf("no signed head is in %s", name)
		}
		heads = append(heads, found...)
	}
	return heads, nil
}

// splitHeads cuts text where heads begin.
func splitHeads(text string) (heads []string) {
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, tree.Name("")):
			heads = append(heads, line)
		case len(heads) > 0:
			heads[len(heads)-1] += line
		}
	}
	for i, head := range heads {
		heads[i] = strings.TrimRight(head, "\n") + "\n"
	}
	return heads
}

// open reads heads that somebody kept elsewhere.
func (s logSigner) open(kept []string) ([]tree.Head, error) {
	if s.keys == nil && len(kept) > 0 {
		return nil, errors.New("heads kept elsewhere cannot be looked at: the broker's keys.json is not beside its books")
	}
	var heads []tree.Head
	for i, note := range kept {
		head, err := tree.OpenHead(note, s.broker, s.keys)
		if err != nil {
			return nil, fmt.Errorf("head %d of those kept elsewhere: not signed by the broker with these books", i+1)
		}
		heads = append(heads, head)
	}
	return heads, nil
}

func sizesOf(heads []tree.Head) []int64 {
	var sizes []int64
	for _, h := range heads {
		sizes = append(sizes, h.Size)
	}
	return sizes
}

// auditLog holds the log against its own hashes, the heads signed of it, and
// those kept elsewhere. Nothing but the last tells when whoever has the
// broker's key wrote it anew, heads and all.
func (r *Report) auditLog(log db.LogSnapshot, signer logSigner, elsewhere []tree.Head) {
	before := ""
	if log.From > 0 {
		before = fmt.Sprintf(", of which an earlier audit checked %d", log.From)
	}
	r.say("log", len(log.Faults) == 0, "%d records%s, tree head %x", log.Size, before, log.Root[:8])
	if log.Staged > 0 {
		r.say("log", true, "%d records more have no place in the tree yet", log.Staged)
	}
	for _, f := range log.Faults {
		r.say("log", false, "record %d %s", f.Seq, f.What)
	}
	held := 0
	for _, kept := range log.Kept {
		head, err := tree.OpenHead(kept.Note, signer.broker, signer.keys)
		switch {
		case signer.keys == nil:
		case err != nil || head.Size != kept.Size:
			r.say("log", false, "the kept head of %d records is not as the broker signed it", kept.Size)
		default:
			if r.against(log, head, "signed") {
				held++
			}
		}
	}
	if signer.keys == nil {
		r.say("log", true, "%d signed heads were not looked at: the broker's keys.json is not beside its books", len(log.Kept))
	} else {
		r.say("log", held == len(log.Kept), "%d of %d signed heads are of this log", held, len(log.Kept))
	}
	for _, head := range elsewhere {
		if r.against(log, head, "kept elsewhere") {
			r.say("log", true, "the head of %d records that was kept elsewhere is of this log", head.Size)
		}
	}
}

// auditSilences holds what is kept of stalls that do not answer against the log.
func (r *Report) auditSilences(b db.BooksSnapshot) {
	same := maps.Equal(b.Silences, b.Logged.Silences)
	if len(b.Silences) > 0 || !same {
		r.say("log", same, "%d stalls do not answer the broker; by the log %d", len(b.Silences), len(b.Logged.Silences))
	}
}

// auditRatings holds what is published of purchases against the log: none is left out,
// and none is made up.
func (r *Report) auditRatings(b db.BooksSnapshot) {
	same := b.Ratings == b.Logged.Ratings
	if b.Ratings > 0 || !same {
		r.say("log", same, "%d purchases are rated, as published; by the log %d", b.Ratings, b.Logged.Ratings)
	}
}

// auditKeys holds the KEYS in the book against those beside it, which may be ahead
// of it until the broker's next start.
func (r *Report) auditKeys(kept []string, signer logSigner) {
	if signer.keys == nil {
		return
	}
	book, err := scrip.ReadChain(signer.broker, kept)
	if err != nil || (len(kept) > 0 && !signer.chain.Has(book.Fingerprint())) {
		r.say("log", false, "the book knows of other keys of the broker than those in its keys.json")
	}
}

// against reports whether a head is the log's, and says so where it is not.
func (r *Report) against(log db.LogSnapshot, head tree.Head, what string) bool {
	root, ok := log.Roots[head.Size]
	switch {
	case !ok:
		r.say("log", false, "a head of %d records was %s; the log has %d: it was cut off", head.Size, what, log.Size)
	case root != head.Root:
		r.say("log", false, "the first %d records are not those of the head that was %s: one was changed, taken out, put in or moved", head.Size, what)
	default:
		return true
	}
	return false
}
