package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// State keeps what a witness must not forget. It is safe for concurrent use.
type State interface {
	// Latest returns the checkpoint of a log that was cosigned last, or scrip.ErrAbsent.
	Latest(ctx context.Context, origin string) (tree.Checkpoint, error)
	// Advance has a checkpoint, of unix seconds, be the one that was cosigned last, in the
	// place of a head, or of tree.Empty where there was none, and returns once that is
	// durable: scrip.OutOfTurn where another one is there meanwhile, and nothing has changed.
	Advance(ctx context.Context, from tree.Head, to tree.Checkpoint, at int64) error
	// Contradict keeps a checkpoint that its log signed beside another one of the same size:
	// evidence. Beyond tree.MaxContradictions of a log, and again, it changes nothing.
	Contradict(ctx context.Context, c tree.Contradiction) error
	// Contradictions lists them, the first first.
	Contradictions(ctx context.Context) ([]tree.Contradiction, error)
	// All lists the checkpoints that were cosigned last, by origin.
	All(ctx context.Context) ([]tree.Cosigned, error)
}

// Log is one that is witnessed.
type Log interface {
	// Keys are those that its checkpoints are signed with, as far as they are known; nil
	// where the log is not the one of the origin.
	Keys(origin string) []note.Verifier
	// Learn looks for further keys, now and then, for who met a signature by none of these.
	Learn(ctx context.Context)
}

// Config is what a Witness is made of.
type Config struct {
	Name  string
	Key   jose.SigningKey
	Logs  []Log
	State State
	Clock func() time.Time
	Log   *slog.Logger
	// Answered is told how each request ended, one of Outcomes; nil tells nobody.
	Answered func(outcome string)
}

// Witness cosigns the checkpoints of some logs. It is safe for concurrent use.
type Witness struct{ Config }

// New returns a witness.
func New(c Config) *Witness { return &Witness{c} }

// How a request for a cosignature may end.
const (
	outCosigned    = "cosigned"
	outOtherSize   = "other-size"  // its proof begins at another head than the one that was cosigned last
	outContradicts = "contradicts" // two heads of one size, both signed
	outUnproven    = "unproven"    // it does not continue what was cosigned last, or does not prove it
	outUnsigned    = "unsigned"
	outUnknown     = "unknown-log"
	outMalformed   = "malformed"
	outFailed      = "failed" // it does not work now
)

// Outcomes lists how a request for a cosignature may end.
func Outcomes() []string {
	return []string{outCosigned, outOtherSize, outContradicts, outUnproven, outUnsigned, outUnknown, outMalformed, outFailed}
}

// refusal is an answer other than a cosignature.
type refusal struct {
	status  int
	outcome string
	text    string
	size    bool // text is the size of the checkpoint that was cosigned last
}

func (r refusal) Error() string { return r.text }

var (
	errUnknownLog = refusal{http.StatusNotFound, outUnknown, "this log is not witnessed here", false}
	errUnsigned   = refusal{http.StatusForbidden, outUnsigned, "no key of the log has signed this", false}
	errMalformed  = refusal{http.StatusBadRequest, outMalformed, errForm.Error(), false}
	errUnproven   = refusal{http.StatusUnprocessableEntity, outUnproven, "the proof does not prove that this continues what was cosigned last", false}
)

func otherSize(size int64) refusal {
	return refusal{http.StatusConflict, outOtherSize, strconv.FormatInt(size, 10), true}
}

// ServeHTTP takes a checkpoint.
func (w *Witness) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, maxRequest))
	if errors.As(err, new(*http.MaxBytesError)) {
		err = refusal{http.StatusRequestEntityTooLarge, outMalformed, "a request has at most " + strconv.Itoa(maxRequest) + " bytes", false}
	} else if err != nil {
		err = errMalformed
	}
	line := ""
	if err == nil {
		line, err = w.Add(in.Context(), string(body))
	}
	var no refusal
	outcome := outFailed
	switch {
	case err == nil:
		outcome = outCosigned
		say(out, http.StatusOK, "text/plain; charset=utf-8", line)
	case errors.As(err, &no) && no.size:
		outcome = no.outcome
		say(out, no.status, sizeType, no.text+"\n")
	case errors.As(err, &no):
		outcome = no.outcome
		say(out, no.status, "text/plain; charset=utf-8", no.text+"\n")
	default:
		w.Log.Error("a checkpoint was not cosigned", "err", err)
		say(out, http.StatusServiceUnavailable, "text/plain; charset=utf-8", "it does not work now: ask again\n")
	}
	if w.Answered != nil {
		w.Answered(outcome)
	}
}

func say(out http.ResponseWriter, status int, kind, text string) {
	out.Header().Set("Content-Type", kind)
	out.WriteHeader(status)
	_, _ = io.WriteString(out, text) // who is gone asks again
}

// Add cosigns the checkpoint of a request that continues what was cosigned last, and returns
// the line. By then it is durable that it was: a crash before that leaves nothing, and one
// after it a checkpoint that may be cosigned again.
func (w *Witness) Add(ctx context.Context, text string) (string, error) {
	r, err := parse(text)
	if err != nil {
		return "", errMalformed
	}
	c, err := w.open(ctx, r.head)
	if err != nil {
		return "", err
	}
	if r.old > c.Size || len(r.proof) > 0 && (r.old == 0 || r.old == c.Size) {
		return "", errMalformed
	}
	last, err := w.State.Latest(ctx, c.Origin)
	if errors.Is(err, scrip.ErrAbsent) {
		last, err = tree.Checkpoint{Origin: c.Origin, Head: tree.Empty}, nil
	}
	if err != nil {
		return "", err
	}
	if c.Size == last.Size && c.Root != last.Root {
		return "", w.contradicted(ctx, last, c)
	}
	if r.old != last.Size {
		return "", otherSize(last.Size)
	}
	if last.Size > 0 && tlog.CheckTree(tree.Unwrap(r.proof), c.Size, tlog.Hash(c.Root), last.Size, tlog.Hash(last.Root)) != nil {
		return "", errUnproven // anybody may send a head that the log signed with a proof of nothing: no evidence
	}
	at := w.Clock().Unix()
	if err := w.State.Advance(ctx, last.Head, c, at); err != nil {
		return "", w.overtaken(ctx, c.Origin, err)
	}
	signer, err := w.Key.Cosigner(w.Name, at)
	if err != nil {
		return "", err
	}
	return c.Cosign(signer)
}

// open reads a checkpoint of a log that is witnessed here.
func (w *Witness) open(ctx context.Context, signed string) (tree.Checkpoint, error) {
	origin := tree.Origin(signed)
	keys := w.keys(origin)
	c, err := tree.OpenCheckpoint(signed, keys)
	if err != nil { // it may be a log's new key, or the first of one that was out of reach
		for _, log := range w.Logs {
			log.Learn(ctx)
		}
		if keys = w.keys(origin); len(keys) == 0 {
			return c, errUnknownLog
		}
		c, err = tree.OpenCheckpoint(signed, keys)
	}
	if err != nil || c.Origin != origin {
		return c, errUnsigned
	}
	return c, nil
}

func (w *Witness) keys(origin string) (keys []note.Verifier) {
	for _, log := range w.Logs {
		keys = append(keys, log.Keys(origin)...)
	}
	return keys
}

// contradicted keeps two checkpoints of one size that a log signed.
func (w *Witness) contradicted(ctx context.Context, before, c tree.Checkpoint) error {
	w.Log.Error("a log has signed two heads of the same number of records", "log", c.Origin, "records", c.Size)
	if err := w.State.Contradict(ctx, tree.Contradiction{Origin: c.Origin, Seen: c.Note, Before: before.Note, At: w.Clock().Unix()}); err != nil {
		return err // who asks again brings the evidence again
	}
	no := otherSize(before.Size)
	no.outcome = outContradicts
	return no
}

// overtaken tells who lost a race how many records were cosigned meanwhile.
func (w *Witness) overtaken(ctx context.Context, origin string, lost error) error {
	if !errors.Is(lost, scrip.OutOfTurn) {
		return lost
	}
	last, err := w.State.Latest(ctx, origin)
	if err != nil {
		return err
	}
	return otherSize(last.Size)
}

// Show tells everybody the witness's key and, of each log, what was cosigned last, and what
// its log signed beside that: all of it public, and evidence where heads contradict each other.
func (w *Witness) Show(out http.ResponseWriter, in *http.Request) {
	text, err := w.shown(in.Context())
	if err != nil {
		w.Log.Error("what is witnessed is not shown", "err", err)
		say(out, http.StatusServiceUnavailable, "text/plain; charset=utf-8", "it does not work now: ask again\n")
		return
	}
	say(out, http.StatusOK, "text/plain; charset=utf-8", text)
}

func (w *Witness) shown(ctx context.Context) (string, error) {
	key, err := w.Key.Public().CosignerKey(w.Name)
	if err != nil {
		return "", err
	}
	all, err := w.State.All(ctx)
	if err != nil {
		return "", err
	}
	against, err := w.State.Contradictions(ctx)
	if err != nil {
		return "", err
	}
	text := "A witness of logs (c2sp.org/tlog-witness). Its key:\n" + key + "\n"
	for _, c := range all {
		text += "\nCosigned last:\n" + c.Note
	}
	for _, c := range against {
		text += fmt.Sprintf("\nOn %s the same log showed another history:\n%sThe one cosigned before:\n%s", time.Unix(c.At, 0).UTC().Format(time.RFC3339), c.Seen, c.Before)
	}
	return text, nil
}
