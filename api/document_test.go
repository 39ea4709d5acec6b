package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// TestDocumentIsValid checks the document with its examples.
func TestDocumentIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document(t))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Errorf("validate: %v", err)
	}
}

// TestContractsAreTheDocuments: what servers and the wallet's own API read says what openapi.yaml, which each serves, does.
func TestContractsAreTheDocuments(t *testing.T) {
	for name, folder := range map[string]string{"openapi.gen.json": "..", "../services/cli/openapi.gen.json": "../services/cli"} {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "openapi.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := doc.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		contract, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Compact(&got, contract); err != nil {
			t.Fatal(err)
		}
		if want := string(text); got.String() != want {
			t.Errorf("%s: got %d bytes that differ from the %d of openapi.yaml; run make generate", name, got.Len(), len(want))
		}
	}
}

// TestRefusals: the closed list of scrip, the statuses, and the document say the
// same words with the same statuses.
func TestRefusals(t *testing.T) {
	doc := loaded(t)
	words := api.Words()
	documented := map[string]bool{}
	for _, one := range doc.Components.Schemas["ProblemType"].Value.OneOf {
		word := one.Value.Title
		documented[word] = true
		if got, want := fmt.Sprint(one.Value.Const), "/problems/"+word; got != want {
			t.Errorf("%s in the document: got const %s, want %s", word, got, want)
		}
		if got, want := fmt.Sprint(one.Value.Extensions["x-status"]), fmt.Sprint(words[word]); got != want {
			t.Errorf("%s in the document: got status %s, the code says %s", word, got, want)
		}
		if one.Value.Description == "" {
			t.Errorf("%s in the document: no description", word)
		}
	}
	for _, r := range scrip.Refusals() {
		if words[string(r)] == 0 {
			t.Errorf("refusal %s: no status", r)
		}
	}
	for word := range words {
		if !documented[word] {
			t.Errorf("%s: in the code and not in the document", word)
		}
	}
	if got, want := len(documented), len(words); got != want {
		t.Errorf("got %d documented words, want %d", got, want)
	}
}

// TestOperations: every operation can be built on by a stranger.
func TestOperations(t *testing.T) {
	doc := loaded(t)
	tags := map[string]bool{}
	for _, tag := range doc.Tags {
		tags[tag.Name] = true
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 || !tags[op.Tags[0]] {
				t.Errorf("%s: want an id, a summary and one declared tag", name)
			}
			for _, status := range refusalsOf(path, method, op.Tags[0]) {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s: no answer %s", name, status)
				}
			}
			if op.Description == "" && op.Tags[0] != "Service" {
				t.Errorf("%s: no description", name)
			}
		}
	}
}

// TestScopes: each operation of sellers' programs but the one that says what a key may do asks for a key with a scope that there is,
// and says so.
func TestScopes(t *testing.T) {
	for path, item := range loaded(t).Paths.Map() {
		for method, op := range item.Operations() {
			scope, _ := op.Extensions["x-scope"].(string)
			if of := slices.Contains(op.Tags, "Seller"); of != (op.Security != nil) || (of && path != "/v1/seller") != (scope != "") {
				t.Errorf("%s %s: got security %v and the scope %q, want both of what sellers' programs do alone", method, path, op.Security, scope)
			}
			if scope != "" && (!slices.Contains(scrip.Scopes(), scrip.Scope(scope)) || !strings.Contains(op.Description, "Scope: `"+scope+"`.")) {
				t.Errorf("%s %s: the scope %q is none, or not told in its description", method, path, scope)
			}
		}
	}
}

// TestEveryBodyIsShown: each JSON body, of requests and of answers, has an example, and it fits.
func TestEveryBodyIsShown(t *testing.T) {
	shown := func(where string, content openapi3.Content) {
		for media, m := range content {
			if !strings.HasSuffix(media, "json") {
				continue
			}
			examples := m.Schema.Value.Examples
			if m.Example != nil {
				examples = append(examples, m.Example)
			}
			if len(examples) == 0 {
				t.Errorf("%s: no example of its %s", where, media)
			}
			if media == "application/problem+json" {
				continue // its type is one of a list of const, which VisitJSON does not know; TestRefusals does
			}
			for _, one := range examples {
				if err := m.Schema.Value.VisitJSON(one); err != nil {
					t.Errorf("%s: its example: %v", where, err)
				}
			}
		}
	}
	for path, item := range loaded(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody != nil {
				shown(method+" "+path, op.RequestBody.Value.Content)
			}
			for status, r := range op.Responses.Map() {
				shown(method+" "+path+" "+status, r.Value.Content)
			}
		}
	}
}

// TestClosedLists: the lists that a search may narrow by are those of offers.
func TestClosedLists(t *testing.T) {
	params := loaded(t).Paths.Value("/v1/market/listings").Get.Parameters
	for name, words := range map[string][]string{"category": scrip.Categories(), "condition": scrip.Conditions()} {
		got := params.GetByInAndName("query", name).Schema.Value.Enum
		want := []any{""}
		for _, word := range words {
			want = append(want, word)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestBoundsAreTheProtocols: what the document says that an answer holds at most is
// what its maker may make.
func TestBoundsAreTheProtocols(t *testing.T) {
	doc := loaded(t)
	longest := func(s *openapi3.Schema) uint64 {
		if s.MaxLength == nil {
			return 0
		}
		return *s.MaxLength
	}
	schemas := doc.Components.Schemas
	for _, one := range []struct {
		name string
		got  uint64
		want int
	}{
		{"Sealed", longest(schemas["Sealed"].Value), jose.MaxEnvelope},
		{"Signed", longest(schemas["Signed"].Value), scrip.MaxJWS((scrip.Offer{}).Type())},
		{"Record", longest(schemas["Record"].Value), scrip.MaxJWS((scrip.TrackRecord{}).Type())},
		{"PublicRating.answer", longest(schemas["PublicRating"].Value.Properties["answer"].Value), scrip.MaxJWS((scrip.RatingAnswer{}).Type())},
		{"SignedHead", longest(schemas["SignedHead"].Value), tree.MaxHead},
		{"LogProof.entry", longest(schemas["LogProof"].Value.Properties["entry"].Value), tree.MaxEntry},
		{"LogProof.path", *schemas["LogProof"].Value.Properties["path"].Value.MaxItems, tree.MaxPath},
		{"LogConsistency.path", *schemas["LogConsistency"].Value.Properties["path"].Value.MaxItems, tree.MaxPath},
		{"StallDirectory.stalls", *schemas["StallDirectory"].Value.Properties["stalls"].Value.MaxItems, scrip.MaxStallsPage},
		{"Ratings.ratings", *schemas["Ratings"].Value.Properties["ratings"].Value.MaxItems, scrip.MaxRatingsPage},
		{"BrokerKeys.keys", *schemas["BrokerKeys"].Value.Properties["keys"].Value.MaxItems, scrip.MaxKeysPage},
		{"StallInfo.about", longest(schemas["StallInfo"].Value.Properties["about"].Value), scrip.MaxAbout},
		{"StallInfo.place", longest(schemas["StallInfo"].Value.Properties["place"].Value), scrip.MaxPlace},
		{"a photo", longest(doc.Components.Responses["PhotoReply"].Value.Content["image/jpeg"].Schema.Value), market.MaxPhoto},
	} {
		if one.got != uint64(one.want) {
			t.Errorf("%s: got at most %d, want %d", one.name, one.got, one.want)
		}
	}
}

// refusalsOf are the answers that an operation gives whatever it does.
func refusalsOf(path, method, tag string) []string {
	want := []string{"400", "405"}
	if path != "/healthz" && path != "/readyz" {
		want = append(want, "429")
	}
	if tag != "Service" {
		want = append(want, "404", "500", "503")
	}
	if method == http.MethodPost || method == http.MethodPut {
		want = append(want, "408", "413", "415")
	}
	return want
}

// TestAnswersNameTheRequest: X-Request-Id is documented for every answer.
func TestAnswersNameTheRequest(t *testing.T) {
	for path, item := range loaded(t).Paths.Map() {
		for method, op := range item.Operations() {
			for status, r := range op.Responses.Map() {
				if r.Value.Headers["X-Request-Id"] == nil {
					t.Errorf("%s %s: answer %s without X-Request-Id", method, path, status)
				}
			}
		}
	}
}

// TestChecksMeanTheSame holds what is checked in requests to keywords that mean
// the same in OpenAPI 3.0, under which it is checked.
func TestChecksMeanTheSame(t *testing.T) {
	check := func(where string, s *openapi3.Schema) {
		if s.Const != nil || len(s.PrefixItems) > 0 || s.Type == nil || len(s.Type.Slice()) != 1 ||
			s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet() || len(s.OneOf) > 0 || len(s.AllOf) > 0 {
			t.Errorf("%s: a keyword that OpenAPI 3.0 does not have", where)
		}
	}
	for path, item := range loaded(t).Paths.Map() {
		for _, p := range item.Parameters {
			check(path+" "+p.Value.Name, p.Value.Schema.Value)
		}
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				check(path+" "+p.Value.Name, p.Value.Schema.Value)
			}
			if op.RequestBody == nil {
				continue
			}
			content := op.RequestBody.Value.Content["application/json"]
			if content == nil {
				continue // a photo
			}
			body := content.Schema.Value
			check(path, body)
			for name, member := range body.Properties {
				check(path+" "+name, member.Value)
			}
			if path == "/v1/bank/stripe/events" {
				continue // a provider's notice is taken as it stands: its members are the provider's
			}
			if body.AdditionalProperties.Has == nil || *body.AdditionalProperties.Has {
				t.Errorf("%s: unknown members are let through", path)
			}
		}
	}
}

// TestDocs: the page holds every operation and schema, no script, no style of
// its own, and no link that leads nowhere.
func TestDocs(t *testing.T) {
	c := everything(t)
	c.Stylesheets = []string{"/static/a.css"}
	resp, page := ask(t, "GET", serve(t, c)+"/docs", "")
	for _, bad := range []string{"<script", "<style", " style=", " onclick", "http://", "ZgotmplZ", "&lt;no value"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(page, `<link rel="stylesheet" href="/static/a.css">`) {
		t.Error("the page does not link the site's style sheet")
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("got policy %q, want a strict one", csp)
	}
	ids := map[string]bool{}
	for _, part := range strings.Split(page, ` id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if ids[id] {
			t.Errorf("id %s stands twice", id)
		}
		ids[id] = true
	}
	for _, part := range strings.Split(page, `href="#`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); !ids[id] {
			t.Errorf("a link to #%s leads nowhere", id)
		}
	}
	for _, r := range scrip.Refusals() {
		if !ids["problem-"+string(r)] {
			t.Errorf("refusal %s is not on the page", r)
		}
	}
	for _, item := range loaded(t).Paths.Map() {
		for _, op := range item.Operations() {
			if !ids[op.OperationID] {
				t.Errorf("operation %s is not on the page", op.OperationID)
			}
		}
	}
}

func TestProse(t *testing.T) {
	for text, want := range map[string]string{
		"a <b>":              "<p>a &lt;b&gt;</p>\n",
		"`x<y` and **z**":    "<p><code>x&lt;y</code> and <strong>z</strong></p>\n",
		"## Head\n\nBody":    "<h3>Head</h3>\n<p>Body</p>\n",
		"<script>`</script>": "<p>&lt;script&gt;`&lt;/script&gt;</p>\n",
		"":                   "",
	} {
		if got := string(api.Prose(text)); got != want {
			t.Errorf("prose(%q): got %q, want %q", text, got, want)
		}
	}
}

func loaded(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := api.Load(document(t))
	if err != nil {
		t.Fatalf("load the document: %v", err)
	}
	return doc
}
