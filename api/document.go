package api

import (
	_ "embed" // openapi.gen.json
	"fmt"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Contract is openapi.yaml as JSON, which is read in a third of the time. Whoever generates it
// checks it, and a test that it says what openapi.yaml does.
//
//go:embed openapi.gen.json
var Contract []byte

// loaded is the contract, which is read once: all servers of a process have the same, and none
// of them changes it.
var loaded = sync.OnceValues(func() (*openapi3.T, error) { return load(Contract) })

// load reads a contract that was generated.
func load(contract []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
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
