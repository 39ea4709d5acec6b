package api

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// LogHead serves the signed head of the log.
func (s *server) LogHead(ctx context.Context, _ LogHeadRequestObject) (LogHeadResponseObject, error) {
	head, err := s.c.Broker.Head(ctx)
	if err != nil {
		return nil, err
	}
	info, err := s.c.Broker.Info(ctx)
	if err != nil {
		return nil, err
	}
	verifier, err := verifierOf(head, info)
	return LogHead200JSONResponse{Head: head, Verifier: verifier}, err
}

// LogCheckpoint serves the head that witnesses cosigned.
func (s *server) LogCheckpoint(ctx context.Context, _ LogCheckpointRequestObject) (LogCheckpointResponseObject, error) {
	checkpoint, err := s.c.Broker.Checkpoint(ctx)
	return LogCheckpoint200TextResponse(checkpoint), err
}

// verifierOf is the key for a head, as tools for notes want it: the one that signed
// it, which is an old one while the log has not grown since there is a new one.
func verifierOf(head string, info scrip.BrokerInfo) (string, error) {
	signed := info.Signing()[0]
	for _, key := range info.Ever() {
		if _, err := tree.OpenHead(head, info.ID, []jose.VerifyKey{key}); err == nil {
			signed = key
			break
		}
	}
	return signed.NoteKey(tree.Name(info.ID))
}

// LogRecord serves the proof of a record by its number.
func (s *server) LogRecord(ctx context.Context, r LogRecordRequestObject) (LogRecordResponseObject, error) {
	p, err := s.c.Broker.Proof(ctx, r.Index)
	return LogRecord200JSONResponse(fromInclusion(p)), err
}

// LogMessage serves the proof of a record by one of its messages.
func (s *server) LogMessage(ctx context.Context, r LogMessageRequestObject) (LogMessageResponseObject, error) {
	p, err := s.c.Broker.MessageProof(ctx, r.Digest)
	return LogMessage200JSONResponse(fromInclusion(p)), err
}

// LogConsistency serves the proof that the log was only added to.
func (s *server) LogConsistency(ctx context.Context, r LogConsistencyRequestObject) (LogConsistencyResponseObject, error) {
	c, err := s.c.Broker.Consistency(ctx, r.Params.From, r.Params.To)
	return LogConsistency200JSONResponse{From: c.From, To: c.To, Path: fromPath(c.Path)}, err
}

func fromInclusion(p tree.Inclusion) LogProof {
	return LogProof{Index: p.Index, Leaf: p.Leaf.String(), Entry: p.Entry, Path: fromPath(p.Path), Head: p.Head}
}

func fromPath(path []tree.Hash) []string {
	list := make([]string, len(path))
	for i, h := range path {
		list[i] = h.String()
	}
	return list
}
