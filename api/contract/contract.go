// Package contract is for tests: it holds what is answered over HTTP to
// openapi.yaml. A handler that a test asks, and the program that whole-program
// tests run, answer through [Contract.Watch].
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is what a document says of answers. It is read once: each schema is
// compiled when first met, and kept. It is safe for concurrent use.
type Contract struct {
	routes   routers.Router
	anywhere string // a path that may be read: what stands for paths that are not there
	mu       sync.Mutex
	compiler *jsonschema.Compiler          // under mu
	schemas  map[string]*jsonschema.Schema // under mu; by JSON pointer
}

// resource is the document's name among the compiler's resources.
const resource = "openapi.json"

// Read reads a contract: an OpenAPI document as JSON.
func Read(document []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	c := &Contract{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := c.compiler.AddResource(resource, value); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	doc.Servers = nil // the server is anywhere
	if c.routes, err = gorillamux.NewRouter(doc); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	most := 0
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		if item.Get == nil || strings.Contains(path, "{") || item.Get.Responses.Value("404") == nil {
			continue
		}
		if n := item.Get.Responses.Len(); n > most {
			c.anywhere, most = path, n
		}
	}
	return c, nil
}

// Answer is an answer that was given.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Misfit is what of an answer the document does not declare, or nil.
func (c *Contract) Misfit(r *http.Request, a Answer) error {
	if a.Status == http.StatusMovedPermanently && leadsToPath(r, a) {
		return nil
	}
	route, err := c.operation(r, a.Status)
	if err != nil {
		return err
	}
	declared := route.Operation.Responses.Value(strconv.Itoa(a.Status))
	if declared == nil {
		return fmt.Errorf("the status is not declared for %s %s", route.Method, route.Path)
	}
	at := declared.Ref
	if at == "" {
		at = "#/paths/" + escaped(route.Path) + "/" + strings.ToLower(route.Method) + "/responses/" + strconv.Itoa(a.Status)
	}
	if err := c.headers(at, declared.Value, a.Header); err != nil {
		return err
	}
	return c.body(at, r.Method, declared.Value, a)
}

// leadsToPath reports whether an answer to a path with a slash too many leads to
// the path without, as the document says of all paths.
func leadsToPath(r *http.Request, a Answer) bool {
	to := *r.URL
	to.Path = strings.TrimRight(to.Path, "/")
	to.RawPath, to.Scheme, to.Host = "", "", ""
	return to.Path != r.URL.Path && a.Header.Get("Location") == to.String() && len(a.Body) == 0
}

// operation finds what declares the answer to a request: its own operation; for
// HEAD, that of GET; for another method than the path has, one that the path has;
// and for a path that is not there, any that declares 404. Of the last two only
// a problem can be the answer.
func (c *Contract) operation(r *http.Request, status int) (*routers.Route, error) {
	asked := r.Clone(r.Context())
	if asked.Method == http.MethodHead {
		asked.Method = http.MethodGet
	}
	if route, _, err := c.routes.FindRoute(asked); err == nil {
		return route, nil
	}
	if status < 400 {
		return nil, errors.New("no operation is declared for this method and path")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		asked.Method = method
		if route, _, err := c.routes.FindRoute(asked); err == nil {
			return route, nil
		}
	}
	asked.Method, asked.URL.Path, asked.URL.RawPath = http.MethodGet, c.anywhere, ""
	route, _, err := c.routes.FindRoute(asked)
	return route, err
}

// telling are the headers by which a client decides what to do next: whichever is
// there must be declared.
var telling = []string{"Allow", "ETag", "Location", "Retry-After"}

// headers holds the headers that are declared to their schemas.
func (c *Contract) headers(at string, declared *openapi3.Response, given http.Header) error {
	for _, name := range telling {
		if given.Get(name) != "" && declared.Headers[name] == nil {
			return fmt.Errorf("the header %s is not declared", name)
		}
	}
	for name, header := range declared.Headers {
		pointer := header.Ref
		if pointer == "" {
			pointer = at + "/headers/" + name
		}
		text := given.Get(name)
		if text == "" {
			if header.Value.Required {
				return fmt.Errorf("the header %s is missing", name)
			}
			continue
		}
		var value any = text
		if header.Value.Schema.Value.Type.Is("integer") {
			value = json.Number(text)
		}
		if err := c.holds(pointer+"/schema", value); err != nil {
			return fmt.Errorf("the header %s: %w", name, err)
		}
	}
	return nil
}

// body holds the media type to those that are declared, and JSON to its schema.
func (c *Contract) body(at, method string, declared *openapi3.Response, a Answer) error {
	given := a.Header.Get("Content-Type")
	if len(declared.Content) == 0 {
		if len(a.Body) > 0 || given != "" {
			return fmt.Errorf("no body is declared, and %d bytes of %q came", len(a.Body), given)
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(given)
	if err != nil || declared.Content[media] == nil {
		return fmt.Errorf("the content type %q is not declared", given)
	}
	if method == http.MethodHead {
		if len(a.Body) > 0 {
			return errors.New("HEAD is answered with a body")
		}
		return nil
	}
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	if err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	if err := c.holds(at+"/content/"+escaped(media)+"/schema", value); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

// holds checks a value against the schema at a pointer.
func (c *Contract) holds(pointer string, value any) error {
	schema, err := c.schema(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (c *Contract) schema(pointer string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if schema, ok := c.schemas[pointer]; ok {
		return schema, nil
	}
	schema, err := c.compiler.Compile(resource + pointer)
	if err != nil {
		return nil, fmt.Errorf("read the schema at %s: %w", pointer, err)
	}
	c.schemas[pointer] = schema
	return schema, nil
}

// escaped is a name as it stands in a JSON pointer in a URL.
func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
}

// Watch stands before a server's handlers and tells what its answers are that do
// not fit. It looks at the paths that begin as the document's do, under which
// nothing else is served; of CORS, which has no operation (OPTIONS), at nothing.
func (c *Contract) Watch(next http.Handler, tell func(misfit string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions || !declared(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		asked := r.Clone(r.Context()) // handlers may change r
		given := &kept{ResponseWriter: w}
		next.ServeHTTP(given, r)
		a := Answer{Status: max(given.status, http.StatusOK), Header: w.Header(), Body: given.body.Bytes()}
		if err := c.Misfit(asked, a); err != nil {
			tell(fmt.Sprintf("%s %s: the answer %d does not fit openapi.yaml: %v\n%.300s", r.Method, asked.URL.Path, a.Status, err, a.Body))
		}
	})
}

// declared reports whether a path is one for the document to declare.
func declared(path string) bool {
	whole := []string{"/.well-known/jwks.json", "/healthz", "/readyz", "/openapi.yaml", "/docs"}
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/problems/") || slices.Contains(whole, strings.TrimRight(path, "/"))
}

// kept writes an answer and keeps a copy.
type kept struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
	k.ResponseWriter.WriteHeader(status)
}

// Write keeps what is written.
func (k *kept) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// Unwrap lets a handler set the connection's deadlines.
func (k *kept) Unwrap() http.ResponseWriter { return k.ResponseWriter }
