package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"candour"
)

// Log is the record of a body, as a keeper needs it. Its methods are called by one
// goroutine at a time.
type Log interface {
	// Checkpoint gives the latest checkpoint, signed by the body.
	Checkpoint(ctx context.Context) (note []byte, c candour.Checkpoint, err error)
	// Consistency gives the proof that the tree of size to continues that of size from, of
	// RFC 6962 section 2.1.2; 0 < from < to, and to is the size of a checkpoint given before.
	Consistency(ctx context.Context, from, to int64) ([]candour.Hash, error)
	// Keep puts down a cosignature on a checkpoint given before: a line with its line feed,
	// which verified. The same may come again.
	Keep(ctx context.Context, c candour.Checkpoint, cosignature string) error
}

// LeafLog is a log that also gives its leaf hashes, for witnesses that mirror it.
type LeafLog interface {
	// Leaves gives the leaf hashes of the entries from, from + 1, ... to - 1.
	Leaves(ctx context.Context, from, to int64) ([]candour.Hash, error)
}

// Ahead says that a witness cosigned more of a record than there is of it: an older copy
// was put in its place. Nothing may be added before a restore is recorded, under a new epoch.
type Ahead struct {
	Origin     string
	Size, Ours int64
}

func (a *Ahead) Error() string {
	return fmt.Sprintf("the witness has size %d of %s, we have %d: this is an older copy of the record", a.Size, a.Origin, a.Ours)
}

// Forgot says that a witness knows less of a record than it cosigned: its own folder was
// lost or put back from a copy. It may have signed, or yet sign, another record.
type Forgot struct {
	Origin      string
	Size, Known int64
}

func (f *Forgot) Error() string {
	return fmt.Sprintf("the witness cosigned size %d of %s, and now says that it has %d: tell those who run it", f.Known, f.Origin, f.Size)
}

// Alarming tells whether an error of a round is one that people must look into, now.
func Alarming(err error) bool {
	return errors.As(err, new(*SplitView)) || errors.As(err, new(*Ahead)) || errors.As(err, new(*Forgot))
}

// Keeper keeps a record witnessed. It remembers what each witness has; where it does not
// know, the witness tells.
type Keeper struct {
	Log     Log
	Quorum  int              // how many different operators must cosign; 1 where 0
	Now     func() time.Time // time.Now where nil
	Timeout time.Duration    // for one witness in one round; 20 s where 0
	Late    time.Duration    // see Unwitnessed; 15 minutes where 0
	Report  func(error)      // is given the error of each round of Run that has one; may be nil

	round sync.Mutex // held by a round, so that there is one at a time
	peers []*peer    // never changes; what is in them belongs to the round

	mu    sync.Mutex
	since time.Time // when the then latest checkpoint was last cosigned by enough; guarded by mu
}

// peer is a witness, and what is known of it.
type peer struct {
	*Client
	mirror bool
	origin string             // what follows is of this origin
	size   int64              // what it has
	known  int64              // the largest size that it cosigned for us
	leaves int64              // how many leaf hashes it holds
	done   candour.Checkpoint // the last that it cosigned, kept
	fails  int                // rounds in a row that failed
	next   time.Time
}

// NewKeeper makes a keeper that has seen nothing cosigned.
func NewKeeper(log Log, witnesses ...*Client) *Keeper {
	k := &Keeper{Log: log}
	for _, c := range witnesses {
		k.peers = append(k.peers, &peer{Client: c})
	}
	return k
}

// Mirror has the leaf hashes sent to the witness of that name. The log must be a [LeafLog].
func (k *Keeper) Mirror(name string) error {
	for _, p := range k.peers {
		if _, ok := k.Log.(LeafLog); ok && p.Witness.Key.Name == name {
			p.mirror = true
			return nil
		}
	}
	return fmt.Errorf("witness %s: is not asked, or the log does not give its leaves", name)
}

func (k *Keeper) now() time.Time {
	if k.Now == nil {
		return time.Now()
	}
	return k.Now()
}

// Round asks every witness once for the latest checkpoint. Its error joins those of the
// witnesses that did not cosign, each of which names its witness; see [Alarming].
func (k *Keeper) Round(ctx context.Context) error {
	k.round.Lock()
	defer k.round.Unlock()
	return k.ask(ctx, k.peers)
}

// ask asks some of the witnesses. The caller holds round.
func (k *Keeper) ask(ctx context.Context, peers []*peer) error {
	if len(peers) == 0 {
		return nil
	}
	msg, c, err := k.Log.Checkpoint(ctx)
	if err != nil {
		for _, p := range peers {
			p.after(err, k.now())
		}
		return fmt.Errorf("checkpoint to be cosigned: %w", err)
	}
	var errs []error
	for _, p := range peers {
		err := k.one(ctx, p, msg, c)
		p.after(err, k.now())
		errs = append(errs, err)
	}
	k.note(c)
	return errors.Join(errs...)
}

// after notes how asking a witness went: one that failed is left alone for longer each time.
func (p *peer) after(err error, now time.Time) {
	if err == nil {
		p.fails = 0
		return
	}
	p.fails++
	p.next = now.Add(min(firstWait<<min(p.fails-1, 20), lastWait))
}

const (
	firstWait = 5 * time.Second
	lastWait  = 5 * time.Minute
	maxAsked  = 4 // times in a round, where others send to the same witness meanwhile
)

// one has one witness cosign a checkpoint.
func (k *Keeper) one(ctx context.Context, p *peer, msg []byte, c candour.Checkpoint) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(k.Timeout, 20*time.Second))
	defer cancel()
	if p.origin != c.Origin {
		p.origin, p.size, p.known, p.leaves = c.Origin, 0, 0, 0
	}
	var forgot error
	for range maxAsked {
		err := k.send(ctx, p, msg, c)
		conflict := (*Conflict)(nil)
		if !errors.As(err, &conflict) {
			return errors.Join(forgot, err)
		}
		switch {
		case conflict.Size == p.size:
			return fmt.Errorf("witness %s: says that it has size %d, and refuses it", p.Witness.Key.Name, p.size)
		case conflict.Size > c.Size:
			return fmt.Errorf("witness %s: %w", p.Witness.Key.Name, &Ahead{c.Origin, conflict.Size, c.Size})
		case conflict.Size < p.known && forgot == nil:
			forgot = fmt.Errorf("witness %s: %w", p.Witness.Key.Name, &Forgot{c.Origin, conflict.Size, p.known})
		}
		p.size = conflict.Size
	}
	return errors.Join(forgot, fmt.Errorf("witness %s: its size changed %d times while it was asked", p.Witness.Key.Name, maxAsked))
}

// send sends a checkpoint to a witness from the size it is thought to have.
func (k *Keeper) send(ctx context.Context, p *peer, msg []byte, c candour.Checkpoint) error {
	if p.size > c.Size { // it cosigned more for us than there is now
		return fmt.Errorf("witness %s: %w", p.Witness.Key.Name, &Ahead{c.Origin, p.size, c.Size})
	}
	var proof []candour.Hash
	if 0 < p.size && p.size < c.Size {
		var err error
		if proof, err = k.Log.Consistency(ctx, p.size, c.Size); err != nil {
			return fmt.Errorf("witness %s: proof from %d to %d: %w", p.Witness.Key.Name, p.size, c.Size, err)
		}
	}
	line, err := p.Cosign(ctx, msg, p.size, proof)
	if err != nil {
		return err
	}
	p.size, p.known = c.Size, c.Size
	if err := k.Log.Keep(ctx, c, line); err != nil {
		return fmt.Errorf("keep the cosignature of %s: %w", p.Witness.Key.Name, err)
	}
	p.done = c
	if p.mirror {
		return k.sendLeaves(ctx, p, append(slices.Clone(msg), line...), c)
	}
	return nil
}

// maxChunks of leaf hashes are sent to a mirror in one round.
const maxChunks = 16

// sendLeaves sends what a mirror lacks up to a checkpoint that its witness cosigned.
func (k *Keeper) sendLeaves(ctx context.Context, p *peer, msg []byte, c candour.Checkpoint) error {
	for chunk := 0; chunk < maxChunks && p.leaves < c.Size; chunk++ {
		to := min(p.leaves+MaxLeaves, c.Size)
		leaves, err := k.Log.(LeafLog).Leaves(ctx, p.leaves, to)
		if err != nil {
			return fmt.Errorf("leaves %d to %d: %w", p.leaves, to-1, err)
		}
		var proof []candour.Hash
		if to < c.Size {
			if proof, err = k.Log.Consistency(ctx, to, c.Size); err != nil {
				return fmt.Errorf("proof from %d to %d: %w", to, c.Size, err)
			}
		}
		size, err := p.AddLeaves(ctx, Leaves{p.leaves, proof, leaves, msg})
		conflict := (*Conflict)(nil)
		switch {
		case errors.As(err, &conflict) && conflict.Size != p.leaves:
			size = conflict.Size
		case err != nil:
			return err
		}
		p.leaves = size
	}
	return nil
}

// note notes whether enough operators have cosigned the latest checkpoint.
func (k *Keeper) note(c candour.Checkpoint) {
	operators := map[string]bool{}
	for _, p := range k.peers {
		if p.done == c {
			operators[p.Witness.Operator] = true
		}
	}
	if len(operators) < max(k.Quorum, 1) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.since = k.now()
}

// Unwitnessed tells whether the record has gone unwitnessed for longer than Late, and
// since when: the last moment at which the then latest checkpoint was cosigned by enough
// operators; the zero time where this keeper never saw one that was.
func (k *Keeper) Unwitnessed(now time.Time) (since time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.since, now.Sub(k.since) > cmp.Or(k.Late, 15*time.Minute)
}

// Run asks every witness again and again until the context ends, and gives its error. One
// that fails is asked again after 5 seconds, then after twice as long each time, at most 5
// minutes; it does not hold up the others. Run starts no goroutine.
func (k *Keeper) Run(ctx context.Context, every time.Duration) error {
	for {
		wait, err := k.due(ctx, every)
		if ctx.Err() == nil && err != nil && k.Report != nil {
			k.Report(err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// due asks the witnesses whose time has come, and says how long to wait for the next.
func (k *Keeper) due(ctx context.Context, every time.Duration) (wait time.Duration, err error) {
	k.round.Lock()
	defer k.round.Unlock()
	now := k.now()
	var due []*peer
	for _, p := range k.peers {
		if !now.Before(p.next) {
			p.next = now.Add(every)
			due = append(due, p)
		}
	}
	err = k.ask(ctx, due)
	wait, now = every, k.now()
	for _, p := range k.peers {
		wait = min(wait, max(p.next.Sub(now), 0))
	}
	return wait, err
}
