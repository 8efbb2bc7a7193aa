package vault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"
)

// The escrow is a file of age (age-encryption.org/v1). Within:
//
//	candour-escrow/1
//	tag-key <64 hex>
//	chain <tag, hex> <data key, hex> ...      a line for each chain, the newest key first
//	end <number of chains>
const escrowForm = "candour-escrow/1"

// Escrow writes all data keys and the tag key to the file at path, encrypted to recipients, and
// says of how many chains. With it, a backup of database and folder can be read again;
// no master key is needed then.
//
// The file is replaced as a whole: path holds the old one or the new one, never both, and
// path.new what a crash left, until the next. It is written with each backup and after each
// Destroy and Settle, and is kept in no versions and in no backup: an erased key lives on in
// every copy of an older escrow. One process writes it.
func (v *Vault) Escrow(ctx context.Context, path string, recipients ...age.Recipient) (int, error) {
	v.escrowing.Lock()
	defer v.escrowing.Unlock()
	chains := 0
	err := replaceFile(path, func(f io.Writer) error {
		w, err := age.Encrypt(f, recipients...)
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(w, 64<<10)
		if chains, err = v.writeEscrow(ctx, b); err != nil {
			return err
		}
		return errors.Join(b.Flush(), w.Close())
	})
	if err != nil {
		return 0, fmt.Errorf("write escrow: %w", err)
	}
	return chains, nil
}

func (v *Vault) writeEscrow(ctx context.Context, w io.Writer) (chains int, err error) {
	if _, err := fmt.Fprintf(w, "%s\ntag-key %x\n", escrowForm, v.tagKey); err != nil {
		return 0, err
	}
	err = v.keys.Each(ctx, func(t [32]byte, master string, wrapped []byte) error {
		raws, err := v.unwrap(ctx, t, master, wrapped)
		if err != nil {
			return tag(t).errorf("%w", err)
		}
		chains++
		line := "chain " + hex.EncodeToString(t[:])
		for _, raw := range raws {
			line += " " + hex.EncodeToString(raw[:])
		}
		_, err = io.WriteString(w, line+"\n")
		return err
	})
	if err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(w, "end %d\n", chains)
	return chains, err
}

// escrow is what the file holds.
type escrow struct {
	tagKey []byte
	chains map[tag][][keySize]byte
}

// Recover reads an escrow whole, then wraps its data keys by master into keys, which are
// empty. It returns the tag key to make a vault with, and the number of chains. After an
// error or a crash it may be called again: rows that it added itself, by the same master key, it lets
// stand, and others it refuses.
func Recover(ctx context.Context, r io.Reader, identities []age.Identity, keys Keys, master KeyService) (tagKey []byte, chains int, err error) {
	plain, err := age.Decrypt(r, identities...)
	if err != nil {
		return nil, 0, fmt.Errorf("open escrow: %w", err)
	}
	e, err := readEscrow(plain)
	if err != nil {
		return nil, 0, fmt.Errorf("read escrow: %w", err)
	}
	v := &Vault{keys: keys, masters: map[string]KeyService{}}
	v.prefer(master)
	if err := v.mayRecover(ctx, e); err != nil {
		return nil, 0, fmt.Errorf("recover: %w", err)
	}
	for t, raws := range e.chains {
		id, wrapped, err := v.wrap(ctx, t, raws)
		if err == nil {
			_, _, err = keys.Add(ctx, t, id, wrapped)
		}
		if err != nil {
			return nil, 0, t.errorf("recover: %w", err)
		}
	}
	return e.tagKey, len(e.chains), nil
}

// mayRecover refuses keys that hold anything but what the escrow holds.
func (v *Vault) mayRecover(ctx context.Context, e *escrow) error {
	return v.keys.Each(ctx, func(t [32]byte, master string, wrapped []byte) error {
		raws, err := v.unwrap(ctx, t, master, wrapped)
		if err != nil || !slices.Equal(raws, e.chains[t]) {
			return errors.Join(err, tag(t).errorf("there is a data key already that is not the escrow's: recover into an empty database"))
		}
		return nil
	})
}

// maxLine is longer than a chain with 255 keys.
const maxLine = 32 << 10

func readEscrow(r io.Reader) (*escrow, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4096), maxLine)
	lines.Split(wholeLines)
	if !lines.Scan() || lines.Text() != escrowForm {
		return nil, errors.Join(lines.Err(), fmt.Errorf("it is not in the form %s", escrowForm))
	}
	if !lines.Scan() {
		return nil, errors.Join(lines.Err(), errors.New("it has no tag key"))
	}
	word, isKey := strings.CutPrefix(lines.Text(), "tag-key ")
	tagKey, err := readHex(word, keySize)
	if !isKey || err != nil {
		return nil, errors.New("it has no tag key")
	}
	e := &escrow{tagKey, map[tag][][keySize]byte{}}
	for n := 3; lines.Scan(); n++ {
		if count, ends := strings.CutPrefix(lines.Text(), "end "); ends {
			return e.ended(lines, count)
		}
		if err := e.readChain(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil, errors.Join(lines.Err(), errors.New("it has no end"))
}

func (e *escrow) ended(lines *bufio.Scanner, count string) (*escrow, error) {
	if count != strconv.Itoa(len(e.chains)) {
		return nil, fmt.Errorf("it has %d chains, and says that it has %.20s", len(e.chains), count)
	}
	if lines.Scan() {
		return nil, errors.New("something follows after its end")
	}
	return e, lines.Err() // the error of age, too, where the file was cut short
}

func (e *escrow) readChain(line string) error {
	words := strings.Split(line, " ")
	if words[0] != "chain" || len(words) < 3 || len(words) > 2+255 {
		return errors.New("it is no chain with its keys")
	}
	t, err := readHex(words[1], len(tag{}))
	if err != nil {
		return fmt.Errorf("the tag is %w", err)
	}
	if e.chains[tag(t)] != nil {
		return errors.New("the chain stands there twice")
	}
	var raws [][keySize]byte
	for _, word := range words[2:] {
		raw, err := readHex(word, keySize)
		if err != nil {
			return fmt.Errorf("a data key is %w", err)
		}
		raws = append(raws, [keySize]byte(raw))
	}
	e.chains[tag(t)] = raws
	return nil
}

// wholeLines gives lines without their LF, and what is left without one as an error.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("the last line has no end")
	}
	return 0, nil, nil
}
