package exchange

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"candour/internal/day"
	"candour/internal/fact"
)

const (
	mostLevels     = 64
	mostAttributes = 10_000    // of one trace or event
	mostEvents     = 1_000_000 // of one trace
	longestID      = 1000      // bytes, of a case, an activity or a resource
)

// ReadXES reads an event log, plain or packed with gzip, and calls each with
// every trace as a case, in the order of the file. Resources become persons of
// the mapping's body in w, which may be nil. name is what errors call the file.
//
// An error is an *Error, or what each returned. After an error what each was
// given must be discarded: the file was refused as a whole.
func ReadXES(r io.Reader, name string, m *Mapping, w *fact.World, each func(*fact.Case) error) (Summary, error) {
	x := &xesReader{
		name: name, m: m, world: w, each: each, hash: sha256.New(),
		ids: map[string]int{}, persons: map[string]string{}, kinds: map[string]string{}, slugs: map[string]string{},
	}
	src, err := open(r)
	if err != nil {
		return x.sum, x.unreadable(err)
	}
	x.src = src
	x.dec = xml.NewDecoder(src)
	err = x.log()
	x.sum.Persons = len(x.persons)
	return x.sum, err
}

// xesReader holds one trace at a time.
type xesReader struct {
	name  string
	m     *Mapping
	world *fact.World
	each  func(*fact.Case) error
	src   *source
	dec   *xml.Decoder
	sum   Summary

	depth   int
	line    int               // where the last token ended
	event   int               // number of the event within its trace; 0 outside
	inTrace bool              // x.sum.Traces is the trace's number
	ids     map[string]int    // case: number of its trace
	persons map[string]string // each name once, so that its bytes are kept once
	kinds   map[string]string // activity and transition: kind, as looked up
	slugs   map[string]string // kind made by slug: the activity it was made of
	hash    hash.Hash
	seen    map[[sha256.Size]byte]bool // events of this trace
}

// log reads the whole document, to the end of the file, so that a gzip's
// checksum is tested too.
func (x *xesReader) log() error {
	started := false
	for {
		tok, err := x.next()
		if err == io.EOF {
			if !started {
				return x.fail("give an XES file", "no log element: the file is empty")
			}
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := tok.(xml.StartElement)
		switch {
		case !ok:
		case started:
			return x.fail("keep one log a file", "<%s> after the end of the log", cut(start.Name.Local))
		case start.Name.Local != "log":
			return x.fail("give an XES file", "no log element: the file begins with <%s>", cut(start.Name.Local))
		default:
			started = true
			if err := x.inLog(); err != nil {
				return err
			}
		}
	}
}

func (x *xesReader) inLog() error {
	for {
		start, more, err := x.child()
		if err != nil || !more {
			return err
		}
		switch name := start.Name.Local; {
		case name == "trace":
			err = x.trace()
		case name == "extension", name == "global", name == "classifier":
			err = x.skip(nil)
		case isAttribute(name):
			_, err = x.attribute(start)
		default:
			err = x.unknown(start, "a log holds traces and attributes")
		}
		if err != nil {
			return err
		}
	}
}

func (x *xesReader) unknown(start xml.StartElement, remedy string) error {
	return x.fail(remedy+"; remove it, or write the file as XES", "unexpected <%s>", cut(start.Name.Local))
}

func (x *xesReader) trace() error {
	x.sum.Traces++
	x.inTrace, x.event = true, 0
	x.seen = map[[sha256.Size]byte]bool{}
	c := &fact.Case{Kind: x.m.CaseKind, Line: x.line}
	var attrs []attribute
	n := 0
	for {
		start, more, err := x.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch name := start.Name.Local; {
		case name == "event":
			n++
			x.event = n
			err = x.readEvent(c)
			x.event = 0
		case isAttribute(name):
			attrs, err = x.add(attrs, start, "trace")
		default:
			err = x.unknown(start, "a trace holds events and attributes")
		}
		if err != nil {
			return err
		}
	}
	if err := x.finish(c, attrs); err != nil {
		return err
	}
	x.inTrace = false
	return x.each(c)
}

// finish names the case and its facts: a trace may name itself after its events.
func (x *xesReader) finish(c *fact.Case, attrs []attribute) error {
	if key := once(attrs); key != "" {
		return x.fail("keep one", "the trace has the attribute %q twice", cut(key))
	}
	for _, a := range attrs {
		if a.key == x.m.CaseID {
			c.ID = a.value
		}
		register, ok := x.m.Given[a.key]
		if !ok {
			continue
		}
		v, err := x.value(a)
		if err != nil {
			return err
		}
		if v.Kind != fact.Absent {
			c.Given = append(c.Given, fact.Field{Name: register, Value: v})
		}
	}
	if c.ID == "" {
		return x.fail("add the attribute, or name another under case: id in the mapping", "the trace has no %q to tell its case by", cut(x.m.CaseID))
	}
	if err := x.nameable(c.ID, "case"); err != nil {
		return err
	}
	if first, twice := x.ids[c.ID]; twice {
		return x.fail("give each case one trace, or join them", "the case was already read as trace %d", first)
	}
	x.ids[c.ID] = x.sum.Traces
	for _, f := range c.Facts {
		f.Case = c.ID
		f.ID = c.ID + f.ID
	}
	return nil
}

func (x *xesReader) readEvent(c *fact.Case) error {
	x.sum.Events++
	line := x.line
	if x.event > mostEvents {
		return x.fail("split the trace", "the trace has more than %d events", mostEvents)
	}
	var attrs []attribute
	for {
		start, more, err := x.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if !isAttribute(start.Name.Local) {
			return x.unknown(start, "an event holds attributes")
		}
		if attrs, err = x.add(attrs, start, "event"); err != nil {
			return err
		}
	}
	slices.SortFunc(attrs, func(a, b attribute) int { return strings.Compare(a.key, b.key) })
	if key := once(attrs); key != "" {
		return x.fail("keep one", "the event has the attribute %q twice", cut(key))
	}
	f, err := x.fact(attrs)
	if err != nil {
		return err
	}
	x.duplicate(attrs)
	if f == nil {
		x.sum.Dropped++
		return nil
	}
	f.Line = line
	c.Facts = append(c.Facts, f)
	return nil
}

// fact makes a fact of an event's attributes; nil when the mapping drops it.
func (x *xesReader) fact(attrs []attribute) (*fact.Fact, error) {
	f := &fact.Fact{ID: "#" + strconv.Itoa(x.event), Seq: int64(x.sum.Events), Source: x.m.Source, For: x.m.Body}
	var activity, transition, by string
	var at day.Instant
	timed := false
	for _, a := range attrs {
		if a.key == x.m.Activity {
			activity = a.value
		}
		if x.m.Lifecycle != "" && a.key == x.m.Lifecycle {
			transition = a.value
		}
		if x.m.By != "" && a.key == x.m.By {
			by = a.value
		}
		if a.key == x.m.Time {
			t, err := x.instant(a.value)
			if err != nil {
				return nil, err
			}
			at, timed = t, true
		}
		if name, ok := x.m.Fields[a.key]; ok {
			v, err := x.value(a)
			if err != nil {
				return nil, err
			}
			if v.Kind != fact.Absent {
				f.Fields = append(f.Fields, fact.Field{Name: name, Value: v})
			}
		}
	}
	if activity == "" {
		return nil, x.fail("add the attribute, or name another under event: activity in the mapping", "the event has no activity (%q)", cut(x.m.Activity))
	}
	if !timed {
		return nil, x.fail("add the attribute, or name another under event: time in the mapping", "the event has no time (%q)", cut(x.m.Time))
	}
	kind, err := x.kind(activity, transition)
	if err != nil || kind == "" {
		return nil, err
	}
	if f.By, err = x.person(by); err != nil {
		return nil, err
	}
	if x.m.Now != 0 && at > x.m.Now {
		x.warn("the event lies in the future")
	}
	f.Kind, f.At, f.Recorded = kind, day.At(at), at
	return f, nil
}

// kind looks an activity up, once for the file.
func (x *xesReader) kind(activity, transition string) (string, error) {
	name := activity + "+" + transition
	if kind, ok := x.kinds[name]; ok {
		return kind, nil
	}
	if err := x.nameable(activity, "activity"); err != nil {
		return "", err
	}
	kind, ok := x.m.kind(activity, transition)
	if !ok {
		return "", x.fail("add it to kinds: in the mapping, or write others: drop or others: slug", "the mapping does not know the activity %q", cut(activity))
	}
	_, named := x.m.Kinds[activity]
	_, namedWith := x.m.Kinds[name]
	if x.m.Others == Slug && !named && !namedWith {
		if other, taken := x.slugs[kind]; taken && other != name {
			return "", x.fail("name both under kinds: in the mapping", "the activity %q would be of the kind %s, as is another", cut(activity), cut(kind))
		}
		x.slugs[kind] = name
	}
	x.kinds[strings.Clone(name)] = kind
	return kind, nil
}

func (x *xesReader) person(by string) (string, error) {
	if by == "" {
		return "", nil
	}
	if kept, ok := x.persons[by]; ok {
		return kept, nil
	}
	if err := x.nameable(by, "resource"); err != nil {
		return "", err
	}
	x.persons[by] = by
	if x.world != nil && x.world.Persons[by] == nil {
		x.world.Persons[by] = &fact.Person{ID: by, Body: x.m.Body}
	}
	return by, nil
}

// nameable refuses what could not stand in a list or a link.
func (x *xesReader) nameable(s, what string) error {
	if len(s) > longestID {
		return x.fail("name a shorter attribute in the mapping", "the name of the %s is longer than %d bytes", what, longestID)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return x.fail("take it out", "the name of the %s holds a line break or another control character", what)
	}
	return nil
}

// duplicate counts an event that repeats an earlier one of its trace in every
// attribute, in whatever order; attrs are sorted.
func (x *xesReader) duplicate(attrs []attribute) {
	x.hash.Reset()
	for _, a := range attrs {
		digest(x.hash, a.kind, a.key, a.value, string(a.nested))
	}
	var sum [sha256.Size]byte
	x.hash.Sum(sum[:0])
	if x.seen[sum] {
		x.sum.Duplicates++
	}
	x.seen[sum] = true
}

// digest writes each text with its length before it, so that no two lists of
// texts look the same.
func digest(h hash.Hash, texts ...string) {
	var n [binary.MaxVarintLen64]byte
	for _, t := range texts {
		_, _ = h.Write(binary.AppendUvarint(n[:0], uint64(len(t))))
		_, _ = io.WriteString(h, t)
	}
}

// add reads one more attribute of a trace or an event.
func (x *xesReader) add(attrs []attribute, start xml.StartElement, of string) ([]attribute, error) {
	if len(attrs) >= mostAttributes {
		return nil, x.fail("leave out what is not needed", "the %s has more than %d attributes", of, mostAttributes)
	}
	a, err := x.attribute(start)
	return append(attrs, a), err
}

// once returns a key that stands twice, or nothing. Most have few attributes,
// which are compared with each other sooner than put in a map.
func once(attrs []attribute) string {
	const few = 32
	if len(attrs) > few {
		seen := make(map[string]bool, len(attrs))
		for _, a := range attrs {
			if seen[a.key] {
				return a.key
			}
			seen[a.key] = true
		}
		return ""
	}
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.key == b.key {
				return a.key
			}
		}
	}
	return ""
}

// warn keeps the first warnings and counts all.
func (x *xesReader) warn(format string, args ...any) {
	x.sum.WarningCount++
	if len(x.sum.Warnings) < mostWarnings {
		e := x.at("kept as it stands", format, args...)
		x.sum.Warnings = append(x.sum.Warnings, e.Error())
	}
}

func (x *xesReader) at(remedy, format string, args ...any) *Error {
	e := &Error{File: x.name, Line: x.line, What: fmt.Sprintf(format, args...), Remedy: remedy, Event: x.event}
	if x.inTrace {
		e.Trace = x.sum.Traces
	}
	return e
}

func (x *xesReader) fail(remedy, format string, args ...any) error {
	return x.at(remedy, format, args...)
}

// next gives the next token, counting levels. Directives are refused, so no
// entity is ever declared; tokens that mean nothing are passed on.
func (x *xesReader) next() (xml.Token, error) {
	x.src.spent = 0
	tok, err := x.dec.Token()
	x.line, _ = x.dec.InputPos()
	if err != nil {
		if err == io.EOF && x.src.err == nil {
			return nil, io.EOF
		}
		return nil, x.unreadable(err)
	}
	if x.src.err != nil { // the decoder hands out the text before a fault first
		return nil, x.unreadable(x.src.err)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		if x.depth++; x.depth > mostLevels {
			return nil, x.fail("flatten the file", "more than %d nested levels", mostLevels)
		}
	case xml.EndElement:
		x.depth--
	case xml.Directive:
		return nil, x.fail("remove it; entities are not expanded", "a document type or entity declaration (<!%s)", cut(firstWord(t)))
	case xml.CharData:
		if len(strings.TrimSpace(string(t))) > 0 {
			return nil, x.fail("XES keeps values in attributes: write value=\"…\"", "text between the elements")
		}
	case xml.Comment:
		if !utf8.Valid(t) {
			return nil, x.fail("convert the file to UTF-8", "not UTF-8")
		}
	}
	return tok, nil
}

func firstWord(d xml.Directive) string {
	if f := strings.Fields(strings.ToValidUTF8(string(d), "?")); len(f) > 0 {
		return f[0]
	}
	return ""
}

// child gives the next element within the one that is open, or false at its end.
func (x *xesReader) child() (xml.StartElement, bool, error) {
	for {
		tok, err := x.next()
		if err == io.EOF {
			err = x.unreadable(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return xml.StartElement{}, false, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return t, true, nil
		case xml.EndElement:
			return xml.StartElement{}, false, nil
		}
	}
}

// skip passes over everything in the element that is open; h, when given, takes
// its content in.
func (x *xesReader) skip(h func() hash.Hash) error {
	for open := 1; open > 0; {
		tok, err := x.next()
		if err == io.EOF {
			err = x.unreadable(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			open++
			for _, a := range t.Attr {
				if len(a.Value) > largestValue {
					return x.tooLong()
				}
			}
			if h != nil {
				digest(h(), "<", t.Name.Local, strconv.Itoa(len(t.Attr)))
				for _, a := range t.Attr {
					digest(h(), a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			open--
			if h != nil && open > 0 {
				digest(h(), ">")
			}
		}
	}
	return nil
}

func (x *xesReader) tooLong() error {
	return x.fail("leave it out of the file, or keep it as a document", "an attribute or tag of more than %d MB", largestValue>>20)
}

// unreadable says in our words what the decoder or what is under it refused.
func (x *xesReader) unreadable(err error) error {
	if x.src != nil && x.src.err != nil {
		err = x.src.err
	}
	var syntax *xml.SyntaxError
	msg := err.Error()
	e := x.at("export the file again", "not well-formed XML: %s", cut(msg))
	e.Err = err
	switch {
	case errors.Is(err, errTooLong):
		return x.tooLong()
	case errors.Is(err, errUTF16):
		e.What, e.Remedy = "not UTF-8 but UTF-16", "convert the file to UTF-8"
	case isGzip(err):
		e.What, e.Remedy = "the gzip is broken or cut short: "+msg, "fetch the file again"
	case !errors.As(err, &syntax):
		if strings.Contains(msg, "CharsetReader") {
			e.What, e.Remedy = "the file declares another encoding than UTF-8", "convert the file to UTF-8 and declare that"
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			e.What, e.Remedy = "the file ends in the middle", "fetch or export the file again"
		} else if x.src != nil && x.src.err != nil {
			e.What, e.Remedy = "the file cannot be read: "+cut(msg), "see to the disk or the connection, and read it again"
		}
	case strings.Contains(syntax.Msg, "unexpected EOF"):
		e.What, e.Remedy = "the file ends in the middle", "fetch or export the file again"
	case strings.Contains(syntax.Msg, "UTF-8"):
		e.What, e.Remedy = "not UTF-8", "convert the file to UTF-8"
	case strings.Contains(syntax.Msg, "entity"):
		e.What, e.Remedy = "an entity that XML itself does not define", "write the character out; entities are not expanded"
	default:
		e.What = "not well-formed XML: " + cut(syntax.Msg)
	}
	return e
}
