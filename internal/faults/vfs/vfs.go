// Package vfs puts a disk that fails between SQLite and the system, for tests. It wraps the
// file system that SQLite uses on Unix: opening, locking and shared memory are the real ones;
// every write, truncation, sync and removal is told to the test, which may let it through, let a part of it
// through, or refuse it; and all of them are noted in the order in which they happened.
//
// From what was noted, a [Replay] makes the files that a power cut could have left.
//
// The words: an [Op] is one thing done to a file. A [Disk] is a file system under a name that
// goes into sqlite.Options.VFS. A mark is an Op of the test itself: "by now it was acknowledged".
package vfs

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is what is done to a file.
type Kind int

// The kinds.
const (
	Create   Kind = iota // opened, and made where it was not there
	Write                // Data at Offset
	Truncate             // to Size
	Sync                 // what was written before is durable
	Delete               // the name is removed; Durable: the folder was synced
	Read                 // only told, never noted
	Mark                 // of the test
)

func (k Kind) String() string {
	return [...]string{"create", "write", "truncate", "sync", "delete", "read", "mark"}[k]
}

// Op is one thing done to a file, named by the last part of its path.
type Op struct {
	Kind    Kind
	File    string
	Offset  int64
	Data    []byte
	Size    int64
	Durable bool
	Mark    any
}

// Fail is how an Op ends: the first Written bytes of a write are done, and SQLite is told
// Code. Skip says that it was done, and notes it, without doing it: for syncs of files that no test
// will lose in earnest. The zero value lets it through.
type Fail struct {
	Code    int32
	Written int
	Skip    bool
}

// What SQLite is told.
const (
	Full      int32 = sqlite3.SQLITE_FULL
	BadWrite  int32 = sqlite3.SQLITE_IOERR_WRITE
	BadSync   int32 = sqlite3.SQLITE_IOERR_FSYNC
	BadRead   int32 = sqlite3.SQLITE_IOERR_READ
	BadDelete int32 = sqlite3.SQLITE_IOERR_DELETE
)

// Disk is a file system. Its methods may be called by many goroutines.
type Disk struct {
	name string
	fail func(Op) Fail // never nil

	mu   sync.Mutex
	keep bool
	ops  []Op
}

// registry finds a Disk and an open file again from what SQLite hands over.
var registry struct {
	sync.Mutex
	disks   map[uintptr]*Disk // by sqlite3_vfs
	files   map[uintptr]*file // by sqlite3_file
	methods map[uintptr]uintptr
}

type file struct {
	disk *Disk
	name string
	real *sqlite3.Tsqlite3_io_methods
}

// New makes a file system. fail is asked before each Op, one at a time; nil lets all through.
func New(fail func(Op) Fail) *Disk {
	if fail == nil {
		fail = func(Op) Fail { return Fail{} }
	}
	tls := libc.NewTLS()
	defer tls.Close()
	d := &Disk{fail: fail}
	registry.Lock()
	defer registry.Unlock()
	if registry.disks == nil {
		registry.disks, registry.files, registry.methods = map[uintptr]*Disk{}, map[uintptr]*file{}, map[uintptr]uintptr{}
	}
	d.name = fmt.Sprintf("faults%d", len(registry.disks)+1)
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	name, err := libc.CString(d.name)
	if err != nil || own == 0 {
		panic("no memory for a file system")
	}
	v := at[sqlite3.Tsqlite3_vfs](own)
	*v = *at[sqlite3.Tsqlite3_vfs](unix(tls))
	v.FzName, v.FpNext = name, 0
	*(*func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32)(unsafe.Pointer(&v.FxOpen)) = open
	*(*func(*libc.TLS, uintptr, uintptr, int32) int32)(unsafe.Pointer(&v.FxDelete)) = remove
	if sqlite3.Xsqlite3_vfs_register(tls, own, 0) != sqlite3.SQLITE_OK {
		panic("SQLite refused a file system")
	}
	registry.disks[own] = d // stays for the life of the test binary
	return d
}

// unix is SQLite's own file system.
func unix(tls *libc.TLS) uintptr { return sqlite3.Xsqlite3_vfs_find(tls, 0) }

// at is what an address of SQLite's memory points to.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// function is a function of SQLite, by its address.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

// Name goes into sqlite.Options.VFS.
func (d *Disk) Name() string { return d.name }

// Keep says whether what is done is noted from now on.
func (d *Disk) Keep(keep bool) {
	d.mu.Lock()
	d.keep = keep
	d.mu.Unlock()
}

// Mark notes something of the test.
func (d *Disk) Mark(what any) {
	d.mu.Lock()
	if d.keep {
		d.ops = append(d.ops, Op{Kind: Mark, Mark: what})
	}
	d.mu.Unlock()
}

// Ops is what was noted.
func (d *Disk) Ops() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops[:len(d.ops):len(d.ops)]
}

// do asks for an Op, does it, and notes what was done. do gets how many bytes to write.
func (d *Disk) do(op Op, do func(written int) int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.fail(op)
	if f.Code != 0 && f.Written == 0 {
		return f.Code
	}
	written := len(op.Data)
	if f.Code != 0 {
		written = min(f.Written, written)
	}
	var code int32
	if !f.Skip {
		code = do(written)
	}
	if code == sqlite3.SQLITE_OK && d.keep && op.Kind != Read {
		op.Data = bytes.Clone(op.Data[:written])
		d.ops = append(d.ops, op)
	}
	if f.Code != 0 {
		return f.Code
	}
	return code
}

func open(tls *libc.TLS, vfs, name, pFile uintptr, flags int32, out uintptr) int32 {
	registry.Lock()
	d := registry.disks[vfs]
	registry.Unlock()
	real := unix(tls)
	path := ""
	if name != 0 {
		path = filepath.Base(libc.GoString(name))
	}
	rc := d.do(Op{Kind: Create, File: path}, func(int) int32 {
		return function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](at[sqlite3.Tsqlite3_vfs](real).FxOpen)(tls, real, name, pFile, flags, out)
	})
	f := at[sqlite3.Tsqlite3_file](pFile)
	if rc != sqlite3.SQLITE_OK || f.FpMethods == 0 {
		return rc
	}
	registry.Lock()
	defer registry.Unlock()
	registry.files[pFile] = &file{d, path, at[sqlite3.Tsqlite3_io_methods](f.FpMethods)}
	own, ok := registry.methods[f.FpMethods]
	if !ok {
		own = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		m := at[sqlite3.Tsqlite3_io_methods](own)
		*m = *at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
		*(*func(*libc.TLS, uintptr) int32)(unsafe.Pointer(&m.FxClose)) = closeFile
		*(*func(*libc.TLS, uintptr, uintptr, int32, int64) int32)(unsafe.Pointer(&m.FxRead)) = read
		*(*func(*libc.TLS, uintptr, uintptr, int32, int64) int32)(unsafe.Pointer(&m.FxWrite)) = write
		*(*func(*libc.TLS, uintptr, int64) int32)(unsafe.Pointer(&m.FxTruncate)) = truncate
		*(*func(*libc.TLS, uintptr, int32) int32)(unsafe.Pointer(&m.FxSync)) = syncFile
		registry.methods[f.FpMethods] = own
	}
	f.FpMethods = own
	return rc
}

func find(pFile uintptr) *file {
	registry.Lock()
	defer registry.Unlock()
	return registry.files[pFile]
}

func closeFile(tls *libc.TLS, pFile uintptr) int32 {
	f := find(pFile)
	registry.Lock()
	delete(registry.files, pFile)
	registry.Unlock()
	return function[func(*libc.TLS, uintptr) int32](f.real.FxClose)(tls, pFile)
}

func read(tls *libc.TLS, pFile, b uintptr, n int32, offset int64) int32 {
	f := find(pFile)
	if fail := f.disk.ask(Op{Kind: Read, File: f.name, Offset: offset, Size: int64(n)}); fail.Code != 0 {
		return fail.Code
	}
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.real.FxRead)(tls, pFile, b, n, offset)
}

func (d *Disk) ask(op Op) Fail {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fail(op)
}

func write(tls *libc.TLS, pFile, b uintptr, n int32, offset int64) int32 {
	f := find(pFile)
	return f.disk.do(Op{Kind: Write, File: f.name, Offset: offset, Data: unsafe.Slice(at[byte](b), n)}, func(written int) int32 {
		return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.real.FxWrite)(tls, pFile, b, int32(written), offset)
	})
}

func truncate(tls *libc.TLS, pFile uintptr, size int64) int32 {
	f := find(pFile)
	return f.disk.do(Op{Kind: Truncate, File: f.name, Size: size}, func(int) int32 {
		return function[func(*libc.TLS, uintptr, int64) int32](f.real.FxTruncate)(tls, pFile, size)
	})
}

func syncFile(tls *libc.TLS, pFile uintptr, flags int32) int32 {
	f := find(pFile)
	return f.disk.do(Op{Kind: Sync, File: f.name}, func(int) int32 {
		return function[func(*libc.TLS, uintptr, int32) int32](f.real.FxSync)(tls, pFile, flags)
	})
}

func remove(tls *libc.TLS, vfs, path uintptr, dirSync int32) int32 {
	registry.Lock()
	d := registry.disks[vfs]
	registry.Unlock()
	real := unix(tls)
	return d.do(Op{Kind: Delete, File: filepath.Base(libc.GoString(path)), Durable: dirSync != 0}, func(int) int32 {
		return function[func(*libc.TLS, uintptr, uintptr, int32) int32](at[sqlite3.Tsqlite3_vfs](real).FxDelete)(tls, real, path, dirSync)
	})
}
