package db

import (
	"slices"
	"strings"
)

// marks are as many "?" as there are values, and some more, so that there are few different statements; arguments
// are what stands for them.
func marks[T any](values []T) string { return "?" + strings.Repeat(",?", padded(len(values))-1) }

func padded(n int) int {
	for _, size := range []int{1, 4, 16, 32, 64, 128} {
		if n <= size {
			return size
		}
	}
	return n
}

func arguments[T any](first any, values []T) (args []any) {
	if first != nil {
		args = append(args, first)
	}
	for i := range padded(len(values)) {
		args = append(args, values[min(i, len(values)-1)])
	}
	return args
}

// some has rows written several at a time, in few different statements; values are the "?" of them.
func some(rows [][]any, write func(values string, args []any) error) error {
	for len(rows) > 0 {
		n := 1
		for _, size := range []int{8, 32, 128} {
			if len(rows) >= size {
				n = size
			}
		}
		one := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		if err := write(one+strings.Repeat(", "+one, n-1), slices.Concat(rows[:n]...)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
