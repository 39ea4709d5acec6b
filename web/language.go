package web

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	iso4217 "github.com/bojanz/currency"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	xmessage "golang.org/x/text/message"

	"peerscrip/services/scrip"
)

// localeFiles are the texts of pages in each language, for translators: go-i18n's form, the ID of a text being its English.
// What stands in English is the plurals alone.
//
//go:embed locales/*.json
var localeFiles embed.FS

// locale is a language in which pages are written, and how it writes numbers, money, days and countries. It does not
// change once made.
type locale struct {
	Tag  language.Tag
	Name string // as its speakers call it

	texts   *i18n.Localizer
	known   map[string]bool // its texts; true: it depends on a number N
	numbers *xmessage.Printer
	money   *iso4217.Formatter // for nobody to change: requests share it
	point   string             // what stands before its decimals
	named   display.Dictionary
	lands   []option // all countries by name, in the order of its alphabet
}

// locales are the languages of pages, made for the first page: most commands of the program show none. The first is that of
// texts as they stand in the source, and for who asks for none of them.
var locales = sync.OnceValue(func() []*locale {
	return newLocales(
		&locale{Tag: language.English, Name: "English", point: ".", named: *display.English},
		&locale{Tag: language.German, Name: "Deutsch", point: ",", named: *display.German},
	)
})

var matcher = sync.OnceValue(func() language.Matcher { return language.NewMatcher(tags(locales())) })

func tags(of []*locale) (all []language.Tag) {
	for _, l := range of {
		all = append(all, l.Tag)
	}
	return all
}

func newLocales(all ...*locale) []*locale {
	bundle := i18n.NewBundle(language.English)
	words := []*i18n.Message{}
	for _, l := range all {
		file, err := bundle.LoadMessageFileFS(localeFiles, "locales/active."+l.Tag.String()+".json")
		if err != nil {
			panic(fmt.Sprintf("the texts of %s, which are compiled in: %v", l.Name, err))
		}
		l.known = map[string]bool{}
		for _, m := range file.Messages {
			l.known[m.ID] = m.One != ""
			if _, plural := all[0].known[m.ID]; !plural {
				words = append(words, &i18n.Message{ID: m.ID, Other: english(m.ID)})
			}
		}
	}
	if err := bundle.AddMessages(language.English, words...); err != nil {
		panic(fmt.Sprintf("the texts of English: %v", err))
	}
	for _, l := range all {
		l.texts = i18n.NewLocalizer(bundle, l.Tag.String())
		l.numbers = xmessage.NewPrinter(l.Tag)
		l.money = iso4217.NewFormatter(iso4217.NewLocale(l.Tag.String()))
		l.lands = l.countries()
	}
	return all
}

// english is a text as English has it: without what follows a bar, which tells apart texts that only English says alike.
func english(id string) string {
	text, _, _ := strings.Cut(id, "|")
	return text
}

// countries are all countries by name.
func (l *locale) countries() (all []option) {
	for _, code := range scrip.Countries() {
		all = append(all, option{Slug: code, Name: l.country(code)})
	}
	by := collate.New(l.Tag)
	slices.SortFunc(all, func(a, b option) int { return cmp.Or(by.CompareString(a.Name, b.Name), cmp.Compare(a.Slug, b.Slug)) })
	return all
}

// country is what a country is called; its code where it is none.
func (l *locale) country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return cmp.Or(l.named.Regions().Name(region), code)
}

// localeKey has the *locale of a request in its context, hereKey the address at which it was shown a page.
type localeKey struct{}
type hereKey struct{}

// localeOf is the language that a request is answered in; English outside of one.
func localeOf(ctx context.Context) *locale {
	if l, ok := ctx.Value(localeKey{}).(*locale); ok {
		return l
	}
	return locales()[0]
}

// here is the address of the page that a request asked for; empty where it sent a form.
func here(ctx context.Context) string {
	path, _ := ctx.Value(hereKey{}).(string)
	return path
}

// languageCookie has the language that was chosen by hand.
const languageCookie = "peerscrip-language"

// withLanguage has requests answered in the language that was chosen by hand, or else in the one that the browser asks for.
func withLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var chosen string
		if c, err := r.Cookie(languageCookie); err == nil {
			chosen = c.Value
		}
		_, n := language.MatchStrings(matcher(), chosen, r.Header.Get("Accept-Language"))
		ctx := context.WithValue(r.Context(), localeKey{}, locales()[n])
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			ctx = context.WithValue(ctx, hereKey{}, r.URL.RequestURI())
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// chooseLanguage keeps the language that a visitor has chosen, and goes back to the page where that was. A language that
// there is none of is forgotten: the browser's holds again.
func (s *server) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	chosen := r.PostFormValue("language")
	c := &http.Cookie{
		Name: languageCookie, Value: chosen, Path: "/", MaxAge: keptFor,
		HttpOnly: true, Secure: !s.Insecure, SameSite: http.SameSiteLaxMode,
	}
	if !slices.ContainsFunc(locales(), func(l *locale) bool { return l.Tag.String() == chosen }) {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, back(r), http.StatusSeeOther)
	return nil
}

// back is the page of this site that a form of every page came from; the first where that is no page that can be read.
func back(r *http.Request) string {
	at := r.PostFormValue("back")
	if at == "" {
		at = r.Referer()
	}
	u, err := url.Parse(at)
	if err != nil || (u.Host != "" && u.Host != r.Host) || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || !takes(r, http.MethodGet, u.Path) {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}

// tr is a text of a page in the language of its reader. The text is English, and names what is put in: "to {{.Place}}", with
// the pairs "Place", place. An int called N chooses between the forms of a text for one and for many, and the text is that
// for many: "{{.N}} days". Sums and stamps are written as the language has them.
func tr(ctx context.Context, text string, pairs ...any) string {
	return localeOf(ctx).say(text, pairs...)
}

// phrase marks a text that is told by tr later, where its language is known.
func phrase(text string) string { return text }

func (l *locale) say(text string, pairs ...any) string {
	plural, known := l.known[text]
	if !known && len(pairs) == 0 {
		return english(text) // what people wrote, or English
	}
	c := i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: english(text)}}
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		values[name] = l.written(pairs[i+1])
		if n, is := pairs[i+1].(int); is && name == "N" && plural {
			c.PluralCount = n
		}
	}
	c.TemplateData = values
	said, _ := l.texts.Localize(&c) // an error is a text that this language lacks, and comes with the English one
	return said
}

// written is a value as it stands in a text.
func (l *locale) written(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return l.number(v)
	case sum:
		return v.in(l)
	case stamp:
		return v.in(l)
	}
	return fmt.Sprint(value)
}

func (l *locale) number(n int) string { return l.numbers.Sprint(n) }

// decimal writes a number with one decimal.
func decimal(ctx context.Context, x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', 1, 64), ".", localeOf(ctx).point, 1)
}

// number writes a number.
func number(ctx context.Context, n int) string { return localeOf(ctx).number(n) }
