// Package josetest damages messages for tests: Damage draws what a stranger
// could have made of a good one.
package josetest

import "pgregory.net/rapid"

// pieces are what a damaged message has where a good one had something else.
var pieces = []string{
	`null`, `{}`, `[]`, `""`, `0`, `-1`, `1e400`, `9007199254740993`, `true`, `"AAAA"`, ` `, `,`, `:`, `"`, `{`, `}`, `[`, `]`, `\u0000`, `\ud800`,
	"\x00", "\xff", "\u00ad", "\u202e",
}

// Damage draws a text that differs from good in one to four places: bytes that
// changed, are gone, stand twice, or are something else's.
func Damage(t *rapid.T, good []byte) []byte {
	bad := append([]byte(nil), good...)
	for range rapid.IntRange(1, 4).Draw(t, "places") {
		from := rapid.IntRange(0, len(bad)).Draw(t, "from")
		to := min(len(bad), from+rapid.IntRange(0, 16).Draw(t, "length"))
		var put []byte
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			put = rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "bytes")
		case 1: // gone
		case 2:
			put = append(append(put, bad[from:to]...), bad[from:to]...)
		case 3:
			put = []byte(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
		bad = append(append(append([]byte(nil), bad[:from]...), put...), bad[to:]...)
	}
	return bad
}
