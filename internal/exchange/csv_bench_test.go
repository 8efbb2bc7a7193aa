package exchange

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"

	"candour/internal/fact"
)

const benchLayout = `
format: csv
zone: Europe/London
body: northmere
times: {formats: [dd/mm/yyyy hh:mm]}
files:
  - {id: crimes, name: crimes.csv}
  - {id: events, name: events.csv, personal: [Notes]}
persons: {file: events, id: <Officer>, body: northmere}
case: {file: crimes, id: <Crime>, kind: investigation, group: <Group>}
parties: {file: crimes, id: <Victim>, role: victim, given: {age: {value: <Age>, type: number}}}
facts:
  - file: events
    case: <Crime>
    id: <Event>
    kind: {value: <Type>, codes: {RPT: report.received, REV: review.supervisor, CON: victim.told, EXH: exhibit.seized}}
    at: <When>
    recorded: <Entered>
    about: <Victim>
    by: <Officer>
    fields: {channel: <Channel>, risk: {value: <Risk>, codes: {H: high, M: medium, L: low}}, count: {value: <Count>, type: number}, urgent: {value: <Urgent>, type: yes-no}}
`

// generated writes rows as they are read, so that the input needs no memory; it
// looks at the heap now and then.
type generated struct {
	rows, n int
	line    func(b *bytes.Buffer, n int)
	buf     bytes.Buffer
	peak    *uint64
}

func (g *generated) Read(p []byte) (int, error) {
	for g.buf.Len() < len(p) && g.n < g.rows {
		g.line(&g.buf, g.n)
		g.n++
		if g.n%20_000 == 0 {
			sampleHeap(g.peak)
		}
	}
	return g.buf.Read(p)
}

func (g *generated) Close() error { return nil }

func sampleHeap(peak *uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	*peak = max(*peak, m.HeapInuse)
}

// benchInputs are so many events of an investigation each twenty, one case after
// the other through all cases, so that no two rows of a case stand together.
func benchInputs(events int, peak *uint64) []Input {
	cases := max(1, events/20)
	files := map[string]*generated{
		"crimes.csv": {rows: cases, line: func(b *bytes.Buffer, n int) {
			if n == 0 {
				b.WriteString("Crime,Group,Victim,Age\n")
			}
			fmt.Fprintf(b, "NM/%06d/12,child-rape-u13,v1,%d\n", n, 3+n%14)
		}},
		"events.csv": {rows: events, line: func(b *bytes.Buffer, n int) {
			if n == 0 {
				b.WriteString("Event,Crime,Type,When,Entered,Officer,Victim,Channel,Risk,Count,Urgent,Notes\n")
			}
			day, month := 1+n/cases, 1+n%12
			fmt.Fprintf(b, "%d,NM/%06d/12,%s,%02d/%02d/2012 10:%02d,%02d/%02d/2012 11:%02d,pc%d,v1,telephone,%s,%d,%s,\"an invented note, of some length\"\n",
				n, n%cases, []string{"RPT", "REV", "CON", "EXH"}[n%4], day, month, n%60, day, month, n%60, n%2000, []string{"H", "M", "L", ""}[n%4], n%9, []string{"Y", "N"}[n%2])
		}},
	}
	var in []Input
	for _, name := range []string{"crimes.csv", "events.csv"} {
		g := files[name]
		in = append(in, Input{Name: name, Open: func() (io.ReadCloser, error) { return &generated{rows: g.rows, line: g.line, peak: peak}, nil }})
	}
	return in
}

// BenchmarkImport reads rows that come in no order, checks them, and hands out the
// cases. CANDOUR_BENCH_ROWS asks for another number of rows than ten thousand.
func BenchmarkImport(b *testing.B) {
	events, _ := strconv.Atoi(os.Getenv("CANDOUR_BENCH_ROWS"))
	if events == 0 {
		events = 10_000
	}
	l, err := ParseLayout([]byte(benchLayout), "bench.yaml", nil)
	if err != nil {
		b.Fatal(err)
	}
	var peak uint64
	for b.Loop() {
		im, err := l.Read(benchInputs(events, &peak), Setting{TempDir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if im.Left.Faults > 0 {
			b.Fatal(im.Left.Kept[0])
		}
		facts, n := 0, 0
		if err := im.Each(func(c *fact.Case) error {
			facts += len(c.Facts)
			if n++; n%1000 == 0 {
				sampleHeap(&peak)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if facts != events {
			b.Fatalf("got %d facts, want %d", facts, events)
		}
		if err := im.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}
