package timeline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"candour/internal/day"
	"candour/internal/fact"
)

// reader judges lines one by one. It holds what later lines are judged by: the world,
// and which cases, parties and facts there were; not the cases and facts themselves.
type reader struct {
	name    string
	line    int
	file    *File // nil before the header; its cases are the business of give
	errs    Errors
	stopped bool
	cases   ids
	parties ids // by case and party
	facts   ids
	sources map[string]bool
	got     any  // what the present line says: a *File, *fact.Fact and so on
	stated  bool // the present line, a fact, gives its position
	// give takes what each line says, as long as nothing is at fault.
	give func(any)
}

func newReader(name string) *reader {
	r := &reader{name: name, sources: map[string]bool{}}
	r.cases.forget()
	r.parties.forget()
	r.facts.forget()
	return r
}

// Read reads a timeline; name is what errors call it. The error is Errors, each
// with its line; a file with any is refused. What it reads are marks and names:
// whether the pack knows the kinds and fields, and whether `about` names parties
// of the case, it does not judge.
func Read(in io.Reader, name string) (*File, error) {
	r := newReader(name)
	cases := map[string]*fact.Case{}
	r.give = func(got any) {
		switch x := got.(type) {
		case *fact.Case:
			cases[x.ID] = x
			r.file.Cases = append(r.file.Cases, x)
		case *fact.Party:
			c := cases[x.Case]
			c.Parties = append(c.Parties, x)
		case *fact.Fact:
			c := cases[x.Case]
			c.Facts = append(c.Facts, x)
		}
	}
	if err := r.read(in); err != nil {
		return nil, err
	}
	return r.file, nil
}

// read judges a whole file. The error is Errors.
func (r *reader) read(in io.Reader) error {
	r.lines(bufio.NewReaderSize(in, 1<<16))
	if r.file == nil && len(r.errs) == 0 {
		r.fail(headerFirst, "the file is empty")
	}
	if len(r.errs) == 0 && !r.stopped {
		r.whole()
	}
	if len(r.errs) > 0 {
		return r.errs
	}
	return nil
}

const headerFirst = `begin with {"candour":"timeline/1","body":...}`

// fail notes a fault on the present line. After `most` it says so and stops.
func (r *reader) fail(remedy, format string, args ...any) {
	if r.stopped {
		return
	}
	r.errs = append(r.errs, Error{r.name, r.line, fmt.Sprintf(format, args...), remedy})
	if len(r.errs) == most {
		r.stopped = true
		r.errs = append(r.errs, Error{r.name, r.line, fmt.Sprintf("%d faults so far, and no more are looked for", most), "mend these and read the file again"})
	}
}

func (r *reader) lines(buf *bufio.Reader) {
	for !r.stopped {
		r.line++
		line, err := next(buf)
		if err != nil && !errors.Is(err, io.EOF) {
			r.fail("nothing after this line was read", "%v", err)
			return
		}
		if r.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		r.take(bytes.Trim(line, " \t\r\n"))
		if err != nil {
			return
		}
	}
}

// next reads a line of at most `longest` bytes.
func next(buf *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := buf.ReadSlice('\n')
		if len(out)+len(bytes.TrimRight(part, "\r\n")) > longest {
			return nil, fmt.Errorf("the line is longer than %d MB (%d bytes): keep large material outside and give its digest", longest>>20, longest)
		}
		out = append(out, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return out, err
		}
	}
}

func (r *reader) take(line []byte) {
	before := len(r.errs)
	r.got, r.stated = nil, false
	switch {
	case !utf8.Valid(line):
		r.fail("save the file as UTF-8", "the line is not UTF-8")
	case bytes.IndexByte(line, 0) >= 0:
		r.fail("take it out; a file of UTF-16 must be saved as UTF-8", "the line holds a NUL byte")
	case len(line) > 0 && line[0] != '#':
		r.judge(line)
	}
	if r.file == nil && len(r.errs) > before {
		r.stopped = true // without a header every later line would seem at fault
	}
	if r.got != nil && len(r.errs) == 0 {
		r.give(r.got)
	}
}

func (r *reader) judge(line []byte) {
	o, err := parse(line)
	switch {
	case err != nil:
		r.fail("", "%v", err)
	case len(o.keys) == 0:
		r.fail(`write what it is first, as {"fact":...}`, "the object is empty")
	default:
		r.object(o)
	}
}

func (r *reader) object(o *object) {
	what := o.keys[0]
	keys, ok := lineKeys[what]
	if r.file == nil && what != "candour" {
		r.fail(headerFirst, "the header must come first")
		return
	}
	if !ok {
		r.fail("begin the line with candour, body, unit, person, source, case, party, fact, policy, as_at or expect", "a line cannot begin with %q", what)
		return
	}
	r.known(o, "a line that begins with "+what, keys)
	r.dispatch(what, o)
}

func (r *reader) dispatch(what string, o *object) {
	switch what {
	case "candour":
		r.header(o)
	case "body":
		r.body(o)
	case "unit":
		r.unit(o)
	case "person":
		r.person(o)
	case "source":
		r.source(o)
	case "case":
		r.kase(o)
	case "party":
		r.party(o)
	case "fact":
		r.fact(o)
	case "policy":
		r.policy(o)
	case "as_at":
		r.test(o)
	case "expect":
		r.expect(o)
	}
}

func (r *reader) header(o *object) {
	if r.file != nil {
		r.fail("keep the first, and one file for each header", "a second header")
		return
	}
	r.file = &File{Pack: r.text(o, "pack", false), Profile: r.text(o, "profile", false), ZoneName: usualZone, World: fact.NewWorld(r.text(o, "body", true))}
	r.file.World.Profile = r.file.Profile
	if v := r.text(o, "candour", true); v != version {
		r.fail(`write "timeline/1"`, "this program does not know the version %q", v)
		r.stopped = true
		return
	}
	if z := r.text(o, "zone", false); z != "" {
		r.file.ZoneName = z
	}
	zone, err := loadZone(r.file.ZoneName)
	if err != nil {
		r.fail("write a name such as Europe/London", "unknown time zone %q", r.file.ZoneName)
		zone = time.UTC
	}
	r.file.Zone = zone
	switch v := r.text(o, "recorded", false); v {
	case "", "as happened":
	case "required":
		r.file.RecordedRequired = true
	default:
		r.fail(`write "as happened" or "required"`, "recorded cannot be %q", v)
	}
	r.got = r.file
}

// loadZone refuses Local, which is another zone on another machine.
func loadZone(name string) (*time.Location, error) {
	if name == "Local" || name == "" {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	return time.LoadLocation(name)
}

// named refuses a name that was not declared; an empty one was not stated.
func (r *reader) named(known bool, what, id string) {
	if id != "" && !known {
		r.fail("mend the name, or add its line before this one", "the %s %q is not declared", what, id)
	}
}

// once notes a declaration and refuses a second of the same id. Without an id it
// does nothing: that fault is told already.
func once[V any](r *reader, m map[string]V, what, id string, v V) {
	if _, twice := m[id]; twice {
		r.fail("give each its own id", "the %s %q is given twice", what, id)
		return
	}
	if id != "" {
		m[id] = v
	}
	r.got = v
}

// isBody tells whether the id is a declared body, or the file's own.
func (r *reader) isBody(id string) bool {
	return r.file.World.Bodies[id] != nil || id == r.file.World.Body
}

// bounds of what can be written again with an offset of at most a day.
var earliest, latest = day.FromTime(time.Date(1849, 12, 31, 0, 0, 0, 0, time.UTC)), day.FromTime(time.Date(2200, 1, 2, 0, 0, 0, 0, time.UTC))

// moment reads a moment; nil where it is not stated or not one.
func (r *reader) moment(o *object, key string, required bool) *day.Moment {
	s := r.text(o, key, required)
	if s == "" {
		return nil
	}
	m, err := day.ParseMoment(s, r.file.Zone)
	switch {
	case err != nil:
		r.fail("", "%q: %v", key, err)
	case m.Lo > m.Hi:
		r.fail("the calendar left it out; write another", "%q: the day does not exist in %s", key, r.file.ZoneName)
	case m.Lo < earliest || m.Hi > latest:
		r.fail("write a year from 1850 to 2199", "%q: the moment is out of range", key)
	default:
		return &m
	}
	return nil
}

// span reads from and to: from the start of the first day, to the end of the last.
func (r *reader) span(o *object, from, to day.Instant, fromRequired bool) (day.Instant, day.Instant) {
	if m := r.moment(o, "from", fromRequired); m != nil {
		from = m.Lo
	}
	if m := r.moment(o, "to", false); m != nil {
		to = m.Hi
	}
	if to < from {
		r.fail("mend the dates", "a span ends before it begins")
	}
	return from, to
}

func (r *reader) duration(o *object, key string) *day.Duration {
	s := r.text(o, key, false)
	if s == "" {
		return nil
	}
	d, err := day.ParseDuration(s)
	if err != nil {
		r.fail("", "%q: %v", key, err)
		return nil
	}
	return &d
}

// known refuses keys that are not in the list.
func (r *reader) known(o *object, what string, keys []string) {
	for _, k := range o.keys {
		if !contains(keys, k) {
			r.fail("known keys: "+strings.Join(keys, ", "), "unknown key %q in %s", k, what)
		}
	}
}
