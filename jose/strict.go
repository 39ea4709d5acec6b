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
