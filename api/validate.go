package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	nethttpmiddleware "github.com/oapi-codegen/nethttp-middleware"

	"peerscrip/services/scrip"
)

// validated lets only requests through that fit the document. What does not is
// answered with the name of the field and the rule it breaks, never with what
// stood there.
func validated(doc *openapi3.T) func(http.Handler) http.Handler {
	return nethttpmiddleware.OapiRequestValidatorWithOptions(doc, &nethttpmiddleware.Options{
		Options:              openapi3filter.Options{RejectWhenRequestBodyNotSpecified: true},
		DoNotValidateServers: true,
		ErrorHandlerWithOpts: misfit,
	})
}

// misfit answers a request that does not fit the document.
func misfit(_ context.Context, err error, w http.ResponseWriter, r *http.Request, o nethttpmiddleware.ErrorHandlerOpts) {
	if o.MatchedRoute == nil {
		if errors.Is(err, routers.ErrMethodNotAllowed) {
			problem(w, r, wordMethodNotAllowed)
			return
		}
		problem(w, r, string(scrip.NotFound))
		return
	}
	route := o.MatchedRoute.Route
	note(r).route = route.Path
	var bad *openapi3filter.RequestError
	if !errors.As(err, &bad) {
		refuse(w, r, err)
		return
	}
	problem(w, r, string(scrip.Unreadable), field(bad, route.Operation))
}

// field names the part of a request that err is about. Of the body's members
// only those of the document are named: others are the sender's words.
func field(err *openapi3filter.RequestError, op *openapi3.Operation) ProblemField {
	f := ProblemField{Rule: rule(err)}
	if err.Parameter != nil {
		f.Field = err.Parameter.Name
		return f
	}
	var bad *openapi3.SchemaError
	if !errors.As(err, &bad) || op.RequestBody == nil {
		return f
	}
	body := op.RequestBody.Value.Content.Get("application/json")
	if at := bad.JSONPointer(); len(at) > 0 && body != nil && body.Schema.Value.Properties[at[0]] != nil {
		f.Field = "/" + strings.ReplaceAll(at[0], "/", "~1")
	}
	return f
}

// rule is the keyword of the document that was broken.
func rule(err *openapi3filter.RequestError) string {
	var bad *openapi3.SchemaError
	var unparsed *openapi3filter.ParseError
	switch {
	case errors.As(err, &bad):
		return bad.SchemaField
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return "required"
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return "allowEmptyValue"
	case errors.As(err, &unparsed):
		return "type"
	}
	return "request"
}
