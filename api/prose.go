package api

import (
	"html/template"
	"regexp"
	"strings"
)

// prose renders the little Markdown that the document's descriptions use:
// paragraphs, "## " headings, `code`, and **bold**. Everything else is text.
func prose(text string) template.HTML {
	var b strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		block = strings.TrimSpace(block)
		switch {
		case block == "":
		case strings.HasPrefix(block, "## "):
			b.WriteString("<h3>" + inline(block[3:]) + "</h3>\n")
		default:
			b.WriteString("<p>" + inline(block) + "</p>\n")
		}
	}
	return template.HTML(b.String()) // safe: inline escapes, and adds tags of its own only
}

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	boldSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// inline escapes text and then marks its code and bold spans.
func inline(text string) string {
	text = template.HTMLEscapeString(text)
	text = codeSpan.ReplaceAllString(text, "<code>$1</code>")
	return boldSpan.ReplaceAllString(text, "<strong>$1</strong>")
}
