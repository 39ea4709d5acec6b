package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/go-chi/chi/v5"

	"peerscrip/services/scrip"
)

// maxFaults is how many parts of a request one answer names.
const maxFaults = 16

// validated lets only requests through that fit the document. What does not is
// answered with the name of each field and the rule it breaks, never with what
// stood there. Routes are what is mounted, to tell which methods a path has.
func validated(doc *openapi3.T, routes chi.Routes) (func(http.Handler) http.Handler, error) {
	doc.Servers = nil // the document is served wherever the instance is
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("route by openapi.yaml: %w", err)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			route, path, err := router.FindRoute(r)
			if err != nil {
				unrouted(w, r, routes, err)
				return
			}
			note(r).route = route.Path
			found, err := faults(r, route, path)
			switch {
			case err != nil:
				refuse(w, r, err)
			case len(found) > 0:
				problem(w, r, string(scrip.Unreadable), found...)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}, nil
}

// unrouted answers a request for which there is no operation.
func unrouted(w http.ResponseWriter, r *http.Request, routes chi.Routes, err error) {
	if !errors.Is(err, routers.ErrMethodNotAllowed) {
		problem(w, r, string(scrip.NotFound))
		return
	}
	allowed := methods(routes, cmp.Or(r.URL.RawPath, r.URL.Path))
	if len(allowed) == 0 {
		problem(w, r, string(scrip.NotFound))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	problem(w, r, wordMethodNotAllowed)
}

// methods lists what a path may be asked with.
func methods(routes chi.Routes, path string) (all []string) {
	if routes.Match(chi.NewRouteContext(), http.MethodGet, path) {
		all = append(all, http.MethodGet, http.MethodHead)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		if routes.Match(chi.NewRouteContext(), method, path) {
			all = append(all, method)
		}
	}
	return all
}

// faults are the parts of a request that do not fit its operation, each once;
// the error is a fault of ours.
func faults(r *http.Request, route *routers.Route, path map[string]string) ([]ProblemField, error) {
	found := queryFaults(r.URL, route)
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: path, Route: route,
		Options: &openapi3filter.Options{
			RejectWhenRequestBodyNotSpecified: true, MultiError: true, ExcludeRequestBody: r.URL.Path == photoPath,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // keyed has seen to it
		},
	})
	misfits, err := apart(err)
	for _, misfit := range misfits {
		if f := field(misfit, route.Operation); !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	return found[:min(len(found), maxFaults)], err
}

// apart takes an error of ValidateRequest into its single ones.
func apart(err error) ([]*openapi3filter.RequestError, error) {
	if many, ok := err.(openapi3.MultiError); ok {
		return apartAll(many, nil)
	}
	var one *openapi3filter.RequestError
	if !errors.As(err, &one) {
		return nil, err
	}
	if many, ok := one.Err.(openapi3.MultiError); ok {
		return apartAll(many, one)
	}
	return []*openapi3filter.RequestError{one}, nil
}

// apartAll takes many errors apart, of one part of a request unless that is nil.
func apartAll(many openapi3.MultiError, of *openapi3filter.RequestError) (all []*openapi3filter.RequestError, _ error) {
	for _, err := range many {
		if of != nil {
			single := *of
			single.Err = err
			err = &single
		}
		ones, err := apart(err)
		if err != nil {
			return nil, err
		}
		all = append(all, ones...)
	}
	return all, nil
}

// queryField stands for a parameter that the operation does not have: its name
// would be the sender's words.
const queryField = "query"

// queryFaults are the parameters that the operation does not have, or has once,
// unless it is a list, and not more often. A misspelt filter that was passed over would answer
// another question than was asked. Health and documents are let be: whoever
// asks for those asks one question only.
func queryFaults(u *url.URL, route *routers.Route) (found []ProblemField) {
	if u.RawQuery == "" || slices.Contains(route.Operation.Tags, "Service") {
		return nil
	}
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return []ProblemField{{Field: queryField, Rule: "request"}}
	}
	strange := false
	for name, values := range given {
		param := route.Operation.Parameters.GetByInAndName("query", name)
		switch {
		case param == nil:
			strange = true
		case len(values) > 1 && !param.Schema.Value.Type.Is("array"):
			found = append(found, ProblemField{Field: name, Rule: "type"})
		}
	}
	if strange {
		found = append(found, ProblemField{Field: queryField, Rule: "additionalProperties"})
	}
	slices.SortFunc(found, func(a, b ProblemField) int { return strings.Compare(a.Field, b.Field) })
	return found
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
	case errors.As(err, &bad) && bad.SchemaField == "properties":
		return "additionalProperties" // no object here has a member that the document does not name
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
