//go:build unix && !linux

package pgtest

import "os/exec"

// spawn starts a command. Here it outlives a test binary that is killed.
func spawn(c *exec.Cmd) (done chan error, err error) {
	if err := c.Start(); err != nil {
		return nil, err
	}
	done = make(chan error, 1)
	go func() { done <- c.Wait() }()
	return done, nil
}

const recoverySync = "fsync"
