package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Size is what a table holds: its rows, and the bytes of their values, without
// what the database adds.
type Size struct{ Rows, Bytes int64 }

// sizes measures every table.
func (db *DB) sizes(ctx context.Context) (map[string]Size, error) {
	sizes := map[string]Size{}
	err := db.read(ctx, func(tx *sqlx.Tx) error {
		var columns []struct {
			Table  string `db:"tbl"`
			Column string `db:"col"`
		}
		err := tx.SelectContext(ctx, &columns, db.dialect.columns())
		if err != nil {
			return fmt.Errorf("list the columns: %w", err)
		}
		values := map[string][]string{}
		for _, c := range columns {
			values[c.Table] = append(values[c.Table], `coalesce(`+db.dialect.length(c.Column)+`, 0)`)
		}
		for table, lengths := range values {
			var s Size
			row := tx.QueryRowxContext(ctx, `SELECT count(*), coalesce(sum(`+strings.Join(lengths, " + ")+`), 0) FROM "`+table+`"`)
			if err := row.Scan(&s.Rows, &s.Bytes); err != nil {
				return fmt.Errorf("measure table %s: %w", table, err)
			}
			sizes[table] = s
		}
		return nil
	})
	return sizes, err
}
