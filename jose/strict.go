package jose

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errNull = errors.New("null is not used in this protocol")

// Decode reads one JSON value into v and refuses what could be read in two
// ways: duplicate members, members that v does not know, wrongly cased member
// names, invalid UTF-8, null, and anything but white space after the value.
// A missing member leaves its field as it was: v must check what it needs.
func Decode(b []byte, v any) error {
	if err := refuseNull(b); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	if err := json.Unmarshal(b, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}

var errSpace = errors.New("white space between tokens")

// decodeCompact is Decode for what is signed, which has no insignificant white
// space: nobody who passes it on or keeps it carries padding.
func decodeCompact(b []byte, v any) error {
	if err := Decode(b, v); err != nil {
		return err
	}
	if hasSpace(b) {
		return fmt.Errorf("decode %T: %w", v, errSpace)
	}
	return nil
}

// hasSpace reports whether white space stands between the tokens of a JSON value, which
// is known to be one.
func hasSpace(b []byte) bool {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++ // only in a string, and what follows ends none
		case ' ', '\t', '\r', '\n':
			if !quoted {
				return true
			}
		}
	}
	return false
}

var (
	errMissing = errors.New("a member is missing")
	errNothing = errors.New("a member that may be left out is there, with nothing in it")
)

// DecodeWhole is Decode for what a message says: it refuses a value that lacks a
// member with which v, as it was read, is written, or has one without which it is: what
// may be left out is left out in one way.
func DecodeWhole(b []byte, v any) error {
	if err := Decode(b, v); err != nil {
		return err
	}
	whole, err := encode(v)
	if err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	if bytes.Equal(whole, b) {
		return nil // as we would have written it, as most do
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(b, &got), json.Unmarshal(whole, &want)); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	if !hasMembers(got, want) {
		return fmt.Errorf("decode %T: %w", v, errMissing)
	}
	if !hasMembers(want, got) {
		return fmt.Errorf("decode %T: %w", v, errNothing)
	}
	return nil
}

// hasMembers reports whether every member of want is in got, at every depth.
func hasMembers(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, value := range want {
			if there, ok := object[name]; !ok || !hasMembers(there, value) {
				return false
			}
		}
	case []any:
		list, _ := got.([]any)
		for i, value := range want {
			if i >= len(list) || !hasMembers(list[i], value) {
				return false
			}
		}
	}
	return true
}

// encode writes v so that equal values give equal bytes, and refuses what
// Decode would refuse to read.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return b, refuseNull(b)
}

// refuseNull fails when a null stands anywhere in b: it would be a second way
// to leave a member out.
func refuseNull(b []byte) error {
	if !bytes.Contains(b, []byte("null")) {
		return nil
	}
	for d := jsontext.NewDecoder(bytes.NewReader(b)); ; {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.Kind() == 'n' {
			return errNull
		}
	}
}
