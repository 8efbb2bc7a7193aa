package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"candour"
)

// held is what was cosigned last of an origin: the truth of the witness. It is a file
// whose name is the SHA-256 of the origin:
//
//	candour-witness-state/1
//	began <seconds since 1970> <size>       the first checkpoint cosigned of this origin
//	                                        (an empty line)
//	<the checkpoint cosigned last, a note with the signatures of body and witness>
//
// The witness's own signature guards it: a file in which a bit was changed is refused.
type held struct {
	candour.Checkpoint
	note  []byte
	at    time.Time // when it was cosigned
	began time.Time // when the first was
	first int64     // and its size
}

const stateFirst = "candour-witness-state/1"

func (h *held) text() []byte {
	return append(fmt.Appendf(nil, "%s\nbegan %d %d\n\n", stateFirst, h.began.Unix(), h.first), h.note...)
}

// parseHeld reads what was cosigned by that key.
func parseHeld(b []byte, by candour.PublicKey) (*held, error) {
	head, msg, _ := cutEmpty(string(b))
	rest, ok := strings.CutPrefix(head, stateFirst+"\nbegan ")
	secs, first, ok2 := strings.Cut(strings.TrimSuffix(rest, "\n"), " ")
	began, err := decimal(secs)
	size, err2 := decimal(first)
	if !ok || !ok2 || err != nil || err2 != nil {
		return nil, errors.New("not in the form in which this witness writes it")
	}
	h := &held{note: []byte(msg), began: time.Unix(began, 0).UTC(), first: size}
	n, err := unverified(h.note)
	if err != nil {
		return nil, err
	}
	if h.Checkpoint, err = candour.ParseCheckpointText(n.Text); err != nil {
		return nil, err
	}
	if _, h.at, err = cosigned(h.note, by); err != nil {
		return nil, err
	}
	return h, nil
}

// originFile is the name of the files about an origin.
func originFile(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// held reads what was cosigned last of an origin; nil: nothing was. Any other trouble than
// that there is no file is an error, so that a record never begins anew by mishap.
func (s *Server) held(origin string) (*held, error) {
	path := filepath.Join(s.dir, originsDir, originFile(origin))
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h, err := parseHeld(b, s.key.Public)
	if err == nil && h.Origin != origin {
		err = fmt.Errorf("about %q", h.Origin)
	}
	if err != nil {
		return nil, fmt.Errorf("%s, what was cosigned last of %s: %w: put back the file as it was; without it nothing more can be cosigned", path, origin, err)
	}
	return h, nil
}

// findOrigins reads the folder and notes which epochs of which body have begun.
func (s *Server) findOrigins() error {
	files, err := os.ReadDir(filepath.Join(s.dir, originsDir))
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), tempSuffix) {
			continue
		}
		path := filepath.Join(s.dir, originsDir, f.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h, err := parseHeld(b, s.key.Public)
		if err == nil && originFile(h.Origin) != f.Name() {
			err = errors.New("under another name than its own")
		}
		if err != nil {
			return fmt.Errorf("%s: %w: put back the file as it was", path, err)
		}
		for _, w := range s.bodies {
			if epoch, err := h.Epoch(w.force.Body()); err == nil {
				w.begun(epoch)
			}
		}
	}
	return nil
}

// seconds is a time as a cosignature can bear it.
func seconds(t time.Time) (time.Time, error) {
	if t.Unix() <= 0 || t.Unix() > 1<<53 {
		return t, errors.New("the clock of this machine is wrong: " + strconv.FormatInt(t.Unix(), 10) + " s since 1970")
	}
	return t.Truncate(time.Second).UTC(), nil
}
