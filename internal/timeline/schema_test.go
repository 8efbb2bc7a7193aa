package timeline

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

type shape struct {
	Schema     string           `json:"$schema"`
	Defs       map[string]shape `json:"$defs"`
	Properties map[string]shape `json:"properties"`
	Items      *shape           `json:"items"`
	OneOf      []shape          `json:"oneOf"`
	Ref        string           `json:"$ref"`
}

// The schema and the reader must know the same keys.
func TestSchemaKnowsTheKeysOfTheReader(t *testing.T) {
	var s shape
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || len(s.OneOf) != len(lineKeys) {
		t.Errorf("got the schema %q with %d lines, want %d", s.Schema, len(s.OneOf), len(lineKeys))
	}
	check := func(what string, got shape, want []string) {
		t.Helper()
		keys := slices.Sorted(maps.Keys(got.Properties))
		if want = slices.Sorted(slices.Values(want)); !slices.Equal(keys, want) {
			t.Errorf("%s: the schema has %v, the reader %v", what, keys, want)
		}
	}
	for what, keys := range lineKeys {
		check(what, s.Defs[what], keys)
	}
	of := func(line, key string) shape { return s.Defs[line].Properties[key] }
	check("channel", *of("body", "channel").Items, channelKeys)
	check("posts", *of("person", "posts").Items, postKeys)
	check("kin", *of("person", "kin").Items, kinKeys)
	check("complete_to", *of("source", "complete_to").OneOf[1].Items, markKeys)
	check("regime", of("case", "regime"), regimeKeys)
	check("signed", *of("fact", "signed").Items, signedKeys)
	check("docs", *of("fact", "docs").Items, documentKeys)
	check("via", of("fact", "via"), viaKeys)
	check("lifted", of("expect", "lifted").OneOf[1], whyKeys)
}

func TestSchemaIsACopy(t *testing.T) {
	Schema()[0] = 'x'
	if Schema()[0] != '{' {
		t.Error("a caller changed it")
	}
}
