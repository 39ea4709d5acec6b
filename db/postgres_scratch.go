package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Scratch makes an empty database on the server of a PostgreSQL URL, whose user may make
// databases, and returns its URL and what drops it with all that is in it. It is for
// measurements.
func Scratch(ctx context.Context, server string) (place string, drop func(context.Context) error, err error) {
	u, err := url.Parse(server)
	if err != nil || !IsURL(server) {
		return "", nil, errors.New("a PostgreSQL server is named by a URL that begins with postgres://")
	}
	name := "scratch_" + strings.ToLower(rand.Text())
	if err := told(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", nil, fmt.Errorf("make a database at %s: %w", Shown(server), err)
	}
	u.Path = "/" + name
	return u.String(), func(ctx context.Context) error {
		if err := told(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			return fmt.Errorf("drop a database at %s: %w", Shown(server), err)
		}
		return nil
	}, nil
}

// Analyse has the PostgreSQL database at a place know now what its tables hold, as it does by itself
// within a minute or so: what came faster it would look through by plans for empty tables. A file
// needs none. It is for measurements.
func Analyse(ctx context.Context, place string) error {
	if !IsURL(place) {
		return nil
	}
	return told(ctx, place, "ANALYZE")
}

// Bytes are how much the PostgreSQL database at a place takes of its server's disk. It is for measurements.
func Bytes(ctx context.Context, place string) (size int64, err error) {
	conn, err := pgx.Connect(ctx, place)
	if err != nil {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	return size, errors.Join(err, conn.Close(ctx))
}

// told has a server do one thing.
func told(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
