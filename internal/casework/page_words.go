package casework

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"candour"
	"candour/internal/day"
)

// The words of the readable page: what a kind, a field, a value and a moment are called there.

// The kinds of a case's own lines, as docket has them.
const (
	kindCase  = "record.case"
	kindParty = "record.party"
)

// titles are what the record says of itself.
var titles = map[string]string{
	kindCase:                   "Case put on record",
	candour.KindBundle:         "Bundle made",
	candour.KindErasure:        "Erasure of entries",
	candour.KindRestored:       "Record restored from an older copy",
	KindAlarm:                  "Alarm raised",
	KindBaseline:               "Finding at the adoption of the standards",
	"record.erasure_done":      "Erasure carried out",
	"record.hold":              "Hold placed",
	"record.hold_lifted":       "Hold lifted",
	"record.retention":         "Retention decided",
	"record.disposal_proposed": "Disposal proposed",
}

// title is the heading of an entry.
func (p *pager) title(e *candour.Entry, kind string) string {
	if kind == kindParty {
		party, _ := e.Get("party")
		role, _ := e.Get("role")
		if role == "" {
			role = "party"
		}
		who := strings.TrimSpace(plainText(role) + " " + plainText(party))
		return visible(sentence(who)) + " put on the case"
	}
	if t, ok := titles[kind]; ok {
		return t
	}
	return visible(sentence(p.label(unescape(kind))))
}

// names are what fields are called, in the order in which they stand: first those of a fact's
// line, then the others, then the marks.
var names = []struct{ field, name string }{
	{"about", "About"}, {"person", "Person"}, {"kind_of", "Kind"}, {"for", "For"}, {"purpose", "Purpose"},
	{"", ""},
	{"supersedes", "Corrects"}, {"answers", "Answers"}, {"confirms", "Confirms"}, {"signed", "Signed by"}, {"via", "Came through"}, {"docs", "Documents"},
	{"source", "Source"}, {"pack", "Standards"}, {"withheld", "Withheld"}, {"second", "Second person"}, {"erased", "Erased"}, {"bundle", "Bundle number"},
}

// nameOf is a field's name for people.
func nameOf(kind, field string) pageField {
	known := field
	if kind == candour.KindBundle && strings.HasPrefix(field, "withheld.") {
		known = "withheld"
	}
	others := 0
	for i, n := range names {
		if n.field == "" {
			others = i
		}
		if n.field == known {
			return pageField{Name: n.name, rank: i}
		}
	}
	prefix, rest, ok := strings.Cut(field, ".")
	if !ok || prefix != "f" && prefix != "given" {
		rest = field
	}
	return pageField{Name: visible(sentence(strings.ReplaceAll(unescape(rest), "_", " "))), rank: others}
}

// own tells whether the values of a kind are the record's own text, not those of a line.
func own(kind string) bool {
	return strings.HasPrefix(kind, "record.") && kind != kindCase && kind != kindParty
}

// values are what a disclosed field says, each of a list apart.
func (p *pager) values(kind string, l *candour.Line) []pageValue {
	text := string(l.Value)
	switch {
	case !utf8.ValidString(text):
		return []pageValue{{Text: fmt.Sprintf("%d bytes that are no text", len(text))}}
	case kind == candour.KindErasure && l.Name == candour.FieldErased:
		return p.leaves(text)
	case kind == candour.KindBundle && strings.HasPrefix(l.Name, "withheld."):
		return []pageValue{{Text: rule(text)}}
	case own(kind):
		return []pageValue{p.text(l.Name, text)}
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&v) != nil || dec.More() {
		return []pageValue{p.text(l.Name, text)}
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := []pageValue{}
	for _, v := range list {
		out = append(out, p.value(l.Name, v))
	}
	return out
}

// leaves are the entries that an erasure names, where they are in the bundle.
func (p *pager) leaves(text string) (out []pageValue) {
	for leaf := range strings.FieldsSeq(text) {
		v, ok := p.erased[leaf]
		if !ok {
			v.Text = "an entry that is not in this bundle: " + visible(leaf)
		}
		out = append(out, v)
	}
	return out
}

// rule is a rule by which fields were withheld, as [tellBundle] writes it.
func rule(text string) string {
	part := strings.SplitN(text, " | ", 4)
	if len(part) != 4 {
		return visible(text)
	}
	fields, entries := "every field", "every entry"
	if part[1] != "" {
		fields = "field " + part[1]
	}
	if part[0] != "" {
		entries = "entries of the kind " + part[0]
	}
	return visible(fmt.Sprintf("%s of %s: %s (%s)", fields, entries, part[2], part[3]))
}

func (p *pager) value(field string, v any) pageValue {
	switch v := v.(type) {
	case string:
		return p.text(field, v)
	case bool:
		return pageValue{Text: map[bool]string{true: "yes", false: "no"}[v]}
	case nil:
		return pageValue{Text: "nothing"}
	case map[string]any:
		return pageValue{Text: p.object(field, v)}
	case []any:
		var all []string
		for _, v := range v {
			all = append(all, p.value(field, v).Text)
		}
		return pageValue{Text: strings.Join(all, ", ")}
	}
	return pageValue{Text: fmt.Sprint(v)}
}

// written is how a moment looks in a value, as it does nowhere else.
var written = regexp.MustCompile(`^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$`)

// text is a value that is text: of a party with its role, of a fact the entry, of a moment the day.
func (p *pager) text(field, s string) pageValue {
	if v, ok := p.titles[s]; ok && field != "fact" {
		return v
	}
	if role, ok := p.roles[s]; ok && field == "about" {
		return pageValue{Text: visible(s + " (" + role + ")")}
	}
	if written.MatchString(s) {
		return pageValue{Text: p.moment(s).Words}
	}
	return pageValue{Text: visible(s)}
}

// object is a value of several parts, those of the marks in the order in which one says them.
func (p *pager) object(field string, v map[string]any) string {
	var parts []string
	say := func(key, before, after string) {
		if part, ok := v[key]; ok {
			parts = append(parts, before+p.value("", part).Text+after)
			delete(v, key)
		}
	}
	switch field {
	case "signed":
		say("by", "", "")
		say("at", "", "")
	case "via":
		say("body", "", "")
		say("person", "", "")
		say("how", "by ", "")
		say("ref", "reference ", "")
	case "docs":
		say("name", "", "")
		if len(parts) > 0 {
			say("type", "(", ")")
		}
		say("sha256", "SHA-256 ", "")
	}
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		say(k, visible(strings.ReplaceAll(k, "_", " "))+" ", "")
	}
	return strings.ReplaceAll(strings.Join(parts, ", "), ", (", " (")
}

// moment is a moment in words, and as machines write it where that is possible.
type moment struct{ ISO, Words string }

// moment reads a moment in the record's zone; what is none is shown as it is.
func (p *pager) moment(s string) moment {
	m, err := day.ParseMoment(s, p.zone)
	switch {
	case err != nil:
		return moment{Words: visible(s)}
	case m.Exact():
		return p.instant(m.Lo)
	case !m.Whole:
		return moment{Words: p.instant(m.Lo).Words + " to " + p.instant(m.Hi).Words}
	}
	from, to := m.Lo.Time(p.zone), m.Hi.Time(p.zone)
	switch len(s) {
	case len("2012"):
		return moment{s, s}
	case len("2012-06"):
		return moment{s, from.Format("January 2006")}
	case len(time.DateOnly):
		return moment{s, from.Format("2 January 2006")}
	}
	return moment{Words: from.Format("2 January 2006") + " to " + to.Format("2 January 2006")}
}

func (p *pager) instant(i day.Instant) moment {
	t := i.Time(p.zone)
	layout := "2 January 2006 at 3:04pm"
	if t.Second() != 0 {
		layout = "2 January 2006 at 3:04:05pm"
	}
	if twice(t) {
		layout += " MST"
	}
	return moment{t.Format(time.RFC3339), t.Format(layout)}
}

// twice tells whether clocks show the moment once more, an hour away.
func twice(t time.Time) bool {
	shows := func(by time.Duration) bool { return t.Add(by).Format(time.DateTime) == t.Format(time.DateTime) }
	return shows(time.Hour) || shows(-time.Hour)
}

func (p *pager) dayOf(nanos int64) moment {
	t := time.Unix(0, nanos).In(p.zone)
	return moment{t.Format(time.DateOnly), t.Format("2 January 2006")}
}

func (p *pager) timeOf(nanos int64) moment {
	t := time.Unix(0, nanos).In(p.zone)
	return moment{t.Format(time.RFC3339), t.Format("3:04pm")}
}

// date is the day of an instant, to be subtracted from another.
func date(i day.Instant, zone *time.Location) time.Time {
	y, m, d := i.Time(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// visible writes out what would move the cursor, hide, or turn the direction of the text around
// it. Lines and tabs stay.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == ' ':
			b.WriteRune(r)
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainText is the text of a value that is text.
func plainText(value string) (s string) {
	if json.Unmarshal([]byte(value), &s) != nil {
		return value
	}
	return s
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// sentence begins with a capital.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
