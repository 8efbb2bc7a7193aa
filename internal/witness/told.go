package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// refused is what was signed by its body and yet not cosigned, told on the page.
type refused struct {
	Origin string    `json:"origin"`
	Kind   Kind      `json:"kind"`
	Asked  int64     `json:"asked"` // size of the checkpoint that was sent
	Has    int64     `json:"has"`   // size of the one in hand
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Times  int       `json:"times"`
}

// Limits of what is kept of refusals.
const (
	maxRefused = 500             // different ones
	writeEvery = 1 * time.Minute // of the same one
)

// told keeps the refusals, the latest ones of them, in a file.
type told struct {
	path    string
	mu      sync.Mutex
	list    []refused // by Last ascending, guarded by mu
	written time.Time // guarded by mu
}

func readTold(path string) (*told, error) {
	t := &told{path: path}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &t.list)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: move it away; it holds the refusals of the last days only", path, err)
	}
	return t, nil
}

// add notes a refusal. One that only repeats another is not written each time, so that
// whoever sends an old checkpoint again and again costs nothing.
func (t *told) add(f files, r refused) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := true
	for i, old := range t.list {
		if old.Origin == r.Origin && old.Kind == r.Kind && old.Asked == r.Asked && old.Has == r.Has {
			r.First, r.Times = old.First, old.Times+1
			t.list = slices.Delete(t.list, i, i+1)
			fresh = false
			break
		}
	}
	t.list = append(t.list, r)
	if len(t.list) > maxRefused {
		t.list = slices.Delete(t.list, 0, len(t.list)-maxRefused)
	}
	if !fresh && r.Last.Sub(t.written) < writeEvery {
		return nil
	}
	b, err := json.Marshal(t.list)
	if err != nil {
		return err
	}
	if err := replace(f, t.path, b); err != nil {
		return err
	}
	t.written = r.Last
	return nil
}

// since gives the refusals after a moment, the latest first.
func (t *told) since(after time.Time) (out []refused) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range slices.Backward(t.list) {
		if r.Last.After(after) {
			out = append(out, r)
		}
	}
	return out
}

// count counts a refusal, and gives it back.
func (s *Server) count(origin string, err error) error {
	s.counts.refusals.WithLabelValues(origin, string(kindOf(err))).Inc()
	return err
}

func kindOf(err error) Kind {
	var refusal *Refusal
	switch {
	case errors.As(err, new(*Conflict)):
		return Stale
	case errors.As(err, new(*SplitView)):
		return Split
	case errors.As(err, &refusal):
		return refusal.Kind
	}
	return "fault"
}

// refused notes that what a body signed was refused, and gives the refusal back. A body
// that only did not know the size in hand is counted and not told.
func (s *Server) refused(p *opened, h *held, err error) error {
	kind, has := kindOf(err), int64(0)
	if h != nil {
		has = h.Size
	}
	if kind == Stale && p.Size < has {
		kind = Older
	}
	s.counts.refusals.WithLabelValues(p.Origin, string(kind)).Inc()
	s.log.Warn("witness: refused", "origin", p.Origin, "kind", kind, "asked", p.Size, "has", has)
	if kind == Stale {
		return err
	}
	now := s.now().UTC()
	if err := s.told.add(s.files, refused{p.Origin, kind, p.Size, has, now, now, 1}); err != nil {
		s.log.Error("witness: a refusal is not kept", "origin", p.Origin, "error", err)
	}
	return err
}

// Alarm is two different records that a body signed for one size. The two notes are proof
// against it: anyone can check both signatures.
type Alarm struct {
	ID     string    `json:"id"`
	Origin string    `json:"origin"`
	Size   int64     `json:"size"`
	At     time.Time `json:"at"`   // when the second came
	Held   string    `json:"held"` // the note that was cosigned
	Sent   string    `json:"sent"` // the note that was refused
}

// Acknowledgement says that a person has taken up an alarm. The alarm stays in the folder,
// and leaves the page.
type Acknowledgement struct {
	At  time.Time `json:"at"`
	By  string    `json:"by"`
	Why string    `json:"why"`
}

// maxAlarms are kept of one origin that nobody has acknowledged; more of them say no more.
const maxAlarms = 50

// alarm keeps the proof, for good. The same two records are one alarm.
func (s *Server) alarm(p *opened, h *held) error {
	sum := sha256.Sum256([]byte(h.Text() + p.Text()))
	a := Alarm{hex.EncodeToString(sum[:8]), p.Origin, p.Size, s.now().UTC(), string(h.note), string(p.note)}
	path := filepath.Join(s.dir, alarmsDir, a.ID+".json")
	if _, err := os.Stat(path); err == nil {
		return s.files.SyncDir(filepath.Dir(path)) // it may be there because this failed before
	}
	open, err := Alarms(s.dir)
	if err != nil {
		return err
	}
	if countOf(open, a.Origin) >= maxAlarms {
		return nil
	}
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	s.log.Error("witness: two different records were signed", "origin", a.Origin, "size", a.Size, "alarm", a.ID)
	return replace(s.files, path, append(b, '\n'))
}

func countOf(alarms []Alarm, origin string) (n int) {
	for _, a := range alarms {
		if a.Origin == origin {
			n++
		}
	}
	return n
}

// Alarms are those in a witness's folder that nobody has acknowledged, the latest first.
func Alarms(dir string) ([]Alarm, error) {
	paths, err := filepath.Glob(filepath.Join(dir, alarmsDir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []Alarm
	for _, path := range paths {
		if _, err := os.Stat(ackPath(path)); err == nil {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var a Alarm
		if err := json.Unmarshal(b, &a); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Alarm) int { return b.At.Compare(a.At) })
	return out, nil
}

func ackPath(alarm string) string { return strings.TrimSuffix(alarm, ".json") + ".ack" }

// Acknowledge notes that a person has taken up an alarm. It may be called by another
// process than the one that holds the folder. It refuses an alarm that there is not, or that
// was acknowledged, and one without a name and a reason.
func Acknowledge(dir, id string, a Acknowledgement) error {
	if strings.TrimSpace(a.By) == "" || strings.TrimSpace(a.Why) == "" {
		return errors.New("acknowledge: say who you are and what was done about it")
	}
	if _, err := hex.DecodeString(id); err != nil || id == "" {
		return fmt.Errorf("acknowledge: %q is not the name of an alarm", id)
	}
	path := filepath.Join(dir, alarmsDir, id+".json")
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("acknowledge: there is no alarm %s: %w", id, err)
	}
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	if err := writeNew(ackPath(path), append(b, '\n')); err != nil {
		return fmt.Errorf("acknowledge alarm %s: %w", id, err)
	}
	return nil
}
