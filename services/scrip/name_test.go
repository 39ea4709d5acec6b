package scrip_test

import (
	"errors"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

func TestLookAlike(t *testing.T) {
	for _, like := range []string{
		"The Corner Stall", "the corner stall", "THE CORNER STALL", "The  Corner Stall", " The Corner Stall",
		"The Corner Stall\u2800", "The\u2800Corner Stall", "The\u00a0Corner Stall", "The \U0001D159Corner Stall",
		"The Сorner Stall", "Ｔｈｅ Ｃｏｒｎｅｒ Ｓｔａｌｌ", "The Comer Stall", "The C0rner Stall", "The Corner StaII", "The Corner Sta11",
		"Тhе Соrnеr Ѕtаll", "The Corner Stall\ufe0f", "The Cor\u200cner Stall", "𝔗𝔥𝔢 Corner Stall",
	} {
		if !scrip.LookAlike("The Corner Stall", like) || !scrip.LookAlike(like, "The Corner Stall") {
			t.Errorf("%+q: got another look than The Corner Stall's, want the same", like)
		}
	}
	for _, pair := range [][2]string{
		{"Straße", "STRASSE"}, {"Marıa", "Maria"}, {"Mari\u0307a", "Maria"}, {"Café", "Cafe\u0301"}, {"Tom’s", "Tom's"},
		{"Stall O", "Stall 0"}, {"AΒΓ", "ABΓ"}, {"100 %", "1OO ٪"},
	} {
		if !scrip.LookAlike(pair[0], pair[1]) {
			t.Errorf("%+q and %+q: got two looks, want one", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"The Corner Stall", "The Corner Stalls"}, {"The Corner Stall", "TheCornerStall"}, {"Ali", "All"}, {"Café", "Cafe"},
		{"Söhne", "Sohne"}, {"Stall 2", "Stall 3"}, {"市場", "市"}, {"Лавка", "Ловка"},
		{"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"},
	} {
		if scrip.LookAlike(pair[0], pair[1]) {
			t.Errorf("%+q and %+q: got one look, want two", pair[0], pair[1])
		}
	}
}

// Each fault of a name is told apart, and is the one word on the wire.
func TestNameFault(t *testing.T) {
	for name, want := range map[string]error{
		"Attic": nil, "": scrip.ErrNameEmpty, " \u2800": scrip.ErrNameEmpty, strings.Repeat("é", 61): scrip.ErrNameLong,
		"Attic ": scrip.ErrNameUnseen, "At\u200btic": scrip.ErrNameUnseen, "At\u200dtic": scrip.ErrNameUnseen, "At\ntic": scrip.ErrNameUnseen,
	} {
		got := scrip.NameFault(name)
		if got != want || want != nil && !errors.Is(got, scrip.NameInvalid) {
			t.Errorf("NameFault(%+q): got %v, want %v", name, got, want)
		}
	}
}

func TestNamesThatShowNothing(t *testing.T) {
	for _, name := range []string{
		"", " ", "\u2800", "\u2800\u2800", "\u3164", "\ufe0f", "\u200d", "\u200c\ufe0f", "\u00ad", "\U0001D159", "\U00013441",
		"Attic\u2800", "\u2800Attic", "\u3000Attic",
	} {
		if err := scrip.ValidName(name); err != scrip.NameInvalid {
			t.Errorf("ValidName(%+q): got %v, want %v", name, err, scrip.NameInvalid)
		}
	}
	for _, name := range []string{"A", "❤\ufe0f", "⠓⠑⠇⠇⠕\u2800⠺⠕⠗⠇⠙", "می\u200cخواهم", "\U0001F469\u200d\U0001F469"} {
		if err := scrip.ValidName(name); err != nil {
			t.Errorf("ValidName(%+q): got %v, want none", name, err)
		}
	}
}
