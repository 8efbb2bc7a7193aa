//go:build !unix

package witness

import (
	"errors"
	"os"
)

// lock refuses: without flock two processes could sign from one folder.
func lock(string) (*os.File, error) {
	return nil, errors.New("a witness runs on systems with flock, such as Linux, only")
}
