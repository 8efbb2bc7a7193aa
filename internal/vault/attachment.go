package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// Attachments are files in a folder for each chain, named by its tag:
//
//	<tag>/<name>           the attachment; it never changes once it has its name
//	<tag>/<name>.<key>     its file key under a later data key, after a Rekey
//	incoming/              what is being written
//
// The name is a keyed hash of chain and digest. An attachment is its file key, sealed under
// the chain's data key and bound to the name, then the content under the file key: AES-256-GCM
// in segments, each with its number and whether it is the last (tink's AES-GCM-HKDF,
// which takes any key; with age we could not exchange the key without writing the file anew).
//
// A rekey adds small files and changes none: processes that do so at once cannot spoil
// each other's, a crash leaves both, and a backup of files copies little.
const (
	segmentSize = 64 << 10
	wrapSize    = sealedSize + keySize
)

var errNoFolder = errors.New("the vault has no folder for attachments")

// attachment is where one is.
type attachment struct {
	tag  tag
	name string
}

func (v *Vault) attachment(chain string, digest [32]byte) attachment {
	t := v.tag(chain)
	name := keyedHash(v.tagKey, "candour/vault/attachment/1", t[:], digest[:])
	return attachment{t, hex.EncodeToString(name[:])}
}

// Put encrypts what r gives into the folder, and returns its SHA-256 and size. It needs
// the same memory for any size. When it has returned, the attachment is on disk. Put
// of what is there already changes nothing, unless that cannot be read.
func (v *Vault) Put(ctx context.Context, chain string, r io.Reader) (digest [32]byte, size int64, err error) {
	if v.disk == nil {
		return digest, 0, errNoFolder
	}
	var fileKey [keySize]byte
	if fileKey, err = v.newKey(); err != nil {
		return digest, 0, err
	}
	defer clear(fileKey[:])
	temp, err := v.disk.temp()
	if err != nil {
		return digest, 0, err
	}
	defer v.disk.remove(temp.Name())
	defer temp.Close()

	t := v.tag(chain)
	if digest, size, err = encrypt(ctx, temp, r, t, fileKey); err != nil {
		return digest, 0, t.errorf("put attachment: %w", err)
	}
	if err = v.place(ctx, chain, temp, v.attachment(chain, digest), fileKey); err != nil {
		return digest, 0, t.errorf("put attachment: %w", err)
	}
	return digest, size, nil
}

// encrypt writes the content, leaving room before it for the wrapped file key.
func encrypt(ctx context.Context, f *os.File, r io.Reader, t tag, fileKey [keySize]byte) (digest [32]byte, size int64, err error) {
	if _, err := f.Write(make([]byte, wrapSize)); err != nil {
		return digest, 0, err
	}
	w, err := stream(fileKey).NewEncryptingWriter(f, aboutContent(t))
	if err != nil {
		return digest, 0, err
	}
	sum := sha256.New()
	size, err = io.CopyBuffer(io.MultiWriter(w, sum), &cancelled{ctx, r}, make([]byte, segmentSize))
	if err != nil {
		return digest, 0, err
	}
	sum.Sum(digest[:0])
	return digest, size, w.Close()
}

// place gives the finished content its wrapped key and its name. The key is that of the
// row as it stands then: reading the content may have taken minutes.
func (v *Vault) place(ctx context.Context, chain string, temp *os.File, a attachment, fileKey [keySize]byte) error {
	r, err := v.fresh(ctx, chain, v.addKey)
	if err != nil {
		return err
	}
	k := r.keys[0]
	head := k.seal(fileKey[:], k.bind("file key", a.tag, []byte(a.name)))
	if _, err := temp.WriteAt(head, 0); err != nil {
		return err
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := v.disk.mkdir(a.tag.String()); err != nil {
		return err
	}
	err = v.disk.link(temp.Name(), a.tag.String(), a.name)
	if errors.Is(err, fs.ErrExist) {
		if v.readable(ctx, chain, a) {
			return v.disk.sync(a.tag.String()) // whoever put it may not have come so far
		}
		err = v.disk.rename(temp.Name(), a.tag.String(), a.name)
	}
	if err != nil {
		return err
	}
	if err := v.disk.sync(a.tag.String()); err != nil {
		return err
	}
	return v.keepUp(ctx, chain, a, k.id, head, fileKey)
}

// keepUp sees that an attachment which has just got its name is under the newest data
// key. A Settle that looked into the folder before did not see it; but then the row was
// changed before as well, and is seen here.
func (v *Vault) keepUp(ctx context.Context, chain string, a attachment, under keyID, head []byte, fileKey [keySize]byte) error {
	for {
		r, err := v.fresh(ctx, chain, v.noKey)
		if errors.Is(err, ErrErased) {
			return errors.Join(err, v.disk.remove(v.disk.at(a.tag.String(), a.name)))
		}
		if err != nil || r.keys[0].id == under {
			return err
		}
		if err := v.writeWrap(r.keys[0], a, head, fileKey[:]); err != nil {
			return err
		}
		if err := v.disk.sync(a.tag.String()); err != nil {
			return err
		}
		under = r.keys[0].id
	}
}

// readable reads an attachment to its end.
func (v *Vault) readable(ctx context.Context, chain string, a attachment) bool {
	r, err := v.open(ctx, chain, a)
	if err != nil {
		return false
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err == nil
}

// Get reads an attachment. It gives only bytes that were authenticated, and an error in
// place of the end where the file was cut short; so what was read is the attachment
// once there was io.EOF, and a beginning of it before. The error is ErrErased where its data key
// is no more, fs.ErrNotExist where it is not there.
func (v *Vault) Get(ctx context.Context, chain string, digest [32]byte) (io.ReadCloser, error) {
	if v.disk == nil {
		return nil, errNoFolder
	}
	a := v.attachment(chain, digest)
	r, err := v.open(ctx, chain, a)
	if err != nil {
		return nil, a.tag.errorf("get attachment: %w", err)
	}
	return r, nil
}

func (v *Vault) open(ctx context.Context, chain string, a attachment) (*content, error) {
	f, err := os.Open(v.disk.at(a.tag.String(), a.name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		_, keyErr := v.ringOf(ctx, chain, v.noKey)
		return nil, errors.Join(keyErr, err)
	}
	r, err := v.decrypt(ctx, chain, a, f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &content{file: f, from: r}, nil
}

func (v *Vault) decrypt(ctx context.Context, chain string, a attachment, f *os.File) (io.Reader, error) {
	head := make([]byte, wrapSize)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, fmt.Errorf("it is cut short: %w", err)
	}
	r, err := v.ringOf(ctx, chain, v.noKey)
	if err != nil {
		return nil, err
	}
	fileKey, err := v.fileKey(r, a, head)
	if errors.Is(err, ErrErased) {
		if r, err = v.fresh(ctx, chain, v.noKey); err == nil { // it may have been rekeyed elsewhere
			fileKey, err = v.fileKey(r, a, head)
		}
	}
	if err != nil {
		return nil, err
	}
	return stream(fileKey).NewDecryptingReader(f, aboutContent(a.tag))
}

// fileKey opens the wrapped key in the head of the file, or else one beside it.
func (v *Vault) fileKey(r *ring, a attachment, head []byte) (key [keySize]byte, err error) {
	id, err := readHead(head)
	if err != nil {
		return key, err
	}
	if k := r.key(id); k != nil {
		return openFileKey(k, head, k.bind("file key", a.tag, []byte(a.name)))
	}
	err = v.erased
	for _, k := range r.keys {
		wrap, readErr := os.ReadFile(v.disk.at(a.tag.String(), beside(a.name, k.id)))
		if errors.Is(readErr, fs.ErrNotExist) {
			continue
		}
		if readErr != nil {
			return key, readErr
		}
		// One that does not open may be of an earlier file of that name, and a later one good.
		if key, err = openFileKey(k, wrap, k.bind("file key beside", a.tag, []byte(a.name), head)); err == nil {
			return key, nil
		}
	}
	return key, err
}

func openFileKey(k *dataKey, wrap, about []byte) (key [keySize]byte, err error) {
	if id, err := readHead(wrap); err != nil || id != k.id {
		return key, errors.Join(err, errors.New("the file key is not under the data key that its name tells"))
	}
	plain, err := k.open(wrap, about)
	if err != nil {
		return key, err
	}
	if len(plain) != keySize {
		return key, fmt.Errorf("a file key has %d bytes", len(plain))
	}
	return [keySize]byte(plain), nil
}

func beside(name string, id keyID) string { return name + "." + hex.EncodeToString(id[:]) }

// writeWrap puts the file key beside the file, under k. It is bound to the head of the file, so that
// it is not tried on another file that has the same name later.
func (v *Vault) writeWrap(k *dataKey, a attachment, head, fileKey []byte) error {
	wrap := k.seal(fileKey, k.bind("file key beside", a.tag, []byte(a.name), head))
	return v.disk.write(a.tag.String(), beside(a.name, k.id), wrap)
}

// rewrapFiles gives all attachments of a chain to its newest data key. One that no key of
// the ring opens cannot be lost by that, and is passed over.
func (v *Vault) rewrapFiles(ctx context.Context, r *ring) error {
	if v.disk == nil {
		return nil
	}
	names, err := v.disk.files(r.tag.String())
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if strings.Contains(name, ".") {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.rewrapFile(r, attachment{r.tag, name}); err != nil {
			return err
		}
	}
	return v.disk.sync(r.tag.String())
}

func (v *Vault) rewrapFile(r *ring, a attachment) error {
	head, err := v.readWrap(a)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil // dropped meanwhile, or no attachment
	}
	if err != nil {
		return err
	}
	newest := &ring{tag: r.tag, keys: r.keys[:1]}
	if _, err := v.fileKey(newest, a, head); err == nil {
		return nil
	}
	fileKey, err := v.fileKey(r, a, head)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return err // it could not be read now
	}
	if err != nil {
		return nil
	}
	return v.writeWrap(r.keys[0], a, head, fileKey[:])
}

func (v *Vault) readWrap(a attachment) ([]byte, error) {
	f, err := os.Open(v.disk.at(a.tag.String(), a.name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, wrapSize)
	_, err = io.ReadFull(f, head)
	return head, err
}

// dropWraps removes the file keys that are under a data key which is no more.
func (v *Vault) dropWraps(t tag, but keyID) error {
	if v.disk == nil {
		return nil
	}
	return v.removeFiles(t, func(name string) bool {
		_, id, isWrap := strings.Cut(name, ".")
		return isWrap && id != hex.EncodeToString(but[:])
	})
}

// Drop removes an attachment, if it is there. In backups of the folder it can be read until
// the chain is rekeyed.
func (v *Vault) Drop(ctx context.Context, chain string, digest [32]byte) error {
	if v.disk == nil {
		return errNoFolder
	}
	a := v.attachment(chain, digest)
	err := v.removeFiles(a.tag, func(name string) bool {
		return name == a.name || strings.HasPrefix(name, a.name+".")
	})
	if err != nil {
		return a.tag.errorf("drop attachment: %w", err)
	}
	return nil
}

func (v *Vault) removeFiles(t tag, which func(name string) bool) error {
	names, err := v.disk.files(t.String())
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if !which(name) {
			continue
		}
		if err := v.disk.remove(v.disk.at(t.String(), name)); err != nil {
			return err
		}
	}
	return v.disk.sync(t.String())
}

// Sweep removes what Put began before that moment and never finished, and says how many
// files. The moment lies further back than any Put that may still be under way.
func (v *Vault) Sweep(before time.Time) (int, error) {
	if v.disk == nil {
		return 0, nil
	}
	return v.disk.sweep(before)
}

// stream is how content is encrypted under a file key, which is used once. The parameters are
// in bounds, so that nothing can be refused.
func stream(fileKey [keySize]byte) *subtle.AESGCMHKDF {
	s, err := subtle.NewAESGCMHKDF(fileKey[:], "SHA256", keySize, segmentSize, 0)
	if err != nil {
		panic(err)
	}
	return s
}

func aboutContent(t tag) []byte { return append([]byte("candour attachment/1 "), t[:]...) }

// content gives what was authenticated. After an error it gives that error for ever: the
// stream below might go on, or say that it has come to its end.
type content struct {
	file *os.File
	from io.Reader
	err  error
}

func (c *content) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.from.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read attachment: it was changed or cut short: %w", err)
	}
	c.err = err
	return n, err
}

func (c *content) Close() error { return c.file.Close() }

// cancelled reads until its context is done.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
