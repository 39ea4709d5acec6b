package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"

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
		found := tree.Heads(string(b))
		if len(found) == 0 {
			return nil, fmt.Errorf("no signed head is in %s", name)
		}
		heads = append(heads, found...)
	}
	return heads, nil
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
	seen := Values{"Records": int(log.Size), "Root": fmt.Sprintf("%x", log.Root[:8])}
	kind := logWhole
	if log.From > 0 {
		kind, seen["Before"] = logContinued, int(log.From)
	}
	r.say("log", len(log.Faults) == 0, kind, seen)
	if log.Staged > 0 {
		r.say("log", true, logStaged, Values{"Staged": int(log.Staged)})
	}
	for _, f := range log.Faults {
		r.say("log", false, recordWrong, Values{"Record": int(f.Seq), "Fault": Fault(f.What)})
	}
	held := 0
	for _, kept := range log.Kept {
		head, err := tree.OpenHead(kept.Note, signer.broker, signer.keys)
		switch {
		case signer.keys == nil:
		case err != nil || head.Size != kept.Size:
			r.say("log", false, headForged, Values{"Records": int(kept.Size)})
		default:
			if r.against(log, head, signedCut, signedOther) {
				held++
			}
		}
	}
	if signer.keys == nil {
		r.say("log", true, headsUnseen, Values{"Heads": len(log.Kept)})
	} else {
		r.say("log", held == len(log.Kept), headsHeld, Values{"Held": held, "Heads": len(log.Kept)})
	}
	for _, head := range elsewhere {
		if r.against(log, head, keptCut, keptOther) {
			r.say("log", true, headElsewhere, Values{"Records": int(head.Size)})
		}
	}
}

// auditSilences holds what is kept of stalls that do not answer against the log.
func (r *Report) auditSilences(b db.BooksSnapshot) {
	same := maps.Equal(b.Silences, b.Logged.Silences)
	if len(b.Silences) > 0 || !same {
		r.say("log", same, silentStalls, Values{"Stalls": len(b.Silences), "Logged": len(b.Logged.Silences)})
	}
}

// auditRatings holds what is published of purchases against the log: none is left out,
// and none is made up.
func (r *Report) auditRatings(b db.BooksSnapshot) {
	same := b.Ratings == b.Logged.Ratings
	if b.Ratings > 0 || !same {
		r.say("log", same, ratedSales, Values{"Purchases": b.Ratings, "Logged": b.Logged.Ratings})
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
		r.say("log", false, otherKeys, nil)
	}
}

// against reports whether a head is the log's, and says so where it is not: the log was cut
// off, or is another.
func (r *Report) against(log db.LogSnapshot, head tree.Head, cut, other Kind) bool {
	root, ok := log.Roots[head.Size]
	switch {
	case !ok:
		r.say("log", false, cut, Values{"Records": int(head.Size), "Has": int(log.Size)})
	case root != head.Root:
		r.say("log", false, other, Values{"Records": int(head.Size)})
	default:
		return true
	}
	return false
}

// Sizes are how many records the log had, by heads of it that somebody kept elsewhere, as its
// broker's keys in a folder signed them.
func Sizes(f folder.Folder, kept []string) (sizes []int64, err error) {
	s, err := signerOf(f)
	if err != nil {
		return nil, err
	}
	heads, err := s.open(kept)
	for _, head := range heads {
		sizes = append(sizes, head.Size)
	}
	return sizes, err
}
