package witness_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"candour"
	"candour/internal/witness"
)

func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	vkey, err := witness.Init(dir, "iopc.example/witness", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := candour.ParseKey(vkey); err != nil || !k.Cosign || k.Name != "iopc.example/witness" {
		t.Errorf("vkey %s: %v", vkey, err)
	}
	path := filepath.Join(dir, "key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info.Mode(), err)
	}
	good, _ := os.ReadFile(path)
	if lines := strings.Split(string(good), "\n"); len(lines) != 4 || lines[0] != "candour-witness-key/1" || lines[1] != "name iopc.example/witness" || len(lines[2]) != len("seed ")+64 {
		t.Errorf("key: %d lines, %s, %s", len(lines), lines[0], lines[1])
	}
	if _, err := witness.Init(dir, "iopc.example/witness", rand.Reader); err == nil {
		t.Error("a second key was made")
	}
	if again, _ := os.ReadFile(path); string(again) != string(good) {
		t.Error("the key was touched")
	}
	o := witness.Options{Dir: dir, Config: settings(newRecord("a"))}
	s, err := witness.Open(o)
	if err != nil || s.Key().String() != vkey {
		t.Fatalf("opened: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"readable by others": func() error { return os.Chmod(path, 0o640) },
		"upper case":         func() error { return os.WriteFile(path, []byte(strings.ToUpper(string(good))), 0o600) },
		"a line more":        func() error { return os.WriteFile(path, append(good, '\n'), 0o600) },
		"short":              func() error { return os.WriteFile(path, good[:len(good)-3], 0o600) },
		"none":               func() error { return os.Remove(path) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if _, err := witness.Open(o); err == nil {
			t.Errorf("key %s: opened", name)
		} else if strings.Contains(err.Error(), string(good[60:90])) {
			t.Errorf("key %s: the error tells the seed", name)
		}
		_ = os.Remove(path)
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	for _, name := range []string{"", "two words", "a+b", "nüchtern"} {
		if _, err := witness.Init(t.TempDir(), name, rand.Reader); err == nil {
			t.Errorf("name %q was taken", name)
		}
	}
	if _, err := witness.Init(t.TempDir(), "w", iotest.ErrReader(errors.New("no random"))); err == nil {
		t.Error("a key without random")
	}
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 10)
	if err := os.Remove(filepath.Join(d.options.Dir, "key")); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Init(d.options.Dir, "w", rand.Reader); err == nil {
		t.Error("a new key where another signed")
	}
}

func TestReadConfig(t *testing.T) {
	key := newRecord("a").signer.Public
	force := "forces:\n  - name: Northmere Police\n    operator: northmere\n    keys: [" + key.String() + "]\n    pages: [https://northmere.example/record]\n    mirror: true\n"
	write := func(dir, name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c, err := witness.ReadConfig(write(t.TempDir(), "w.yaml", "operator: iopc\nlate: 20m\n"+force))
	if err != nil {
		t.Fatal(err)
	}
	f := c.Forces[0]
	if c.Operator != "iopc" || c.Late != 20*time.Minute || c.Silent != 24*time.Hour || c.Recent != 7*24*time.Hour || c.Zone.String() != "Europe/London" ||
		f.Name != "Northmere Police" || f.Body() != body || !f.Mirror || len(f.Pages) != 1 {
		t.Errorf("got %+v, %+v", c, f)
	}
	dir := t.TempDir()
	write(dir, "0.yaml", "operator: iopc\n")
	write(dir, "northmere.yaml", force)
	write(dir, "notes.txt", "not read")
	if c, err := witness.ReadConfig(dir); err != nil || len(c.Forces) != 1 {
		t.Errorf("folder: %+v, %v", c, err)
	}
	cosign := candour.NewCosigner(body, make([]byte, 32)).Public.String()
	epoch := key.Named(body + "/epoch/2").String()
	for name, text := range map[string]string{
		"no operator":      force,
		"no force":         "operator: iopc\n",
		"unknown setting":  "operator: iopc\nlater: 5m\n" + force,
		"no such zone":     "operator: iopc\nzone: Europe/Northmere\n" + force,
		"silent too early": "operator: iopc\nsilent: 10m\n" + force,
		"force twice":      "operator: iopc\n" + force + strings.TrimPrefix(force, "forces:\n"),
		"cosigning key":    "operator: iopc\n" + strings.Replace(force, key.String(), cosign, 1),
		"another name":     "operator: iopc\n" + strings.Replace(force, key.String(), key.String()+", "+epoch, 1),
		"bad key":          "operator: iopc\n" + strings.Replace(force, key.String(), "x+y+z", 1),
		"no key":           "operator: iopc\n" + strings.Replace(force, key.String(), "", 1),
		"bad page":         "operator: iopc\n" + strings.Replace(force, "https://", "javascript:", 1),
		"epoch of another": "operator: iopc\n" + force + strings.TrimPrefix(strings.Replace(strings.Replace(force, key.String(), epoch, 1), "Northmere", "Other", 1), "forces:\n"),
	} {
		if _, err := witness.ReadConfig(write(t.TempDir(), "w.yaml", text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := witness.ReadConfig(t.TempDir()); err == nil {
		t.Error("an empty folder was taken")
	}
}
