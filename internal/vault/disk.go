package vault

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"candour/internal/durable"
)

// incoming is the folder of what is being written, within the folder of attachments.
const incoming = "incoming"

// disk changes the folder of attachments: folders of one level, and files in them. What
// is written is first whole and on disk under a name in incoming, then gets its name. A
// change of names is durable after sync of its folder, not before.
type disk struct {
	root string
	// before, where it is set, is called before each change with what it will be: tests
	// look there at what a crash would leave.
	before func(what string)
}

func openDisk(root string) (*disk, error) {
	if err := os.MkdirAll(filepath.Join(root, incoming), 0o700); err != nil {
		return nil, err
	}
	if err := durable.Sync(root); err != nil {
		return nil, err
	}
	return &disk{root: root}, durable.Sync(filepath.Dir(root))
}

func (d *disk) at(names ...string) string {
	return filepath.Join(append([]string{d.root}, names...)...)
}

func (d *disk) step(what string) {
	if d.before != nil {
		d.before(what)
	}
}

// temp is a new file in incoming.
func (d *disk) temp() (*os.File, error) {
	d.step("create")
	return os.CreateTemp(d.at(incoming), "*") // mode 0600
}

// mkdir makes a folder, durably, if it is not there.
func (d *disk) mkdir(name string) error {
	d.step("mkdir")
	err := os.Mkdir(d.at(name), 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.Sync(d.root)
}

// link gives a finished file its name, unless there is one of that name: fs.ErrExist.
func (d *disk) link(temp, folder, name string) error {
	d.step("link")
	return os.Link(temp, d.at(folder, name))
}

// rename gives a finished file its name, in place of one of that name.
func (d *disk) rename(temp, folder, name string) error {
	d.step("rename")
	return os.Rename(temp, d.at(folder, name))
}

func (d *disk) remove(path string) error {
	d.step("remove")
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeAll removes a folder, durably.
func (d *disk) removeAll(folder string) error {
	d.step("remove all")
	if err := os.RemoveAll(d.at(folder)); err != nil {
		return err
	}
	return durable.Sync(d.root)
}

// sync makes the names in a folder durable.
func (d *disk) sync(folder string) error { return durable.Sync(d.at(folder)) }

// files are the names in a folder; none where there is no folder.
func (d *disk) files(folder string) ([]string, error) {
	entries, err := os.ReadDir(d.at(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// write puts a small file in place of what has its name. The name is not durable yet.
func (d *disk) write(folder, name string, content []byte) error {
	f, err := d.temp()
	if err != nil {
		return err
	}
	defer d.remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return d.rename(f.Name(), folder, name)
}

// sweep removes what was begun before that moment and never finished.
func (d *disk) sweep(before time.Time) (n int, err error) {
	names, err := d.files(incoming)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		info, err := os.Stat(d.at(incoming, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			continue
		}
		if err == nil {
			err = d.remove(d.at(incoming, name))
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, d.sync(incoming)
}

// replaceFile writes path as a whole or not at all: beside it, then in its place. One that
// was left beside it by a crash is written over, so that no second version stays.
func replaceFile(path string, write func(io.Writer) error) error {
	beside := path + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	if err := os.Rename(beside, path); err != nil {
		return err
	}
	return durable.Sync(filepath.Dir(path))
}
