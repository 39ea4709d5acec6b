package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	templates "github.com/a-h/templ/parser/v2"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// sortTexts writes the files of texts anew, sorted, a text on a line: go test ./web -run TestTexts -sort
var sortTexts = flag.Bool("sort", false, "sort the files of texts")

// form are the plural forms of a text; of a text that does not depend on a number, Other alone.
type form struct {
	One   string `json:"one,omitempty"`
	Other string `json:"other"`
}

func (f *form) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &f.Other)
	}
	type plain form
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(f))
}

// textsOf reads the texts of a language, and holds their file to its form.
func textsOf(t *testing.T, tag string) map[string]form {
	t.Helper()
	name := "locales/active." + tag + ".json"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]form{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, "  "+quoted(t, id)+": "+written(t, all[id]))
	}
	sorted := "{\n" + strings.Join(lines, ",\n") + "\n}\n"
	if *sortTexts {
		if err := os.WriteFile(name, []byte(sorted), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if sorted != string(b) {
		t.Errorf("%s is not sorted, or has a text twice: go test ./web -run TestTexts -sort", name)
	}
	return all
}

func written(t *testing.T, f form) string {
	if f.One == "" {
		return quoted(t, f.Other)
	}
	return `{"one": ` + quoted(t, f.One) + `, "other": ` + quoted(t, f.Other) + `}`
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// use is a text where the source says it, with the names of what is put in, in order.
type use struct {
	at    string
	text  string
	names []string
	later bool // it is told elsewhere, with what is put in
}

// tellers are the functions that take a text, and which of their arguments it is.
var tellers = map[string]int{"tr": 1, "say": 0, "sentence": 0, "phrase": 0}

// sources parses the package's code, that of the templates too.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, files := token.NewFileSet(), map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return set, files
}

// calleeOf is the name of a function that is called, without what it belongs to.
func calleeOf(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// literal is a text as it stands in the source, parts of it joined.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, lit := literal(e.X)
		right, also := literal(e.Y)
		return left + right, lit && also && e.Op == token.ADD
	}
	return "", false
}

// uses are the texts that the source says.
func uses(t *testing.T) (all []use) {
	t.Helper()
	set, files := sources(t)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			which, tells := tellers[calleeOf(call)]
			if !tells || len(call.Args) <= which {
				return true
			}
			text, is := literal(call.Args[which])
			if !is {
				return true
			}
			u := use{at: set.Position(call.Pos()).String(), text: text, later: calleeOf(call) == "phrase"}
			for i := which + 1; i < len(call.Args); i += 2 {
				name, _ := literal(call.Args[i])
				u.names = append(u.names, name)
			}
			all = append(all, u)
			return true
		})
	}
	return append(all, listed(t)...)
}

// listed are the words of closed lists that the source of another package has.
func listed(t *testing.T) (all []use) {
	add := func(text string) {
		if !slices.ContainsFunc(all, func(u use) bool { return u.text == text }) {
			all = append(all, use{at: "a closed list", text: text, later: true})
		}
	}
	for _, name := range scrip.Categories() {
		c, _ := scrip.CategoryOf(name)
		for _, word := range slices.Concat([]string{name}, c.Subs, c.Attributes) {
			add(word)
		}
	}
	for _, word := range scrip.Conditions() {
		add(capital(word))
	}
	for _, wrong := range []merchant.PhotoError{
		merchant.ErrPhotoEmpty, merchant.ErrPhotoTooLarge, merchant.ErrPhotoTooSmall, merchant.ErrPhotoUnreadable, merchant.ErrPhotoBusy,
	} {
		add(wrong.Error())
	}
	for _, text := range slices.Concat(standing(t), findings(t), faultsOfLogs(t), partsOfHealth(t)) {
		add(text)
	}
	for month := time.January; month <= time.December; month++ {
		add(month.String())
		add(month.String()[:3])
	}
	return all
}

// standing are the words of the operator's page that package services puts into a Standing: names of totals, and what holds wait for.
func standing(t *testing.T) (texts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../services/standing.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr) {
		if text, is := literal(e); is {
			texts = append(texts, text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "waitsFor" {
				ast.Inspect(n, func(n ast.Node) bool {
					if back, is := n.(*ast.ReturnStmt); is {
						add(back.Results[0])
					}
					return true
				})
			}
		case *ast.KeyValueExpr:
			if key, is := n.Key.(*ast.Ident); is && key.Name == "Name" {
				add(n.Value)
			}
		}
		return true
	})
	if len(texts) < 10 {
		t.Fatalf("the words of a Standing: got %q, want the names of totals, and what holds wait for", texts)
	}
	return texts
}

// findings are the sentences that an audit can say. Each of its findings names one of them, and gives what is put into it.
func findings(t *testing.T) (texts []string) {
	t.Helper()
	kinds := map[string]string{}
	inspect(t, "../services/audit", func(_ *token.FileSet, n ast.Node) {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return
		}
		if of, is := spec.Type.(*ast.Ident); is && of.Name == "Kind" {
			text, _ := literal(spec.Values[0])
			kinds[spec.Names[0].Name] = text
			texts = append(texts, text)
		}
	})
	if len(texts) < 25 {
		t.Fatalf("the kinds of findings: got %q, want those of every invariant", texts)
	}
	inspect(t, "../services/audit", func(set *token.FileSet, n ast.Node) {
		call, is := n.(*ast.CallExpr)
		if !is || calleeOf(call) != "say" || len(call.Args) != 4 {
			return
		}
		if text, is := literal(call.Args[2]); is {
			t.Errorf("%s: says %q, want a kind of the list", set.Position(call.Pos()), text)
		}
		kind, isName := call.Args[2].(*ast.Ident)
		values, areHere := call.Args[3].(*ast.CompositeLit)
		if !isName || !areHere || kinds[kind.Name] == "" {
			return // chosen, or made, above the call
		}
		var names []string
		for _, v := range values.Elts {
			name, _ := literal(v.(*ast.KeyValueExpr).Key)
			names = append(names, name)
		}
		slices.Sort(names)
		if want := placeholders(kinds[kind.Name]); !slices.Equal(names, want) {
			t.Errorf("%s: %s gets %q, want %q", set.Position(call.Pos()), kind.Name, names, want)
		}
	})
	return texts
}

// faultsOfLogs are what can be wrong with a record of the log.
func faultsOfLogs(t *testing.T) (texts []string) {
	t.Helper()
	inspect(t, "../db", func(set *token.FileSet, n ast.Node) {
		call, is := n.(*ast.CallExpr)
		if !is || calleeOf(call) != "fault" {
			return
		}
		text, is := literal(call.Args[1])
		if !is {
			t.Errorf("%s: a fault of the log that does not stand there as a text", set.Position(call.Pos()))
		}
		texts = append(texts, text)
	})
	if len(texts) < 10 {
		t.Fatalf("the faults of a log: got %q, want what a replay and its helpers find", texts)
	}
	return texts
}

// partsOfHealth are what of a process can be not well, beside its databases, which are told by their paths.
func partsOfHealth(t *testing.T) (texts []string) {
	t.Helper()
	named := map[string]string{} // constants of the package, each name one
	inspect(t, "../services", func(_ *token.FileSet, n ast.Node) {
		file, is := n.(*ast.File)
		if !is {
			return
		}
		for _, d := range file.Decls {
			constants, is := d.(*ast.GenDecl)
			if !is || constants.Tok != token.CONST {
				continue
			}
			for _, spec := range constants.Specs {
				if c := spec.(*ast.ValueSpec); len(c.Names) == 1 && len(c.Values) == 1 {
					if text, is := literal(c.Values[0]); is {
						named[c.Names[0].Name] = text
					}
				}
			}
		}
	})
	inspect(t, "../services", func(_ *token.FileSet, n ast.Node) {
		if f, is := n.(*ast.FuncDecl); is && f.Name.Name == "healthParts" {
			texts = partsIn(t, f, named)
		}
	})
	slices.Sort(texts)
	if texts = slices.Compact(texts); len(texts) < 5 {
		t.Fatalf("the parts of a process's health: got %q, want disk, disputes and three of the broker", texts)
	}
	return texts
}

// partsIn are the names of the parts that a function lists, as they stand there or as these constants; that of a database, which is a variable, is not among them.
func partsIn(t *testing.T, f *ast.FuncDecl, constants map[string]string) (texts []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		part, is := n.(*ast.CompositeLit)
		if !is || len(part.Elts) != 3 {
			return true
		}
		name, is := literal(part.Elts[0])
		if c, constant := part.Elts[0].(*ast.Ident); constant && c.Name != "name" {
			if name, is = constants[c.Name]; !is {
				t.Errorf("the parts of a process's health: %s is no constant of the package", c.Name)
			}
		}
		if is {
			texts = append(texts, name)
		}
		return true
	})
	return texts
}

// inspect goes through the code of a package, without its tests.
func inspect(t *testing.T, folder string, f func(*token.FileSet, ast.Node)) {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			f(set, n)
			return true
		})
	}
}

var placeholder = regexp.MustCompile(`{{\.(\w+)}}`)

func placeholders(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestTexts: each text that pages say has its German, no German is of a text that none says, the same is put into both, and
// the files of texts are sorted.
func TestTexts(t *testing.T) {
	english, german := textsOf(t, "en"), textsOf(t, "de")
	said := map[string]bool{}
	for _, u := range uses(t) {
		said[u.text] = true
		f, there := german[u.text]
		if !there {
			t.Errorf("%s: %q has no German; write it into locales/active.de.json", u.at, u.text)
		}
		in := placeholders(u.text)
		names := slices.Clone(u.names)
		slices.Sort(names)
		if !u.later && !slices.Equal(slices.Compact(names), in) {
			t.Errorf("%s: %q gets %q, want %q", u.at, u.text, names, in)
		}
		if there && !slices.Equal(placeholders(f.Other), in) {
			t.Errorf("%q in German: got the names %q, want %q", u.text, placeholders(f.Other), in)
		}
		_, plural := english[u.text]
		if counted := slices.Contains(in, "N"); counted && !plural && f.One == "" {
			t.Errorf("%s: %q depends on N: write its forms into locales/active.en.json, or at least into the German, or call N otherwise", u.at, u.text)
		}
		if plural && f.One == "" {
			t.Errorf("%q: it has forms for one and for many in English, and in German has not", u.text)
		}
	}
	for _, texts := range []map[string]form{english, german} {
		for id, f := range texts {
			if !said[id] {
				t.Errorf("%q is said nowhere: take it out of the files of texts", id)
			}
			for _, text := range []string{f.One, f.Other} {
				if text != "" && strings.Count(text, "**")%2 != 0 || strings.Contains(text, "}}") && !placeholder.MatchString(text) {
					t.Errorf("%q: %q has a mark that does not end", id, text)
				}
			}
		}
	}
	for id := range english {
		if english[id].One == "" || english[id].Other != id {
			t.Errorf("%q in English: it wants a form for one, and itself for many", id)
		}
	}
}

// TestQuotes: what a German text quotes of the pages, the name of a button say, is what stands there in German.
func TestQuotes(t *testing.T) {
	german := textsOf(t, "de")
	wallet := map[string]form{}
	b, err := os.ReadFile("../static/wallet/locales/active.de.json")
	if err == nil {
		err = json.Unmarshal(b, &wallet)
	}
	if err != nil {
		t.Fatal(err)
	}
	names, held := regexp.MustCompile(`“([^”]+)”`), 0
	for id, in := range german {
		for _, m := range names.FindAllStringSubmatch(id, -1) {
			there, is := german[m[1]]
			if !is {
				there, is = wallet[m[1]]
			}
			if !is {
				continue
			}
			held++
			if want := "„" + there.Other + "“"; !strings.Contains(in.Other, want) {
				t.Errorf("%q in German: got %q, want %s in it", id, in.Other, want)
			}
		}
	}
	if held < 5 {
		t.Errorf("got %d quotes of other texts, want those of the questions", held)
	}
}

// lettered is a text with words in it.
func lettered(text string) bool { return strings.ContainsFunc(text, unicode.IsLetter) }

// shownAttributes are the attributes whose value people read or hear.
var shownAttributes = []string{"title", "alt", "placeholder", "aria-label", "aria-description", "data-label", "label", "content", "value"}

// constants are attributes whose value is for machines though its name may be of one for people, and texts that are no words.
var constants = []string{
	"width=device-width, initial-scale=1, viewport-fit=cover", "light dark", "website", "API", "R3", "R4", "peerscrip verify receipt.json", "--broker-keys", "keys.json",
}

// TestTemplates: what a template says goes through tr: its texts, and the attributes that people read.
func TestTemplates(t *testing.T) {
	names, err := filepath.Glob("*.templ")
	if err != nil || len(names) == 0 {
		t.Fatalf("no templates here: %v", err)
	}
	for _, name := range names {
		file, err := templates.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		tell := func(at templates.Range, text string) {
			if lettered(text) && !slices.Contains(constants, strings.TrimSpace(text)) {
				t.Errorf("%s:%d: %q does not go through tr", name, at.From.Line+1, text)
			}
		}
		each(reflect.ValueOf(file.Nodes), func(node any) {
			switch n := node.(type) {
			case *templates.Text:
				tell(n.Range, n.Value)
			case *templates.Element:
				for _, a := range n.Attributes {
					of, is := a.(*templates.ConstantAttribute)
					if !is || !slices.Contains(shownAttributes, of.Key.String()) || of.Value == "" {
						continue
					}
					machines := of.Key.String() == "value" && n.Name != "button" || of.Key.String() == "value" && attribute(n, "name") != "" || of.Key.String() == "content" && attribute(n, "name") != "description"
					if !machines {
						tell(n.Range, of.Value)
					}
				}
			}
		})
	}
}

// attribute is the value of a constant attribute of an element.
func attribute(of *templates.Element, name string) string {
	for _, a := range of.Attributes {
		if c, is := a.(*templates.ConstantAttribute); is && c.Key.String() == name {
			return c.Value
		}
	}
	return ""
}

// each calls f with every pointer in a value, from the outside in.
func each(v reflect.Value, f func(any)) {
	switch v.Kind() {
	case reflect.Interface:
		each(v.Elem(), f)
	case reflect.Pointer:
		if !v.IsNil() {
			f(v.Interface())
			each(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				each(v.Field(i), f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	}
}

// silent are functions whose texts no page shows.
var silent = []string{"Errorf", "New", "Error", "ErrorContext", "WarnContext", "DebugContext", "InfoContext", "Log", "Sprintf", "panic", "WriteString", "MustCompile", "Set", "Get", "Add", "Values", "NewReplacer", "Write"}

// humanWords are literals that people would read: with a space between letters, or a capital and what follows it.
var humanWords = regexp.MustCompile(`\pL,? \pL|^\p{Lu}\p{Ll}+$|[“”’…]|\pL[.!?]$`)

// notShown are literals of the form of a text that no page shows.
var notShown = regexp.MustCompile(`^[a-z_-]+--|^[<…/]|^locales/|^(not reported yet|not protected|for parts|Discontinued|for parts|Discontinued|Offer|Product|Organization|Place|Country|Brand|AggregateRating|BreadcrumbList|ListItem|Retry-After|Vary|Connection|Allow|English|Deutsch|Jan|INSERT|User-agent: |Sitemap: |Disallow: |internal error)`)

// TestHandlers: what handlers and views say goes through tr, or is marked by phrase to go through it later.
func TestHandlers(t *testing.T) {
	set, files := sources(t)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				return false // with its tag
			case *ast.CallExpr:
				if _, tells := tellers[calleeOf(n)]; tells || slices.Contains(silent, calleeOf(n)) {
					return false
				}
			case *ast.BasicLit:
				if text, is := literal(n); is && humanWords.MatchString(text) && !notShown.MatchString(text) && !classes(text) {
					t.Errorf("%s: %q does not go through tr", set.Position(n.Pos()), text)
				}
			}
			return true
		})
	}
}

// classes reports whether a text is a list of classes of style sheets.
func classes(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLower(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -_", r)
	}) && strings.ContainsAny(text, "-_")
}

// TestLanguage: a page is in the language that its visitor chose by hand, or else in that of the browser, and comes back there.
func TestLanguage(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	asked := func(path, languages string) seen {
		r := v.request("GET", path, "", "")
		if languages != "" {
			r.Header.Set("Accept-Language", languages)
		}
		return v.do(r)
	}
	for languages, want := range map[string]string{"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.5": "de", "fr,en": "en", "nl, de;q=0.5, en;q=0.4": "de", "xx-;;q=": "en"} {
		asked("/about", languages).want(t, 200, `<html lang="`+want+`">`)
	}
	english, german := asked("/about", "en"), asked("/about", "de")
	english.want(t, 200, "Skip to content", "!Zum Inhalt")
	german.want(t, 200, "Zum Inhalt", "!Skip to content")
	if a, b := english.header.Get("ETag"), german.header.Get("ETag"); a == b || a == "" {
		t.Errorf("ETag: got %q and %q, want one for each language", a, b)
	}
	if got := german.header.Get("Vary"); got != "Accept-Language, Cookie" {
		t.Errorf("Vary: got %q", got)
	}
	if got := german.header.Get("Content-Language"); got != "de" {
		t.Errorf("Content-Language: got %q, want de", got)
	}
	german = v.post("/language", url.Values{"language": {"de"}, "back": {"/search?q=a+lamp"}})
	german.want(t, 200, `<html lang="de">`, `name="back" value="/search?q=a+lamp"`)
	if german.path != "/search" {
		t.Errorf("choosing a language: got to %s, want /search", german.path)
	}
	asked("/about", "en").want(t, 200, `<html lang="de">`)
	v.get("/nothing-here").want(t, 404, `<html lang="de">`)
	v.post("/language", url.Values{"language": {"xx"}, "back": {"/about"}}).want(t, 200, `<html lang="en">`)
}

// TestLanguageGoesBackHere: a form of another site leads nowhere else by the choice of a language.
func TestLanguageGoesBackHere(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config())).noRedirect()
	for back, want := range map[string]string{
		"": "/", "/about": "/about", "/search?q=x&page=2": "/search?q=x&page=2", "https://evil.example/": "/", "https://evil.example/about": "/", "//evil.example/about": "/",
		`/\evil.example`: "/", "javascript:alert(1)": "/", "/nothing": "/", "/language": "/", "about": "/", "/%2F/evil.example": "/", "\x00": "/",
	} {
		got := v.post("/language", url.Values{"language": {"de"}, "back": {back}})
		if location := got.header.Get("Location"); got.status != http.StatusSeeOther || location != want {
			t.Errorf("back to %q: got %d and %q, want 303 and %q", back, got.status, location, want)
		}
	}
}

// TestShownMoney: sums are written as the browser writes them, which reads these vectors too.
func TestShownMoney(t *testing.T) {
	b, err := os.ReadFile("../services/scrip/testdata/money.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Shown []struct {
			Currency, En, De string
			Amount           scrip.Money
		}
	}
	if err := json.Unmarshal(b, &vectors); err != nil || len(vectors.Shown) == 0 {
		t.Fatalf("got %d sums, %v, want some", len(vectors.Shown), err)
	}
	for _, v := range vectors.Shown {
		c, err := scrip.ParseCurrency(v.Currency)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{v.En, v.De} {
			if got := (sum{v.Amount, c}).in(locales()[i]); got != want {
				t.Errorf("%d of %s in %s: got %q, want %q", v.Amount, v.Currency, locales()[i].Name, got, want)
			}
		}
	}
}

// TestPlurals: a number chooses the form of a text, and is written as its language has it, like sums and days.
func TestWritten(t *testing.T) {
	eur := scrip.Currency{Code: "EUR", Exponent: 2}
	for _, test := range []struct{ got, english, german string }{
		{"days 1", "1 day", "1\u00a0Tag"}, {"days 0", "0 days", "0\u00a0Tage"}, {"days 1234", "1,234 days", "1.234\u00a0Tage"},
		{"typed 123450", "1234.50", "1234,50"},
		{"day", "9\u00a0Mar\u00a02026", "9.\u00a0März\u00a02026"}, {"moment", "9\u00a0Mar\u00a02026, 08:05 UTC", "9.\u00a0März\u00a02026, 08:05 UTC"},
		{"country AT", "Austria", "Österreich"}, {"country ??", "??", "??"}, {"word", "Okafor’s", "Okafor’s"},
	} {
		kind, number, _ := strings.Cut(test.got, " ")
		n, _ := strconv.Atoi(number)
		for i, want := range []string{test.english, test.german} {
			l := locales()[i]
			const at = 1773043500
			got := map[string]func() string{
				"days": func() string { return l.say("{{.N}} days", "N", n) }, "typed": func() string { return l.typed(scrip.Money(n), eur) }, "day": func() string { return day(at).in(l) }, "moment": func() string { return moment(at).in(l) },
				"country": func() string { return l.country(number) }, "word": func() string { return l.say("Okafor’s") },
			}[kind]()
			if got != want {
				t.Errorf("%s in %s: got %q, want %q", test.got, l.Name, got, want)
			}
		}
	}
}

// TestSentence: a text's marks become elements, and what is put in stays text.
func TestSentence(t *testing.T) {
	var b bytes.Buffer
	name := `<b>**[x](y)**</b>`
	if err := sentence("**{{.Name}}** & `code`: [a link to {{.Name}}]({{.Href}}) of {{.N}}", "Name", name, "Href", "/l/a?b&c", "N", 3).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	safe := "&lt;b&gt;**[x](y)**&lt;/b&gt;"
	want := fmt.Sprintf(`<strong>%s</strong> &amp; <code>code</code>: <a href="/l/a?b&amp;c">a link to %s</a> of 3`, safe, safe)
	if got := b.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
