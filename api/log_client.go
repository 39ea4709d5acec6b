package api

import (
	"context"

	"peerscrip/services/tree"
)

// Head reads the signed head of the log. Its signature is the caller's to check.
func (b BrokerClient) Head(ctx context.Context) (string, error) {
	resp, err := b.peer.client.LogHead(ctx)
	out, err := answer[LogHead](maxAnswer, resp, err)
	return out.Head, err
}

// Checkpoint reads the head that witnesses cosigned. Signatures are the caller's to check.
func (b BrokerClient) Checkpoint(ctx context.Context) (string, error) {
	resp, err := b.peer.client.LogCheckpoint(ctx)
	body, err := take(maxAnswer, "text/plain", resp, err)
	return string(body), err
}

// Proof reads the proof of a record by its number, for the caller to check.
func (b BrokerClient) Proof(ctx context.Context, index int64) (tree.Inclusion, error) {
	resp, err := b.peer.client.LogRecord(ctx, index)
	out, err := answer[LogProof](maxAnswer, resp, err)
	if err != nil {
		return tree.Inclusion{}, err
	}
	return out.inclusion()
}

// MessageProof reads the proof of a record by one of its messages, for the
// caller to check.
func (b BrokerClient) MessageProof(ctx context.Context, digest string) (tree.Inclusion, error) {
	resp, err := b.peer.client.LogMessage(ctx, digest)
	out, err := answer[LogProof](maxAnswer, resp, err)
	if err != nil {
		return tree.Inclusion{}, err
	}
	return out.inclusion()
}

// Consistency reads the proof that the log was only added to, for the caller
// to check.
func (b BrokerClient) Consistency(ctx context.Context, from, to int64) (tree.Consistency, error) {
	resp, err := b.peer.client.LogConsistency(ctx, &LogConsistencyParams{From: from, To: to})
	out, err := answer[LogConsistency](maxAnswer, resp, err)
	if err != nil {
		return tree.Consistency{}, err
	}
	path, err := toPath(out.Path)
	return tree.Consistency{From: out.From, To: out.To, Path: path}, err
}

func (p LogProof) inclusion() (tree.Inclusion, error) {
	leaf, err := tree.ParseHash(p.Leaf)
	if err != nil {
		return tree.Inclusion{}, unavailable("read the proof", err)
	}
	path, err := toPath(p.Path)
	return tree.Inclusion{Index: p.Index, Leaf: leaf, Entry: p.Entry, Path: path, Head: p.Head}, err
}

func toPath(list []string) ([]tree.Hash, error) {
	path := make([]tree.Hash, len(list))
	for i, text := range list {
		h, err := tree.ParseHash(text)
		if err != nil {
			return nil, unavailable("read the proof", err)
		}
		path[i] = h
	}
	return path, nil
}
