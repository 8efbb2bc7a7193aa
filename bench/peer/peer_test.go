package peer_test

import (
	"os"
	"testing"

	"candour/bench/peer"
	"candour/bench/rule"
	"candour/bench/trace"
	"candour/internal/fact"
	"candour/internal/pack"
)

// data is the folder of the real logs; without it the test is skipped, and says so.
func data(t testing.TB) string {
	dir := os.Getenv("CANDOUR_DATA")
	if dir == "" {
		t.Skip("CANDOUR_DATA is not set: the real logs are not here")
	}
	return dir
}

// TestEveryPeerAgreesWithTheOracle: a peer whose counts differ has no time worth comparing.
func TestEveryPeerAgreesWithTheOracle(t *testing.T) {
	logs, err := peer.ReadReal(data(t))
	if err != nil {
		t.Fatalf("CANDOUR_DATA is set and does not hold the logs: %v", err)
	}
	for _, r := range logs {
		engine, err := peer.NewCandour(r.Pack, r.World, r.Cases, r.Rules)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, r.Log.Name+"/candour", engine, r.Rules, r.Want)
		for _, m := range peer.Makers() {
			p, err := m.New(r.Log, r.Rules)
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			agree(t, r.Log.Name+"/"+m.Name, p, r.Rules, r.Want)
		}
	}
}

// TestEveryPeerAgreesOnGeneratedRules holds them to the plain program.
func TestEveryPeerAgreesOnGeneratedRules(t *testing.T) {
	l, rules := trace.Generate(1, 5000), rule.Generate()
	want, err := peer.NewPlain(l, rules).All()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(rule.Pack(rules), "generated")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := peer.NewCandour(p, fact.NewWorld(""), l.Facts(), rules)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "candour", engine, rules, want)
	for _, m := range peer.Makers() {
		q, err := m.New(l, rules)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		agree(t, m.Name, q, rules, want)
	}
}

func agree(t *testing.T, name string, p peer.Peer, rules []rule.Rule, want []rule.Tally) {
	t.Run(name, func(t *testing.T) {
		all, err := p.All()
		if err != nil {
			t.Fatal(err)
		}
		for i := range rules {
			one, err := p.Backtest(i)
			if err != nil {
				t.Fatal(err)
			}
			if one != want[i] || all[i] != want[i] {
				t.Errorf("%s: got %v alone and %v among all, want %v", rules[i].ID, one, all[i], want[i])
			}
		}
	})
}
