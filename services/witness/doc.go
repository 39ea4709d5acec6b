// Package witness is both ends of the protocol by which logs are witnessed
// (c2sp.org/tlog-witness): who signs a log asks a [Client] for cosignatures of its heads, and
// [Witness] gives them.
//
// A witness keeps, of each log that it was named, the newest head that it cosigned, and
// cosigns none that does not continue that one. So a log that shows two histories cannot have
// both cosigned by it, whoever has the log's key. It learns sizes and hashes, nothing of what
// is in a log.
//
// What it cosigns is durable before anybody sees the cosignature: who crashes in between has
// said nothing, and says the same when it is asked again.
package witness

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"peerscrip/services/tree"
)

// Bounds of a request and of an answer. A proof has a hash for each level, and one.
const (
	maxPath    = 63
	maxRequest = 16 << 10 // bytes
	maxAnswer  = tree.MaxCheckpoint
)

// Path is where a witness takes checkpoints.
const Path = "/add-checkpoint"

// sizeType is what an answer is that tells the size of another head.
const sizeType = "text/x.tlog.size"

// request is what a witness is asked: to cosign a signed head, which continues the log of
// old records.
type request struct {
	old   int64
	proof []tree.Hash
	head  string
}

// text is the request as it is sent.
func (r request) text() string {
	var b strings.Builder
	b.WriteString("old " + strconv.FormatInt(r.old, 10) + "\n")
	for _, h := range r.proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n" + r.head)
	return b.String()
}

var errForm = errors.New("not of the form of c2sp.org/tlog-witness")

// parse reads a request.
func parse(text string) (request, error) {
	lines, head, both := strings.Cut(text, "\n\n")
	first, rest, _ := strings.Cut(lines, "\n")
	old, is := strings.CutPrefix(first, "old ")
	size, err := tree.ParseSize(old)
	if !both || !is || err != nil || head == "" {
		return request{}, errForm
	}
	r := request{old: size, head: head}
	if rest == "" {
		return r, nil
	}
	for _, line := range strings.Split(rest, "\n") {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != len(tree.Hash{}) || len(r.proof) == maxPath {
			return request{}, errForm
		}
		r.proof = append(r.proof, tree.Hash(hash))
	}
	return r, nil
}
