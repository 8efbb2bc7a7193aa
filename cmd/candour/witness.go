package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/durable"
	"candour/internal/witness"
)

// witnessCmd is the watchdog's side.
type witnessCmd struct {
	Init        witnessInitCmd        `cmd:"" help:"Begin a witness: its folder and its key."`
	Add         witnessAddCmd         `cmd:"" help:"Watch the record of a force, by its policy.txt."`
	Serve       witnessServeCmd       `cmd:"" help:"Answer the records that are watched, and show how each stands."`
	Answer      witnessAnswerCmd      `cmd:"" help:"Answer a request that came as a file."`
	Alarms      witnessAlarmsCmd      `cmd:"" help:"List the proofs that a force signed two different records."`
	Acknowledge witnessAcknowledgeCmd `cmd:"" help:"Say that an alarm was taken up, by whom and how."`
}

// settingsDir is where a witness's folder has its settings, a file for each force.
const settingsDir = "settings"

type witnessInitCmd struct {
	Dir      string `arg:"" help:"Folder to make the witness in." type:"path"`
	Name     string `required:"" help:"Its name in policies, unique in the world: watchdog.example/w1." placeholder:"HOST/NAME"`
	Operator string `required:"" help:"Who runs it, in one word." placeholder:"NAME"`
}

func (witnessInitCmd) Help() string {
	return `Examples:
  candour witness init w1 --name watchdog.example/w1 --operator watchdog`
}

func (c *witnessInitCmd) Run(a *app) error {
	if !candour.IsToken(c.Operator) {
		return fmt.Errorf("--operator %q: write one word of visible ASCII", c.Operator)
	}
	key, err := witness.Init(c.Dir, c.Name, rand.Reader)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(c.Dir, settingsDir), 0o700); err != nil {
		return err
	}
	text, err := yaml.Marshal(map[string]string{"operator": c.Operator})
	if err != nil {
		return err
	}
	if err := durable.Replace(filepath.Join(c.Dir, settingsDir, "0-witness.yaml"), text); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "Give this to the forces that are to be watched; it names the witness and its key:\n\n  %s,%s\n\n", c.Operator, key)
	fmt.Fprintf(a.out, "They begin their record with --witness and that, followed by a comma and the address where this witness answers.\n")
	fmt.Fprintf(a.out, "The secret half is in %s. Whoever has it can cosign in your name: keep it to this machine.\n", filepath.Join(c.Dir, "key"))
	return nil
}

type witnessAddCmd struct {
	Dir    string `arg:"" help:"Folder of the witness." type:"path"`
	Policy string `arg:"" help:"The force's policy.txt, which came by a way that you trust." type:"path"`
	Name   string `required:"" help:"The force, for people: Northmere Police." placeholder:"TEXT"`
	Mirror bool   `help:"Keep its leaf hashes too."`
}

func (c *witnessAddCmd) Run(a *app) error {
	b, err := os.ReadFile(c.Policy)
	if err != nil {
		return err
	}
	p, err := candour.ParsePolicy(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Policy, err)
	}
	force := map[string]any{"name": c.Name, "operator": p.Logs[0].Operator, "mirror": c.Mirror}
	var keys []string
	for _, l := range p.Logs {
		keys = append(keys, l.Key.String())
	}
	force["keys"] = keys
	text, err := yaml.Marshal(map[string]any{"forces": []any{force}})
	if err != nil {
		return err
	}
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(p.Body))
	if err := durable.Replace(filepath.Join(c.Dir, settingsDir, name+".yaml"), text); err != nil {
		return err
	}
	if _, err := witness.ReadConfig(filepath.Join(c.Dir, settingsDir)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is watched as %s. A witness that is running takes it up when it is started again.\n", c.Name, p.Body)
	return nil
}

type witnessServeCmd struct {
	Dir    string `arg:"" help:"Folder of the witness." type:"path"`
	Listen string `default:"127.0.0.1:8787" help:"Address to answer at." placeholder:"HOST:PORT"`
	Cert   string `help:"TLS certificate; without it, a proxy in front does TLS." type:"path" placeholder:"FILE"`
	Key    string `help:"TLS key." type:"path" placeholder:"FILE"`
}

func (witnessServeCmd) Help() string {
	return `Examples:
  candour witness serve w1 --listen 127.0.0.1:8787

The page at / shows each force: how large its record is, when it was last cosigned, what was refused.
/metrics is for Prometheus. The address is for the forces and the watchdog's own people, not the public.`
}

func (c *witnessServeCmd) Run(a *app) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	fmt.Fprintf(a.out, "The witness %s answers at http://%s/\n", s.Key().Name, l.Addr())
	ended := make(chan error, 1)
	go func() {
		if c.Cert != "" {
			ended <- server.ServeTLS(l, c.Cert, c.Key)
		} else {
			ended <- server.Serve(l)
		}
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = server.Shutdown(last)
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

func (c *witnessServeCmd) open(a *app) (*witness.Server, error) {
	config, err := witness.ReadConfig(filepath.Join(c.Dir, settingsDir))
	if err != nil {
		return nil, err
	}
	return witness.Open(witness.Options{Dir: c.Dir, Config: config, Now: a.now})
}

type witnessAnswerCmd struct {
	Dir     string `arg:"" help:"Folder of the witness." type:"path"`
	Request string `arg:"" help:"The file that the force wrote (candour cosign --request)." type:"path"`
	Out     string `short:"o" required:"" help:"Write the answer here; an existing file is not overwritten." placeholder:"FILE"`
}

func (c *witnessAnswerCmd) Run(a *app) error {
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	s, err := (&witnessServeCmd{Dir: c.Dir}).open(a)
	if err != nil {
		return err
	}
	defer s.Close()
	answer, err := s.Answer(context.Background(), request)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Request, err)
	}
	if err := writeNew(c.Out, answer); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "Answered in %s; the force takes it in with candour cosign --answer.\n", c.Out)
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(path string, content []byte) error {
	f, err := create(path, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

type witnessAlarmsCmd struct {
	Dir string `arg:"" help:"Folder of the witness." type:"path"`
}

func (c *witnessAlarmsCmd) Run(a *app) error {
	alarms, err := witness.Alarms(c.Dir)
	if err != nil {
		return err
	}
	if len(alarms) == 0 {
		fmt.Fprintln(a.out, "No alarms.")
		return nil
	}
	for _, al := range alarms {
		fmt.Fprintf(a.out, "%s  %s  two different records of %s, both signed by %s\n", al.ID, al.At.Format(time.RFC3339), count(int(al.Size), "entry"), al.Origin)
	}
	return errFound
}

type witnessAcknowledgeCmd struct {
	Dir string `arg:"" help:"Folder of the witness." type:"path"`
	ID  string `arg:"" help:"The alarm, as candour witness alarms names it."`
	Why string `name:"done" required:"" help:"What was done about it." placeholder:"TEXT"`
}

func (c *witnessAcknowledgeCmd) Run(a *app) error {
	return witness.Acknowledge(c.Dir, c.ID, witness.Acknowledgement{At: a.now().UTC(), By: a.actor(), Why: c.Why})
}
