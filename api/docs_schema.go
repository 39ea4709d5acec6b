package api

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// longest is how much of a string an example shows. Envelopes run to pages.
const longest = 48

// schemas describes every named schema by name.
func schemas(doc *openapi3.T) []schemaView {
	var list []schemaView
	for _, name := range slices.Sorted(mapKeys(doc.Components.Schemas)) {
		if name == "ProblemType" { // has its own table
			continue
		}
		s := doc.Components.Schemas[name].Value
		v := schemaView{Name: name, Type: typeName(s), Bounds: bounds(s), Description: s.Description}
		for _, field := range fieldOrder(s) {
			f := member(field, s.Properties[field])
			f.Required = slices.Contains(s.Required, field)
			v.Fields = append(v.Fields, f)
		}
		list = append(list, v)
	}
	return list
}

// fieldOrder lists the required members as the document does, then the others.
func fieldOrder(s *openapi3.Schema) []string {
	names := slices.Clone(s.Required)
	for _, name := range slices.Sorted(mapKeys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// member describes a member of an object or a parameter.
func member(name string, ref *openapi3.SchemaRef) fieldView {
	s := ref.Value
	f := fieldView{Name: name, Type: typeName(s), Schema: refName(ref), Bounds: bounds(s), Description: s.Description}
	if s.Type.Is("array") && s.Items != nil {
		f.Type, f.Schema = "array of "+typeName(s.Items.Value), refName(s.Items)
	}
	return f
}

// refName is the name of the schema that ref points to, or "".
func refName(ref *openapi3.SchemaRef) string {
	if ref.Ref == "" && len(ref.Value.AllOf) == 1 {
		ref = ref.Value.AllOf[0]
	}
	if ref.Ref == "" {
		return ""
	}
	return path.Base(ref.Ref)
}

func typeName(s *openapi3.Schema) string {
	if s.Type == nil && len(s.AllOf) == 1 {
		s = s.AllOf[0].Value
	}
	if s.Type == nil {
		return "any"
	}
	return strings.Join(s.Type.Slice(), " or ")
}

// bounds says what a value keeps to, in words.
func bounds(s *openapi3.Schema) string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		say("one of %s", strings.Join(values, ", "))
	}
	switch {
	case s.MaxLength != nil && s.MinLength == *s.MaxLength:
		say("%d characters", s.MinLength)
	case s.MaxLength != nil:
		say("%d to %d characters", s.MinLength, *s.MaxLength)
	}
	if s.Pattern != "" {
		say("like %s", s.Pattern)
	}
	if s.Min != nil {
		say("from %d", int64(*s.Min))
	}
	if s.Max != nil {
		say("to %d", int64(*s.Max))
	}
	if s.MaxItems != nil {
		say("up to %d", *s.MaxItems)
	}
	if s.Default != nil {
		say("default %v", s.Default)
	}
	return strings.Join(list, "; ")
}

// example writes an example with its long strings cut.
func example(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.MarshalIndent(shorten(value), "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

func shorten(value any) any {
	switch v := value.(type) {
	case string:
		if len(v) > longest {
			return v[:longest] + "…"
		}
	case map[string]any:
		short := make(map[string]any, len(v))
		for name, member := range v {
			short[name] = shorten(member)
		}
		return short
	}
	return value
}

// anchor makes an id of a name.
func anchor(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }

func mapKeys[M ~map[string]V, V any](m M) iter.Seq[string] { return maps.Keys(m) }
