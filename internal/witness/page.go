package witness

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"candour"
)

//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "page/page.html"))

func style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pageFiles, "page/style.css")
}

// pageView is what the page shows. It has no name of a person and nothing of what a record says.
type pageView struct {
	Title, Lead, Witness, VKey, Recent string

	Now      moment
	Alarms   []alarmView
	Records  []recordView
	Refusals []refusalView
}

type moment struct{ ISO, Words string }

type alarmView struct {
	ID, Force, Origin string
	Size              int64
	At                moment
}

type recordView struct {
	ID, Force, Operator, Origin, Href, Note string
	State, Class, Age, Size                 string

	Pages []string
	Own   bool
	Epoch uint32
	At    *moment
}

type refusalView struct {
	Force, What string
	First, Last moment
	Times       int
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	view, err := s.view()
	var b bytes.Buffer
	if err == nil {
		err = pageTemplate.Execute(&b, view)
	}
	if err != nil {
		s.log.Error("witness: page", "error", err)
		http.Error(w, "The page cannot be shown. What is sent is still judged. Try again later.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

// view reads the folder as it is now.
func (s *Server) view() (*pageView, error) {
	now := s.now()
	v := &pageView{Witness: s.key.Public.Name, VKey: s.key.Public.String(), Now: s.moment(now), Recent: span(s.config.Recent)}
	alarms, err := Alarms(s.dir)
	if err != nil {
		return nil, err
	}
	for _, a := range alarms {
		v.Alarms = append(v.Alarms, alarmView{a.ID, s.forceOf(a.Origin), a.Origin, a.Size, s.moment(a.At)})
	}
	trouble := 0
	for _, f := range s.config.Forces {
		records := s.records(f, now)
		v.Records = append(v.Records, records...)
		if records[0].Class != "good" {
			trouble++
		}
	}
	for _, r := range s.told.since(now.Add(-s.config.Recent)) {
		v.Refusals = append(v.Refusals, refusalView{s.forceOf(r.Origin), r.words(), s.moment(r.First), s.moment(r.Last), r.Times})
	}
	v.Lead = lead(len(s.config.Forces), trouble, len(alarms))
	v.Title = "Records we witness"
	if len(alarms) > 0 {
		v.Title = "Alarm: records we witness"
	}
	return v, nil
}

// lead is the page in one sentence.
func lead(forces, trouble, alarms int) string {
	var parts []string
	switch alarms {
	case 0:
	case 1:
		parts = append(parts, "1 alarm: two different records were signed.")
	default:
		parts = append(parts, fmt.Sprintf("%d alarms: two different records were signed.", alarms))
	}
	switch {
	case trouble == 0 && forces == 1:
		parts = append(parts, "The one force is up to date.")
	case trouble == 0:
		parts = append(parts, fmt.Sprintf("All %d forces are up to date.", forces))
	default:
		parts = append(parts, fmt.Sprintf("%d of %s not up to date.", trouble, plural(forces, "force is", "forces are")))
	}
	return strings.Join(parts, " ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// origins are those of a force: of the epochs that have begun, the latest first; where
// none has, of the first.
func (s *Server) origins(f *Force) (out []string) {
	w := s.bodies[f.Body()]
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.epochs) - 1; i >= 0; i-- {
		out = append(out, candour.CheckpointOrigin(f.Body(), w.epochs[i]))
	}
	if len(out) == 0 {
		out = append(out, f.Body())
	}
	return out
}

// records are the rows of a force, the latest epoch first.
func (s *Server) records(f *Force, now time.Time) (out []recordView) {
	var later *recordView
	var laterHeld *held
	for _, origin := range s.origins(f) {
		h, err := s.held(origin)
		epoch, _ := candour.Checkpoint{Origin: origin}.Epoch(f.Body())
		r := recordView{ID: "record-" + originFile(origin)[:12], Force: f.Name, Operator: f.Operator, Origin: origin,
			Pages: f.Pages, Own: f.Operator == s.config.Operator, Epoch: epoch, Size: "none"}
		switch {
		case err != nil:
			s.log.Error("witness: page", "origin", origin, "error", err)
			r.State, r.Class, r.Age = "Cannot be read", "bad", "Our own copy of what we signed is damaged. Nothing more is signed until it is put back."
		case h == nil:
			r.State, r.Class, r.Age = "Silent", "bad", "Nothing was ever sent."
		default:
			at := s.moment(h.at)
			r.At, r.Size, r.Href = &at, fmt.Sprint(h.Size), "checkpoint/"+(&url.URL{Path: origin}).EscapedPath()
			r.State, r.Class, r.Age = s.config.state(now.Sub(h.at))
		}
		if later != nil {
			r.State, r.Class, r.Age, r.Pages = "Over", "", "", nil
			if h != nil && laterHeld != nil {
				later.Note = restored(epoch, h, later.Epoch, laterHeld, s.moment(laterHeld.began).Words)
			}
		}
		out = append(out, r)
		later, laterHeld = &out[len(out)-1], h
	}
	return out
}

// restored tells how one epoch followed another.
func restored(epoch uint32, h *held, later uint32, l *held, began string) string {
	return fmt.Sprintf("Epoch %d began after a restore: the last checkpoint of epoch %d had size %d; the new one began at size %d on %s.",
		later, epoch, h.Size, l.first, began)
}

// state is the plain word for an age.
func (c *Config) state(age time.Duration) (word, class, words string) {
	switch {
	case age >= c.Silent:
		return "Silent", "bad", "for " + span(age)
	case age >= c.Late:
		return "Late", "warn", span(age) + " ago"
	}
	return "Fresh", "good", span(age) + " ago"
}

// words say what was refused.
func (r refused) words() string {
	switch r.Kind {
	case Older:
		return fmt.Sprintf("Sent an older record: asked for %d, has %d.", r.Asked, r.Has)
	case Split:
		return fmt.Sprintf("Signed two different records of size %d.", r.Asked)
	case Unproven:
		return fmt.Sprintf("Did not show that its record of size %d continues that of size %d.", r.Asked, r.Has)
	case Over:
		return fmt.Sprintf("Went on with an epoch that is over: asked for %d, has %d.", r.Asked, r.Has)
	}
	return string(r.Kind)
}

// forceOf is the name of the force whose record has that origin.
func (s *Server) forceOf(origin string) string {
	for _, f := range s.config.Forces {
		if isOf(origin, f.Body()) {
			return f.Name
		}
	}
	return origin
}

func (s *Server) moment(t time.Time) moment {
	t = t.In(s.config.Zone)
	return moment{t.Format(time.RFC3339), t.Format("2 January 2006 at 3:04pm")}
}

// span is a length of time in words, in its largest unit.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return plural(int(d/time.Hour), "hour", "hours")
	case d >= time.Minute:
		return plural(int(d/time.Minute), "minute", "minutes")
	}
	return "less than a minute"
}
