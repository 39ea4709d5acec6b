package scrip

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks may stand on one letter. Languages need five; more
// are heaped up to break a page.
const maxMarks = 6

// The two joiners are format characters without which emoji of more than one
// person, Persian and the languages of India cannot be written.
const (
	nonJoiner = '\u200C'
	joiner    = '\u200D'
)

// flags are the emoji that are spelled with invisible letters: a black flag, a
// region's code, an end (UTS 51, ED-14a). England's is one.
var flags = regexp.MustCompile(`\x{1F3F4}[\x{E0030}-\x{E0039}\x{E0061}-\x{E007A}]{3,6}\x{E007F}`)

// Clean makes what a person wrote, typed or pasted, fit to be signed and shown,
// and must come before the text costs anything. Line ends become LF, what is
// invisible or turns the direction of a line goes (messengers add such around
// an address), what can be written in two ways is in one (NFC), marks on one
// letter are at most maxMarks, and there is no space around it. What Clean
// returns, Valid refuses for its length alone; cleaned again it stays the same.
// static/wallet/text.js does the same, held to testdata/text.json.
func Clean(text string) string {
	text = lineEnds.Replace(strings.ToValidUTF8(text, "\uFFFD"))
	text = norm.NFC.String(visible(text))
	return strings.TrimSpace(fewMarks(text))
}

// CleanLine is Clean for what is one line: any run of space is one space.
func CleanLine(text string) string { return strings.Join(strings.Fields(Clean(text)), " ") }

// CleanPassphrase makes the same words the same passphrase, whatever they were
// typed with: an accent that is one character or two (NFKC), letters of another
// width, a space that a keyboard made two or another of, and what is invisible.
// Case counts. static/wallet/text.js does the same, held to
// testdata/passphrases.json.
func CleanPassphrase(words string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(Clean(words))), " ")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// visible leaves out what cannot be seen, but for the flags.
func visible(text string) string {
	var b strings.Builder
	at := 0
	for _, flag := range append(flags.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		shown(&b, text[at:flag[0]])
		b.WriteString(text[flag[0]:flag[1]])
		at = flag[1]
	}
	return b.String()
}

// shown writes the characters of text that can be shown. A joiner goes where it
// joins nothing: after a letter that never joins, before space, at the end.
func shown(b *strings.Builder, text string) {
	text = strings.Map(func(r rune) rune {
		if !Showable(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	before := ' '
	for i, r := range text {
		if isJoiner(r) && (unjoinable(before) || ends(strings.TrimLeftFunc(text[i:], isJoiner))) {
			continue
		}
		b.WriteRune(r)
		before = r
	}
}

func ends(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(r)
}

// fewMarks leaves out the marks above maxMarks on one letter.
func fewMarks(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
			return r
		}
		if marks++; marks > maxMarks {
			return -1
		}
		return r
	}, text)
}

func isJoiner(r rune) bool { return r == nonJoiner || r == joiner }

// unjoinable reports whether a joiner after r joins nothing.
func unjoinable(r rune) bool {
	return isJoiner(r) || unicode.IsSpace(r) || r <= unicode.MaxASCII || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// Showable reports whether r can be shown to people without changing what
// stands around it. Controls, format characters but for the two joiners (those
// that turn the direction of a line above all), line and paragraph separators,
// and what is invisible or means something to one program only are not. What
// Unicode has not assigned yet is: it may be next year's emoji.
func Showable(r rune) bool {
	return isJoiner(r) || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
		unicode.Noncharacter_Code_Point, unicode.Other_Default_Ignorable_Code_Point)
}

// printable reports whether s is valid UTF-8 that can be shown as it is.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(flags.ReplaceAllString(s, ""), func(r rune) bool { return !Showable(r) })
}
