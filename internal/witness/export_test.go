package witness

import "candour"

// For tests: a file system that fails.
type (
	Files = files
	Disk  = disk
)

func (o Options) With(f Files) Options {
	o.files = f
	return o
}

// ReadHeld reads what was cosigned last as the server does.
func ReadHeld(b []byte, by candour.PublicKey) (candour.Checkpoint, error) {
	h, err := parseHeld(b, by)
	if err != nil {
		return candour.Checkpoint{}, err
	}
	return h.Checkpoint, nil
}
