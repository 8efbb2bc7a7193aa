// Package durable puts small files on disk so that whatever happens meanwhile, a kill or a cut of
// power, a name stands for a whole file: the new one, or what was there before.
//
// What was begun and never got its name stays beside it under a name that begins with
// ".new-" and is never read.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Create writes a file that is not there yet, readable by its owner alone. It never writes over
// another: the error is then fs.ErrExist.
func Create(path string, content []byte) error {
	return named(path, content, func(temp string) error {
		err := os.Link(temp, path)
		if err != nil && !errors.Is(err, fs.ErrExist) { // some file systems have no second names
			if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
				return os.Rename(temp, path)
			}
			err = errors.Join(err, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
		}
		return errors.Join(err, os.Remove(temp))
	})
}

// Replace puts a file, readable by its owner alone, in the place of another or of none.
func Replace(path string, content []byte) error {
	return named(path, content, func(temp string) error { return os.Rename(temp, path) })
}

// named writes a file beside the path and gives it its name, durably.
func named(path string, content []byte, name func(temp string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = name(f.Name())
	}
	if err != nil {
		if removed := os.Remove(f.Name()); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return Sync(filepath.Dir(path))
}

// Sync makes the names in a folder durable. Windows has no such call for folders.
func Sync(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
