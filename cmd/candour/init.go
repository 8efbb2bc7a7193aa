package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/durable"
	"candour/internal/vault"
)

type initCmd struct {
	Record     string   `arg:"" help:"Folder to make the record in." type:"path"`
	Body       string   `required:"" help:"The body, as timelines name it: northmere." placeholder:"ID"`
	Origin     string   `help:"What its checkpoints are signed as, unique in the world and for ever. Default: candour.invalid/BODY, which is for trying out." placeholder:"HOST/NAME"`
	Operator   string   `help:"Who runs the record; default the body." placeholder:"NAME"`
	Pack       string   `default:"ew-investigation" help:"The pack by which the body is bound." placeholder:"NAME"`
	Zone       string   `default:"Europe/London" help:"The zone of local times." placeholder:"ZONE"`
	Keys       string   `help:"Folder for the keys, outside the record. Default: the record's name with .keys." type:"path" placeholder:"DIR"`
	Passphrase bool     `help:"Let the master key follow from a passphrase (CANDOUR_PASSPHRASE_FILE) instead of a file."`
	Postgres   string   `help:"Keep the record in this PostgreSQL instead of a file; a password goes into a passfile." placeholder:"URL"`
	Witness    []string `help:"A witness: OPERATOR,KEY or OPERATOR,KEY,URL. May be given more than once." sep:"none" placeholder:"..."`
	Recipient  []string `help:"A public key (age) of one who may open the escrow of the data keys. May be given more than once; default a key that the first backup makes." sep:"none" placeholder:"AGE"`
	Escrow     string   `help:"Where the escrow is to be, on another medium than the record. Default: among the keys." type:"path" placeholder:"FILE"`
	Quorum     int      `help:"How many different witnesses must cosign; default all." default:"-1"`
}

func (initCmd) Help() string {
	return `Examples:
  candour init northmere --body northmere
  candour init northmere --body northmere --origin record.northmere.example/cases \
      --witness watchdog,watchdog.example/w1+0a1b2c3d+BASE64,https://watchdog.example/witness

Makes the folder, the keys beside it, and a policy.txt to hand to those who are to verify.`
}

func (c *initCmd) Run(a *app) error {
	if _, err := os.Stat(c.Record); err == nil && !emptyDir(c.Record) {
		return fmt.Errorf("%s exists and is not empty; name a new folder", c.Record)
	}
	s, err := c.settings(a)
	if err != nil {
		return err
	}
	keys := s.keysDir(c.Record)
	for _, dir := range []string{c.Record, keys} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	seed, err := c.makeKeys(a, keys)
	if err != nil {
		return err
	}
	policy, err := s.policyOf(candour.NewSigner(s.Origin, seed).Public)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		return err
	}
	if err := errors.Join(durable.Replace(filepath.Join(c.Record, filePolicy), []byte(policy.Text())), durable.Replace(filepath.Join(c.Record, fileSettings), text)); err != nil {
		return err
	}
	h, err := a.openHome(context.Background(), c.Record, true)
	if err != nil {
		return err
	}
	defer h.Close()
	if _, _, err := h.seal(context.Background()); err != nil {
		return err
	}
	c.say(a, s, keys)
	return nil
}

func (c *initCmd) say(a *app, s settings, keys string) {
	fmt.Fprintf(a.out, "The record of %s is in %s; its checkpoints are signed as %s.\n", s.Body, c.Record, s.Origin)
	fmt.Fprintf(a.out, "Its keys are in %s. Give a copy to a custodian, apart from backups of the record (candour keys export): without it nothing can be read.\n", keys)
	fmt.Fprintf(a.out, "Hand %s to those who are to verify bundles.\n", filepath.Join(c.Record, filePolicy))
	if len(s.Witnesses) == 0 {
		fmt.Fprintln(a.out, "No witness is named: what is verified will say \"not independently witnessed\".")
	}
}

func (c *initCmd) settings(a *app) (settings, error) {
	s := settings{Origin: cmp.Or(c.Origin, "candour.invalid/"+c.Body), Body: c.Body, Operator: cmp.Or(c.Operator, c.Body), Pack: c.Pack, Zone: c.Zone, Store: c.Postgres, Quorum: c.Quorum, Escrow: c.Escrow, Recipients: c.Recipient}
	if _, err := age.ParseRecipients(strings.NewReader(strings.Join(c.Recipient, "\n"))); err != nil && len(c.Recipient) > 0 {
		return s, fmt.Errorf("--recipient: %w; write a public key that begins with age1", err)
	}
	if err := candour.CheckOrigin(s.Origin); err != nil {
		return s, err
	}
	if !candour.IsToken(s.Operator) {
		return s, fmt.Errorf("--operator %q: write one word of visible ASCII", s.Operator)
	}
	if _, err := a.load(c.Pack); err != nil {
		return s, err
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		return s, fmt.Errorf("--zone %q: write a name such as Europe/London", c.Zone)
	}
	operators := map[string]bool{}
	for _, w := range c.Witness {
		parts := strings.SplitN(w, ",", 3)
		if len(parts) < 2 {
			return s, fmt.Errorf("--witness %q: write OPERATOR,KEY or OPERATOR,KEY,URL", w)
		}
		operators[parts[0]] = true
		s.Witnesses = append(s.Witnesses, witnessOf{Operator: parts[0], Key: parts[1], URL: strings.Join(parts[2:], "")})
	}
	if s.Quorum < 0 {
		s.Quorum = len(operators)
	}
	s.Keys = c.Keys
	if s.Keys == "" {
		s.Keys = filepath.Join("..", filepath.Base(filepath.Clean(c.Record))+".keys")
	}
	return s, nil
}

// makeKeys makes the secret keys. A folder that has some is refused: they are somebody's.
func (c *initCmd) makeKeys(a *app, keys string) (seed []byte, err error) {
	if !emptyDir(keys) {
		return nil, fmt.Errorf("%s is not empty: it may hold the keys of another record; name another folder with --keys", keys)
	}
	if c.Passphrase {
		phrase, err := a.passphrase()
		if err != nil {
			return nil, err
		}
		if _, err := vault.CreatePassphrase(filepath.Join(keys, filePhrase), phrase, a.cost, rand.Reader); err != nil {
			return nil, err
		}
	} else if _, err := vault.CreateFileKey(filepath.Join(keys, fileMaster), rand.Reader); err != nil {
		return nil, err
	}
	if _, err := writeKey(filepath.Join(keys, fileTag)); err != nil {
		return nil, err
	}
	return writeKey(filepath.Join(keys, fileLog))
}

func emptyDir(dir string) bool {
	entries, err := os.ReadDir(dir)
	return errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0
}
