package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A person with keys does everything by Tab, Enter, Space and arrows: what others click
// is reached from where the focus is, which must show, and be lost by nothing that was
// done before.

// strokes are the next keys on the way to an element.
type strokes struct {
	Key   string // empty: it has the focus
	Times int
	Lost  bool   // something that was done took the focus from the page
	Hides bool   // it has the focus, and does not show it
	At    string // what has the focus
}

// wayTo finds the next keys on the way to an element. The stops of Tab are those of the
// dialog that is open, if one is; of radio buttons one, from which arrows go on.
const wayTo = `(element => {
	const at = document.activeElement ?? document.body
	const said = { Key: "", Times: 0, Hides: false, At: at.outerHTML.slice(0, 100), 
		Lost: Boolean(window.reached) && (at === document.body || at.matches(":disabled") || !at.checkVisibility({ visibilityProperty: true })) }
	window.reached = at !== document.body
	if (!element) throw new Error("it is gone")
	if (element === at) {
		window.reached = true
		const shown = ["", "::before", "::after"].map(part => getComputedStyle(at, part)).some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0)
		return { ...said, Hides: !shown }
	}
	const radios = e => e.type === "radio" ? [...(e.form ?? document).querySelectorAll('input[type="radio"]')].filter(other => other.name === e.name && other.form === e.form && !other.matches(":disabled")) : []
	const group = radios(element)
	if (group.includes(at)) {
		const by = group.indexOf(element) - group.indexOf(at)
		return { ...said, Key: by > 0 ? "down" : "up", Times: Math.abs(by) }
	}
	const scope = document.querySelector("dialog:modal") ?? document
	const one = e => { const all = radios(e); return all.length === 0 || (all.find(r => r.checked) ?? all[0]) === e }
	const stops = [...scope.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(e => e.tabIndex >= 0 &&
		!e.matches(":disabled") && one(e) && e.checkVisibility({ visibilityProperty: true }))
	const target = group.length > 0 ? group.find(one) : element
	if (!stops.includes(target)) throw new Error("Tab does not stop there: " + target.outerHTML.slice(0, 100))
	if (at !== document.body && !scope.contains(at)) return { ...said, Key: "tab", Times: 1 }
	const before = stops.filter(e => at !== document.body && (e === at || at.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING)).length
	const by = stops.indexOf(target) + 1 - before
	return by > 0 ? { ...said, Key: "tab", Times: by } : { ...said, Key: "back", Times: stops.includes(at) ? -by : 1 - by }
})`

// steps are the keys that move the focus. Only their going down does that.
var steps = map[string]struct {
	name       string
	code, with int64
}{
	"tab": {"Tab", 9, 0}, "back": {"Tab", 9, int64(chromedp.ModifierShift)}, "down": {"ArrowDown", 40, 0}, "up": {"ArrowUp", 38, 0},
}

// reach moves the focus to an element, which the page finds so, by keys.
func (p *person) reach(ctx context.Context, element string) error {
	way := strokes{}
	for range 20 {
		var err error
		way, err = chromedp.Run(ctx, chromedp.Evaluate[strokes](wayTo+"("+element+")"))
		if err != nil {
			return err
		}
		if way.Lost {
			p.t.Errorf("%s: the focus is lost after %s, at %s", eval[string](p, "location.pathname"), p.last, way.At)
		}
		if way.Hides {
			p.t.Errorf("%s does not show that it has the focus", way.At)
		}
		key, more := steps[way.Key]
		if !more {
			return nil
		}
		for range way.Times {
			if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{
				Type: input.DispatchKeyEventTypeRawKeyDown, Key: key.name, WindowsVirtualKeyCode: key.code, Modifiers: key.with,
			}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("keys do not reach it, but %s", way.At)
}

// strike reaches an element and presses the key that does what a click would.
func (p *person) strike(ctx context.Context, element string) error {
	if err := p.reach(ctx, element); err != nil {
		return err
	}
	key, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(e => e.type === "radio" && e.checked && window.arrived ? "" : ["radio", "checkbox"].includes(e.type) ? " " : "\r")(`+element+`)`))
	if err != nil || key == "" {
		return err
	}
	p.last = "the press on " + element
	return chromedp.Do(ctx, chromedp.KeyEvent(key))
}

// unfoldByKeys opens what an element is folded in, from the outside inwards, for who has keys.
func (p *person) unfoldByKeys(ctx context.Context, element string) error {
	if !p.keys {
		return nil
	}
	folded := `(e => {
		e = e?.tagName === "SUMMARY" ? e.parentElement.parentElement : e?.parentElement
		let outer = null
		for (let d; d = e?.closest("details:not([open])"); e = d.parentElement) outer = d
		return outer?.querySelector(":scope > summary") ?? null
	})(` + element + `)`
	for {
		more, err := chromedp.Run(ctx, chromedp.Evaluate[bool](folded+" !== null"))
		if err != nil || !more {
			return err
		}
		if err := p.reach(ctx, folded); err != nil {
			return err
		}
		p.last = "unfolding"
		if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
			return err
		}
	}
}

// choose chooses one of a list.
func (p *person) choose(selector, value string) {
	p.t.Helper()
	if !p.keys {
		p.do(chromedp.SetValue(chromedp.CSS(selector), value))
		return
	}
	p.unfolded(selector)
	element := `document.querySelector(` + strconv.Quote(selector) + `)`
	p.again("choose "+value+" at "+selector, func(ctx context.Context) error {
		if err := p.reach(ctx, element); err != nil {
			return err
		}
		by, err := chromedp.Run(ctx, chromedp.Evaluate[int](`(e => [...e.options].findIndex(o => o.value === `+strconv.Quote(value)+`) - e.selectedIndex)(`+element+`)`))
		if err != nil || by == 0 {
			return err
		}
		key := kb.ArrowDown
		if by < 0 {
			key, by = kb.ArrowUp, -by
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent(strings.Repeat(key, by))); err != nil {
			return err
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](element+`.value`))
		if err == nil && got != value {
			err = fmt.Errorf("it chose %q", got)
		}
		return err
	})
}

// upload gives files to a field: with keys by the chooser that it opens.
func (p *person) upload(selector string, files ...string) {
	p.t.Helper()
	if !p.keys {
		p.do(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
		return
	}
	p.unfolded(selector)
	intercept := func(on bool) {
		if _, err := chromedp.Call(p.ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: on}); err != nil {
			p.t.Fatal(err)
		}
	}
	intercept(true)
	defer intercept(false)
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	chosen := make(chan error, 1)
	opened := chromedp.Events(ctx, page.FileChooserOpened)
	go func() {
		for e, err := range opened {
			if err == nil {
				_, err = chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, BackendNodeID: e.BackendNodeID})
			}
			chosen <- err
			return
		}
	}()
	p.again("a press on "+selector, func(ctx context.Context) error {
		return p.strike(ctx, `document.querySelector(`+strconv.Quote(selector)+`)`)
	})
	select {
	case err := <-chosen:
		if err != nil {
			p.t.Fatalf("choose files for %s: %v", selector, err)
		}
	case <-ctx.Done():
		p.t.Fatalf("%s opens no chooser of files\n%s", selector, p.say())
	}
}

// reachable moves the focus to an element.
func (p *person) reachable(selector string) {
	p.t.Helper()
	p.again("keys to "+selector, func(ctx context.Context) error {
		return p.reach(ctx, `document.querySelector(`+strconv.Quote(selector)+`)`)
	})
}

// types presses keys at what has the focus.
func (p *person) types(keys string) {
	p.t.Helper()
	p.last = "the keys " + strconv.Quote(keys)
	p.do(chromedp.KeyEvent(keys))
}
