package vault

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"

	"candour/internal/durable"
)

// ErrPassphrase says that the passphrase is not the one the master key was made with.
var ErrPassphrase = errors.New("the passphrase is wrong")

// Passphrase is a master key that follows from a passphrase by argon2id (RFC 9106). Beside
// the database stands a small file with the salt and the cost, which is not secret; but
// who has it can try passphrases, at that cost each:
//
//	candour-passphrase/1
//	argon2id <passes> <KiB> <threads>
//	salt <32 hex>
//	check <64 hex>
//
// The check value tells a wrong passphrase from the right one.
type Passphrase struct{ *local }

// Cost is what each try of a passphrase costs.
type Cost struct {
	Passes  uint32
	KiB     uint32
	Threads uint8
}

// DefaultCost is the second choice of RFC 9106, section 4: 64 MiB, three passes.
var DefaultCost = Cost{Passes: 3, KiB: 64 << 10, Threads: 4}

const (
	passphraseForm = "candour-passphrase/1"
	saltSize       = 16
)

// CreatePassphrase writes the file of a new master key. It never writes over a file.
func CreatePassphrase(path string, passphrase []byte, cost Cost, random io.Reader) (*Passphrase, error) {
	if err := cost.check(); err != nil {
		return nil, err
	}
	if len(passphrase) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	k, check := derive(passphrase, salt, cost)
	text := fmt.Sprintf("%s\nargon2id %d %d %d\nsalt %x\ncheck %x\n", passphraseForm, cost.Passes, cost.KiB, cost.Threads, salt, check)
	if err := durable.Create(path, []byte(text)); err != nil {
		return nil, err
	}
	return k, nil
}

// OpenPassphrase works out the master key of that file. The error is ErrPassphrase where
// the passphrase is another.
func OpenPassphrase(path string, passphrase []byte) (*Passphrase, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, err
	}
	cost, salt, check, err := parsePassphrase(string(text))
	if err != nil {
		return nil, fmt.Errorf("passphrase file %s: %w", path, err)
	}
	k, got := derive(passphrase, salt, cost)
	if !hmac.Equal(got[:], check) {
		return nil, fmt.Errorf("open master key %s: %w", path, ErrPassphrase)
	}
	return k, nil
}

func derive(passphrase, salt []byte, c Cost) (*Passphrase, [32]byte) {
	key := argon2.IDKey(passphrase, salt, c.Passes, c.KiB, c.Threads, keySize)
	return &Passphrase{newLocal("passphrase", key)}, keyedHash(key, "candour/vault/passphrase check/1")
}

func parsePassphrase(text string) (c Cost, salt, check []byte, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[0] != passphraseForm || lines[4] != "" {
		return c, nil, nil, fmt.Errorf("the file is not in the form %s", passphraseForm)
	}
	if c, err = parseCost(lines[1]); err != nil {
		return c, nil, nil, err
	}
	word, isSalt := strings.CutPrefix(lines[2], "salt ")
	salt, saltErr := readHex(word, saltSize)
	word, isCheck := strings.CutPrefix(lines[3], "check ")
	check, checkErr := readHex(word, 32)
	if !isSalt || !isCheck || saltErr != nil || checkErr != nil {
		return c, nil, nil, fmt.Errorf("the file is not in the form %s", passphraseForm)
	}
	return c, salt, check, nil
}

func parseCost(line string) (Cost, error) {
	words := strings.Split(line, " ")
	if len(words) != 4 || words[0] != "argon2id" {
		return Cost{}, fmt.Errorf("the file is not in the form %s", passphraseForm)
	}
	var n [3]uint64
	for i, bits := range []int{32, 32, 8} {
		var err error
		if n[i], err = strconv.ParseUint(words[i+1], 10, bits); err != nil {
			return Cost{}, fmt.Errorf("the cost %q is no number", words[i+1])
		}
	}
	c := Cost{uint32(n[0]), uint32(n[1]), uint8(n[2])}
	return c, c.check()
}

// check refuses what argon2 cannot do, and what would hold the program up for minutes or
// take all memory, should someone have changed the file.
func (c Cost) check() error {
	if c.Passes < 1 || c.Passes > 100 || c.Threads < 1 || c.KiB < 8*uint32(c.Threads) || c.KiB > 4<<20 {
		return fmt.Errorf("a cost of %d passes, %d KiB and %d threads is out of bounds: 1 to 100 passes, at least 8 KiB a thread, at most 4 GiB", c.Passes, c.KiB, c.Threads)
	}
	return nil
}
