package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	signed "golang.org/x/mod/sumdb/note"

	"candour"
)

// A backup is a folder. Its manifest is a note (doc/format.md, section 5), signed by the body
// under its origin with "/backup" appended:
//
//	candour-backup/1
//	body <origin>
//	made <nanos>
//	log <origin> <epoch> <size> <root, hex> <keys>    the record, then the log of reads
//	file <SHA-256, hex> <length> <path>               a line for each other file
//
// keys counts how often data keys had been changed: a record where they were changed since
// cannot give all of this backup back.
type manifest struct {
	body  string
	made  int64
	logs  []logged
	files []listed
}

type logged struct {
	origin string
	epoch  uint32
	size   int64
	root   candour.Hash
	keys   int64
}

type listed struct {
	path   string
	digest candour.Hash
	length int64
}

const (
	backupForm   = "candour-backup/1"
	backupSuffix = ".candour-backup"
	backupName   = "/backup" // appended to the name of the body's key
	fileManifest = "manifest.txt"
	fileHead     = "checkpoint"
)

func (m *manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nbody %s\nmade %d\n", backupForm, m.body, m.made)
	for _, l := range m.logs {
		fmt.Fprintf(&b, "log %s %d %d %x %d\n", l.origin, l.epoch, l.size, l.root, l.keys)
	}
	for _, f := range m.files {
		fmt.Fprintf(&b, "file %x %d %s\n", f.digest, f.length, f.path)
	}
	return b.String()
}

// readManifest reads the manifest of a backup, which a key of the policy must have signed.
func readManifest(dir string, p *candour.Policy) (*manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, fileManifest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no backup: it has no %s", dir, fileManifest)
	}
	if err != nil {
		return nil, err
	}
	var known []signed.Verifier
	for _, l := range p.Logs {
		v, err := signed.NewVerifier(l.Key.Named(p.Body + backupName).String())
		if err != nil {
			return nil, err
		}
		known = append(known, v)
	}
	n, err := signed.Open(b, signed.VerifierList(known...))
	if err != nil {
		return nil, fmt.Errorf("the backup %s is damaged, or not of %s: its manifest is not signed by a key of the policy (%w)", dir, p.Body, err)
	}
	m, err := parseManifest(n.Text)
	if err == nil && m.body != p.Body {
		err = fmt.Errorf("it is of %s", m.body)
	}
	if err != nil {
		return nil, fmt.Errorf("the manifest of %s: %w", dir, err)
	}
	return m, nil
}

func parseManifest(text string) (*manifest, error) {
	m := &manifest{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 5 || lines[0] != backupForm {
		return nil, fmt.Errorf("it is not in the form %s", backupForm)
	}
	for i, line := range lines[1:] {
		w := strings.Split(line, " ")
		var err error
		switch {
		case len(w) == 2 && w[0] == "body":
			m.body = w[1]
		case len(w) == 2 && w[0] == "made":
			m.made, err = strconv.ParseInt(w[1], 10, 64)
		case len(w) == 6 && w[0] == "log":
			err = m.log(w[1:])
		case len(w) == 4 && w[0] == "file":
			err = m.file(w[1:])
		default:
			err = errors.New("a line that is none")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	if m.text() != text || len(m.logs) != 2 {
		return nil, fmt.Errorf("it is not in the form %s", backupForm)
	}
	return m, nil
}

func (m *manifest) log(w []string) error {
	l := logged{origin: w[0]}
	epoch, err1 := strconv.ParseUint(w[1], 10, 32)
	size, err2 := strconv.ParseInt(w[2], 10, 64)
	root, err3 := hash(w[3])
	keys, err4 := strconv.ParseInt(w[4], 10, 64)
	l.epoch, l.size, l.root, l.keys = uint32(epoch), size, root, keys
	m.logs = append(m.logs, l)
	return errors.Join(err1, err2, err3, err4)
}

func (m *manifest) file(w []string) error {
	digest, err := hash(w[0])
	if err != nil {
		return err
	}
	length, err := strconv.ParseInt(w[1], 10, 64)
	if err == nil && !filepath.IsLocal(w[2]) {
		err = errors.New("a path that leads out of the backup")
	}
	m.files = append(m.files, listed{w[2], digest, length})
	return err
}

func hash(s string) (h candour.Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, errors.New("not a hash in hex")
	}
	return candour.Hash(b), nil
}

// check holds the files of a backup against its manifest, every byte of them, and says of
// each that is not as it was what is wrong.
func (m *manifest) check(dir string, progress func(files int64)) (faults []string, err error) {
	want := map[string]listed{}
	for _, f := range m.files {
		want[f.path] = f
	}
	var done int64
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == fileManifest {
			return err
		}
		rel = filepath.ToSlash(rel)
		f, ok := want[rel]
		delete(want, rel)
		if !ok {
			faults = append(faults, rel+" is not of this backup")
			return nil
		}
		got, err := digestFile(path)
		switch {
		case err != nil:
			faults = append(faults, fmt.Sprintf("%s cannot be read: %v", rel, err))
		case got.length != f.length:
			faults = append(faults, fmt.Sprintf("%s has %d bytes and had %d", rel, got.length, f.length))
		case got.digest != f.digest:
			faults = append(faults, rel+" was changed")
		}
		done++
		progress(done)
		return nil
	})
	for _, f := range m.files {
		if _, missing := want[f.path]; missing {
			faults = append(faults, f.path+" is missing")
		}
	}
	return faults, err
}

func digestFile(path string) (listed, error) {
	f, err := os.Open(path)
	if err != nil {
		return listed{}, err
	}
	defer f.Close()
	return digestOf(f)
}

func digestOf(r io.Reader) (listed, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	return listed{digest: candour.Hash(sum.Sum(nil)), length: n}, err
}
