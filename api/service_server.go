package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"peerscrip/services/scrip"
)

// up is the answer of a healthy instance.
var up = StatusReplyJSONResponse{Status: StatusStatusOk}

// Health says that the process is up.
func (s *server) Health(context.Context, HealthRequestObject) (HealthResponseObject, error) {
	return Health200JSONResponse{up}, nil
}

// Ready says whether the instance can do its work, or what is not well; why, says the log.
func (s *server) Ready(ctx context.Context, _ ReadyRequestObject) (ReadyResponseObject, error) {
	if s.c.Ready == nil {
		return Ready200JSONResponse{up}, nil
	}
	degraded, err := s.c.Ready(ctx)
	if err != nil {
		noteIn(ctx).parts = degraded
		return nil, fmt.Errorf("%w: not ready: %w", scrip.Unavailable, err)
	}
	if len(degraded) == 0 {
		return Ready200JSONResponse{up}, nil
	}
	return Ready200JSONResponse{StatusReplyJSONResponse{Status: StatusStatusDegraded, Parts: degraded}}, nil
}

// Document serves openapi.yaml.
func (s *server) Document(context.Context, DocumentRequestObject) (DocumentResponseObject, error) {
	return Document200ApplicationYamlResponse{
		Body: bytes.NewReader(s.c.Document), ContentLength: int64(len(s.c.Document)),
	}, nil
}

// MessageSchemas names what has a JSON Schema.
func (s *server) MessageSchemas(context.Context, MessageSchemasRequestObject) (MessageSchemasResponseObject, error) {
	return MessageSchemas200JSONResponse{Schemas: scrip.Schemas()}, nil
}

// MessageSchema serves one of them.
func (s *server) MessageSchema(_ context.Context, r MessageSchemaRequestObject) (MessageSchemaResponseObject, error) {
	found, err := scrip.Schema(r.Type)
	return schema(found), err
}

// schema is a JSON Schema as it was made.
type schema []byte

// VisitMessageSchemaResponse writes it.
func (s schema) VisitMessageSchemaResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/schema+json")
	_, err := w.Write(s)
	return err
}

// Docs serves the document as a page.
func (s *server) Docs(context.Context, DocsRequestObject) (DocsResponseObject, error) {
	text, err := s.docs()
	return page(text), err
}

// page is the rendered reference.
type page []byte

// VisitDocsResponse writes the page with leave to load the site's style sheets.
func (p page) VisitDocsResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Security-Policy", docsContentPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write(p)
	return err
}

// Problem leads from a problem's type to where it is explained.
func (s *server) Problem(_ context.Context, r ProblemRequestObject) (ProblemResponseObject, error) {
	if _, ok := statuses[r.Word]; !ok {
		return nil, scrip.NotFound
	}
	return explained(r.Word), nil
}

// explained is a redirect to the line in /docs about a word.
type explained string

// VisitProblemResponse writes the redirect.
func (e explained) VisitProblemResponse(w http.ResponseWriter) error {
	w.Header().Set("Location", "/docs#problem-"+string(e))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
