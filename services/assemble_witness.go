package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"peerscrip/api"
	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/witness"
)

var (
	_ witness.State  = (*db.Witnessed)(nil)
	_ broker.Witness = (*witness.Client)(nil)
)

// witnesses are those that cosign the heads of this process's broker.
func (h *house) witnesses() (all []broker.Witness, err error) {
	known := map[string]bool{}
	for _, named := range h.Witnesses {
		w, err := witness.Named(named, h.counted("witness", http.DefaultTransport))
		if err != nil {
			return nil, err
		}
		if known[w.Key()] {
			return nil, fmt.Errorf("the witness %s is named twice", w.Name())
		}
		known[w.Key()] = true
		all = append(all, w)
	}
	return all, nil
}

// longUncosigned is how long a head may wait for a witness before the process is degraded.
const longUncosigned = 15 * time.Minute

// cosigned wants every witness to have cosigned this log, and lately.
func (h *house) cosigned(ctx context.Context) error {
	states, err := h.witnessStates(ctx)
	for _, s := range states {
		if s.Not != nil {
			return fmt.Errorf("%s: %w", s.Name, s.Not)
		}
		if waits := h.Clock().Sub(time.Unix(s.Behind, 0)); s.Behind > 0 && waits > longUncosigned {
			return fmt.Errorf("%s has not cosigned for %d minutes", s.Name, int(waits.Minutes()))
		}
	}
	return err
}

// addWitness makes what cosigns the logs that the operator named.
func (h *house) addWitness(ctx context.Context) error {
	if len(h.Logs) == 0 {
		return errors.New("a witness is told which logs it is for: --log with the base URL of a broker, or the key of any log (NAME+HASH+KEY)")
	}
	database, err := h.open(ctx, h.folder.Witness(), db.Witness)
	if err != nil {
		return err
	}
	state, err := db.NewWitnessed(database)
	if err != nil {
		return err
	}
	name, key, err := h.witnessKey(ctx, state)
	if err != nil {
		return err
	}
	var logs []witness.Log
	for _, named := range h.Logs {
		log, err := h.witnessedLog(ctx, named, state)
		if err != nil {
			return err
		}
		logs = append(logs, log)
	}
	h.run(func(ctx context.Context) { learnOf(ctx, logs) })
	h.witnessed = state
	h.witness = witness.New(witness.Config{Name: name, Key: key, Logs: logs, State: state, Clock: h.Clock, Log: h.Log, Answered: h.metrics.Cosigns})
	return nil
}

// witnessKey is the witness's own, made where there is none, with the name that is part of it.
func (h *house) witnessKey(ctx context.Context, state *db.Witnessed) (string, jose.SigningKey, error) {
	name, seed, err := state.Key(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		var fresh jose.SigningKey
		if fresh, err = jose.NewSigningKey(h.Random); err != nil {
			return "", jose.SigningKey{}, err
		}
		if name = h.Name; name == "" {
			name = hostOf(h.BaseURL)
		}
		if _, err := fresh.Public().CosignerKey(name); err != nil {
			return "", jose.SigningKey{}, fmt.Errorf("the witness's name, %q: %w", name, err)
		}
		if err := state.KeepKey(ctx, name, fresh.Secret()); err != nil {
			return "", jose.SigningKey{}, err
		}
		name, seed, err = state.Key(ctx)
	}
	if err != nil {
		return "", jose.SigningKey{}, err
	}
	if h.Name != "" && h.Name != name {
		return "", jose.SigningKey{}, fmt.Errorf("the witness in this data folder is named %s, which is part of its key: one with another name takes a data folder of its own", name)
	}
	key, err := jose.ParseSigningKey(seed)
	return name, key, err
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}

// witnessedLog is a log as the operator names it: by its key, or by the base URL of its broker,
// whose keys are followed, and, with a space between, the fingerprint that must be among these.
func (h *house) witnessedLog(ctx context.Context, named string, state *db.Witnessed) (witness.Log, error) {
	at, fingerprint, _ := strings.Cut(strings.TrimSpace(named), " ")
	if !scrip.ValidBaseURL(at) {
		key, err := note.NewVerifier(named)
		if err != nil {
			return nil, fmt.Errorf("a log is named by the base URL of its broker, or by its key as notes have it, NAME+HASH+KEY, not %q", named)
		}
		return namedLog{key}, nil
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: at, HTTPClient: &http.Client{Transport: h.counted("broker", http.DefaultTransport)}})
	if err != nil {
		return nil, err
	}
	log := &brokerLog{at: at, fingerprint: strings.TrimSpace(fingerprint), broker: peer.Broker(), state: state, log: h.Log}
	chain, err := state.Chain(ctx, at)
	if err == nil {
		if err := chain.Pinned(log.fingerprint); err != nil {
			return nil, err
		}
		log.chain.Store(&chain)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return nil, err
	}
	return log, nil
}

// learnOf follows the keys of logs until ctx ends.
func learnOf(ctx context.Context, logs []witness.Log) {
	for {
		for _, log := range logs {
			log.Learn(ctx)
		}
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return
		}
	}
}

// namedLog is any log, by its key.
type namedLog struct{ key note.Verifier }

// Keys implements witness.Log.
func (l namedLog) Keys(origin string) []note.Verifier {
	if origin != l.key.Name() {
		return nil
	}
	return []note.Verifier{l.key}
}

// Learn does nothing: who has another key is named anew.
func (namedLog) Learn(context.Context) {}

// brokerLog is the log of a broker, whose keys follow from those before.
type brokerLog struct {
	at, fingerprint string
	broker          api.BrokerClient
	state           *db.Witnessed
	log             *slog.Logger

	chain atomic.Pointer[scrip.Chain] // nil before the broker was met

	turn  sync.Mutex
	asked time.Time // under turn
}

// Keys implements witness.Log.
func (l *brokerLog) Keys(origin string) (keys []note.Verifier) {
	chain := l.chain.Load()
	if chain == nil || origin != tree.Name(chain.Broker) {
		return nil
	}
	for _, key := range chain.Ever() {
		if v, err := key.NoteVerifier(origin); err == nil { // a name that is an ID has no error
			keys = append(keys, v)
		}
	}
	return keys
}

// Learn implements witness.Log: anybody can have the broker asked, and so not often.
func (l *brokerLog) Learn(ctx context.Context) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if time.Since(l.asked) < learnPause {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), learnTimeout) // who asked may go, and others wait for it
	defer cancel()
	if err := l.learn(ctx); err != nil {
		l.log.Warn("the keys of a broker whose log is witnessed were not followed", "broker", l.at, "err", err)
	}
	l.asked = time.Now()
}

// learn follows the keys and keeps what it learnt before it is used.
func (l *brokerLog) learn(ctx context.Context) error {
	var known scrip.Chain
	if chain := l.chain.Load(); chain != nil {
		known = *chain
	} else {
		info, err := l.broker.Info(ctx)
		if err != nil {
			return err
		}
		known.Broker = info.ID
	}
	next, err := known.Learn(ctx, l.broker.Keys)
	if err == nil {
		err = next.Pinned(l.fingerprint)
	}
	if err != nil || next.Serial() == known.Serial() {
		return err
	}
	if err := l.state.KeepChain(ctx, l.at, next); err != nil {
		return err
	}
	l.chain.Store(&next)
	return nil
}

// uncontradicted wants no log to have signed two histories.
func (h *house) uncontradicted(ctx context.Context) error {
	found, err := h.witnessed.Contradictions(ctx)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%s has signed two heads of one size; both are shown at this witness's address", found[0].Origin)
	}
	return err
}

// witnessing is all that a witness answers: checkpoints, what it cosigned, and the API's own words.
func (p *Program) witnessing(machine http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", machine)
	mux.Handle("POST "+witness.Path, api.Front(p.parts.api, witness.Path, p.parts.witness))
	mux.Handle("GET /{$}", api.Front(p.parts.api, "/", http.HandlerFunc(p.parts.witness.Show)))
	return mux
}
