package obligation

import (
	"fmt"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Explain tells a row's whole reasoning in sentences, as a person would to a
// court: the rule, what opened it, how the due moment was counted, what was
// looked for, what came instead, and what was raised.
func (r *Row) Explain() []string {
	zone := r.r.c.Cal.Zone()
	s := r.Standard
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	say("The rule: %s (%s).", orID(s.Title, s.ID), s.ID)
	if s.Source != "" {
		say("Where it comes from: %s.", s.Source)
	}
	switch c := s.Checked; {
	case s.Asks != nil: // no law says it; a condition of the pack cannot be judged without
	case c == nil:
		say("Nobody has checked this rule against its source yet: what follows only advises the person who owes it.")
	case c.Level == "reference":
		say("It was checked against the domain reference, not against the law's own text.")
	default:
		say("It was checked by %s on %s against %s (%s).", c.By, c.On, c.Against, c.Level)
	}
	if f := s.InForce; f.HasFrom || f.HasTo {
		say("In force%s%s.", dated(" from ", f.HasFrom, f.From), dated(" to ", f.HasTo, f.To))
	}
	say("%s", r.opened(zone))
	if r.CannotTell {
		say("Nothing is raised: %s.", r.WhyInWords())
		return out
	}
	var people []string
	if owes := r.Owes(); owes != "" {
		people = append(people, "Owed by: "+owes+".")
	}
	if tell := r.Tell(); len(tell) > 0 {
		people = append(people, "To be told: "+strings.Join(tell, ", ")+".")
	}
	if people != nil {
		say("%s", strings.Join(people, " "))
	}
	out = append(out, r.counting(zone)...)
	asked, lists := r.words().Asked(s)
	if s.Asks != nil {
		asked = "the value that is missing"
	}
	say("%s: %s.", map[pack.Modal]string{pack.Must: "It asks for", pack.MustNot: "It forbids", pack.May: "It allows"}[s.Modal], asked)
	for _, l := range lists {
		say("In full, %s.", l)
	}
	out = append(out, r.outcome(zone)...)
	for _, n := range r.Notes {
		say("Note: %s.", n)
	}
	return out
}

func orID(title, id string) string {
	if title == "" {
		return id
	}
	return title
}

func dated(word string, has bool, d day.Date) string {
	if !has {
		return ""
	}
	return word + d.Long()
}

func (r *Row) opened(zone *time.Location) string {
	at := day.FormatInstant(r.Opened, zone)
	on := "the case " + r.Case
	if r.r.scope != "" {
		on = r.r.scope + " " + r.Key
	}
	if r.key >= 0 {
		on = r.r.c.Case.Parties[r.key].Role + " " + r.Key
	}
	switch t := r.Trigger; {
	case r.chained:
		return fmt.Sprintf("It was opened again for %s at %s, when the duty before it was discharged.", on, at)
	case t.Finding != nil:
		return fmt.Sprintf("It was opened for %s at %s by the finding %q of %s.", on, at, t.Finding.Finding.Kind, t.Finding.Standard.ID)
	case t.Event != nil:
		return fmt.Sprintf("It was opened for %s at %s by %s.", on, at, describe(t.Event.Fact, zone))
	case t.Period > 0:
		return fmt.Sprintf("It was opened for %s at %s, the end of period %d.", on, at, t.Period)
	}
	return fmt.Sprintf("It was opened for %s at %s, when the rule came into force.", on, at)
}

func describe(f *fact.Fact, zone *time.Location) string {
	s := fmt.Sprintf("%s (%s)", f.Kind, f.ID)
	if f.By != "" {
		s += ", recorded by " + f.By
	}
	s += fmt.Sprintf(", happened %s", day.FormatMoment(f.At, zone))
	if f.RecordedStated && f.Recorded != f.At.Lo {
		s += fmt.Sprintf(", entered %s", day.FormatInstant(f.Recorded, zone))
	}
	return s
}

func (r *Row) counting(zone *time.Location) []string {
	var out []string
	if r.Standard.Gate {
		return []string{"What it asks must already stand at that moment, and have been recorded no later than the step itself was."}
	}
	if r.Clock != r.Opened && r.Clock != 0 {
		out = append(out, "Time runs from "+day.FormatInstant(r.Clock, zone)+".")
	}
	for _, step := range r.Counted {
		if w := r.stepInWords(step.Words); w != "" {
			out = append(out, strings.ToUpper(w[:1])+w[1:]+".")
		}
		if step.Count != nil {
			out = append(out, r.r.c.Cal.Count(step.Count.Clock, step.Count.Duration).Explain(r.r.c.Cal)...)
		}
	}
	if r.Due != day.Never && !r.Paused && (len(r.Counted) != 1 || r.Counted[0].Count == nil) {
		out = append(out, "Due: "+day.FormatInstant(r.Due, zone)+".")
	}
	return out
}

func (r *Row) outcome(zone *time.Location) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if d := r.Done; d != nil && d.Event != nil && r.Standard.Modal != pack.MustNot {
		say("Found: %s; it stood proven at %s.", describe(d.Event.Fact, zone), day.FormatInstant(d.Proved, zone))
		if d.Decided {
			say("That is a recorded reason, signed by a second person.")
		}
	} else if r.Done == nil && r.Standard.Modal != pack.MustNot {
		say("As at %s nothing of the kind with that proof was on the record.", at(r.r.c.AsAt, zone))
	}
	for _, c := range r.Claims {
		say("There was a claim only: %s. Nobody else's word stood behind it when it was due.", describe(c.Fact, zone))
	}
	switch f := r.Finding; {
	case r.Lifted != nil:
		say("The duty was lifted at %s: %s.", day.FormatInstant(r.Lifted.At, zone), r.LiftedInWords())
	case r.Waiting != "":
		say("Nothing is raised yet: the source %s has not reported past the due moment.", r.Waiting)
	case f != nil:
		say("Raised: %s, at %s.", f.Kind, day.FormatInstant(f.Raised, zone))
		if f.Offending != nil {
			say("What happened: %s.", describe(f.Offending.Fact, zone))
		}
		out = append(out, f.ending(zone)...)
	case r.Paused:
		say("The clock is stopped; nothing falls due.")
	case r.Used || r.Lapsed || r.Standard.Modal == pack.May:
		say("The right is %s.", r.State())
	case r.Done != nil && r.Standard.Modal != pack.MustNot:
		say("Met; nothing is raised.")
	default:
		say("Nothing is raised as at %s.", at(r.r.c.AsAt, zone))
	}
	return out
}

func at(t day.Instant, zone *time.Location) string {
	if t > day.FromTime(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return "the end of the record"
	}
	return day.FormatInstant(t, zone)
}

func (f *Finding) ending(zone *time.Location) []string {
	if f.Closed == 0 {
		if f.Lost {
			return []string{"It is still open, and can no longer be done."}
		}
		return []string{"It is still open."}
	}
	s := "Closed at " + day.FormatInstant(f.Closed, zone)
	switch {
	case f.WrittenUpLate:
		s += ": done in time, written up late"
	case f.Late:
		s += ": done late"
	}
	if f.Another {
		s += "; closed by another act than the one claimed"
	}
	return []string{s + ". The finding stays on the record."}
}
