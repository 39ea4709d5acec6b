package folder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// audited is what an audit left, with the broker's word that it did.
type audited struct {
	State json.RawMessage `json:"state"`
	MAC   []byte          `json:"mac"` // HMAC-SHA256 under a key that only the broker's own gives
}

// Audited is what the last audit of the broker's books left to go on from: nil
// where there was none, and where it is not what KeepAudited wrote with this
// broker's keys. Then an audit begins at the beginning.
func (f Folder) Audited() ([]byte, error) {
	b, err := os.ReadFile(f.audited())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was audited: %w", err)
	}
	var kept audited
	if json.Unmarshal(b, &kept) != nil {
		return nil, nil
	}
	mac, err := f.authenticate(kept.State)
	if err != nil || !hmac.Equal(mac, kept.MAC) {
		return nil, err
	}
	return kept.State, nil
}

// KeepAudited writes down what an audit checked, as JSON without insignificant
// space.
func (f Folder) KeepAudited(state []byte) error {
	mac, err := f.authenticate(state)
	if err != nil {
		return err
	}
	b, err := json.Marshal(audited{state, mac})
	if err != nil {
		return err
	}
	return write(f.audited(), b)
}

// authenticate returns the code of a state: fs.ErrNotExist without the broker's
// keys.
func (f Folder) authenticate(state []byte) ([]byte, error) {
	keys, err := readKeys(f.brokerKeys())
	if err != nil {
		return nil, err
	}
	derive := hmac.New(sha256.New, keys.Signing)
	derive.Write([]byte("peerscrip audited state"))
	code := hmac.New(sha256.New, derive.Sum(nil))
	code.Write(state)
	return code.Sum(nil), nil
}

func (f Folder) audited() string { return f.file("broker", "audited.json") }
