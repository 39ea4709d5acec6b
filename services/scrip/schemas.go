package scrip

import (
	_ "embed" // schemas.json
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// schemasJSON are JSON Schemas (2020-12) of the body of each message and of the attachments
// scrip and order, by type. A test makes them of the types here and of the forms in
// docs/protocol.md, and holds every vector to them.
//
//go:embed schemas.json
var schemasJSON []byte

var schemas = sync.OnceValue(func() map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(schemasJSON, &all); err != nil {
		panic(fmt.Sprintf("schemas.json, which is compiled in: %v", err))
	}
	return all
})

// Schemas names what has a schema: the types of messages, and "scrip" and "order".
func Schemas() []string { return slices.Sorted(maps.Keys(schemas())) }

// Schema is the JSON Schema of a message's body, or of an attachment's value: NotFound
// for a type that there is not. It says what the form of a member is; which members go
// together, and what a text may hold, docs/protocol.md says.
func Schema(of string) (json.RawMessage, error) {
	schema, ok := schemas()[of]
	if !ok {
		return nil, NotFound
	}
	return schema, nil
}
