package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"candour"
)

// Options are what a server is opened with.
type Options struct {
	Dir    string // the folder, made by [Init]
	Config *Config
	Now    func() time.Time // the clock; time.Now where nil
	Log    *slog.Logger     // of refusals and faults; slog.Default() where nil

	files files // tests make it fail
}

// Server is a witness over its folder. Its methods may be called at the same time.
type Server struct {
	dir    string
	config *Config
	key    candour.Cosigner
	now    func() time.Time
	log    *slog.Logger
	files  files
	lock   *os.File
	bodies map[string]*watched // by body; never changes
	counts *metrics
	told   *told
}

// watched is a force while its record is watched.
type watched struct {
	force *Force
	// mu is held from the reading of what was cosigned last until what is cosigned next is
	// durable, so that of two submissions one is judged by what the other left.
	mu      sync.Mutex
	epochs  []uint32           // that have begun, ascending
	mirrors map[string]*Mirror // by origin, once used
}

// begun notes that an epoch has begun.
func (w *watched) begun(epoch uint32) {
	if i, ok := slices.BinarySearch(w.epochs, epoch); !ok {
		w.epochs = slices.Insert(w.epochs, i, epoch)
	}
}

// latest is the last epoch that has begun; 0: none has.
func (w *watched) latest() uint32 {
	if len(w.epochs) == 0 {
		return 0
	}
	return w.epochs[len(w.epochs)-1]
}

// Open opens a witness. It refuses a folder that another process uses, one without a
// key, and one in which a file is not as it was written. Close it.
func Open(o Options) (*Server, error) {
	if o.Config == nil {
		return nil, errors.New("witness: no settings")
	}
	if err := o.Config.check(); err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	s := &Server{dir: o.Dir, config: o.Config, now: o.Now, files: o.files, bodies: map[string]*watched{}}
	s.log = cmp.Or(o.Log, slog.Default())
	if s.now == nil {
		s.now = time.Now
	}
	if s.files == nil {
		s.files = disk{}
	}
	for _, f := range o.Config.Forces {
		s.bodies[f.Body()] = &watched{force: f, mirrors: map[string]*Mirror{}}
	}
	var err error
	if s.key, err = readKey(o.Dir); err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if s.lock, err = lock(o.Dir); err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if err := s.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("witness: %w", err), s.lock.Close())
	}
	s.counts = newMetrics(s)
	return s, nil
}

func (s *Server) read() (err error) {
	if err := s.findOrigins(); err != nil {
		return err
	}
	s.told, err = readTold(filepath.Join(s.dir, refusals))
	return err
}

// Close gives the folder free.
func (s *Server) Close() error {
	errs := []error{s.lock.Close()}
	for _, w := range s.bodies {
		w.mu.Lock()
		for _, m := range w.mirrors {
			errs = append(errs, m.file.Close())
		}
		w.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Key is the witness's public key, as it stands in policies.
func (s *Server) Key() candour.PublicKey { return s.key.Public }

// Add judges a submission and gives the signature lines of the witness. When it returns
// them, what they sign is durable. A refusal is a [Conflict], a [SplitView] or a [Refusal];
// any other error is a fault of this witness, after which nothing was signed, and the same may be sent again.
func (s *Server) Add(ctx context.Context, body []byte) (lines []byte, err error) {
	sub, err := ParseSubmission(body)
	if err != nil {
		return nil, s.count("", refuse(Malformed, "%v", err))
	}
	p, err := s.config.open(sub.Note)
	if err != nil {
		return nil, s.count("", err)
	}
	if sub.Old > p.Size {
		return nil, s.count(p.Origin, refuse(Malformed, "submission: the old size %d is larger than the checkpoint's, %d", sub.Old, p.Size))
	}
	w := s.bodies[p.force.Body()]
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, err := s.held(p.Origin)
	if err != nil {
		return nil, s.fault(p, err)
	}
	if err := s.judge(w, p, sub, h); err != nil {
		return nil, err
	}
	return s.sign(w, p, h)
}

// judge refuses what does not continue what is held.
func (s *Server) judge(w *watched, p *opened, sub Submission, h *held) error {
	if p.epoch < w.latest() {
		return s.refused(p, h, refuse(Over, "epoch %d of %s is over: epoch %d has begun", p.epoch, p.force.Body(), w.latest()))
	}
	was := held{Checkpoint: candour.Checkpoint{Root: candour.EmptyRoot}}
	if h != nil {
		was = *h
	}
	if h != nil && p.Size == was.Size && p.Root != was.Root {
		if err := s.alarm(p, h); err != nil {
			return s.fault(p, err)
		}
		if sub.Old == was.Size {
			return s.refused(p, h, &SplitView{p.Origin, p.Size})
		}
	}
	if sub.Old != was.Size {
		return s.refused(p, h, &Conflict{was.Size})
	}
	if err := candour.CheckConsistency(sub.Proof, was.Size, was.Root, p.Size, p.Root); err != nil {
		return s.refused(p, h, refuse(Unproven, "%v", err))
	}
	return nil
}

// sign cosigns a checkpoint that was judged, and puts it down for good before it lets the
// signature go.
func (s *Server) sign(w *watched, p *opened, h *held) ([]byte, error) {
	at, err := seconds(s.now())
	if err != nil {
		return nil, s.fault(p, err)
	}
	line := s.key.Cosign(p.Text(), at)
	next := &held{Checkpoint: p.Checkpoint, note: append(p.note, line...), began: at, first: p.Size}
	if h != nil {
		next.began, next.first = h.began, h.first
	}
	if err := replace(s.files, filepath.Join(s.dir, originsDir, originFile(p.Origin)), next.text()); err != nil {
		return nil, s.fault(p, err)
	}
	w.begun(p.epoch)
	return []byte(line), nil
}

// fault notes a fault of this witness.
func (s *Server) fault(p *opened, err error) error {
	s.log.Error("witness: nothing was signed", "origin", p.Origin, "size", p.Size, "error", err)
	return fmt.Errorf("witness: %w", err)
}
