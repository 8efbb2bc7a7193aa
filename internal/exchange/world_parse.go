package exchange

import (
	"go.yaml.in/yaml/v3"
)

func (p *layoutParser) worldRule(what string, n *yaml.Node) {
	u := worldRule{what: what}
	keys := map[string][]string{
		"bodies": {"id!", "kind!", "channel"}, "units": {"id!", "body", "parent"}, "persons": {"id!", "body", "post"},
		"sources": {"id!", "of", "at", "complete_to", "silent_after", "grace"},
	}[what]
	f, r := p.ruleKeys(n, what, true, keys, func(f *fileDef, k, v *yaml.Node) { p.worldKey(&u, f, k, v) })
	if u.rule = r; u.id == nil {
		return
	}
	if f == nil {
		p.l.fixed = append(p.l.fixed, u)
		return
	}
	f.world = append(f.world, u)
}

func (p *layoutParser) worldKey(u *worldRule, f *fileDef, k, v *yaml.Node) {
	switch k.Value {
	case "post":
		u.hasPost = true
		p.entries(v, "post", func(k, v *yaml.Node) { p.worldCell(u, f, "post "+k.Value, v) }, "role", "rank", "unit", "reports_to", "from", "to")
	case "channel":
		p.entries(v, "channel", func(k, v *yaml.Node) { p.worldCell(u, f, "channel "+k.Value, v) }, "from!", "to", "how")
	default:
		p.worldCell(u, f, k.Value, v)
	}
}

func (p *layoutParser) worldCell(u *worldRule, f *fileDef, key string, v *yaml.Node) {
	at := map[string]**cell{"id": &u.id, "body": &u.body, "of": &u.body, "kind": &u.kind, "parent": &u.parent,
		"post role": &u.role, "post rank": &u.rank, "post unit": &u.unit, "post reports_to": &u.chief, "silent_after": &u.silent, "grace": &u.grace,
		"channel how": &u.channel}
	times := map[string]**cell{"post from": &u.from, "post to": &u.to, "channel from": &u.channelFrom, "channel to": &u.channelTo,
		"at": &u.at, "complete_to": &u.completeTo}
	if c, ok := times[key]; ok {
		*c = p.cell(v, f, asTime, key)
		return
	}
	c := at[key]
	*c = p.cell(v, f, asText, key)
	if key == "post rank" && p.l.pack != nil && len(p.l.pack.Ranks) > 0 {
		for _, rank := range (*c).outcomes() {
			_, ok := p.l.pack.Ranks[rank]
			p.known((*c).line, !ok, "rank", rank)
		}
	}
}
