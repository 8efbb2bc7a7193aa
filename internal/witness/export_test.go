package witness

// For tests: a file system that fails.
type (
	Files = files
	Disk  = disk
)

func (o Options) With(f Files) Options {
	o.files = f
	return o
}
