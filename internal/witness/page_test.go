package witness_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"candour"
	"candour/internal/witness"

	"golang.org/x/net/html"
)

// node is an element of a page, for assertions by selector.
type node struct{ *html.Node }

func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// is tells whether the element fits one part of a selector: tag, #id or .class, or a tag with one of them.
func (n node) is(part string) bool {
	tag, id, byID := strings.Cut(part, "#")
	tag, class, byClass := strings.Cut(tag, ".")
	switch {
	case n.Type != html.ElementNode, tag != "" && n.Data != tag:
		return false
	case byID:
		return n.attr("id") == id
	case byClass:
		return slices.Contains(strings.Fields(n.attr("class")), class)
	}
	return true
}

// all finds what fits a selector of parts, each below the one before.
func (n node) all(selector string) []node {
	from := []node{n}
	for part := range strings.FieldsSeq(selector) {
		var next []node
		for _, f := range from {
			for d := range f.Descendants() {
				if e := (node{d}); e.is(part) && !slices.Contains(next, e) {
					next = append(next, e)
				}
			}
		}
		from = next
	}
	return from
}

// text is what a person reads of all that fits a selector, with single spaces.
func (n node) text(selector string) string {
	var b strings.Builder
	for _, e := range n.all(selector) {
		for d := range e.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data + " ")
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (d *desk) page() node {
	d.t.Helper()
	status, kind, text := d.get("")
	if status != 200 || kind != "text/html; charset=utf-8" {
		d.t.Fatalf("page: %d, %s", status, kind)
	}
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	return node{doc}
}

// says holds what a part of the page reads against what must be in it.
func (n node) says(t *testing.T, selector string, want ...string) {
	t.Helper()
	got := n.text(selector)
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s reads %q, without %q", selector, got, w)
		}
	}
}

func TestPageIsOneThatEveryoneCanRead(t *testing.T) {
	r := newRecord("a").grow(130, "fact")
	d := newDesk(t, settings(r))
	for i := range 2 {
		p := d.page()
		if len(p.all("h1")) != 1 || len(p.all("main")) != 1 || len(p.all("script")) != 0 || len(p.all("title")) != 1 {
			t.Error("needs one h1, one main, one title and no script")
		}
		if p.all("html")[0].attr("lang") != "en-GB" || p.all("a.skip")[0].attr("href") != "#main" {
			t.Error("needs a language and a skip link")
		}
		for _, table := range p.all("table") {
			if len(table.all("caption")) != 1 || slices.ContainsFunc(table.all("th"), func(h node) bool { return h.attr("scope") == "" }) {
				t.Error("a table needs a caption and scoped headers")
			}
			for _, cell := range table.all("td") {
				if cell.attr("data-head") == "" {
					t.Error("a cell does not say on a phone what it is")
				}
			}
		}
		for _, e := range p.all("") {
			if e.attr("style") != "" || strings.HasPrefix(e.Data, "on") {
				t.Error("style or script within the page")
			}
		}
		if i == 0 {
			d.ok(r, 0, 130)
			d.post("add-checkpoint", r.submit(0, 120))
			d.post("add-checkpoint", newRecord("a").grow(130, "other").submit(130, 130))
		}
	}
	resp, err := http.Get(d.http.URL + "/w/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") {
		t.Errorf("policy %q", csp)
	}
	if status, kind, _ := d.get("style.css"); status != 200 || !strings.HasPrefix(kind, "text/css") {
		t.Errorf("style: %d, %s", status, kind)
	}
}

func TestPageTellsTheAge(t *testing.T) {
	r := newRecord("a").grow(130, "fact")
	d := newDesk(t, settings(r))
	d.page().says(t, "table.records", "Force A", "Silent", "never", "Nothing was ever sent.")
	d.ok(r, 0, 130)
	for _, step := range []struct {
		pass  time.Duration
		class string
		want  []string
	}{
		{0, "good", []string{"Fresh", "less than a minute ago", "130", "3 July 2026 at 2:01pm"}},
		{14*time.Minute + 59*time.Second, "good", []string{"Fresh", "14 minutes ago"}},
		{time.Second, "warn", []string{"Late", "15 minutes ago"}},
		{23*time.Hour + 44*time.Minute, "warn", []string{"Late", "23 hours ago"}},
		{time.Minute, "bad", []string{"Silent", "for 24 hours"}},
		{48 * time.Hour, "bad", []string{"Silent", "for 3 days"}},
	} {
		d.clock.pass(step.pass)
		p := d.page()
		p.says(t, "table.records tbody tr", step.want...)
		if len(p.all("table.records .tag."+step.class))+len(p.all("table.records strong."+step.class)) == 0 {
			t.Errorf("%v: not %s", step.want, step.class)
		}
	}
	if got := d.page().all("table.records td a")[0].attr("href"); got != "checkpoint/"+body {
		t.Errorf("links to %s", got)
	}
	d.page().says(t, ".lead", "1 of 1 force is not up to date.")
}

func TestPageTellsOfRefusals(t *testing.T) {
	r := newRecord("a").grow(200, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 130)
	d.page().says(t, "p.refusals", "We refused nothing in the last 7 days.")
	d.post("add-checkpoint", r.submit(0, 150)) // to learn the size: not worth a word
	d.page().says(t, "p.refusals", "We refused nothing")
	d.post("add-checkpoint", r.submit(0, 120))
	d.clock.pass(time.Hour)
	d.post("add-checkpoint", r.submit(0, 120))
	d.post("add-checkpoint", newRecord("a").grow(200, "other").submit(130, 150))
	d.post("add-checkpoint", newRecord("b").grow(200, "fact").submit(130, 150)) // a stranger's
	d.reopen()
	p := d.page()
	p.says(t, "table.refusals", "2 in all", "Sent an older record: asked for 120, has 130.", "3 July 2026 at 3:01pm , 2 times since 3 July 2026 at 2:01pm",
		"Did not show that its record of size 150 continues that of size 130.")
	if n := len(p.all("table.refusals tbody tr")); n != 2 {
		t.Errorf("%d refusals", n)
	}
	d.clock.pass(8 * 24 * time.Hour)
	d.page().says(t, "p.refusals", "We refused nothing")
}

func TestAlarmStaysUntilAPersonAcknowledges(t *testing.T) {
	r := newRecord("a").grow(200, "fact")
	fork := newRecord("a").grow(200, "other")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 130)
	for range 3 {
		d.post("add-checkpoint", fork.submit(130, 130))
		d.post("add-checkpoint", fork.submit(0, 130))
	}
	d.clock.pass(400 * 24 * time.Hour)
	d.reopen()
	alarms, err := witness.Alarms(d.options.Dir)
	if err != nil || len(alarms) != 1 {
		t.Fatalf("%d alarms, %v", len(alarms), err)
	}
	a := alarms[0]
	p := d.page()
	p.says(t, ".alarms h2", "Two different records were signed")
	p.says(t, "#alarm-"+a.ID, "Force A signed two different records of size 130.", "3 July 2026 at 2:01pm", "candour witness acknowledge "+a.ID)
	p.says(t, "title", "Alarm")
	p.says(t, ".lead", "1 alarm")
	for _, msg := range []string{a.Held, a.Sent} { // together they are proof against the body
		policy := candour.Policy{Body: body, Logs: []candour.Witness{{Operator: "x", Key: r.signer.Public}}}
		if c, _, err := policy.OpenCheckpoint([]byte(msg)); err != nil || c.Size != 130 {
			t.Errorf("evidence: %v, %v", c, err)
		}
	}
	for _, bad := range []struct{ id, by, why string }{{a.ID, "", "why"}, {a.ID, "who", " "}, {"00", "who", "why"}, {"../key", "who", "why"}, {"", "who", "why"}} {
		if err := witness.Acknowledge(d.options.Dir, bad.id, witness.Acknowledgement{At: d.clock.now(), By: bad.by, Why: bad.why}); err == nil {
			t.Errorf("acknowledged with %q", bad)
		}
	}
	ack := witness.Acknowledgement{At: d.clock.now(), By: "Duty <b>officer</b>", Why: "Taken up with the force"}
	if err := witness.Acknowledge(d.options.Dir, a.ID, ack); err != nil {
		t.Fatal(err)
	}
	if err := witness.Acknowledge(d.options.Dir, a.ID, ack); err == nil {
		t.Error("acknowledged twice")
	}
	p = d.page()
	if len(p.all(".alarm")) != 0 || strings.Contains(p.text("html"), "officer") {
		t.Errorf("still on the page, or who acknowledged is: %s", p.text("html"))
	}
	d.post("add-checkpoint", newRecord("a").grow(200, "third").submit(130, 130))
	if n := len(d.page().all(".alarm")); n != 1 {
		t.Errorf("another pair: %d alarms", n)
	}
}

func TestPageTellsOfEpochsAndOperators(t *testing.T) {
	r := newRecord("a").grow(130, "fact")
	c := settings(r)
	c.Operator = "northmere"
	c.Forces[0].Name = "<script>alert(1)</script>"
	c.Forces[0].Pages = []string{"https://northmere.example/record"}
	d := newDesk(t, c)
	d.ok(r, 0, 130)
	second := newRecord("a").grow(120, "fact").grow(9, "after")
	second.origin = candour.CheckpointOrigin(body, 2)
	d.clock.pass(26 * time.Hour)
	d.ok(second, 0, 121)
	d.ok(second, 121, 129)
	p := d.page()
	rows := p.all("table.records tbody tr")
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	rows[0].says(t, "td", "129", "Fresh", "Epoch 2 began after a restore: the last checkpoint of epoch 1 had size 130; the new one began at size 121 on 4 July 2026 at 4:01pm.")
	rows[0].says(t, "th", "<script>alert(1)</script>", "not independently witnessed: northmere runs both", "https://northmere.example/record")
	rows[1].says(t, "td", "130", "Over")
	if len(p.all("script")) != 0 {
		t.Error("a name became a script")
	}
	p.says(t, ".lead", "The one force is up to date.")
}

func TestMetrics(t *testing.T) {
	r := newRecord("a").grow(200, "fact")
	fork := newRecord("a").grow(200, "other")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 130)
	d.clock.pass(90 * time.Second)
	d.post("add-checkpoint", []byte("nonsense"))
	d.post("add-checkpoint", r.submit(0, 150))
	d.post("add-checkpoint", r.submit(0, 100))
	d.post("add-checkpoint", fork.submit(130, 130))
	_, _, text := d.get("metrics")
	for _, want := range []string{
		`candour_witness_size{origin="` + body + `"} 130`,
		`candour_witness_age_seconds{origin="` + body + `"} 90`,
		`candour_witness_alarms{origin="` + body + `"} 1`,
		`candour_witness_refusals_total{origin="",reason="malformed"} 1`,
		`candour_witness_refusals_total{origin="` + body + `",reason="conflict"} 1`,
		`candour_witness_refusals_total{origin="` + body + `",reason="older"} 1`,
		`candour_witness_refusals_total{origin="` + body + `",reason="split"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("without %s:\n%s", want, text)
		}
	}
}

// TestPageShowsDamage damages what was cosigned last of one of two forces: the other's row
// stands, nothing more is signed of the one, and it does not begin anew.
func TestPageShowsDamage(t *testing.T) {
	r := newRecord("a").grow(130, "fact")
	c := settings(r)
	other := candour.NewSigner("candour.example/southmere", make([]byte, 32))
	c.Forces = append(c.Forces, &witness.Force{Name: "Force B", Operator: "southmere", Keys: []candour.PublicKey{other.Public}})
	d := newDesk(t, c)
	d.ok(r, 0, 120)
	path := only(t, d.options.Dir, "origins")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good[:50], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 120} {
		if status, _, _ := d.post("add-checkpoint", r.submit(from, 130)); status != http.StatusInternalServerError {
			t.Errorf("from %d: status %d", from, status)
		}
	}
	p := d.page()
	p.says(t, "table.records", "Cannot be read", "Our own copy of what we signed is damaged.", "Force B", "Nothing was ever sent.")
	p.says(t, ".lead", "2 of 2 forces are not up to date.")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	d.ok(r, 120, 130)
}
