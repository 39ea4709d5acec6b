package jose

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// A disclosure is one attachment as SD-JWT writes it (RFC 9901 section 4.2):
// base64url of the JSON array [salt, name, value]. The signed claims hold
// SHA-256 of that text. The salt keeps a guessable value secret from those who
// see the digest only.

// disclose writes every attachment as a disclosure, ordered by name, and gives
// the digests that the claims will hold.
func disclose(rand io.Reader, attach map[string]any) ([]string, map[string]string, error) {
	if len(attach) > MaxAttachments {
		return nil, nil, fmt.Errorf("%d attachments, at most %d", len(attach), MaxAttachments)
	}
	disclosures, digests := []string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(attach)) {
		d, err := disclosure(rand, name, attach[name])
		if err != nil {
			return nil, nil, fmt.Errorf("attach %q: %w", name, err)
		}
		disclosures = append(disclosures, d)
		digests[name] = Digest([]byte(d))
	}
	return disclosures, digests, nil
}

// ReadDisclosure returns the name and the raw JSON value of an attachment that
// travels apart from its message, for who compares Digest of its text with
// evidence. ErrOpen for what is no disclosure.
func ReadDisclosure(disclosure string) (name string, value []byte, err error) {
	if len(disclosure) > MaxEnvelope {
		return "", nil, ErrOpen
	}
	if name, value, err = parseDisclosure(disclosure); err != nil {
		return "", nil, ErrOpen
	}
	return name, value, nil
}

func disclosure(rand io.Reader, name string, value any) (string, error) {
	if !validName(name) {
		return "", errors.New("bad name")
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	b, err := encode([]any{encode64(salt), name, value})
	if err != nil {
		return "", err
	}
	return encode64(b), nil
}

// parseDisclosure gives the name and the raw JSON value.
func parseDisclosure(d string) (string, []byte, error) {
	b, err := decode64(d)
	if err != nil {
		return "", nil, err
	}
	var parts []jsontext.Value
	if err := Decode(b, &parts); err != nil {
		return "", nil, err
	}
	if len(parts) != 3 {
		return "", nil, fmt.Errorf("want salt, name and value, got %d parts", len(parts))
	}
	var salt, name string
	if err := errors.Join(Decode(parts[0], &salt), Decode(parts[1], &name)); err != nil {
		return "", nil, err
	}
	if !sized(salt, saltSize) || !validName(name) {
		return "", nil, errors.New("bad salt or name")
	}
	return name, parts[2], nil
}

// matchAttachments gives the values when the disclosures are exactly those that
// were signed: the same set of names, each with its digest.
func matchAttachments(disclosures []string, digests map[string]string) (map[string][]byte, error) {
	if len(disclosures) != len(digests) || len(disclosures) > MaxAttachments {
		return nil, atAttachments
	}
	values := make(map[string][]byte, len(disclosures))
	for _, d := range disclosures {
		name, value, err := parseDisclosure(d)
		if err != nil {
			return nil, atAttachments
		}
		if _, twice := values[name]; twice || digests[name] != Digest([]byte(d)) {
			return nil, atAttachments
		}
		values[name] = value
	}
	return values, nil
}

func validName(name string) bool { return name != "" && len(name) <= MaxAttachmentName }
