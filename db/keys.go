package db

import (
	"database/sql"
	"fmt"

	"peerscrip/jose"
)

// encodeKey is a key as JWK, or NULL for the zero key.
func encodeKey(k jose.VerifyKey) (sql.NullString, error) {
	if k.IsZero() {
		return sql.NullString{}, nil
	}
	b, err := k.MarshalJSON()
	if err != nil {
		return sql.NullString{}, fmt.Errorf("write a key: %w", err)
	}
	return sql.NullString{String: string(b), Valid: true}, nil
}

func decodeKey(s sql.NullString) (jose.VerifyKey, error) {
	if !s.Valid {
		return jose.VerifyKey{}, nil
	}
	k, err := jose.ParseVerifyKey([]byte(s.String))
	if err != nil {
		return jose.VerifyKey{}, fmt.Errorf("read a stored key: %w", err)
	}
	return k, nil
}
