package api_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"peerscrip/api"
	"peerscrip/services/bank"
	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// sealedTags are the tags of the document under which the steps stand, and
// nothing else.
var sealedTags = map[api.Party]string{api.B: "Broker", api.M: "Stall"}

// refusals are the answers other than 200 that every step declares.
var refusals = map[string]string{
	"400": "Malformed", "404": "NotFound", "405": "MethodNotAllowed", "408": "TooSlow", "413": "TooLarge", "415": "MediaType",
	"422": "Refused", "429": "TooMany", "500": "Internal", "503": "Unavailable",
}

// TestStepsAreDocumented: table and document have the same steps, with the same
// bodies.
func TestStepsAreDocumented(t *testing.T) {
	doc := loaded(t)
	documented := map[string]*openapi3.Operation{} // by tag, method and path
	for at, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(slices.Collect(maps.Values(sealedTags)), op.Tags[0]) {
				documented[op.Tags[0]+" "+method+" "+at] = op
			}
		}
	}
	for _, step := range api.Steps() {
		key := sealedTags[step.To] + " POST " + step.Path()
		op := documented[key]
		if op == nil {
			t.Errorf("%s: in the table and not in the document", key)
			continue
		}
		delete(documented, key)
		checkStep(t, step, op)
	}
	for key := range documented {
		t.Errorf("%s: in the document and not in the table", key)
	}
}

// TestWordsOfMerchantsEndTheirSilence: whatever a merchant sends the broker shows that it is there, but OWNER, of which nothing is logged.
func TestWordsOfMerchantsEndTheirSilence(t *testing.T) {
	for _, step := range api.Steps() {
		message := step.Message()
		if got, want := (scrip.Record{Kind: message, At: 1}).EndsSilence(2), step.From == api.M && message != "OWNER" || message == "R3"; got != want {
			t.Errorf("%s by %s: ends a silence: got %t, want %t", message, step.From, got, want)
		}
	}
}

// checkStep holds one step to its operation.
func checkStep(t *testing.T, step api.Step, op *openapi3.Operation) {
	t.Helper()
	if op.OperationID != step.Operation {
		t.Errorf("%s: got operation %s, want %s", step.Path(), op.OperationID, step.Operation)
	}
	checkShape(t, step.Operation+" takes", step.Takes, op.RequestBody.Value.Content.Get("application/json"))
	checkShape(t, step.Operation+" gives", step.Gives, op.Responses.Value("200").Value.Content.Get("application/json"))
	want := maps.Clone(refusals)
	for status, r := range op.Responses.Map() {
		if status != "200" && path.Base(r.Ref) != want[status] {
			t.Errorf("%s: got answer %s %s, want %q", step.Operation, status, r.Ref, want[status])
		}
		delete(want, status)
	}
	for status, name := range want {
		t.Errorf("%s: no answer %s %s", step.Operation, status, name)
	}
	for _, part := range []api.Part{step.Takes.Envelope, step.Takes.Order, step.Gives.Envelope, step.Gives.Order, step.Gives.Payment} {
		if name := part.Message(); name != "" && !strings.Contains(op.Summary+op.Description, name) {
			t.Errorf("%s: its text does not name %s", step.Operation, name)
		}
	}
}

// checkShape holds a body of the table to its schema: the same envelopes, the
// same of them required, or else at least one.
func checkShape(t *testing.T, what string, shape api.Shape, media *openapi3.MediaType) {
	t.Helper()
	schema := media.Schema.Value
	var members, required []string
	for name, part := range map[string]api.Part{"envelope": shape.Envelope, "order": shape.Order, "payment": shape.Payment} {
		if part == "" {
			continue
		}
		members = append(members, name)
		if !strings.HasSuffix(string(part), "?") {
			required = append(required, name)
		}
	}
	slices.Sort(members)
	slices.Sort(required)
	if got := slices.Sorted(maps.Keys(schema.Properties)); !slices.Equal(got, members) {
		t.Errorf("%s: got members %v in the document, want %v", what, got, members)
	}
	if got := slices.Sorted(slices.Values(schema.Required)); !slices.Equal(got, required) {
		t.Errorf("%s: got required members %v in the document, want %v", what, got, required)
	}
	if len(required) == 0 && schema.MinProps != 1 {
		t.Errorf("%s: got at least %d members in the document, want 1", what, schema.MinProps)
	}
	if schema.AdditionalProperties.Has == nil || *schema.AdditionalProperties.Has {
		t.Errorf("%s: other members are let through in the document", what)
	}
}

// TestPartiesTakeTheirSteps: broker and merchant have a method for each step of
// the table that goes to them, and each of their methods has a step.
func TestPartiesTakeTheirSteps(t *testing.T) {
	for to, party := range map[api.Party]interface {
		Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)
	}{api.B: broker.New(broker.Config{Bank: bank.New(bank.Config{}), Clock: time.Now}), api.M: new(merchant.Stall)} {
		taken := 0
		for _, step := range api.Steps() {
			if step.To != to {
				continue
			}
			taken++
			if _, err := party.Send(t.Context(), step.Message(), scrip.Sealed{}); !errors.Is(err, scrip.Unreadable) {
				t.Errorf("%s to %T: got %v of nothing at all, want %v", step.Message(), party, err, scrip.Unreadable)
			}
		}
		if _, err := party.Send(t.Context(), "T0", scrip.Sealed{}); err == nil || errors.Is(err, scrip.Unreadable) {
			t.Errorf("T0 to %T: got %v, want another error", party, err)
		}
		if got := stepsOf(party); got != taken {
			t.Errorf("%T: got %d methods that are steps, want as many as the table has lines: %d", party, got, taken)
		}
	}
}

// stepsOf counts the methods that take a sealed message and give another.
func stepsOf(party any) (count int) {
	step := reflect.TypeFor[func(context.Context, scrip.Sealed) (scrip.Sealed, error)]()
	for i := range reflect.TypeOf(party).NumMethod() {
		if reflect.ValueOf(party).Method(i).Type() == step {
			count++
		}
	}
	return count
}

// wrong answers every message with something that is not of the step's shape.
type wrong struct {
	*fakeBroker
	out scrip.Sealed
}

func (w wrong) Send(context.Context, string, scrip.Sealed) (scrip.Sealed, error) { return w.out, nil }

// TestAnswersKeepTheirShape: what a service leaves out is our own fault, what it
// has too much of does not leave.
func TestAnswersKeepTheirShape(t *testing.T) {
	const a, b, c = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
	for _, tc := range []struct {
		path, body string
		out        scrip.Sealed
		status     int
		want       string
	}{
		{"/v1/broker/accounts", envelope, scrip.Sealed{}, 500, "/problems/internal"},
		{"/v1/broker/accounts", envelope, scrip.Sealed{Order: a, Payment: b}, 500, "/problems/internal"},
		{"/v1/broker/accounts", envelope, scrip.Sealed{Envelope: a, Order: b, Payment: c}, 200, `{"envelope":"` + a + `"}`},
		{"/v1/broker/exchanges", `{"envelope":"` + a + `","payment":"` + b + `"}`, scrip.Sealed{Payment: c}, 500, "/problems/internal"},
		{"/v1/broker/exchanges", `{"envelope":"` + a + `","payment":"` + b + `"}`, scrip.Sealed{Envelope: c}, 200, `{"envelope":"` + c + `"}`},
		{"/v1/broker/extensions", `{"order":"` + a + `","payment":"` + b + `"}`, scrip.Sealed{Envelope: c}, 500, "/problems/internal"},
		{"/v1/broker/extensions", `{"order":"` + a + `","payment":"` + b + `"}`, scrip.Sealed{Payment: c}, 200, `{"payment":"` + c + `"}`},
	} {
		config := everything(t)
		config.Broker = wrong{config.Broker.(*fakeBroker), tc.out}
		resp, got := ask(t, http.MethodPost, serve(t, config)+tc.path, tc.body)
		if resp.StatusCode != tc.status || !strings.Contains(got, tc.want) {
			t.Errorf("%s with %+v: got %d %s, want %d %s", tc.path, tc.out, resp.StatusCode, got, tc.status, tc.want)
		}
	}
}
