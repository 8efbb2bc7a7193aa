package witness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"candour/internal/durable"
)

// files is what is asked of the file system to put a file down for good. Each step may
// fail and leave what it was doing half done; tests make them fail.
type files interface {
	// WriteTemp writes a file whole and brings it to the disk.
	WriteTemp(path string, data []byte) error
	// Rename puts a file in the place of another, which at every moment is the one or the other.
	Rename(from, to string) error
	// SyncDir brings the names in a folder to the disk.
	SyncDir(dir string) error
}

// replace puts data in the place of a file. When it returns nil the data is durable; when
// it fails the file is the old or the new one.
func replace(f files, path string, data []byte) error {
	temp := path + tempSuffix
	if err := f.WriteTemp(temp, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Rename(temp, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// tempSuffix ends the name of a file that is being written. One that stays behind after a
// crash is never read, and is overwritten.
const tempSuffix = ".new"

// disk is the file system itself.
type disk struct{}

func (disk) WriteTemp(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }

func (disk) SyncDir(dir string) error { return durable.Sync(dir) }
