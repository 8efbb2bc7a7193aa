package candour

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// The parts of a bundle (section 11).
const (
	partManifest    = "manifest.txt"
	partCheckpoint  = "checkpoint"
	partPolicy      = "policy.txt"
	partConsistency = "consistency.txt"
	partEntries     = "entries.txt"
	partPage        = "read.html"
	attachments     = "attachments/"
)

// Pack names the pack of standards by which a body was bound, and the digest of its files.
type Pack struct {
	ID     string
	Digest Hash
}

// manifest lists the parts of a bundle, and is what the body signs.
type manifest struct {
	body  string
	made  int64
	pack  Pack
	parts []listed
}

type listed struct {
	name   string
	length int64
	digest Hash
}

const manifestFirst = "candour-bundle/1"

func (m *manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nbody %s\nmade %d\npack %s %s\n", manifestFirst, m.body, m.made, m.pack.ID, hex.EncodeToString(m.pack.Digest[:]))
	for _, p := range m.parts {
		fmt.Fprintf(&b, "part %s %d %s\n", hex.EncodeToString(p.digest[:]), p.length, p.name)
	}
	return b.String()
}

func parseManifest(text string) (*manifest, error) {
	l := newLines([]byte(text))
	l.exact(manifestFirst)
	m := &manifest{body: l.words("body", 1)[0]}
	must(l, 0, CheckOrigin(m.body))
	made, err := decodeNanos(l.words("made", 1)[0])
	m.made = must(l, made, err)
	pack := l.words("pack", 2)
	digest, err := decodeHash(pack[1])
	m.pack = Pack{pack[0], must(l, digest, err)}
	if !IsToken(m.pack.ID) {
		l.fail("a pack is named by one word")
	}
	for l.more() {
		words := l.words("part", 3)
		digest, err := decodeHash(words[0])
		must(l, 0, err)
		length, err := decodeDecimal(words[1])
		must(l, 0, err)
		if !isPartName(words[2]) {
			l.fail("the name of a part is none")
		}
		m.parts = append(m.parts, listed{words[2], length, digest})
	}
	return m, l.err
}

// order refuses parts that are not the ones of section 11, in its order.
func (m *manifest) order() error {
	want := []string{partCheckpoint, partPolicy, partConsistency, partEntries, partPage}
	for i, p := range m.parts {
		if len(want) > 1 && want[0] == partConsistency && p.name == want[1] {
			want = want[1:]
		}
		switch {
		case len(want) > 0 && p.name == want[0]:
			want = want[1:]
		case len(want) > 0 || !isAttachment(p.name) || isAttachment(m.parts[i-1].name) && m.parts[i-1].name >= p.name:
			return fmt.Errorf("the part %q stands where another should", p.name)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("the part %s is missing", want[0])
	}
	return nil
}

func isAttachment(name string) bool {
	_, err := decodeHash(strings.TrimPrefix(name, attachments))
	return strings.HasPrefix(name, attachments) && err == nil
}
