package e2e_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// shown tells, from the first moment of a page to its last, each text that it shows, beside
// those that people wrote (bdi, dir="auto"), and how much it is wider than its window.
const shown = `{
	const told = new Set()
	let [stale, wide] = [true, 0]
	const tell = () => {
		if (!document.body) return
		const fresh = []
		const add = text => {
			text = text.replace(/\s+/g, " ").trim()
			if (/[a-z]{2}/i.test(text) && !told.has(text)) told.add(text), fresh.push(text)
		}
		const ours = e => !e.closest('bdi, [dir="auto"], pre, code, script, style, option, [lang]:not(html)')
		if (stale) {
			stale = false
			const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
			for (let node; node = walk.nextNode();) if (node.data.trim() && ours(node.parentElement) && node.parentElement.checkVisibility()) add(node.data)
			for (const name of ["aria-label", "placeholder", "alt", "title"]) {
				for (const e of document.querySelectorAll("body [" + name + "]")) if ((name !== "alt" || ours(e)) && e.checkVisibility()) add(e.getAttribute(name))
			}
			add(document.title)
		}
		const over = document.documentElement.scrollWidth - innerWidth
		wide = over > 0 ? wide + 1 : 0
		if (wide === 3) fresh.push("\u0000" + over + " pixels too wide: " + [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + "." + e.className).join(", "))
		if (fresh.length > 0) window.tellShown(JSON.stringify({ path: location.pathname, fresh }))
	}
	new MutationObserver(() => { stale = true }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["open", "hidden", "class", "aria-label"] })
	setInterval(tell, 300)
	addEventListener("pagehide", tell)
}`

// keepsTo has the person read German in pages of one width, and fails the test when any that
// it comes to shows an English sentence, or is wider than its window.
func (p *person) keepsTo() {
	p.t.Helper()
	english, err := readEnglish()
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, runtime.AddBinding, runtime.AddBindingParams{Name: "tellShown"}); err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: shown}); err != nil {
		p.t.Fatal(err)
	}
	told := chromedp.Events(p.ctx, runtime.BindingCalled)
	go func() {
		for e, err := range told {
			if err != nil {
				return
			}
			var page struct {
				Path  string
				Fresh []string
			}
			if err := json.Unmarshal([]byte(e.Payload), &page); err != nil {
				p.t.Errorf("what is shown: %v", err)
			}
			for _, text := range page.Fresh {
				if wide, is := strings.CutPrefix(text, "\x00"); is {
					p.t.Errorf("%s, %d wide: %s", page.Path, p.width, wide)
				} else if of := english.in(text); of != "" {
					p.t.Errorf("%s: the German page says %q, which is English: %q", page.Path, text, of)
				}
			}
		}
	}()
}

// words are an English text of a page in the person's language.
func (p *person) words(text string) string {
	p.t.Helper()
	if p.speaks() == "en" {
		return text
	}
	for _, file := range []string{"../../web/locales/active." + p.speaks() + ".json", "../../static/wallet/locales/active." + p.speaks() + ".json"} {
		of := map[string]any{}
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &of)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		if said, is := of[text].(string); is {
			return said
		}
	}
	p.t.Fatalf("%q is not translated", text)
	return ""
}

// english are the texts of the pages as translators know them, that have another German.
type english struct {
	whole map[string]bool // texts without placeholders
	parts []string        // what stands between placeholders, of more than a word
	seen  sync.Map        // text to what was found
}

// slots are what is not words in a text: placeholders, marks of bold type, and a context.
var slots = regexp.MustCompile(`\{\{[^}]*\}\}|\{\w+\}|\*\*|\|.*$`)

// money and months as English has them.
var spelled = regexp.MustCompile(`€\d|\d\.\d\d[\s\x{a0}](EUR|€)|\b(January|February|March|May|June|July|October|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b`)

var readEnglish = sync.OnceValues(func() (*english, error) {
	texts, german := map[string]string{}, map[string]bool{}
	for _, file := range []string{"../../web/locales/active.de.json", "../../static/wallet/locales/active.de.json"} {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var of map[string]any
		if err := json.Unmarshal(b, &of); err != nil {
			return nil, err
		}
		for text, translated := range of {
			forms := []any{translated}
			if plural, is := translated.(map[string]any); is {
				forms = slices.Collect(maps.Values(plural))
			}
			for _, form := range forms {
				texts[text] = form.(string)
				for _, part := range append(slots.Split(form.(string), -1), form.(string)) {
					german[strings.TrimSpace(part)] = true
				}
			}
		}
	}
	out := &english{whole: map[string]bool{}}
	for text, translated := range texts {
		if text == translated {
			continue
		}
		if !slots.MatchString(text) && !german[text] {
			out.whole[text] = true
			continue
		}
		for _, part := range slots.Split(text, -1) {
			part = strings.TrimSpace(strings.Trim(part, " .,:·–()“”"))
			if strings.Count(part, " ") > 0 && !german[part] {
				out.parts = append(out.parts, part)
			}
		}
	}
	return out, nil
})

// in finds an English text in one that is shown; "" if there is none.
func (e *english) in(text string) string {
	if found, known := e.seen.Load(text); known {
		return found.(string)
	}
	found := spelled.FindString(text)
	if e.whole[text] {
		found = text
	}
	for i := 0; found == "" && i < len(e.parts); i++ {
		if _, after, is := strings.Cut(" "+text+" ", " "+e.parts[i]); is && !letters.MatchString(after) {
			found = e.parts[i]
		}
	}
	e.seen.Store(text, found)
	return found
}

// letters go on with a word.
var letters = regexp.MustCompile(`^\pL`)

// TestEnglishIsFound: what translators have of another German is found where pages show it,
// whole or between what is put into it, and so are money and months as English has them.
func TestEnglishIsFound(t *testing.T) {
	texts, err := readEnglish()
	if err != nil {
		t.Fatal(err)
	}
	for shown, want := range map[string]bool{
		"Put in basket": true, "Your money": true, "Sent on 3 Dec": true, "12.50 EUR": true, "Monday, 3.": true,
		"In den Korb": false, "Dein Geld": false, "Status": false, "12,50 €": false, "Montag, 3. Mai": false, "Elm Street Attic": false,
	} {
		if got := texts.in(shown); (got != "") != want {
			t.Errorf("%q: found %q, want English found: %t", shown, got, want)
		}
	}
}
