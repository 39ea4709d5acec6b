package web

import (
	"context"
	"errors"
	"strings"
	"time"

	iso4217 "github.com/bojanz/currency"

	"peerscrip/services/scrip"
)

// sum is an amount as a page prints it.
type sum struct {
	Money scrip.Money
	Of    scrip.Currency
}

// noBreak is a space at which no line ends.
const noBreak = "\u00a0"

func (s *server) sum(m scrip.Money) sum { return sum{m, s.Site.Currency} }

// in is a sum as it is written: "€1,234.50", "1.234,50 €". static/wallet/money.js does the same, held to
// services/scrip/testdata/money.json.
func (s sum) in(l *locale) string {
	amount, err := iso4217.NewAmountFromInt64(int64(s.Money), s.Of.Code)
	if err != nil { // a currency that ISO 4217 does not have
		return s.Of.Format(s.Money) + noBreak + s.Of.Code
	}
	return l.money.Format(amount)
}

func (s sum) words(ctx context.Context) string { return s.in(localeOf(ctx)) }

// symbol is how a currency is written beside an amount.
func symbol(ctx context.Context, code string) string { return localeOf(ctx).symbol(code) }

func (l *locale) symbol(code string) string {
	sign, _ := iso4217.GetSymbol(code, l.money.Locale()) // a currency that it does not know is its code
	return sign
}

// typed is an amount as it stands in a field: one that scrip.Currency.Parse reads again.
func (l *locale) typed(m scrip.Money, c scrip.Currency) string {
	return strings.Replace(c.Format(m), ".", l.point, 1)
}

// aboveNothing is said of 0 where something has to move.
var aboveNothing = phrase("Write an amount above 0.")

// amountFault is why a text is no amount of money (an AmountError), as a page says it.
func amountFault(ctx context.Context, err error) string {
	var is scrip.AmountError
	if !errors.As(err, &is) {
		return capital(err.Error()) + "."
	}
	l := localeOf(ctx)
	switch {
	case is.Above:
		return l.say("Write at most {{.Amount}}.", "Amount", sum{scrip.MaxMoney, is.Of})
	case is.Whole > 0:
		return l.say("This can be read in two ways: write {{.Amount}}, or an amount like {{.Example}}.", "Amount", l.typed(is.Whole, is.Of), "Example", l.example(is.Of))
	}
	return l.say("Write an amount like {{.Example}}.", "Example", l.example(is.Of))
}

// example is an amount as it is typed.
func (l *locale) example(c scrip.Currency) string {
	m, err := c.Parse(c.Example())
	if err != nil {
		return c.Example()
	}
	return l.typed(m, c)
}

// stamp is a time as a page prints it in a <time> element: words for people, ISO for machines. The zero value is no time.
type stamp struct {
	ISO   string
	at    time.Time
	clock bool // with the time of day
}

// day and moment write a time (unix seconds) as every page does, the wallet's too (static/wallet/dates.js); for a moment's
// UTC the browser puts the reader's own time.
func day(at int64) stamp    { return stampOf(at, false) }
func moment(at int64) stamp { return stampOf(at, true) }

func timeOf(at int64) time.Time { return time.Unix(at, 0) }

func stampOf(at int64, clock bool) stamp {
	t := time.Unix(at, 0).UTC()
	return stamp{ISO: t.Format(time.RFC3339), at: t, clock: clock}
}

// in is a stamp in words: "2 Jan 2006, 15:04 UTC". No line ends within its day.
func (t stamp) in(l *locale) string {
	date := l.say("{{.Day}} {{.Month}} {{.Year}}", "Day", t.at.Format("2"), "Month", l.say(t.at.Format("Jan")), "Year", t.at.Format("2006"))
	date = strings.ReplaceAll(date, " ", noBreak)
	if !t.clock {
		return date
	}
	return date + ", " + t.at.Format("15:04 UTC")
}

// monthWords is a month with its year: "March 2026".
func monthWords(ctx context.Context, t time.Time) string {
	return tr(ctx, "{{.Month}} {{.Year}}", "Month", tr(ctx, t.Format("January")), "Year", t.Format("2006"))
}

func (t stamp) words(ctx context.Context) string { return t.in(localeOf(ctx)) }

// quote is what people wrote, in the quotation marks of the language.
func quote(ctx context.Context, text string) string { return tr(ctx, "“{{.Text}}”", "Text", text) }

// apart is a name in a sentence, isolated: which way it is read moves no word or
// quotation mark beside it. Where there are elements, <bdi> does the same.
func apart(name string) string { return "\u2068" + name + "\u2069" }

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
