package vault

import "sync"

// cache keeps the rings last used, in two halves: what is used moves to the young half,
// and when that is full it becomes the old one, whose keys are dropped.
//
// A ring that was read before a Forget is never put in after it: seen is taken before the
// row is read, and put refuses where something was forgotten since.
type cache struct {
	mu         sync.RWMutex
	half       int
	young, old map[string]*ring // guarded by mu
	forgotten  uint64           // guarded by mu: how many times something was
}

func newCache(size int) *cache {
	return &cache{half: max(size/2, 1), young: map[string]*ring{}}
}

func (c *cache) get(chain string) *ring {
	c.mu.RLock()
	r := c.young[chain]
	if r != nil {
		c.mu.RUnlock()
		return r
	}
	r, seen := c.old[chain], c.forgotten
	c.mu.RUnlock()
	if r != nil {
		c.put(chain, r, seen)
	}
	return r
}

func (c *cache) seen() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.forgotten
}

func (c *cache) put(chain string, r *ring, seen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgotten != seen {
		return
	}
	if len(c.young) >= c.half {
		c.young, c.old = map[string]*ring{}, c.young
	}
	c.young[chain] = r
}

func (c *cache) forget(chains ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten++
	if len(chains) == 0 {
		c.young, c.old = map[string]*ring{}, nil
	}
	for _, chain := range chains {
		delete(c.young, chain)
		delete(c.old, chain)
	}
}
