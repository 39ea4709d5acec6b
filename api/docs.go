package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// The reference at /docs is rendered here from the document itself, once, when
// the server is made. The viewers in common use need scripts and inline styles,
// which the site's content policy forbids; this page needs neither, so it can be
// read, searched and linked to in any browser.

//go:embed docs.gohtml
var docsText string

var docsTemplate = template.Must(template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsText))

// reference is the page as the template sees it: flat, and calling nothing.
type reference struct {
	Title, Version, Summary, Intro string
	Stylesheets                    []string
	Groups                         []group
	Schemas                        []schemaView
	Problems                       []problemView
}

// group is one tag with its operations.
type group struct {
	ID, Name, Description string
	Operations            []operationView
}

// operationView is one operation.
type operationView struct {
	ID, Method, Path, Summary, Description string
	Params                                 []fieldView
	Body                                   *contentView
	Answers                                []answerView
}

// contentView is a body: what it is, its schema, an example of it.
type contentView struct {
	Description, Media, Schema, Example string
}

// answerView is one answer of an operation.
type answerView struct {
	Status, Description string
	Problem             bool
	Content             contentView
}

// fieldView is a parameter, or a member of an object.
type fieldView struct {
	Name, In, Type, Schema, Bounds, Description string
	Required                                    bool
}

// schemaView is a named schema.
type schemaView struct {
	Name, Type, Bounds, Description string
	Fields                          []fieldView
}

// problemView is one word of the closed list.
type problemView struct {
	Word, Status, Description string
}

// docsPage renders the whole document, whichever roles are played here: it is
// read by those who write against other instances too.
func (c Config) docsPage(doc *openapi3.T) ([]byte, error) {
	ref := reference{
		Title: doc.Info.Title, Version: doc.Info.Version, Summary: doc.Info.Summary, Intro: doc.Info.Description,
		Stylesheets: c.Stylesheets, Groups: groups(doc), Schemas: schemas(doc), Problems: problems(doc),
	}
	var page bytes.Buffer
	if err := docsTemplate.Execute(&page, ref); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

// groups sorts the operations under their tags, in the document's order of
// tags and in the order of paths.
func groups(doc *openapi3.T) []group {
	var list []group
	for _, tag := range doc.Tags {
		g := group{ID: "tag-" + anchor(tag.Name), Name: tag.Name, Description: tag.Description}
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Value(path)
			for _, method := range []string{"GET", "POST", "PUT"} {
				if op := item.GetOperation(method); op != nil && slices.Contains(op.Tags, tag.Name) {
					g.Operations = append(g.Operations, operation(method, path, item, op))
				}
			}
		}
		slices.SortStableFunc(g.Operations, func(a, b operationView) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
		list = append(list, g)
	}
	return list
}

func operation(method, path string, item *openapi3.PathItem, op *openapi3.Operation) operationView {
	v := operationView{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description}
	for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
		f := member(p.Value.Name, p.Value.Schema)
		f.In, f.Required = p.Value.In, p.Value.Required
		if p.Value.Description != "" {
			f.Description = p.Value.Description
		}
		v.Params = append(v.Params, f)
	}
	if op.RequestBody != nil {
		body := content(op.RequestBody.Value.Content)
		body.Description = op.RequestBody.Value.Description
		v.Body = &body
	}
	for _, status := range slices.Sorted(mapKeys(op.Responses.Map())) {
		r := op.Responses.Value(status).Value
		a := answerView{Status: status, Content: content(r.Content), Problem: r.Content.Get("application/problem+json") != nil}
		if r.Description != nil {
			a.Description = *r.Description
		}
		v.Answers = append(v.Answers, a)
	}
	return v
}

// content describes the one media type a body has in this document.
func content(c openapi3.Content) contentView {
	for media, m := range c {
		v := contentView{Media: media, Example: example(m.Example)}
		if m.Schema != nil {
			v.Schema = refName(m.Schema)
		}
		if m.Example == nil && m.Schema != nil && len(m.Schema.Value.Examples) > 0 {
			v.Example = example(m.Schema.Value.Examples[0])
		}
		return v
	}
	return contentView{}
}

func problems(doc *openapi3.T) []problemView {
	var list []problemView
	for _, one := range doc.Components.Schemas["ProblemType"].Value.OneOf {
		list = append(list, problemView{
			Word: one.Value.Title, Status: fmt.Sprint(one.Value.Extensions["x-status"]), Description: one.Value.Description,
		})
	}
	return list
}
