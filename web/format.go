package web

import (
	"strconv"
	"strings"
	"time"

	"peerscrip/services/scrip"
)

// sum is an amount as a page prints it.
type sum struct {
	Amount, Currency string
}

func (s *server) sum(m scrip.Money) sum {
	return sum{Amount: s.Site.Currency.Format(m), Currency: s.Site.Currency.Code}
}

// priced is an amount inside a sentence.
func (s *server) priced(m scrip.Money) string {
	return s.Site.Currency.Format(m) + " " + s.Site.Currency.Code
}

// round is an amount of whole units of the currency.
func (s *server) round(units scrip.Money) scrip.Money {
	for range s.Site.Currency.Exponent {
		units *= 10
	}
	return units
}

// aboveNothing is said of 0 where something has to move.
const aboveNothing = "Write an amount above 0."

// sentence is why a text is no amount of money (an AmountError), as a page says it.
func sentence(err error) string { return capital(err.Error()) + "." }

// stamp is a time as a page prints it in a <time> element: words for people, ISO for machines. The zero value is no time.
type stamp struct {
	Words, ISO string
}

// day and moment write a time (unix seconds) as every page does, the wallet's too (static/wallet/dates.js); for a moment's
// UTC the browser puts the reader's own time.
func day(at int64) stamp    { return stampOf(at, "2 Jan 2006") }
func moment(at int64) stamp { return stampOf(at, "2 Jan 2006, 15:04 UTC") }

func timeOf(at int64) time.Time { return time.Unix(at, 0) }

func stampOf(at int64, layout string) stamp {
	t := time.Unix(at, 0).UTC()
	return stamp{Words: t.Format(layout), ISO: t.Format(time.RFC3339)}
}

// apart is a name in a sentence, isolated: which way it is read moves no word or
// quotation mark beside it. Where there are elements, <bdi> does the same.
func apart(name string) string { return "\u2068" + name + "\u2069" }

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// count writes "1 listing", "2 listings".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if stem, ok := strings.CutSuffix(one, "y"); ok && !strings.HasSuffix(stem, "a") {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + one + "s"
}
