package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// spawn starts a command that dies with the test binary, whatever ends that. The kernel
// ties it to the thread that started it, which therefore waits for its end.
func spawn(c *exec.Cmd) (done chan error, err error) {
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started := make(chan error)
	done = make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := c.Start()
		started <- err
		if err == nil {
			done <- c.Wait()
		}
	}()
	return done, <-started
}

// recoverySync has a server that was killed sync the file system at once, and not each of
// some thousand files of all the tests' databases.
const recoverySync = "syncfs"
