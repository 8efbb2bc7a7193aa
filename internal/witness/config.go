package witness

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "time/tzdata" // the page must not depend on the machine's own zones

	"candour"

	"go.yaml.in/yaml/v3"
)

// Config says whose records are watched, and when a silence is told.
type Config struct {
	Operator string         // who runs this witness, one word, as in policies
	Late     time.Duration  // after so long without a checkpoint a record is late; 15 minutes
	Silent   time.Duration  // and after so long silent; a day
	Recent   time.Duration  // how long refusals are shown; a week
	Zone     *time.Location // of times on the page; Europe/London
	Forces   []*Force
}

const defaultZone = "Europe/London"

// Force is a body whose record is watched.
type Force struct {
	Name     string // for people
	Operator string // who runs its record, one word; the same as the witness's: not independent
	Keys     []candour.PublicKey
	Pages    []string // addresses where the force tells of its record
	Mirror   bool     // whether its leaf hashes are kept
}

// Body is the origin of the force's record.
func (f *Force) Body() string { return f.Keys[0].Name }

// policy is what a checkpoint of the force is held against.
func (f *Force) policy() *candour.Policy {
	p := &candour.Policy{Body: f.Body()}
	for _, k := range f.Keys {
		p.Logs = append(p.Logs, candour.Witness{Operator: f.Operator, Key: k})
	}
	return p
}

// configYAML is a file of settings.
type configYAML struct {
	Operator string        `yaml:"operator"`
	Late     time.Duration `yaml:"late"`
	Silent   time.Duration `yaml:"silent"`
	Recent   time.Duration `yaml:"recent"`
	Zone     string        `yaml:"zone"`
	Forces   []struct {
		Name     string   `yaml:"name"`
		Operator string   `yaml:"operator"`
		Keys     []string `yaml:"keys"`
		Pages    []string `yaml:"pages"`
		Mirror   bool     `yaml:"mirror"`
	} `yaml:"forces"`
}

// ReadConfig reads the settings from a YAML file, or from all that end in .yaml in a
// folder, in the order of their names; there each force may have its own file.
//
//	operator: iopc
//	forces:
//	  - name: Northmere Police
//	    operator: northmere
//	    keys: [candour.example/northmere+0a1b2c3d+AQ...]
//	    pages: [https://northmere.example/record]
//	    mirror: true
func ReadConfig(path string) (*Config, error) {
	paths := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		if paths, err = filepath.Glob(filepath.Join(path, "*.yaml")); err != nil {
			return nil, err
		}
	}
	c := &Config{}
	zone := ""
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		if err := c.add(b, &zone); err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
	}
	var err error
	if c.Zone, err = time.LoadLocation(cmp.Or(zone, defaultZone)); err != nil {
		return nil, fmt.Errorf("%s: zone: %w", path, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// add takes what one file says.
func (c *Config) add(b []byte, zone *string) error {
	var y configYAML
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&y); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	c.Operator = cmp.Or(y.Operator, c.Operator)
	c.Late, c.Silent, c.Recent = cmp.Or(y.Late, c.Late), cmp.Or(y.Silent, c.Silent), cmp.Or(y.Recent, c.Recent)
	*zone = cmp.Or(y.Zone, *zone)
	for _, f := range y.Forces {
		force := &Force{Name: f.Name, Operator: f.Operator, Pages: f.Pages, Mirror: f.Mirror}
		for _, vkey := range f.Keys {
			k, err := candour.ParseKey(vkey)
			if err != nil {
				return fmt.Errorf("force %q: %w", f.Name, err)
			}
			force.Keys = append(force.Keys, k)
		}
		c.Forces = append(c.Forces, force)
	}
	return nil
}

// check puts in what was left out, and refuses what cannot be watched.
func (c *Config) check() error {
	c.Late, c.Silent = cmp.Or(c.Late, 15*time.Minute), cmp.Or(c.Silent, 24*time.Hour)
	c.Recent = cmp.Or(c.Recent, 7*24*time.Hour)
	if c.Zone == nil {
		var err error
		if c.Zone, err = time.LoadLocation(defaultZone); err != nil {
			return err
		}
	}
	if !candour.IsToken(c.Operator) {
		return errors.New("operator: say in one word who runs this witness")
	}
	if c.Late <= 0 || c.Silent <= c.Late || c.Recent <= 0 {
		return errors.New("late, silent, recent: silent must be more than late, and late and recent more than nothing")
	}
	if len(c.Forces) == 0 {
		return errors.New("forces: none is named, so nothing would be watched")
	}
	for i, f := range c.Forces {
		if err := f.check(); err != nil {
			return fmt.Errorf("force %q: %w", f.Name, err)
		}
		for _, g := range c.Forces[:i] {
			if f.Name == g.Name || isOf(f.Body(), g.Body()) || isOf(g.Body(), f.Body()) {
				return fmt.Errorf("force %q: has the name or the record of %q", f.Name, g.Name)
			}
		}
	}
	return nil
}

func (f *Force) check() error {
	if f.Name == "" || !candour.IsToken(f.Operator) || len(f.Keys) == 0 {
		return errors.New("needs a name, an operator in one word, and the vkeys under which its checkpoints are signed")
	}
	if err := candour.CheckOrigin(f.Body()); err != nil {
		return err
	}
	for _, k := range f.Keys {
		if k.Cosign || k.Name != f.Body() {
			return fmt.Errorf("key %s: must sign, not cosign, and bear the same name as the first", k)
		}
	}
	for _, p := range f.Pages {
		if u, err := url.Parse(p); err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
			return fmt.Errorf("page %q: not a web address", p)
		}
	}
	return nil
}

// isOf tells whether an origin is that of a body in one of its epochs.
func isOf(origin, body string) bool {
	_, err := candour.Checkpoint{Origin: origin}.Epoch(body)
	return err == nil
}
