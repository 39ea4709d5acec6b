package scrip_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// object is a JSON object whose members keep their order, so that a vector
// differs from the good one in one place.
type object []field

type field struct {
	name  string
	value json.RawMessage
}

func parseObject(b json.RawMessage) object {
	d := json.NewDecoder(bytes.NewReader(b))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		panic(fmt.Sprintf("no object: %s", b))
	}
	var o object
	for d.More() {
		name := must(d.Token()).(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			panic(err)
		}
		o = append(o, field{name, value})
	}
	return o
}

// parseInner returns the object that a value is, or the first of its list, and
// how to put another in its place; nil for any other value.
func parseInner(value json.RawMessage) (object, func(json.RawMessage) json.RawMessage) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		if len(list) == 0 || list[0][0] != '{' {
			return nil, nil
		}
		return parseObject(list[0]), func(first json.RawMessage) json.RawMessage {
			return must(marshal(append([]json.RawMessage{first}, list[1:]...)))
		}
	}
	if value[0] != '{' {
		return nil, nil
	}
	return parseObject(value), func(other json.RawMessage) json.RawMessage { return other }
}

// with is the object with another value for a member, or without it.
func (o object) with(name string, value json.RawMessage) json.RawMessage {
	var other object
	for _, f := range o {
		switch {
		case f.name != name:
			other = append(other, f)
		case value != nil:
			other = append(other, field{name, value})
		}
	}
	return other.raw()
}

// renamed is the object with a member under another name.
func (o object) renamed(name, other string) json.RawMessage {
	o = slices.Clone(o)
	for i := range o {
		if o[i].name == name {
			o[i].name = other
		}
	}
	return o.raw()
}

// more is the object with a member that nobody knows.
func (o object) more() json.RawMessage {
	return append(slices.Clone(o), field{"more", text("x")}).raw()
}

func (o object) text(name string) (s string, err error) {
	for _, f := range o {
		if f.name == name {
			return s, json.Unmarshal(f.value, &s)
		}
	}
	return "", fmt.Errorf("no member %q", name)
}

func (o object) raw() json.RawMessage {
	b := []byte("{")
	for i, f := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, must(marshal(f.name))...), ':'), f.value...)
	}
	return append(b, '}')
}

// text is a value as JSON.
func text(v any) json.RawMessage { return must(marshal(v)) }

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
