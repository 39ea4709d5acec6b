package api

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// load reads the OpenAPI document and checks it, but for its examples: those
// take seconds, and a test has checked them.
func load(text []byte) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	if err := doc.Validate(loader.Context, openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("check openapi.yaml: %w", err)
	}
	return doc, nil
}

// last is what was loaded last: all servers of a process have the same document, and
// none of them changes it.
var last struct {
	sync.Mutex
	text []byte
	doc  *openapi3.T
}

// loaded is the document of a text, which is read once.
func loaded(text []byte) (*openapi3.T, error) {
	last.Lock()
	defer last.Unlock()
	if last.doc != nil && bytes.Equal(text, last.text) {
		return last.doc, nil
	}
	doc, err := load(text)
	if err != nil {
		return nil, err
	}
	last.text, last.doc = bytes.Clone(text), doc
	return doc, nil
}

// tags names, for each tag of the document, whether its role is played.
func (c Config) tags() map[string]bool {
	return map[string]bool{
		"Broker":           c.Broker != nil,
		"Directory":        c.Broker != nil,
		"Log":              c.Broker != nil,
		"Stall":            c.Stalls != nil,
		"Offers":           c.Stalls != nil,
		"Market":           c.Market != nil,
		"Seller":           c.Sellers != nil,
		"Bank":             c.Bank != nil,
		"Payment provider": c.Notices != nil,
		"Service":          true,
	}
}

// asChecked is the version of OpenAPI under which requests are checked. For a
// 3.1 document kin-openapi compiles a JSON Schema anew for every value it looks
// at; a test keeps the parameters and request bodies of ours to keywords that
// mean the same in 3.0, whose checks are compiled once (115 allocations for a
// request in place of 788).
const asChecked = "3.0.3"

// guard is the document of the roles that are played here: the paths of others are
// not found, like any unknown path. It is good for checking requests only.
func (c Config) guard(doc *openapi3.T) *openapi3.T {
	checked := *doc
	checked.OpenAPI, checked.Paths = asChecked, openapi3.NewPaths()
	played := c.tags()
	for path, item := range doc.Paths.Map() {
		known := true
		for _, op := range item.Operations() {
			known = known && slices.ContainsFunc(op.Tags, func(tag string) bool { return played[tag] })
		}
		if known {
			checked.Paths.Set(path, item)
		}
	}
	return &checked
}
