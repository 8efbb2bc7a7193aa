package pack

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
)

// Digest is the SHA-256 over a pack's files: of each, by name, its name, its length and its
// content. Two packs with the same digest are the same.
func Digest(fsys fs.FS) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s\n%d\n", name, len(content))
		_, err = h.Write(content)
		return err
	})
	if err != nil {
		return sum, fmt.Errorf("digest of the pack: %w", err)
	}
	h.Sum(sum[:0])
	return sum, nil
}
