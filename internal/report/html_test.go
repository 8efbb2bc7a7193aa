package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"candour/internal/obligation"
	"candour/internal/report"
)

func TestPageOfTheFoundingCase(t *testing.T) {
	w := pageOf(t, report.Options{Title: "Northmere"}, founding(t), few, "2012-12-04 12:00", example(t, "case-01"))
	w.everything(t)
	doc := w.main(t)
	for selector, want := range map[string]string{
		"head title": "Northmere",
		"h1":         "9 findings in 1 case",
		"p.kicker":   "Northmere: 1 case, as at 4 December 2012 at midday",
		"p.lede": "The first was raised on 19 June 2012. 7 are still open. 1 case reached a referral, an independent review, " +
			"a disposal or closure. The first finding was there 92 days earlier.",
		"#failings h2": "Found most often, 3 times: Poor supervision and quality",
		"#months h2":   "Something was raised in 4 of 5 months",
	} {
		if got := doc.one(t, selector).text(); got != want {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	if got := len(doc.all("ul.figures li")); got != 4 {
		t.Errorf("%d figures on top, want 4", got)
	}
	if got := len(doc.all("table.rows summary")); got != 9 {
		t.Errorf("%d findings have an explanation, want 9", got)
	}
	if got := doc.all("#needs tbody tr")[0].text(); got != "di1 detective inspector 5 1 3 1 0 19 June 2012" {
		t.Errorf("the first who is needed: got %q", got)
	}
	if got := doc.all("#came tbody tr")[0].text(); got != "c1 19 June 2012 19 September 2012 Out-of-court disposal given 92" {
		t.Errorf("came to light: got %q", got)
	}
	drawn := doc.one(t, "#worst").text()
	for _, gap := range []string{"Nothing recorded for 27 days", "Nothing recorded for 65 days"} {
		if !strings.Contains(drawn, gap) {
			t.Errorf("the drawn case does not say %q", gap)
		}
	}
	if strings.Contains(drawn, "Nothing recorded for 50 days") {
		t.Error("silence after the closure is drawn as a gap")
	}
}

// Every finding, and every place where the record cannot tell, holds the whole of its explanation.
func TestEveryFindingIsExplained(t *testing.T) {
	p := founding(t)
	want := map[string]int{}
	n := 0
	evaluate(t, p, nil, "2012-12-04", func(res *obligation.Result) error {
		for _, row := range res.Rows {
			if row.Finding != nil || row.CannotTell || row.Waiting != "" {
				n++
				want[strings.Join(row.Explain(), "\n")]++
			}
		}
		return nil
	}, example(t, "case-01"))
	for _, d := range pageOf(t, report.Options{}, p, nil, "2012-12-04", example(t, "case-01")).main(t).all("table.rows details") {
		var lines []string
		for _, li := range d.all("li") {
			lines = append(lines, li.text())
		}
		if why := strings.Join(lines, "\n"); want[why] == 0 {
			t.Errorf("no finding has the explanation\n%s", why)
		} else {
			want[why]--
			n--
		}
	}
	if n != 0 {
		t.Errorf("%d findings are not explained", n)
	}
}

// Columns add up to the number on top, and a number is that of the rows it leads to.
func TestNumbersAgree(t *testing.T) {
	w := pageOf(t, report.Options{}, founding(t), nil, "2024-06-01", example(t, "case-01"), example(t, "case-06"), example(t, "case-12"))
	w.everything(t)
	doc := w.main(t)
	total := leading(t, doc.one(t, "h1"))
	for _, table := range []string{"#failings tbody tr", "#months tbody tr"} {
		sum := 0
		for _, tr := range doc.all(table) {
			sum += leading(t, tr.all("td")[0])
		}
		if sum != total {
			t.Errorf("%s: the rows add up to %d, the total is %d", table, sum, total)
		}
	}
	for i, table := range doc.all("#whose table") {
		sum := 0
		for _, tr := range table.all("tbody tr") {
			cells := tr.all("td")
			sum += leading(t, cells[0])
			parts := 0
			for _, c := range cells[1:] {
				parts += leading(t, c)
			}
			if parts != leading(t, cells[0]) {
				t.Errorf("table %d: %q does not add up", i, tr.text())
			}
		}
		if sum != total {
			t.Errorf("table %d of units and persons adds up to %d, the total is %d", i, sum, total)
		}
	}
	checked := 0
	for _, a := range doc.all("td.n a") {
		href := strings.TrimPrefix(a.attr("href"), "#")
		if !regexp.MustCompile(`^[tgupm]-?\d+(-\d)?$`).MatchString(href) {
			continue
		}
		checked++
		if got := len(behind(doc, href)); got != leading(t, a) {
			t.Errorf("the number %s leads to %s, which holds %d rows", a.text(), href, got)
		}
	}
	if checked < 50 {
		t.Errorf("only %d numbers were followed", checked)
	}
}

// behind lists the links of a list, or of one standing of it.
func behind(doc node, id string) []node {
	for _, e := range append(doc.all("section.list"), doc.all("div.refs")...) {
		if e.attr("id") == id || e.is("section") && len(e.all("h3#"+id)) == 1 {
			return e.all("li a")
		}
	}
	return nil
}

func leading(t *testing.T, n node) int {
	t.Helper()
	got, err := strconv.Atoi(strings.ReplaceAll(strings.Fields(n.text())[0], ",", ""))
	if err != nil {
		t.Fatalf("%q does not begin with a number", n.text())
	}
	return got
}

func TestNothingToReport(t *testing.T) {
	p := founding(t)
	quiet := `{"candour":"timeline/1","pack":"ew-investigation","body":"b"}
{"case":"c1","kind":"investigation","given":{"risk_grade":"standard"}}`
	for name, c := range map[string]struct {
		timelines []string
		want      string
	}{
		"no case":         {nil, "There is nothing to report"},
		"without finding": {[]string{quiet}, "Nothing was raised in 1 case"},
	} {
		w := pageOf(t, report.Options{}, p, nil, "2024-01-01", c.timelines...)
		w.everything(t)
		if got := w.main(t).one(t, "h1").text(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The policy allows the one stylesheet, by the digest of the very bytes, and nothing else.
func TestPolicyAllowsTheStylesheetOnly(t *testing.T) {
	page := pageOf(t, report.Options{}, founding(t), nil, "2012-12-04", example(t, "case-01"))["findings.html"].String()
	css := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
	sum := sha256.Sum256([]byte(css))
	want := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src 'none'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))
	for _, m := range parse(t, page).all("meta") {
		if m.attr("http-equiv") == "Content-Security-Policy" && m.attr("content") != want {
			t.Errorf("got %s, want %s", m.attr("content"), want)
		}
	}
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "@font-face") {
		t.Error("the stylesheet loads something")
	}
}

func TestSameAnswersGiveTheSameBytes(t *testing.T) {
	p := founding(t)
	make := func() string {
		return pageOf(t, report.Options{}, p, nil, "2024-06-01", example(t, "case-01"), example(t, "case-12"))["findings.html"].String()
	}
	first := make()
	for range 3 {
		if make() != first {
			t.Fatal("two reports of the same answers differ")
		}
	}
}

func TestAdvisoryFindingsAreLeftOutAndSaid(t *testing.T) {
	p := founding(t)
	for _, s := range p.Standards {
		if s.Guards != nil && s.Guards[0] == "F8" {
			s.Checked = nil
		}
	}
	doc := pageOf(t, report.Options{}, p, few, "2012-12-04 12:00", example(t, "case-01")).main(t)
	if got := doc.one(t, "h1").text(); got != "6 findings in 1 case" {
		t.Errorf("got %q", got)
	}
	if got := doc.one(t, "p.lede").text(); !strings.Contains(got, "3 advisory findings are left out of these numbers") {
		t.Errorf("the lede does not say what is left out: %q", got)
	}
	if got := len(behind(doc, "advisory")); got != 3 {
		t.Errorf("%d advisory findings are listed, want 3", got)
	}
}

func TestUnknownKindOfLightIsRefused(t *testing.T) {
	page := report.NewHTML(report.Options{Light: []string{"no.such"}, Name: "findings.html", Create: written{}.create})
	var got error
	evaluate(t, founding(t), nil, "2012-12-04", func(res *obligation.Result) error {
		if got == nil {
			got = page.Add(res)
		}
		return nil
	}, example(t, "case-01"))
	if got == nil || !strings.Contains(got.Error(), `no kind of fact "no.such"`) {
		t.Errorf("got %v", got)
	}
}

// Charts say what they show to those who do not see them, bars begin at 0, and each
// is drawn for a page and for a phone.
func TestChartsAreLabelledAndDrawnTwice(t *testing.T) {
	doc := pageOf(t, report.Options{}, founding(t), nil, "2012-12-04 12:00", example(t, "case-01")).main(t)
	charts := doc.all("svg")
	if len(charts) != 6 {
		t.Fatalf("%d drawings, want 3 charts drawn twice", len(charts))
	}
	for i, svg := range charts {
		if want := []string{"0 0 640 ", "0 0 330 "}[i%2]; !strings.HasPrefix(svg.attr("viewBox"), want) {
			t.Errorf("drawing %d: viewBox %q, want %s...", i, svg.attr("viewBox"), want)
		}
		if svg.attr("role") != "img" {
			t.Errorf("drawing %d: role %q", i, svg.attr("role"))
		}
		for j, id := range strings.Fields(svg.attr("aria-labelledby")) {
			if e := svg.one(t, []string{"title", "desc"}[j]); e.attr("id") != id || e.text() == "" {
				t.Errorf("drawing %d is labelled by %s, which is not its own", i, id)
			}
		}
	}
	axis := doc.all("#failings svg line.axis")[0].attr("x1")
	for _, bar := range doc.all("#failings svg.wide rect.bar") {
		if bar.attr("x") != axis {
			t.Errorf("a bar begins at %s, the axis stands at %s", bar.attr("x"), axis)
		}
	}
}
