package timeline

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of one line that is not blank and not a
// comment. It knows shapes, not order, names or the calendar: Read has the last word.
func Schema() []byte { return slices.Clone(schema) }
