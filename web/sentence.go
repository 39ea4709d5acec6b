package web

import (
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// sentence is a text with elements in it, in the language of its reader, so that what translators get is whole: **strong**,
// `code`, [words of a link](/its/address), and in the place of a name what is put in: text, or a component. See tr for the rest.
func sentence(text string, pairs ...any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := passage{ctx: ctx, w: w}
		pairs = append([]any{}, pairs...)
		for i := 1; i < len(pairs); i += 2 {
			if _, number := pairs[i].(int); !number {
				p.put = append(p.put, pairs[i])
				pairs[i] = "\x00" + strconv.Itoa(len(p.put)-1) + "\x00"
			}
		}
		p.write(tr(ctx, text, pairs...))
		return p.err
	})
}

// passage is a sentence while it is written.
type passage struct {
	ctx context.Context
	w   io.Writer
	put []any // what stands in place of \x00 and its index
	err error
}

// marked are the marks of a sentence.
var marked = regexp.MustCompile("\\*\\*(.+?)\\*\\*|`(.+?)`|\\[(.+?)\\]\\((.+?)\\)|\x00(\\d+)\x00")

func (p *passage) write(text string) {
	from := 0
	for _, at := range marked.FindAllStringSubmatchIndex(text, -1) {
		group := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		p.raw(templ.EscapeString(text[from:at[0]]))
		from = at[1]
		switch {
		case group(1) != "":
			p.element("<strong>", group(1), "</strong>")
		case group(2) != "":
			p.code(group(2))
		case group(3) != "":
			p.element(`<a href="`+templ.EscapeString(string(templ.URL(p.plain(group(4)))))+`">`, group(3), "</a>")
		default:
			p.value(p.of(group(5)))
		}
	}
	p.raw(templ.EscapeString(text[from:]))
}

func (p *passage) element(open, text, end string) {
	p.raw(open)
	p.write(text)
	p.raw(end)
}

// code is a command or a name. No line breaks within an option: half of it would be read as a word.
func (p *passage) code(text string) {
	p.raw("<code>")
	for i, word := range strings.Split(text, " ") {
		if i > 0 {
			p.raw(" ")
		}
		if strings.HasPrefix(word, "--") {
			p.element("<span>", word, "</span>")
		} else {
			p.write(word)
		}
	}
	p.raw("</code>")
}

// plain is an address, with what is put into it.
func (p *passage) plain(text string) string {
	parts := strings.Split(text, "\x00")
	for i := 1; i < len(parts); i += 2 {
		parts[i] = localeOf(p.ctx).written(p.of(parts[i]))
	}
	return strings.Join(parts, "")
}

func (p *passage) of(index string) any {
	n, err := strconv.Atoi(index)
	if err != nil || n >= len(p.put) {
		return ""
	}
	return p.put[n]
}

func (p *passage) value(v any) {
	if c, is := v.(templ.Component); is {
		if p.err == nil {
			p.err = c.Render(p.ctx, p.w)
		}
		return
	}
	p.raw(templ.EscapeString(localeOf(p.ctx).written(v)))
}

func (p *passage) raw(html string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, html)
	}
}
