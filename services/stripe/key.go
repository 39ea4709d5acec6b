package stripe

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Key is a secret of an account at Stripe: an API key, or that of a webhook endpoint. It prints as "[secret]".
type Key struct{ text *string }

// ParseKey reads a secret as it stands in a file or in the environment: around it there may be white space.
func ParseKey(text string) Key {
	text = strings.TrimSpace(text)
	if text == "" {
		return Key{}
	}
	return Key{&text}
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.text == nil }

// Live reports whether an API key moves money, and not test money.
func (k Key) Live() bool {
	return strings.HasPrefix(k.secret(), "sk_live_") || strings.HasPrefix(k.secret(), "rk_live_")
}

func (k Key) test() bool {
	return strings.HasPrefix(k.secret(), "sk_test_") || strings.HasPrefix(k.secret(), "rk_test_")
}

func (k Key) secret() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

const redacted = "[secret]"

// Format does not show the secret, whatever the verb.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue does not show the secret.
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText does not write the secret.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
