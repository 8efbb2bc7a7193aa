package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"candour"
)

// What -json prints. Names never change their meaning; new ones may come.
type jsonVerdict struct {
	Verdict string `json:"verdict"`
	Code    string `json:"code,omitempty"`
	Entry   *int64 `json:"entry,omitempty"`
	Meaning string `json:"meaning"`
	Detail  string `json:"detail,omitempty"`
}

type jsonCosigned struct {
	Operator    string `json:"operator"`
	Key         string `json:"key"`
	At          string `json:"at"` // RFC 3339, but that a witness may claim a year of more than four digits
	Independent bool   `json:"independent"`
}

type jsonBundle struct {
	jsonVerdict
	PolicyGiven   bool            `json:"policy_given"`
	Body          string          `json:"body,omitempty"`
	CompleteTo    *time.Time      `json:"complete_to,omitempty"`
	Pack          string          `json:"pack,omitempty"`
	PackSHA256    string          `json:"pack_sha256,omitempty"`
	Checkpoint    string          `json:"checkpoint,omitempty"`
	Size          int64           `json:"size,omitempty"`
	Root          string          `json:"root,omitempty"`
	Independently bool            `json:"independently_witnessed"`
	Cosigned      []jsonCosigned  `json:"cosigned,omitempty"`
	Chains        []jsonChain     `json:"chains,omitempty"`
	Excerpt       int             `json:"excerpt_entries,omitempty"`
	Withheld      []withheldGroup `json:"withheld,omitempty"`
	Erased        int             `json:"erased"`
	Attachments   []string        `json:"attachments,omitempty"`
	Facts         []jsonFact      `json:"facts,omitempty"`
}

type jsonChain struct {
	Name    string `json:"name"`
	First   int64  `json:"first"`
	Entries int    `json:"entries"`
}

type jsonFact struct {
	Entry    int64       `json:"entry"`
	Chain    string      `json:"chain,omitempty"` // none in the excerpt
	Sealed   time.Time   `json:"sealed"`
	ErasedBy *int64      `json:"erased_by,omitempty"`
	Fields   []jsonField `json:"fields,omitempty"`
}

// jsonField is a field shown, with its value as text or in base64, or one withheld.
type jsonField struct {
	Name      string  `json:"name,omitempty"`
	Text      *string `json:"text,omitempty"`
	Base64    []byte  `json:"base64,omitempty"`
	Class     string  `json:"withheld,omitempty"`
	Authority string  `json:"authority,omitempty"`
}

func (a *bundleAnswer) json() string {
	v := jsonBundle{jsonVerdict: verdictJSON(a.Report), PolicyGiven: a.policy != nil}
	if a.Verdict == candour.Changed { // what else it says shows nothing
		return encoded(v)
	}
	complete := time.Unix(0, a.Made).UTC()
	v.Body, v.CompleteTo, v.Pack, v.PackSHA256 = a.Body, &complete, a.Pack.ID, hex.EncodeToString(a.Pack.Digest[:])
	v.Checkpoint, v.Size, v.Root = a.Checkpoint.Origin, a.Checkpoint.Size, hex.EncodeToString(a.Checkpoint.Root[:])
	v.Independently, v.Cosigned = len(a.Independent) > 0, cosignedJSON(a.Cosigned, a.Independent)
	for _, c := range a.Chains {
		v.Chains = append(v.Chains, jsonChain{c.Name, c.First, len(c.Entries)})
	}
	v.Excerpt, v.Erased, v.Attachments = len(a.Excerpt), a.erased(), a.Attachments
	v.Withheld, _ = a.groups()
	if a.facts {
		a.each(func(c *candour.Chain, _ int64, e *candour.Entry) { v.Facts = append(v.Facts, factJSON(c, e)) })
	}
	return encoded(v)
}

func verdictJSON(r *candour.Report) jsonVerdict {
	v := jsonVerdict{Verdict: string(r.Verdict), Code: r.Code, Meaning: sentences[key(r.Verdict, r.Code)], Detail: r.Detail}
	if r.Index >= 0 {
		v.Entry = &r.Index
	}
	return v
}

func cosignedJSON(by []candour.Cosigned, independent []string) (out []jsonCosigned) {
	for _, c := range by {
		out = append(out, jsonCosigned{c.Operator, c.Key.String(), c.At.Format(time.RFC3339), slices.Contains(independent, c.Operator)})
	}
	return out
}

func factJSON(c *candour.Chain, e *candour.Entry) jsonFact {
	f := jsonFact{Entry: e.Index, Sealed: time.Unix(0, e.Sealed()).UTC()}
	if c != nil {
		f.Chain = c.Name
	}
	if e.Erased {
		f.ErasedBy = &e.ErasedBy
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		text := string(l.Value)
		switch {
		case l.Withheld:
			f.Fields = append(f.Fields, jsonField{Class: l.Class, Authority: l.Authority})
		case isText(l.Value):
			f.Fields = append(f.Fields, jsonField{Name: l.Name, Text: &text})
		default:
			f.Fields = append(f.Fields, jsonField{Name: l.Name, Base64: l.Value})
		}
	}
	return f
}

// encoded is JSON in ASCII alone, so that it too can be printed on a terminal.
func encoded(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // of our own types
	}
	var out strings.Builder
	for _, r := range string(b) {
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String() + "\n"
}
