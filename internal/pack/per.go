package pack

import "go.yaml.in/yaml/v3"

// key is whose registers a condition calls key.
func (q *sentence) key() string {
	if q.s.For != "" {
		return q.s.For
	}
	return q.s.Per
}

// per settles the key: as written, else the role that the discharging kind is about.
func (q *sentence) per() {
	q.s.Per = "case"
	k, ok := q.keys["per"]
	if q.s.For != "" {
		if ok && k.Value != q.s.For && k.Value != "case" {
			k.problem("remove it", "a standard for a %s is counted per %s", q.s.For, q.s.For)
		}
		q.repeat()
		return
	}
	if ok && k.Kind == yaml.SequenceNode {
		q.perList(k)
	} else if ok && k.Kind == yaml.ScalarNode {
		q.s.Per = k.text()
	} else if ok {
		for _, f := range k.fields("role", "where") {
			if f.name == "role" {
				q.s.Per = f.text()
			}
		}
		for _, f := range k.fields("role", "where") {
			if f.name == "where" {
				q.s.PerIf = q.condition(f.node, q.p.scope(q.key(), q.this, nil))
			}
		}
	} else {
		q.s.Per = q.defaultPer()
	}
	if q.s.Per != "case" {
		if _, known := q.p.Roles[q.s.Per]; !known {
			k.problem("write case or a role that some kind is about", "no kind is about %q", q.s.Per)
		}
	}
	q.repeat()
}

// perList reads several roles, the case last (decision record 0010).
func (q *sentence) perList(k node) {
	names := k.texts()
	for i, name := range names {
		switch _, known := q.p.Roles[name]; {
		case i == 0:
			q.s.Per = name
		case name == "case" && i == len(names)-1:
			q.s.PerCase = true
		case !known:
			k.problem("write roles that some kind is about, and case last", "no kind is about %q", name)
		default:
			q.s.PerAlso = append(q.s.PerAlso, name)
		}
	}
}

// repeat says what a trigger does while one is open for the same key.
func (q *sentence) repeat() {
	q.s.Repeat = First
	if q.s.Per != "case" {
		q.s.Repeat = Each
	}
	if r, ok := q.keys["repeat"]; ok {
		switch r.text() {
		case "each":
			q.s.Repeat = Each
		case "first":
			q.s.Repeat = First
		case "restart":
			q.s.Repeat = Restart
		default:
			r.problem("write each, first or restart", "%q is no way to repeat", r.Value)
		}
	}
}

func (q *sentence) defaultPer() string {
	for _, name := range []string{"must", "must_not", "may"} {
		k, ok := q.keys[name]
		if !ok {
			continue
		}
		for k.Kind == yaml.MappingNode && (hasKey(k.Node, "any") || hasKey(k.Node, "all")) {
			k = k.sub(k.Content[1])
			if len(k.items()) == 0 {
				return "case"
			}
			k = k.items()[0]
		}
		role := ""
		for i := 0; k.Kind == yaml.MappingNode && i+1 < len(k.Content); i += 2 {
			if w := k.Content[i].Value; w != "fact" && w != "tag" {
				continue
			}
			for _, it := range k.sub(k.Content[i+1]).items() {
				kinds, _ := q.p.resolve(it.Value)
				for _, no := range kinds {
					about := q.p.Kinds[no].About
					if len(about) == 0 || role != "" && role != about[0] {
						return "case"
					}
					role = about[0]
				}
			}
		}
		if role != "" {
			return role
		}
	}
	return "case"
}
