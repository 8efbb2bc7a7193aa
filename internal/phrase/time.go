package phrase

import (
	"candour/internal/day"
	"candour/internal/expr"
)

// called reads before, after, within, sure and seen.
func (r *reader) called(t *expr.Tree, so bool) (string, error) {
	switch t.Name {
	case "seen":
		return r.seen(t.Args[0], so)
	case "sure":
		w, err := r.thing(t.Args[0])
		return w + is(so) + "known exactly", err
	case "within":
		if from, ok := everAfter(t); ok {
			word := map[bool]string{true: "on or after ", false: "before "}[so]
			w, err := r.came(t.Args[1], true)
			return w + word + Date(from), err
		}
		b, err := r.came(t.Args[1], so)
		if err != nil {
			return "", err
		}
		a, err := r.when(t.Args[0])
		if err != nil {
			return "", err
		}
		d, err := r.thing(t.Args[2])
		return b + "within " + d + " after " + a, err
	case "before", "after":
		a, err := r.came(t.Args[0], so)
		if err != nil {
			return "", err
		}
		b, err := r.when(t.Args[1])
		return a + t.Name + " " + b, err
	}
	return "", errCode
}

// ever is so long that nobody asks when it ends.
const ever = 50

// everAfter reads within(date(D), x, 100 years): from D on.
func everAfter(t *expr.Tree) (day.Date, bool) {
	from, length := t.Args[0], t.Args[2]
	if from.Op != "call" || from.Name != "date" || from.Args[0].Op != "text" || length.Op != "text" {
		return 0, false
	}
	d, err := day.ParseDuration(length.Text)
	if err != nil || d.Unit != day.Year || d.N < ever {
		return 0, false
	}
	at, err := day.ParseDate(from.Args[0].Text)
	return at, err == nil
}

// moment is what is said of a fact's own moments: that it happened, or was entered.
func (r *reader) moment(t *expr.Tree) (owner, pos, neg string, ok bool) {
	if t.Op != "field" || !fact(t.Args[0]) {
		return "", "", "", false
	}
	owner, _ = r.owner(t.Args[0])
	switch t.Name {
	case "happened":
		return owner, "happened", "did not happen", true
	case "recorded":
		return owner, "was entered", "was not entered", true
	}
	return "", "", "", false
}

// came is the moment as what is spoken of: it happened, its due is.
func (r *reader) came(t *expr.Tree, so bool) (string, error) {
	if owner, pos, neg, ok := r.moment(t); ok {
		r.said = ""
		return owner + " " + map[bool]string{true: pos, false: neg}[so] + " ", nil
	}
	w, err := r.thing(t)
	return w + is(so), err
}

// when is the moment as what it is held against: before it happened.
func (r *reader) when(t *expr.Tree) (string, error) {
	if owner, pos, _, ok := r.moment(t); ok {
		r.said = ""
		return owner + " " + pos, nil
	}
	return r.thing(t)
}
