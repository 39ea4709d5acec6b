package scrip

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mtibben/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// What can be wrong with a display name, each a NameInvalid: on the wire they are
// one word, and who chose the name does something else about each.
var (
	ErrNameEmpty  = fmt.Errorf("the name shows nothing: %w", NameInvalid)
	ErrNameLong   = fmt.Errorf("the name is longer than MaxName: %w", NameInvalid)
	ErrNameUnseen = fmt.Errorf("the name holds what nobody sees: %w", NameInvalid)
	ErrNameTaken  = fmt.Errorf("the name is another stall's, or looks like one that is: %w", NameInvalid)
)

// ValidName refuses a display name that is empty, longer than MaxName
// characters, padded with blanks, holds what cannot be shown, shows nothing, or
// holds a joiner that nobody would see (NameInvalid).
func ValidName(name string) error {
	if NameFault(name) != nil {
		return NameInvalid
	}
	return nil
}

// NameFault says what ValidName has against a name: ErrNameEmpty, ErrNameLong or
// ErrNameUnseen.
func NameFault(name string) error {
	switch {
	case seen(name) == "":
		return ErrNameEmpty
	case utf8.RuneCountInString(name) > MaxName:
		return ErrNameLong
	case strings.TrimFunc(name, isBlank) != name, !printable(name), hidesJoiner(name):
		return ErrNameUnseen
	}
	return nil
}

// hidesJoiner reports whether a joiner stands after what it never joins: such a
// name looks like the one without.
func hidesJoiner(name string) bool {
	before := ' '
	for _, r := range name {
		if isJoiner(r) && unjoinable(before) {
			return true
		}
		before = r
	}
	return false
}

// Looks are the forms in which names that people take for one another meet:
// two names look alike if they have one in common, and the broker certifies
// one stall of a look. Compared are the skeletons of UTS 39 (equal for a Latin
// and a Cyrillic C, for m and rn, for 0 and O), without case, without what
// nobody sees, and with any run of blanks as one space. There are two, since
// letters are alike as they were written or once they are lower case: a
// capital I is like l, and it is an i. Only for comparison, never to be shown.
func Looks(name string) []string {
	plain := seen(name)
	return slices.Compact([]string{skeleton(plain), skeleton(lower(plain))})
}

// LookAlike reports whether people would take two names for one another.
func LookAlike(a, b string) bool {
	looks := Looks(b)
	return slices.ContainsFunc(Looks(a), func(look string) bool { return slices.Contains(looks, look) })
}

// seen is what a name shows: no variation selector, no joiner, one space for a
// run of blanks and none around it, each character in its plain form (NFKC).
func seen(name string) string {
	name = strings.Map(func(r rune) rune {
		if isJoiner(r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	return strings.Join(strings.FieldsFunc(name, isBlank), " ")
}

// skeleton is UTS 39's, without case. Lower case can have a skeleton of its
// own: the second turn takes that.
func skeleton(plain string) string {
	for range 2 {
		plain = undotted.Replace(lower(confusables.Skeleton(plain)))
	}
	return plain
}

// undotted takes the dot away that i and j have already: it is drawn once.
var undotted = strings.NewReplacer("i\u0307", "i", "j\u0307", "j")

func lower(text string) string { return cases.Fold().String(text) }

// blanks are the characters that are drawn as nothing though Unicode counts
// them as signs: the braille pattern without dots, the empty note head, the
// fillers of Khitan and of hieroglyphs.
const blanks = "\u2800\U0001D159\U00016FE4\U00013441\U00013442"

// isBlank reports whether people see r as a space.
func isBlank(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(blanks, r) }
