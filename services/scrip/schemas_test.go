package scrip_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// schemasFile is what package scrip embeds.
const schemasFile = "schemas.json"

// TestSchemas: schemas.json is what the types of the messages and the forms of
// docs/protocol.md make.
func TestSchemas(t *testing.T) {
	members, w := documentedMembers(t), newWorld()
	all := ordered{}
	for _, k := range w.kinds() {
		all = append(all, pair{k.typ(), rootSchema(members, k.typ(), "The body of "+k.typ()+", as docs/protocol.md has it.", reflect.TypeOf(k.body))})
	}
	all = append(all, pair{"scrip", rootSchema(members, "scrip", "The attachment scrip.", reflect.TypeFor[scrip.Scrip]())},
		pair{"order", rootSchema(members, "order", "The attachment order of T10.", reflect.TypeFor[scrip.Order]())})
	slices.SortFunc(all, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	var lines []string
	for _, p := range all {
		lines = append(lines, string(must(marshal(p.name)))+": "+string(must(marshal(p.value))))
	}
	want := []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
	if *update {
		if err := os.WriteFile(schemasFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got := must(os.ReadFile(schemasFile)); !bytes.Equal(got, want) {
		t.Errorf("%s is not what types and docs/protocol.md make: go test ./services/scrip -run TestSchemas -update", schemasFile)
	}
}

// ordered is a JSON object whose members keep their order.
type ordered []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o ordered) MarshalJSON() ([]byte, error) {
	var parts []string
	for _, p := range o {
		value, err := marshal(p.value)
		if err != nil {
			return nil, err
		}
		parts = append(parts, string(must(marshal(p.name)))+":"+string(value))
	}
	return []byte("{" + strings.Join(parts, ",") + "}"), nil
}

func rootSchema(members map[member]form, typ, says string, body reflect.Type) ordered {
	in := ""
	if isAttachment(typ) {
		in = typ
	}
	return append(ordered{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", "/v1/schemas/" + typ}, {"title", typ}, {"description", says},
	}, objectSchema(members, typ, in, body)...)
}

// objectSchema is of a body, or of what stands in it: exactly the members of its type.
func objectSchema(members map[member]form, typ, in string, body reflect.Type) ordered {
	properties, required := ordered{}, []string{}
	for _, field := range reflect.VisibleFields(body) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		_, f, _ := find(members, typ, in, name)
		properties = append(properties, pair{name, f.schema(members, typ, name, field.Type)})
		if !f.mayMiss {
			required = append(required, name)
		}
	}
	return ordered{{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}}
}

// Spellings of binary values: base64url whose last character has no bits to spare.
const (
	spell16 = "^[A-Za-z0-9_-]{21}[AQgw]$"
	spell32 = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
	spell33 = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$" // a JWS
)

// schema is of a member of this form.
func (f form) schema(members map[member]form, typ, name string, field reflect.Type) ordered {
	for field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	if f.mayMiss && (f.kind == "text" || f.kind == "list") {
		f.least = max(f.least, 1) // with nothing in it, it is left out
	}
	s := f.valueSchema(members, typ, name, field)
	if says := plainWords(f.told); says != "" {
		s = append(ordered{{"description", says}}, s...)
	}
	return s
}

func (f form) valueSchema(members map[member]form, typ, name string, field reflect.Type) ordered {
	switch f.kind {
	case "ID":
		return ordered{{"type", "string"}, {"pattern", spell16}}
	case "digest", "thumbprint", "secret":
		return ordered{{"type", "string"}, {"pattern", spell32}}
	case "JWS":
		return ordered{{"type", "string"}, {"pattern", spell33}}
	case "money", "time", "counter":
		return ordered{{"type", "integer"}, {"minimum", 1}, {"maximum", f.bound()}}
	case "money or 0", "time or 0":
		return ordered{{"type", "integer"}, {"minimum", 0}, {"maximum", f.bound()}}
	case "count":
		return ordered{{"type", "integer"}, {"minimum", f.least}, {"maximum", f.most}}
	case "text":
		return ordered{{"type", "string"}, {"minLength", f.least}, {"maxLength", f.most}}
	case "word":
		return ordered{{"type", "string"}, {"enum", f.words}}
	case "country":
		return ordered{{"type", "string"}, {"enum", scrip.Countries()}}
	case "signing key":
		return signingSchema
	case "envelope key":
		return envelopeSchema
	case "object":
		return objectSchema(members, typ, name, field)
	case "list":
		return ordered{{"type", "array"}, {"minItems", f.least}, {"maxItems", f.most}, {"items", elementSchema(members, typ, name, field.Elem())}}
	}
	panic("no schema for the form " + f.kind)
}

// bound is the largest of a number that has no bound of its own.
func (f form) bound() int {
	if strings.HasPrefix(f.kind, "money") {
		return maxMoney
	}
	return maxExact
}

// elementSchema is of what a list has.
func elementSchema(members map[member]form, typ, name string, of reflect.Type) ordered {
	switch {
	case of == reflect.TypeFor[jose.VerifyKey]():
		return signingSchema
	case name == "countries":
		return ordered{{"type", "string"}, {"enum", scrip.Countries()}}
	case name == "days":
		return ordered{{"type", "integer"}, {"minimum", 0}, {"maximum", 90}}
	case of.Kind() == reflect.String:
		return ordered{{"type", "string"}, {"minLength", 1}, {"maxLength", 80}} // the lines of an address
	}
	return objectSchema(members, typ, name, of)
}

var (
	signingSchema  = keySchema("OKP", "Ed25519", "x")
	envelopeSchema = keySchema("EC", "P-256", "x", "y")
)

func keySchema(kty, crv string, coordinates ...string) ordered {
	properties := ordered{{"kty", ordered{{"const", kty}}}, {"crv", ordered{{"const", crv}}}}
	for _, name := range coordinates {
		properties = append(properties, pair{name, ordered{{"type", "string"}, {"pattern", spell32}}})
	}
	return ordered{{"type", "object"}, {"properties", properties}, {"required", append([]string{"kty", "crv"}, coordinates...)}, {"additionalProperties", false}}
}

var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)

// plainWords is a cell of a table without what makes it a table's.
func plainWords(cell string) string {
	return strings.ReplaceAll(link.ReplaceAllString(cell, "$1"), "`", "")
}

// TestSchemasKnowTheVectors: what a vector says is well is so by its schema, and what one of
// forms.json says is not of its form is not. Other rules (which members go together, what a
// text may hold) a schema does not know: the vectors that are made by hand try those.
func TestSchemasKnowTheVectors(t *testing.T) {
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range scrip.Schemas() {
		compiler := jsonschema.NewCompiler()
		text := must(jsonschema.UnmarshalJSON(bytes.NewReader(must(scrip.Schema(name)))))
		if err := compiler.AddResource(name, text); err != nil {
			t.Fatal(err)
		}
		compiled[name] = must(compiler.Compile(name))
	}
	refused := 0
	byHand := len(vectors(t, messagesFile))
	for i, v := range vectors(t, messagesFile, formsFile) {
		schema := compiled[v.Type]
		if schema == nil {
			t.Errorf("%s has no schema", v.Type)
			continue
		}
		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(v.Body))
		if err == nil {
			err = schema.Validate(body)
		}
		switch {
		case v.Result == "ok" && err != nil:
			t.Errorf("%s %s: got %v, want it taken", v.Type, v.Name, err)
		case v.Rule == "form" && err == nil && i >= byHand:
			t.Errorf("%s %s: got it taken, want it refused", v.Type, v.Name)
		case err != nil:
			refused++
		}
	}
	if refused < 1000 {
		t.Errorf("got %d vectors refused, want most of the bad ones", refused)
	}
	if _, err := scrip.Schema("T99"); err != scrip.NotFound {
		t.Errorf("of no message: got %v, want %v", err, scrip.NotFound)
	}
	var read map[string]any
	if err := json.Unmarshal(must(scrip.Schema("T1")), &read); err != nil || fmt.Sprint(read["$id"]) != "/v1/schemas/T1" {
		t.Errorf("T1: got %v, %v, want its address", read["$id"], err)
	}
}
